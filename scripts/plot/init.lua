--- ml.plot - charts and pictures, in the terminal and as files.
--
--   plot.plot { train = a, val = b }               lines; also plot(t) for one line
--   plot.hist(t)                                   how often which values occur
--   plot.show(images)                              a picture, or a grid of them with labels
--   plot.image_grid(images, { labels = names })    the same with all options
--   plot.confusion_matrix(confusion)               counts as a picture
--
-- Each returns a Figure: printed, it shows itself in the terminal (print(figure)); figure:save("x.png") and
-- figure:save("x.svg") write it, as { file = "x.png" } among the options does at once; figure:svg(), figure:image() and
-- figure:text { columns = 80, colour = false } are for other uses. Without a terminal, pictures print as one line of text.
local core = require "mlprun.core"
local sys, tensor = core.sys, core.tensor
local check = require("mlprun.options").check
local settings = require "mlprun.plot.settings"
local Figure = require "mlprun.plot.figure"
local chart = require "mlprun.plot.chart"
local grid = require "mlprun.plot.grid"

local plot = {}

-- As a float, since the difference of two whole numbers may not fit into one; and no farther than arithmetic with it reaches.
local function drawable(value)
  value = value + 0.0
  if value - value ~= 0 then return value end
  return math.max(-settings.FARTHEST, math.min(settings.FARTHEST, value))
end

local function numbers(values, who)
  if tensor.is_tensor(values) then
    if values:dim() ~= 1 then values = values:detach():reshape(-1) end
    values = values:detach():tolist()
  end
  if type(values) ~= "table" then sys.fail(("%s: got a %s, expected a tensor or a list of numbers"):format(who, type(values))) end
  local list = {}
  for i, value in ipairs(values) do
    if type(value) ~= "number" then
      sys.fail(("%s: element %d is a %s, expected a number"):format(who, i, type(value)))
    end
    list[i] = drawable(value)
  end
  return list
end

local function counted(n)
  local list = {}
  for i = 1, n do list[i] = i end
  return list
end

local SERIES = { "name", "x", "y", "low", "high", "colour" }

