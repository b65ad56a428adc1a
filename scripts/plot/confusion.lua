--- mlprun.plot.confusion - the confusion matrix in the terminal: its counts on the colours of their shares.
local layout = require "mlprun.base.layout"
local heat = require "mlprun.plot.heat"
local terminal = require "mlprun.plot.terminal"

local confusion = {}

local CORNER = "true \\ predicted"
local function cut(text, width)
  if layout.width(text) <= width then return text end
  return text:sub(1, (utf8.offset(text, width - 1) or width) - 1) .. ".."
end

-- How wide a cell is: room for every number, or two columns without numbers; nil when even that is too wide.
local function cell_width(counts, n, room)
  local digits = #tostring(n)
  for _, row in ipairs(counts) do
    for _, count in ipairs(row) do digits = math.max(digits, #("%d"):format(count)) end
  end
  for _, width in ipairs { digits + 2, digits + 1 } do
    if n * width <= room then return width, true end
  end
  if n * 2 <= room then return 2, false end
end

--- Rows are true, columns predicted classes, which the numbers in the head stand for; nil where colours or room are missing.
---@param counts number[][]
---@param shares number[][]   of the row
---@param names string[]
function confusion.lines(counts, shares, names, columns, style)
  if style.colours == 0 then return nil end
  local n, margin = #names, 0
  for i, name in ipairs(names) do margin = math.max(margin, layout.width(("%d %s"):format(i, name))) end
  margin = math.max(#CORNER, math.min(margin, columns // 3))
  local width, numbers = cell_width(counts, n, columns - margin - 1)
  if not width then return nil end
  local head = {}
  for k = 1, n do head[k] = layout.left(layout.right(tostring(width > 2 and k or k % 100), width - 1), width) end
  local lines = { layout.left(CORNER, margin + 1) .. table.concat(head) }
  for i, name in ipairs(names) do
    local parts = { layout.left(cut(("%d %s"):format(i, name), margin), margin), " " }
    for k = 1, n do
      local ground, ink = heat.colour(shares[i][k]), heat.ink(shares[i][k])
      local text = numbers and ("%d"):format(counts[i][k]) or ""
      parts[#parts + 1] = terminal.colour(style, ground, 48) .. terminal.colour(style, ink, 38)
        .. layout.right(text, width - 1) .. " "
    end
    lines[#lines + 1] = table.concat(parts) .. terminal.reset(style)
  end
  return table.concat(lines, "\n")
end

return confusion
