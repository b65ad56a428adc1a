--- ml.plot - charts and pictures, in the terminal and as files.
--
--   plot.plot { train = a, val = b }               lines; also plot(t) for one line
--   plot.scatter { x = a, y = b }                  points
--   plot.bar({ 3, 5 }, { labels = names })         bars
--   plot.hist(t)                                   how often which values occur
--   plot.heatmap(t)                                a table of numbers as colours
--   plot.show(images)                              a picture, or a grid of them with labels
--   plot.image_grid(images, { labels = names })    the same with all options
--   plot.confusion_matrix(confusion)               counts as a picture
--
-- Each returns a Figure: printed, it shows itself in the terminal (print(figure)); figure:save("x.png"), "x.svg" and "x.pdf"
-- write it, as { file = "x.png" } among the options does at once; figure:svg(), figure:image() and
-- figure:text { columns = 80, colour = false } are for other uses. Without a terminal, pictures print as one line of text.
local core = require "mlprun.core"
local sys, tensor = core.sys, core.tensor
local settings = require "mlprun.plot.settings"
local Figure = require "mlprun.plot.figure"
local chart = require "mlprun.plot.chart"
local in_terminal = require("mlprun.plot.confusion").lines
local grid = require "mlprun.plot.grid"
local heat = require "mlprun.plot.heat"
local lines = require "mlprun.plot.lines"
local series = require "mlprun.plot.series"
local words = require "mlprun.base.words"

local plot = {}

local OPTIONS = { "title", "xlabel", "ylabel", "file", "width", "height", "ymin", "ymax" }
local SCALES = { "xscale", "yscale", "xticks" }

