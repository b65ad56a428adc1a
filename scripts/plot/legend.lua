--- mlprun.plot.legend - which line is which, in few rows: what all names have in common is said once.
local Scene = require "mlprun.plot.scene"
local marks = require "mlprun.plot.marks"

local legend = {}

local MOST_ROWS = 5
local SIGN = 26 -- pixels for the piece of a line before a name

--- The height of a row in pixels.
legend.ROW = 18

-- The beginning that all names have, up to a sign between words; "" where that is nothing.
local function common_beginning(names)
  local first, length = names[1] or "", #(names[1] or "")
  for _, name in ipairs(names) do
    while first:sub(1, length) ~= name:sub(1, length) do length = length - 1 end
  end
  return #names > 1 and first:sub(1, length):match("^.*[=:,_ /-]") or ""
end

-- The end that all names have, from a sign between words on.
local function common_end(names)
  local turned = {}
  for i, name in ipairs(names) do turned[i] = name:reverse() end
  return common_beginning(turned):reverse()
end

--- Names without what all of them have in common, and that, with a star where they differ; nil where it is nothing.
---@param names string[]
---@return string[] short, string? common
function legend.shortened(names)
  local before, short = common_beginning(names), {}
  for i, name in ipairs(names) do short[i] = name:sub(#before + 1) end
  local after = common_end(short)
  for i, name in ipairs(short) do
    short[i] = name:sub(1, #name - #after)
    if short[i] == "" then return names, nil end
  end
  if before == "" and after == "" then return names, nil end
  return short, before .. (after ~= "" and "*" .. after or "")
end

-- Entries in rows of a width: lists of { name, sign, x }.
local function in_rows(entries, width)
  local rows, x = {}, math.huge
  for _, entry in ipairs(entries) do
    local name = Scene.fitted(entry.name, width - SIGN - 14)
    local long = Scene.text_width(name) + (entry.sign and SIGN or 0) + 16
    if x + long > width + 16 then
      rows[#rows + 1] = {}
      x = 0
    end
    table.insert(rows[#rows], { name = name, sign = entry.sign, x = x })
    x = x + long
  end
  return rows
end

-- As many rows as a legend may have; the last entry says how many are missing. No more are kept than fit without it.
local function cut(entries, width)
  local rows, kept = in_rows(entries, width), #entries
  if #rows > MOST_ROWS then
    kept = 1
    for i = 1, MOST_ROWS do kept = kept + #rows[i] end
  end
  while #rows > MOST_ROWS do
    kept = kept - 1
    local some = table.move(entries, 1, kept, 1, {})
    some[kept + 1] = { name = ("and %d more"):format(#entries - kept) }
    rows = in_rows(some, width)
  end
  return rows
end

--- The rows of a legend: lists of { name, x, sign (the number of the line) }. Where one row is not enough, names are shortened.
---@param series table[]   each with its name, or none
---@param notes string[]   what stands after the names
function legend.rows(series, width, notes)
  local entries, names = {}, {}
  for i, s in ipairs(series) do
    if s.name then
      names[#names + 1] = s.name
      entries[#entries + 1] = { name = s.name, sign = i }
    end
  end
  local rows = in_rows(entries, width)
  if #rows > 1 then
    local short, common = legend.shortened(names)
    for i, entry in ipairs(entries) do entry.name = short[i] end
    if common then table.insert(entries, 1, { name = common }) end
    rows = cut(entries, width)
  end
  for _, note in ipairs(notes) do rows[#rows + 1] = { { name = Scene.fitted(note, width), x = 0 } } end
  return rows
end

--- Draws a row; the piece of a line is drawn as the line is.
function legend.draw(scene, row, left, y, series)
  for _, entry in ipairs(row) do
    local s, x = entry.sign and series[entry.sign], left + entry.x
    if s and s.bars then scene:rectangle(x, y - 5, 18, 10, s.colour)
    elseif s then
      if not s.points then scene:line({ x, y, x + 20, y }, s.colour, 2, s.dashes) end
      if s.marker then scene:polygon(marks.marker(s.marker, x + 10, y, 4), s.colour) end
    end
    scene:text(x + (s and SIGN or 0), y, entry.name)
  end
end

return legend
