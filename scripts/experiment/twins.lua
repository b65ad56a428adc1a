--- mlprun.experiment.twins - trials that are the same to the last bit: they are one trial under two names.
local twins = {}

local FIELDS = { "seed", "val_loss", "train_loss", "val_accuracy", "train_accuracy", "epochs" }

-- Whether two trials' runs are the same, seed by seed.
local function identical(a, b)
  if #a.runs == 0 or #a.runs ~= #b.runs then return false end
  for i, run in ipairs(a.runs) do
    for _, field in ipairs(FIELDS) do
      if run[field] == nil or run[field] ~= b.runs[i][field] then return false end
    end
  end
  return true
end

--- The trials that are the same as an earlier one: by name, that one's name.
---@param trials table[]   of results, see summary.lua
function twins.of(trials)
  local same = {}
  for j = 2, #trials do
    for i = 1, j - 1 do
      if not same[trials[j].name] and not same[trials[i].name] and identical(trials[i], trials[j]) then
        same[trials[j].name] = trials[i].name
      end
    end
  end
  return same
end

return twins