local function with(...)
  local all = table.move(OPTIONS, 1, #OPTIONS, 1, {})
  for _, name in ipairs { ... } do all[#all + 1] = name end
  return all
end

local function finished(figure, o)
  if o.file then figure:save(o.file) end
  return figure
end

-- A figure of series between axes.
local function of_series(list, o, about)
  return finished(Figure {
    about = o.title and ("%s: %s"):format(o.title, about) or about,
    scene = function() return chart.scene(list, o) end,
    text_lines = function(columns, style) return lines(list, o, columns, style) end,
  }, o)
end

local function checked(o, known, who)
  o = settings.check(o, known, who)
  settings.check_ends(o.ymin, o.ymax, who)
  settings.check_log(o, who)
  settings.check_ticks(o.xticks, who)
  return o
end

--- Draws lines.
---@param lines_ Tensor|table   one line: a tensor or a list of numbers, at x = 1, 2, ...; several: a table of them by
---  name, or a list of { name =, x =, y =, low =, high =, colour =, points = } (low and high: a band around the line; points =
---  true: no line)
---@param o? { title: string, xlabel: string, ylabel: string, xscale: string = "linear", yscale: string = "linear", file: string,
---  xticks: table, width: integer = 640, height: integer = 400, ymin: number, ymax: number }   scales: "linear" or "log"; xticks:
---  a list of { value, label }
---@return Figure
---@example plot({ train = { 2.1, 1.4, 1.1 }, val = { 2.2, 1.7, 1.6 } }, { xlabel = "epoch", file = "loss.svg" })
function plot.plot(lines_, o)
  o = checked(o, with(table.unpack(SCALES)), "plot")
  local list = series.all(lines_, "plot")
  return of_series(list, o, "plot of " .. words.count(#list, "line"))
end

--- Draws points.
---@param points Tensor|table   as plot's lines: { x = ..., y = ... } for one set; low and high: a whisker through each point
---@param o? { title: string, xlabel: string, ylabel: string, xscale: string = "linear", yscale: string = "linear", file: string,
---  xticks: table, width: integer = 640, height: integer = 400, ymin: number, ymax: number }   scales: "linear" or "log"; xticks:
---  a list of { value, label }
---@return Figure
---@example plot.scatter({ x = { 0.1, 1, 10 }, y = { 3, 5, 4 } }, { xscale = "log" })
function plot.scatter(points, o)
  o = checked(o, with(table.unpack(SCALES)), "scatter")
  local list, count = series.all(points, "scatter"), 0
  for _, s in ipairs(list) do s.points, count = true, count + #s.y end
  return of_series(list, o, words.count(count, "point"))
end

local function check_labels(labels, count, who)
  for i, label in ipairs(labels) do
    if type(label) ~= "string" and type(label) ~= "number" then
      sys.fail(("%s: labels: element %d is a %s, expected a text"):format(who, i, type(label)))
    end
  end
  if count and #labels ~= count then
    sys.fail(("%s: there are %d labels and %d bars, expected as many"):format(who, #labels, count))
  end
end

--- Draws bars, from 0 on.
---@param heights Tensor|table   a list of numbers; several by name stand side by side, as plot's lines; low and high: a whisker
---  at the end of each bar
---@param o? { labels: string[], title: string, xlabel: string, ylabel: string, yscale: string = "linear", file: string,
---  width: integer = 640, height: integer = 400, ymin: number, ymax: number }   labels: below the bars; yscale: "linear" or "log"
---@return Figure
---@example plot.bar({ train = { 80, 75 }, val = { 20, 19 } }, { labels = { "cat", "dog" } })
function plot.bar(heights, o)
  o = checked(o, with("labels", "yscale"), "bar")
  local list = series.as_bars(series.all(heights, "bar"))
  local drawn = setmetatable({ xticks = {} }, { __index = o })
  if o.labels then check_labels(o.labels, #list[1].y, "bar") end
  for i, x in ipairs(list[1].x) do drawn.xticks[i] = { x, tostring(o.labels and o.labels[i] or math.tointeger(x) or x) } end
  return of_series(list, drawn, words.count(#list[1].y * #list, "bar"))
end

--- Draws how often which values occur. Values that are not finite are left out and counted in the title.
---@param values Tensor|number[]
---@param o? { bins: integer, title: string, xlabel: string, ylabel: string, yscale: string = "linear", file: string,
---  width: integer = 640, height: integer = 400, ymin: number, ymax: number }
---@return Figure
---@example hist(model[2].weight, { file = "weights.png" })
function plot.hist(values, o)
  o = checked(o, with("bins", "yscale"), "hist")
  settings.check_ends(o.ymin or 0, o.ymax, "hist")
  local list, finite = series.numbers(values, "hist"), {}
  for _, value in ipairs(list) do
    if value - value == 0 then finite[#finite + 1] = value end
  end
  if #finite == 0 then sys.fail("hist: there is no finite number to count") end
  local drawn = setmetatable({
    ymin = o.ymin or o.yscale ~= "log" and 0 or nil,
    title = o.title or #finite < #list and ("%d of %d values are not finite"):format(#list - #finite, #list) or nil,
  }, { __index = o })
  return of_series({ series.histogram(finite, o.bins) }, drawn, ("histogram of %d values"):format(#finite))
end

-- The rows of a table of numbers.
local function table_of(values)
  if tensor.is_tensor(values) then
    if values:dim() ~= 2 then
      sys.fail(("heatmap: got a tensor of %d dimensions, expected 2: rows and columns"):format(values:dim()))
    end
    values = values:detach():tolist()
  end
  if type(values) ~= "table" or type(values[1]) ~= "table" then
    sys.fail("heatmap: expected a tensor of rows and columns, or a list of rows of numbers")
  end
  local rows = {}
  for i, row in ipairs(values) do
    rows[i] = series.numbers(row, "heatmap")
    if #rows[i] ~= #rows[1] then
      sys.fail(("heatmap: row %d has %d numbers and the first %d, expected as many"):format(i, #rows[i], #rows[1]))
    end
  end
  return rows
end

local function names_of(given, count, what)
  if given then
    check_labels(given, nil, "heatmap")
    if #given ~= count then sys.fail(("heatmap: there are %d names for %d %s, expected as many"):format(#given, count, what)) end
    return given
  end
  local list = {}
  for i = 1, count do list[i] = tostring(i) end
  return list
end

local function number(value) return value == value and ("%.3g"):format(value) or "nan" end

--- Draws a table of numbers as colours, white the least and blue the greatest; small tables have their numbers in the cells.
---@param values Tensor|table   rows of numbers
---@param o? { xticklabels: string[], yticklabels: string[], title: string, xlabel: string, ylabel: string, file: string }
---  xticklabels, yticklabels: the names of the columns and of the rows
---@return Figure
---@example plot.heatmap(ml.rand(4, 6), { title = "attention" })
function plot.heatmap(values, o)
  o = settings.check(o, { "xticklabels", "yticklabels", "title", "xlabel", "ylabel", "file" }, "heatmap")
  local rows = table_of(values)
  local shares, low, high = heat.shares(rows)
  local drawn = setmetatable({
    rows = names_of(o.yticklabels, #rows, "rows"), columns = names_of(o.xticklabels, #rows[1], "columns"),
    text = function(i, k) return number(rows[i][k]) end, scale = { number(low), number(high) },
  }, { __index = o })
  local about = ("heat map of %d x %d numbers from %s to %s"):format(#rows, #rows[1], number(low), number(high))
  return finished(Figure {
    about = o.title and o.title .. ": " .. about or about,
    scene = function() return heat.scene(shares, drawn) end,
    text_lines = function(columns, style) return heat.lines(shares, drawn, columns, style) end,
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
  if core.data.is_dataset(images) and not o.labels then
    local _, names, each = grid.places(images, o.most or MOST)
    o.labels, o.columns = names, o.columns or each < 13 and each * math.max(1, 12 // each) or nil -- whole classes in a row
  end
  if #list == 0 then sys.fail("image_grid: there is no picture") end
  local about = #list == 1 and not o.labels and tostring(list[1])
    or ("grid of %d picture%s"):format(#list, #list == 1 and "" or "s")
  check_labels(o.labels or {}, nil, "image_grid")
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
---@param o? { normalize: string, title: string, file: string }   normalize = "true": cells have percent of their row, not counts
---@return Figure
---@example plot.confusion_matrix(confusion, { file = "confusion.png" })
function plot.confusion_matrix(confusion, o)
  o = settings.check(o, { "normalize", "title", "file" }, "confusion_matrix")
  if type(confusion) ~= "userdata" or not tostring(confusion) then
    sys.fail(("confusion_matrix: got a %s, expected a metrics.ConfusionMatrix"):format(type(confusion)))
  end
  local names, counts = confusion:classes(), confusion:matrix():tolist()
  local shares = confusion:matrix({ normalize = "true" }):tolist()
  local drawn = { title = o.title, rows = names, columns = names, ylabel = "true class", xlabel = "predicted class",
                  scale = { "0 %", "100 % of the row" }, text = function(i, k)
    return o.normalize and ("%.0f"):format(100 * shares[i][k]) or ("%d"):format(counts[i][k])
  end }
  return finished(Figure {
    about = ("confusion matrix of %d classes"):format(#names),
    scene = function() return heat.scene(shares, drawn) end,
    text_lines = function(columns, style)
      return in_terminal(counts, shares, names, columns, style) or tostring(confusion)
    end,
  }, o)
end

-- The activations of one layer as pictures: the channels of the first row of the input, or all rows and their features.
local function activations(model, x, o)
  local look = require "mlprun.plot.look"
  local output = look.activations(model, x, o.layer)
  local labels
  if output:dim() == 4 then
    output, labels = output[1]:unsqueeze(2), tensor.arange(1, output:size(2) + 1):tolist()
  elseif output:dim() > 2 then
    output = output:reshape(output:size(1), -1)
  end
  return plot.image_grid(output, { labels = labels, file = o.file, most = o.most })
end

--- What each layer of a model makes of an input: shape, mean, std, share of zeros, NaN, norm of the gradient, time and a small
--- histogram. The model stays as it was.
---@param model Module
---@param x Tensor          what goes in
---@param o? { labels: Tensor, loss: function, layer: Module, file: string, most: integer = 64 }   labels, or loss(output):
---  what gradients are of; without both they are those that the parameters hold. layer: its activations as pictures
---@return any              a list of rows, one for each layer that ran, which prints as a table; with layer a Figure
---@example plot.look(model, images, { labels = labels })
function plot.look(model, x, o)
  o = settings.check(o, { "labels", "loss", "layer", "file", "most" }, "look", { labels = true })
  if o.layer then return activations(model, x, o) end
  return require("mlprun.plot.look").table(model, x, o)
end

-- plot { ... } is plot.plot { ... }
return setmetatable(plot, { __call = function(_, ...) return plot.plot(...) end })
