--- mlprun.experiment.text - numbers and tables as people read them, the same in every locale.
local text = {}

--- 1430 -> "1,430"
function text.grouped(n)
  local digits = ("%d"):format(n)
  while digits:find("%d%d%d%d") do digits = digits:gsub("^(%-?%d+)(%d%d%d)", "%1,%2") end
  return digits
end

--- 0.663 -> "66.3 %"
function text.percent(share)
  return share and share == share and ("%.1f %%"):format(100 * share) or "-"
end

--- 0.073 -> "7.3", for differences in percentage points
function text.points(difference)
  return (("%.1f"):format(100 * difference):gsub("^%-0%.0$", "0.0"))
end

function text.p_value(p)
  if p < 0.001 then return "p < 0.001" end
  return (p < 0.1 and "p = %.3f" or "p = %.2f"):format(p)
end

--- 75.3 -> "1 min 15 s"
function text.duration(seconds)
  if seconds < 9.95 then return ("%.1f s"):format(seconds) end
  local s = math.floor(seconds + 0.5)
  if s < 60 then return ("%d s"):format(s) end
  if s < 3600 then return ("%d min %02d s"):format(s // 60, s % 60) end
  return ("%d h %02d min"):format(s // 3600, s % 3600 // 60)
end

--- "1 epoch", "2 epochs", "3 classes"
function text.count(n, noun)
  return ("%s %s"):format(text.grouped(n), n == 1 and noun or noun:find("s$") and noun .. "es" or noun .. "s")
end

--- { "a", "b", "c" } -> "a, b and c"
function text.list(words)
  if #words < 2 then return words[1] or "" end
  return table.concat(words, ", ", 1, #words - 1) .. " and " .. words[#words]
end

function text.width(s)
  return utf8.len(s) or #s
end

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

--- Rows of cells as aligned lines; the first row is the head, the first column is on the left, the others on the right.
---@param rows string[][]
---@return string
function text.table(rows)
  local all, widths, lines = head_lines(rows[1]), {}, {}
  local rule = #all
  table.move(rows, 2, #rows, rule + 1, all)
  for _, row in ipairs(all) do
    for c, cell in ipairs(row) do widths[c] = math.max(widths[c] or 0, text.width(cell)) end
  end
  for r, row in ipairs(all) do
    local cells = {}
    for c, cell in ipairs(row) do
      local space = (" "):rep(widths[c] - text.width(cell))
      cells[c] = c == 1 and cell .. space or space .. cell
    end
    lines[#lines + 1] = (table.concat(cells, "  "):gsub("%s+$", ""))
    if r == rule then
      for c, width in ipairs(widths) do cells[c] = ("-"):rep(width) end
      lines[#lines + 1] = table.concat(cells, "  ")
    end
  end
  return table.concat(lines, "\n")
end

local function column_widths(cells)
  local widths = {}
  for r, row in ipairs(cells) do
    for c, cell in ipairs(row) do
      for line in ((r == 1 and cell or cell:gsub("\n", " ")) .. "\n"):gmatch("(.-)\n") do
        widths[c] = math.max(widths[c] or 0, text.width(line))
      end
    end
  end
  return widths
end

-- The first column and those from `from` to `to`.
local function slice(cells, from, to)
  local part = {}
  for r, row in ipairs(cells) do part[r] = table.move(row, from, to, 2, { row[1] }) end
  return part
end

--- A table that is too wide, as several: the first `own` columns, then the further ones beside the first column again, as
--- many at a time as there is room for.
---@param cells string[][]   as for text.table
---@param own integer
---@param room integer       characters in a line
---@return string[][][]
function text.parts(cells, own, room)
  local widths, parts = column_widths(cells), {}
  local function needed(from, to)
    local sum = widths[1]
    for c = from, to do sum = sum + 2 + widths[c] end
    return sum
  end
  if needed(2, #widths) <= room then return { cells } end
  local from, to = 2, math.min(own, #widths)
  while from <= #widths do
    parts[#parts + 1] = slice(cells, from, to)
    from, to = to + 1, to + 1
    while to < #widths and needed(from, to + 1) <= room do to = to + 1 end
  end
  return parts
end

-- A space at which wrap breaks no line; it becomes a plain one there.
text.joint = "\u{a0}"

--- Breaks a paragraph into lines of at most `width` columns; lines after the first begin with `indent`.
function text.wrap(paragraph, width, indent)
  local lines, line = {}, ""
  indent = indent or ""
  for word in paragraph:gmatch("%S+") do
    if line ~= "" and text.width(line) + 1 + text.width(word) > width then
      lines[#lines + 1] = line
      line = indent .. word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  lines[#lines + 1] = line
  return (table.concat(lines, "\n"):gsub(text.joint, " "))
end

return text
