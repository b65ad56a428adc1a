--- mlprun.plot.heat - a table of numbers as colours, with names at its sides and the numbers in its cells.
local core = require "mlprun.core"
local tensor, image = core.tensor, core.image
local Scene = require "mlprun.plot.scene"
local axes = require "mlprun.plot.axes"
local tabular = require "mlprun.base.tabular"
local terminal = require "mlprun.plot.terminal"

local heat = {}

local FULL = { 0x00, 0x5a, 0x9c } -- of a share of 1; 0 is white
local NONE = "#d0d0d0"            -- of what is no number
local READABLE = 80               -- cells a side; of more there is a dot each, and no names
local WITH_TEXT, UPRIGHT = 24, 44 -- cells so large have their number, and a name above them that is not turned
local LONGEST = 130               -- pixels for a name
local STRIP = 176                 -- pixels from the cells' left edge to the words at the right of the strip of colours

--- The colour of a share.
function heat.colour(share)
  if share ~= share then return NONE end
  local level = {}
  for c = 1, 3 do level[c] = math.floor(255 + (FULL[c] - 255) * share + 0.5) end
  return ("#%02x%02x%02x"):format(level[1], level[2], level[3])
end

--- Words on a cell: black where its colour is light enough for 4.5 to 1.
function heat.ink(share) return share > 0.8 and "#ffffff" or "#000000" end

-- The picture of all cells, a pixel each.
local function dots(shares)
  local full = tensor.tensor { FULL[1], FULL[2], FULL[3] }
  local t = tensor.tensor(shares)
  return image.from_tensor(((full - 255) * t:reshape(t:size(1), t:size(2), 1) + 255.5):byte())
end

local function dots_scene(shares, o)
  local rows, columns = #shares, #shares[1]
  local side, top = 560, o.title and 60 or 40
  local high = math.max(rows, math.min(side * 2, side * rows // columns))
  local scene = Scene(50 + math.max(side, columns), top + high + 12)
  if o.title then scene:text(10, 15, Scene.fitted(o.title, scene.width - 20, { bold = true }), { bold = true }) end
  scene:text(12, top + high / 2, ("%s, 1 to %d"):format(o.ylabel or "row", rows), { anchor = "middle", upwards = true })
  scene:text(34 + side / 2, top - 18, ("%s, 1 to %d"):format(o.xlabel or "column", columns), { anchor = "middle" })
  scene:picture(34, top, math.max(side, columns), high, dots(shares), false)
  return scene
end

local function widest(names)
  local most = 0
  for _, name in ipairs(names) do most = math.max(most, Scene.text_width(name)) end
  return math.min(LONGEST, most)
end

-- What the colours mean: a strip with the numbers at its ends.
local function draw_scale(scene, x, y, o)
  for i = 0, 39 do scene:rectangle(x + 3 * i, y, 3.2, 10, heat.colour(i / 39)) end
  scene:text(x - 6, y + 5, o.scale[1], { anchor = "end" })
  scene:text(x + STRIP - 50, y + 5, o.scale[2])
end

-- Whether names above the cells are turned.
local function is_turned(o, cell) return cell < UPRIGHT or widest(o.columns) > cell - 2 end

local function draw_names(scene, o, left, top, cell)
  for i, name in ipairs(o.rows) do
    scene:text(left - 6, top + (i - 0.5) * cell, Scene.fitted(name, LONGEST), { anchor = "end" })
  end
  for k, name in ipairs(o.columns) do
    local x = left + (k - 0.5) * cell
    if is_turned(o, cell) then scene:text(x, top - 6, Scene.fitted(name, LONGEST), { upwards = true })
    else scene:text(x, top - 11, Scene.fitted(name, cell - 2), { anchor = "middle" }) end
  end
end

--- shares: rows of numbers from 0 to 1 (NaN: none); o: title, xlabel, ylabel, rows and columns (names), text (function(row,
--- column) -> what stands in a cell), scale (the words for 0 and 1; nil: no strip)
function heat.scene(shares, o)
  local rows, columns = #shares, #shares[1]
  if rows > READABLE or columns > READABLE then return dots_scene(shares, o) end
  local cell = math.max(14, math.min(52, 560 // math.max(rows, columns)))
  local left = widest(o.rows) + (o.ylabel and 34 or 16)
  local top = (o.title and 28 or 6) + (o.xlabel and 18 or 0) + (is_turned(o, cell) and widest(o.columns) + 14 or 22)
  local wide = math.max(left + columns * cell + 16, o.scale and left + STRIP + Scene.text_width(o.scale[2]) + 8 or 0, o.title
    and math.min(420, Scene.text_width(o.title, { bold = true }) + 24) or 0)
  local scene = Scene(math.ceil(wide), math.ceil(top + rows * cell + 10 + (o.scale and 24 or 0)))
  if o.title then scene:text(10, 15, Scene.fitted(o.title, scene.width - 20, { bold = true }), { bold = true }) end
  if o.ylabel then scene:text(12, top + rows * cell / 2, o.ylabel, { anchor = "middle", upwards = true }) end
  if o.xlabel then scene:text(left + columns * cell / 2, (o.title and 28 or 6) + 8, o.xlabel, { anchor = "middle" }) end
  draw_names(scene, o, left, top, cell)
  for i, row in ipairs(shares) do
    for k, share in ipairs(row) do
      local x, y = left + (k - 1) * cell, top + (i - 1) * cell
      scene:rectangle(x, y, cell - 1, cell - 1, heat.colour(share))
      if cell >= WITH_TEXT then
        scene:text(x + (cell - 1) / 2, y + (cell - 1) / 2, Scene.fitted(o.text(i, k), cell - 2),
          { anchor = "middle", colour = heat.ink(share), size = cell < 34 and 10 or 12 })
      end
    end
  end
  if o.scale then draw_scale(scene, left + 50, top + rows * cell + 12, o) end
  return scene
end

-- The numbers themselves, where they are few enough.
local function numbers_as_text(shares, o, columns)
  local cells = { { "", table.unpack(o.columns) } }
  for i = 1, #shares do
    cells[i + 1] = { o.rows[i] }
    for k = 1, #shares[1] do cells[i + 1][k + 1] = o.text(i, k) end
  end
  local text = tabular.aligned(cells)
  return (utf8.len(text:match("^[^\n]*\n([^\n]*)") or text) or 0) <= columns and text or nil
end

--- In the terminal: the numbers where the table is narrow enough, else their colours; nil where neither can be shown.
function heat.lines(shares, o, columns, style)
  local most = 12 -- columns of numbers that a reader follows
  local text = #shares[1] <= most and #shares <= 2 * most and numbers_as_text(shares, o, columns)
  if text then return (o.title and o.title .. "\n" or "") .. text end
  local cell = math.max(1, columns // #shares[1])
  local cells = dots(shares)
  return terminal.picture(cells:resize(#shares * cell, #shares[1] * cell, { interpolation = "nearest" }), style, columns)
end

--- Numbers as shares between their least and their greatest, and these.
---@return number[][] shares, number low, number high
function heat.shares(values)
  local low, high = axes.range(values)
  local shares = {}
  for i, row in ipairs(values) do
    shares[i] = {}
    for k, value in ipairs(row) do
      shares[i][k] = value - value == 0 and math.max(0, math.min(1, (value - low) / (high - low))) or 0 / 0
    end
  end
  return shares, low, high
end

return heat