-- One series from a table with y, or from plain numbers.
local function series_of(value, name, who)
  local s = { name = name }
  if type(value) == "table" and value.y ~= nil then
    check(value, SERIES, who)
    for _, key in ipairs { "x", "y", "low", "high" } do
      if value[key] ~= nil then s[key] = numbers(value[key], who) end
    end
    s.name, s.colour = value.name or name, value.colour
  else
    s.y = numbers(value, who)
  end
  s.x = s.x or counted(#s.y)
  for _, key in ipairs { "x", "low", "high" } do
    if s[key] and #s[key] ~= #s.y then
      sys.fail(("%s: %s has %d numbers and y %d, expected as many"):format(who, key, #s[key], #s.y))
    end
  end
  if (s.low == nil) ~= (s.high == nil) then sys.fail(who .. ": low and high belong together") end
  if #s.y == 0 then
    sys.fail(("%s: %s is empty, expected at least one number"):format(who, s.name and ("'%s'"):format(s.name) or "the line"))
  end
  return s
end

local function all_series(value, who)
  if tensor.is_tensor(value) or type(value) == "table" and (type(value[1]) == "number" or value.y ~= nil) then
    return { series_of(value, nil, who) }
  end
  local wanted = "expected a tensor, a list of numbers, or a table of them by name"
  if type(value) ~= "table" then sys.fail(("%s: got a %s, %s"):format(who, type(value), wanted)) end
  local list = {}
  for i, item in ipairs(value) do list[i] = series_of(item, nil, who) end
  local names = {}
  for key in pairs(value) do
    if type(key) == "string" then names[#names + 1] = key end
  end
  table.sort(names)
  for _, name in ipairs(names) do list[#list + 1] = series_of(value[name], name, who) end
  if #list == 0 then sys.fail(("%s: there is nothing to draw: %s"):format(who, wanted)) end
  return list
end

local OPTIONS = { "title", "xlabel", "ylabel", "file", "width", "height", "ymin", "ymax" }

local function finished(figure, o)
  if o.file then figure:save(o.file) end
  return figure
end

--- Draws lines.
---@param series Tensor|table   one line: a tensor or a list of numbers, at x = 1, 2, ...; several: a table of them by
---  name, or a list of { name =, x =, y =, low =, high =, colour = } (low and high: a band around the line)
---@param o? { title: string, xlabel: string, ylabel: string, file: string, width: integer = 640, height: integer = 400,
---  ymin: number, ymax: number }
---@return Figure
---@example plot({ train = { 2.1, 1.4, 1.1 }, val = { 2.2, 1.7, 1.6 } }, { xlabel = "epoch", file = "loss.svg" })
function plot.plot(series, o)
  o = settings.check(o, OPTIONS, "plot")
  settings.check_ends(o.ymin, o.ymax, "plot")
  local list = all_series(series, "plot")
  return finished(Figure {
    about = ("plot of %d line%s"):format(#list, #list == 1 and "" or "s"),
    scene = function() return chart.scene(list, o) end,
    text_lines = function(columns, style) return chart.lines(list, o, columns, style) end,
  }, o)
end

--- Draws how often which values occur. Values that are not finite are left out and counted in the title.
---@param values Tensor|number[]
---@param o? { bins: integer, title: string, xlabel: string, ylabel: string, file: string, width: integer = 640,
---  height: integer = 400, ymin: number, ymax: number }
---@return Figure
---@example hist(model[2].weight, { file = "weights.png" })
function plot.hist(values, o)
  local own = table.move(OPTIONS, 1, #OPTIONS, 1, {})
  own[#own + 1] = "bins"
  o = settings.check(o, own, "hist")
  settings.check_ends(o.ymin or 0, o.ymax, "hist")
  local list, finite = numbers(values, "hist"), {}
  for _, value in ipairs(list) do
    if value - value == 0 then finite[#finite + 1] = value end
  end
  if #finite == 0 then sys.fail("hist: there is no finite number to count") end
  local bins = o.bins or math.max(1, math.min(30, math.ceil(2 * (#finite) ^ 0.5)))
  local low, high = math.huge, -math.huge
  for _, value in ipairs(finite) do low, high = math.min(low, value), math.max(high, value) end
  if high - low < math.max(math.abs(low), math.abs(high), 1e-290) * 1e-12 then -- bins could not be told apart
    local room = math.max(0.5, math.abs(low) * 1e-6)
    low, high = low - room, high + room
  end
  local counts, edges = {}, {}
  for i = 1, bins do counts[i], edges[i] = 0, low + (high - low) * (i - 1) / bins end
  edges[bins + 1] = high
  for _, value in ipairs(finite) do
    local i = math.min(bins, 1 + math.floor((value - low) / (high - low) * bins))
    counts[i] = counts[i] + 1
  end
  local drawn = { ymin = o.ymin or 0 }
  for key, value in pairs(o) do drawn[key] = value end
  drawn.title = o.title or #finite < #list and ("%d of %d values are not finite"):format(#list - #finite, #list) or nil
  local series = { { x = edges, y = counts, edges = edges, bars = true } } -- the axis reaches from the first edge to the last
  return finished(Figure {
    about = ("histogram of %d values"):format(#finite),
    scene = function() return chart.scene(series, drawn) end,
    text_lines = function(columns, style) return chart.lines(series, drawn, columns, style) end,
  }, o)
end

local MOST = 64 -- pictures that show draws

--- A grid of pictures with words below them.
---@param images Image|Tensor|table   an Image, a tensor (HxW, CxHxW, HxWxC, NxCxHxW; floats outside 0..1 are stretched), a
---  list of them, or a data set
---@param o? { labels: string[], good: boolean[], columns: integer, cell: integer = 96, title: string, file: string,
---  most: integer = 64 }
---@return Figure
function plot.image_grid(images, o)
  o = settings.check(o, { "labels", "good", "columns", "cell", "title", "file", "most" }, "image_grid")
  local list = grid.images(images, o.most or MOST)
  if #list == 0 then sys.fail("image_grid: there is no picture") end
  local about = #list == 1 and not o.labels and tostring(list[1])
    or ("grid of %d picture%s"):format(#list, #list == 1 and "" or "s")
  for i, label in ipairs(o.labels or {}) do
    if type(label) ~= "string" and type(label) ~= "number" then
      sys.fail(("image_grid: labels: element %d is a %s, expected a text"):format(i, type(label)))
    end
  end
  if o.labels then
    about = ("%s: %s%s"):format(about, table.concat(o.labels, ", ", 1, math.min(#o.labels, 8)), #o.labels > 8 and ", ..." or "")
  end
  return finished(Figure {
    about = about,
    scene = function() return grid.scene(list, o) end,
    text_lines = function(columns, style) return grid.lines(list, o, columns, style) end,
  }, o)
end

--- Shows a picture, or several as a grid: image_grid under the name that the prompt has for it.
---@param images Image|Tensor|table
---@param o? { labels: string[], good: boolean[], columns: integer, cell: integer = 96, title: string, file: string,
---  most: integer = 64 }
---@return Figure
---@example show(folder[1])
function plot.show(images, o) return plot.image_grid(images, o) end

--- A confusion matrix as a picture: rows are true, columns predicted classes; the colour is the share of the row.
---@param confusion ConfusionMatrix
---@param o? { title: string, file: string }
---@return Figure
---@example plot.confusion_matrix(confusion, { file = "confusion.png" })
function plot.confusion_matrix(confusion, o)
  o = settings.check(o, { "title", "file" }, "confusion_matrix")
  if type(confusion) ~= "userdata" or not tostring(confusion) then
    sys.fail(("confusion_matrix: got a %s, expected a metrics.ConfusionMatrix"):format(type(confusion)))
  end
  local names, counts = confusion:classes(), confusion:matrix():tolist()
  local shares = confusion:matrix({ normalize = "true" }):tolist()
  return finished(Figure {
    about = ("confusion matrix of %d classes"):format(#names),
    scene = function() return grid.confusion_scene(counts, shares, names, o) end,
    text_lines = function() return tostring(confusion) end,
  }, o)
end

-- plot { ... } is plot.plot { ... }
return setmetatable(plot, { __call = function(_, ...) return plot.plot(...) end })
