--- mlprun.base.tabular - rows of cells as a table: aligned for a terminal, in Markdown. The first row is the head, whose
--- cells may take several lines.
local layout = require "mlprun.base.layout"

local tabular = {}

-- A head such as "best\nepoch" takes several lines; the last line of a lower head is at the bottom.
local function head_lines(head)
  local height, split = 1, {}
  for c, cell in ipairs(head) do
    split[c] = {}
    for line in (cell .. "\n"):gmatch("(.-)\n") do table.insert(split[c], line) end
    height = math.max(height, #split[c])
  end
  local lines = {}
  for l = 1, height do
    lines[l] = {}
    for c, parts in ipairs(split) do lines[l][c] = parts[l - height + #parts] or "" end
  end
  return lines
end

local function widths_of(lines)
  local widths = {}
  for _, row in ipairs(lines) do
    for c, cell in ipairs(row) do widths[c] = math.max(widths[c] or 0, layout.width(cell)) end
  end
  return widths
end

--- Aligned lines with a rule below the head; the first column is on the left, the others on the right.
---@param rows string[][]
---@return string
function tabular.aligned(rows)
  local all = head_lines(rows[1])
  local rule = #all
  table.move(rows, 2, #rows, rule + 1, all)
  local widths, lines = widths_of(all), {}
  for r, row in ipairs(all) do
    local placed = {}
    for c, cell in ipairs(row) do placed[c] = (c == 1 and layout.left or layout.right)(cell, widths[c]) end
    lines[#lines + 1] = (table.concat(placed, "  "):gsub("%s+$", ""))
    if r == rule then
      for c, width in ipairs(widths) do placed[c] = ("-"):rep(width) end
      lines[#lines + 1] = table.concat(placed, "  ")
    end
  end
  return table.concat(lines, "\n")
end

-- The first column and those from `from` to `to`.
local function slice(rows, from, to)
  local part = {}
  for r, row in ipairs(rows) do part[r] = table.move(row, from, to, 2, { row[1] }) end
  return part
end

--- A table that is too wide, as several: the first `own` columns (fewer, where these are too wide), then the further ones
--- beside the first column again, as many at a time as there is room for.
---@param rows string[][]
---@param own integer
---@param room integer       characters in a line
---@return string[][][]
function tabular.parts(rows, own, room)
  local all = head_lines(rows[1])
  local widths, parts = widths_of(table.move(rows, 2, #rows, #all + 1, all)), {}
  local function needed(from, to)
    local sum = widths[1]
    for c = from, to do sum = sum + 2 + widths[c] end
    return sum
  end
  if needed(2, #widths) <= room then return { rows } end
  local from, to = 2, math.min(own, #widths)
  while to > from and needed(from, to) > room do to = to - 1 end
  while from <= #widths do
    parts[#parts + 1] = slice(rows, from, to)
    from, to = to + 1, to + 1
    while to < #widths and needed(from, to + 1) <= room do to = to + 1 end
  end
  return parts
end

--- A text for Markdown, in which names of trials and classes are what they are: no emphasis, no link, no HTML.
---@param text string
function tabular.as_markdown(text)
  text = text:gsub("&(#?%w+;)", "&amp;%1"):gsub("<", "&lt;"):gsub("[\\`*]", "\\%0")
  text = text:gsub("~~", "\\~\\~"):gsub("%]([%(%[])", "]\\%1")
  local function marked(underscores) return ("\1"):rep(#underscores) end -- those within a word are letters
  text = text:gsub("%f[%w_]_+", marked):gsub("_+%f[^%w_]", marked):gsub("\1", "\\_")
  return (text:gsub("^[#>+-]", "\\%0"))
end

--- A table of Markdown.
---@param rows string[][]
---@param numbers? boolean   the columns after the first one are on the right
---@return string
function tabular.markdown(rows, numbers)
  local lines = {}
  for r, row in ipairs(rows) do
    local escaped = {}
    for c, cell in ipairs(row) do escaped[c] = (tabular.as_markdown(cell):gsub("|", "\\|"):gsub("[\r\n]", " ")) end
    lines[#lines + 1] = "| " .. table.concat(escaped, " | ") .. " |"
    if r == 1 then lines[2] = "|---" .. (numbers and "|---:" or "|---"):rep(#row - 1) .. "|" end
  end
  return table.concat(lines, "\n")
end

return tabular
