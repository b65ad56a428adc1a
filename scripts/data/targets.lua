--- mlprun.data.targets - several labels for each sample: rows of yes and no, as classes and which labels each has.
local core = require "mlprun.core"

local targets = {}

--- What rows say: the number of each one's combination, what combinations are called, and their tensor of
--- combinations x labels. Combinations are in the order of the labels: those of the first one last.
---@param rows integer[][]   0 and 1, one list for each sample
---@param names string[]     of the labels
function targets.combinations(rows, names)
  local number, keys, row_of = {}, {}, {}
  for i, row in ipairs(rows) do
    local key = table.concat(row, " ")
    if not row_of[key] then row_of[key], keys[#keys + 1] = row, key end
    rows[i] = key
  end
  table.sort(keys)
  local titles, matrix, labels = {}, {}, {}
  for k, key in ipairs(keys) do
    number[key], matrix[k] = k, row_of[key]
    local has = {}
    for j, yes in ipairs(row_of[key]) do
      if yes == 1 then has[#has + 1] = names[j] end
    end
    titles[k] = #has > 0 and table.concat(has, " + ") or "none"
  end
  for i, key in ipairs(rows) do labels[i] = number[key] end
  return labels, titles, core.tensor.tensor(matrix, { dtype = "u8" })
end

return targets
