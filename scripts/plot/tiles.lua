--- mlprun.plot.tiles - pictures in the terminal: two pixels for each cell, side by side with words of letters below them.
local layout = require "mlprun.base.layout"
local terminal = require "mlprun.plot.terminal"

local tiles = {}

local LEAST, MOST = 7, 24 -- columns of a tile

-- The first `width` columns of a text, ".." at its end where something is missing, in the middle.
local function centred(text, width)
  text = tostring(text)
  if layout.width(text) > width then
    text = text:sub(1, (utf8.offset(text, math.max(1, width - 1)) or width) - 1) .. ".."
  end
  local before = math.max(0, width - layout.width(text)) // 2
  return (" "):rep(before) .. text .. (" "):rep(width - before - layout.width(text))
end

-- The size in pixels in which a picture fits into a square, its sides in their relation, and never larger than it is unless
-- it is tiny.
local function fitted(picture, side)
  local largest = math.max(picture.width, picture.height)
  local scale = math.min(side / largest, math.max(1, side // largest))
  return math.max(1, math.floor(picture.width * scale + 0.5)), math.max(2, math.floor(picture.height * scale + 1) // 2 * 2)
end

-- The lines of one tile of `side` columns and side / 2 rows, the picture in its middle.
local function tile(picture, side, style)
  local width, height = fitted(picture, side)
  local lines, before = terminal.blocks(picture, style, width, height), (side - width) // 2
  local above = (side // 2 - #lines) // 2
  local all = {}
  for row = 1, side // 2 do
    local line = lines[row - above]
    all[row] = line and (" "):rep(before) .. line .. (" "):rep(side - before - width) or (" "):rep(side)
  end
  return all
end

-- How many stand side by side, and how many columns each has.
local function arrangement(images, o, columns)
  local most = math.max(1, (columns + 1) // (LEAST + 1))
  local wanted = math.min(#images, o.columns or math.max(1, math.ceil(math.sqrt(#images * 1.6))))
  local across = math.ceil(wanted / math.ceil(wanted / most)) -- a row that is too long becomes several of one length
  local room, largest = (columns + 1) // across - 1, 0
  for _, picture in ipairs(images) do largest = math.max(largest, picture.width, picture.height) end
  return across, math.max(1, math.min(room, math.max(LEAST, math.min(MOST, largest)))) // 2 * 2
end

--- The grid, for a terminal that shows colours.
---@param o table   labels, good, columns, title
function tiles.lines(images, o, columns, style)
  local across, side = arrangement(images, o, columns)
  local lines = { o.title }
  for first = 1, #images, across do
    local last, rows = math.min(first + across - 1, #images), {}
    for i = first, last do rows[#rows + 1] = tile(images[i], math.max(2, side), style) end
    for row = 1, #rows[1] do
      local parts = {}
      for i, each in ipairs(rows) do parts[i] = each[row] end
      lines[#lines + 1] = (table.concat(parts, " "):gsub(" +$", ""))
    end
    if o.labels then
      local parts = {}
      for i = first, last do
        local good, label = o.good and o.good[i], o.labels[i] or ""
        parts[#parts + 1] = centred(good == nil and label or (good and "✓ " or "✗ ") .. label, math.max(2, side))
      end
      lines[#lines + 1] = (table.concat(parts, " "):gsub(" +$", ""))
    end
  end
  return table.concat(lines, "\n")
end

return tiles
