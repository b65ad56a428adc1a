--- mlprun.prompt.drawn - values that draw themselves at a prompt on a terminal, before their text: a picture, a data set as a
--- strip with the names of its classes, a confusion matrix as a map of colours, the history of a training as its curve.
local core = require "mlprun.core"
local layout = require "mlprun.base.layout"
local words = require "mlprun.base.words"

local drawn = {}

local TILE = 10 -- columns of a picture in the strip, with its gap

local function plot() return require "mlprun.plot" end
local function style() return require("mlprun.plot.terminal").style() end

local function strip(set, columns)
  if #set == 0 or not require("mlprun.plot.terminal").shows_pictures(style()) then return nil end
  local grid, tiles = require "mlprun.plot.grid", require "mlprun.plot.tiles"
  local most = math.max(1, columns // TILE)
  local places, labels = grid.places(set, most)
  local images = {}
  for i, at in ipairs(places) do images[i] = set:image(at) end
  return tiles.lines(images, { labels = labels, columns = #images }, columns, style())
end

local function is_confusion(value)
  local meta = debug.getmetatable(value)
  return type(value) == "userdata" and type(meta) == "table" and rawget(meta, "__name") == "mlprun.ConfusionMatrix"
end

local function heat(confusion, columns)
  if style().colours == 0 or confusion:total() == 0 then return nil end
  local counts, shares = confusion:matrix():tolist(), confusion:matrix({ normalize = "true" }):tolist()
  return require("mlprun.plot.confusion").lines(counts, shares, confusion:classes(), columns, style()), true
end

-- What run:fit returns: a list of epochs.
local function is_history(value)
  if type(value) ~= "table" or debug.getmetatable(value) ~= nil then return false end
  local first = rawget(value, 1)
  return type(first) == "table" and rawget(first, "epoch") == 1 and type(rawget(first, "train_loss")) == "number"
end

-- Its rows are many lines: the best one is said.
local function best_of(history)
  local best = rawget(history, "best") or history[#history]
  local text = ("%s; %s is %d: "):format(words.count(#history, "epoch"),
    rawget(history, "best") and "the best" or "the last", best.epoch)
  local parts = {}
  for _, name in ipairs { "train_loss", "val_loss", "train_accuracy", "val_accuracy" } do
    if type(best[name]) == "number" then parts[#parts + 1] = ("%s %.4g"):format(name, best[name]) end
  end
  return text .. table.concat(parts, ", ")
end

local function curve(history, columns)
  if #history < 2 then return nil end
  local series = { { name = "train_loss", x = {}, y = {} }, { name = "val_loss", x = {}, y = {} } }
  for i, row in ipairs(history) do
    for _, s in ipairs(series) do s.x[i], s.y[i] = row.epoch, row[s.name] end
  end
  local text = tostring(plot().plot(series, { xlabel = "epoch", ylabel = "loss" }))
  return text .. "\n" .. layout.wrap(best_of(history), columns), true
end

--- The drawing of a value as text; nil for one that has none. A value that cannot be drawn (a file is gone, rows are no
--- pictures) is shown as its text alone.
---@return string? text, boolean? all   all: it says what the value's text says
function drawn.text(value, columns)
  local draw
  if core.image.is_image(value) then draw = function() return tostring(plot().show(value)) end
  elseif core.data.is_dataset(value) then draw = strip
  elseif is_confusion(value) then draw = heat
  elseif is_history(value) then draw = curve end
  if not draw then return nil end
  local ok, text, all = pcall(draw, value, columns)
  if ok then return text, all end
end

return drawn
