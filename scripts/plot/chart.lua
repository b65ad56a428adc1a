--- mlprun.plot.chart - lines, points and bars between axes, as a scene.
--
-- A series: { name, x, y, low, high (a band, or whiskers of points and bars), colour, dashes, marker (the number of a shape),
-- points (no line), bars (of a width in x, or between `edges`) }.
local Scene = require "mlprun.plot.scene"
local axes = require "mlprun.plot.axes"
local clip = require "mlprun.plot.clip"
local legend = require "mlprun.plot.legend"
local marks = require "mlprun.plot.marks"

local chart = {}

local GRID = "#7f7f7f"
local RIGHT, TOP, BOTTOM = 16, 12, 30
local MARKERS = 8 -- on a line, at most about so many

-- Whether all series are at whole numbers, as epochs are.
local function at_whole_numbers(series)
  for _, s in ipairs(series) do
    for _, x in ipairs(s.x or {}) do
      if x % 1 ~= 0 then return false end
    end
  end
  return true
end

--- The axes of a chart.
---@param o table   ymin, ymax, xscale, yscale ("log"), xticks (a list of { value, label })
---@return table x, table y
function chart.axes(series, o)
  local xs, ys, bars = {}, {}, false
  for _, s in ipairs(series) do
    xs[#xs + 1], ys[#ys + 1] = s.edges or s.x, s.y
    ys[#ys + 1], ys[#ys + 2] = s.low, s.high
    if s.bars then
      bars = true
      if not s.edges then xs[#xs + 1] = { math.min(table.unpack(s.x)) - 0.5, math.max(table.unpack(s.x)) + 0.5 } end
    end
  end
  if bars and not o.ymin and o.yscale ~= "log" then ys[#ys + 1] = { 0 } end
  local points = series[1].points and not o.xticks
  local x = axes.of(xs, { log = o.xscale == "log", whole = at_whole_numbers(series), places = o.xticks,
                          room = (points or o.xticks and not bars) and 0.04 or 0 })
  local y = axes.of(ys, { log = o.yscale == "log", low = o.ymin, high = o.ymax, room = 0.04 })
  return x, y
end

-- What a logarithmic axis cannot show, in words.
local function notes_of(series, o)
  local count = 0
  for _, s in ipairs(series) do
    for k, y in ipairs(s.y) do
      local x = s.x[k]
      if x and (o.yscale == "log" and y <= 0 or o.xscale == "log" and x <= 0) then count = count + 1 end
    end
  end
  if count == 0 then return {} end
  return { ("%d value%s of 0 or less %s no place on a logarithmic axis"):format(count, count == 1 and "" or "s",
    count == 1 and "has" or "have") }
end

-- Labels below the x axis; where they are too wide they are shortened, and then turned.
local function draw_x_labels(scene, ticks, inner, at)
  local room = (inner.right - inner.left) / math.max(1, #ticks)
  local widest = 0
  for _, tick in ipairs(ticks) do widest = math.max(widest, Scene.text_width(tick.label)) end
  for _, tick in ipairs(ticks) do
    local x = at(tick.share)
    scene:rectangle(x - 0.5, inner.bottom, 1, 4, "ink")
    if inner.turned then
      scene:text(x, inner.bottom + 8, Scene.fitted(tick.label, inner.turned), { anchor = "end", upwards = true })
    else
      scene:text(x, inner.bottom + 14, widest > room and Scene.fitted(tick.label, room) or tick.label, { anchor = "middle" })
    end
  end
end

-- How high labels are that do not fit side by side, at most; nil where they do.
local function turned(o, wide)
  local widest, places = 0, o.xticks or {}
  for _, place in ipairs(places) do widest = math.max(widest, Scene.text_width(place[2])) end
  if widest + 6 > wide / math.max(1, #places) then return math.min(widest, 110) end
end

-- Title and legend. Returns where the frame begins.
local function head(scene, series, o, left)
  local top, width = TOP, scene.width - left - RIGHT
  if o.title then
    scene:text(left, top + 8, Scene.fitted(o.title, width, { bold = true, size = 13 }), { bold = true, size = 13 })
    top = top + legend.ROW + 6
  end
  for _, row in ipairs(legend.rows(series, width, notes_of(series, o))) do
    legend.draw(scene, row, left, top + 7, series)
    top = top + legend.ROW
  end
  return top + 4
end

-- Axes, with the words beside them. Returns the two functions that place values, and the frame that they fill.
local function frame(scene, series, o)
  local x, y = chart.axes(series, o)
  local widest = 0
  for _, tick in ipairs(y.ticks(math.max(2, scene.height // 45))) do
    widest = math.max(widest, Scene.text_width(tick.label))
  end
  local left = math.ceil(math.max(44, widest + 14)) + (o.ylabel and 20 or 0)
  local inner = { left = left, right = scene.width - RIGHT, top = head(scene, series, o, left) }
  inner.turned = turned(o, inner.right - left)
  inner.bottom = scene.height - BOTTOM - (o.xlabel and legend.ROW or 0) - (inner.turned and inner.turned - 8 or 0)
  local wide, high = inner.right - inner.left, inner.bottom - inner.top
  for _, tick in ipairs(y.ticks(math.max(2, high // 45))) do
    local at = inner.bottom - tick.share * high
    scene:rectangle(inner.left, at - 0.5, wide, 1, GRID, 0.25)
    scene:text(inner.left - 6, at, tick.label, { anchor = "end" })
  end
  draw_x_labels(scene, x.ticks(math.max(2, wide // 70)), inner, function(share) return inner.left + share * wide end)
  scene:rectangle(inner.left, inner.bottom, wide, 1, "ink")
  if o.xlabel then scene:text(inner.left + wide / 2, scene.height - 12, o.xlabel, { anchor = "middle" }) end
  if o.ylabel then scene:text(14, inner.top + high / 2, o.ylabel, { anchor = "middle", upwards = true }) end
  return x.placing(inner.left, inner.right), y.placing(inner.bottom, inner.top), inner
end

-- ---- series ----

-- From low to high, with a stroke at both ends that lie inside.
local function draw_whisker(scene, s, k, x, at_y, inner)
  local low, high = at_y(s.low[k]), at_y(s.high[k])
  for _, run in ipairs(clip.line({ x, low, x, high }, inner)) do scene:line(run, "ink", 1.2) end
  for _, y in ipairs { low, high } do
    if y >= inner.top and y <= inner.bottom then scene:line({ x - 4, y, x + 4, y }, "ink", 1.2) end
  end
end

local function draw_bars(scene, s, at_x, at_y, inner)
  for k, y in ipairs(s.y) do
    local x0 = at_x(s.edges and s.edges[k] or s.x[k] + s.from)
    local x1 = at_x(s.edges and s.edges[k + 1] or s.x[k] + s.from + s.width)
    local zero = at_y(0)
    local base = zero ~= zero and inner.bottom or math.max(inner.top, math.min(inner.bottom, zero))
    local end_ = math.max(inner.top, math.min(inner.bottom, at_y(y)))
    if end_ == end_ then
      scene:rectangle(x0 + 0.5, math.min(end_, base), math.max(1, x1 - x0 - 1), math.max(0.5, math.abs(base - end_)), s.colour)
    end
    if s.low then draw_whisker(scene, s, k, (x0 + x1) / 2, at_y, inner) end
  end
end

local function is_inside(x, y, inner)
  return x >= inner.left and x <= inner.right and y >= inner.top and y <= inner.bottom
end

local function draw_markers(scene, s, at_x, at_y, inner, step)
  for k = 1, #s.y, step do
    local x, y = at_x(s.x[k]), at_y(s.y[k])
    if s.points and s.low then draw_whisker(scene, s, k, x, at_y, inner) end
    if is_inside(x, y, inner) then scene:polygon(marks.marker(s.marker, x, y, 4), s.colour, s.points and 0.85 or 1) end
  end
end

-- A point without a neighbour is a dot.
local function draw_curve(scene, s, at_x, at_y, inner)
  local line, band = {}, {}
  for k, y in ipairs(s.y) do
    local x = at_x(s.x[k])
    line[#line + 1], line[#line + 2] = x, at_y(y)
    if s.low then band[#band + 1], band[#band + 2], band[#band + 3] = x, at_y(s.low[k]), at_y(s.high[k]) end
  end
  if s.low then scene:band(clip.band(band, inner), s.colour, 0.18) end
  for _, run in ipairs(clip.line(line, inner)) do
    if #run == 2 then scene:line(run, s.colour, 5)
    else scene:line(run, s.colour, 2, s.dashes) end
  end
  if s.marker then draw_markers(scene, s, at_x, at_y, inner, math.max(1, math.ceil(#s.y / MARKERS))) end
end

--- Gives each series what tells it from the others, where it does not say so itself.
function chart.dress(series)
  for i, s in ipairs(series) do
    s.colour = s.colour or marks.colour(i)
    if not s.bars and #series > 1 then
      s.dashes, s.marker = s.dashes or marks.dashes(i), s.marker or i
    end
    if s.points then s.marker = s.marker or i end
  end
  return series
end

--- The drawing.
---@param o table   title, xlabel, ylabel, width, height, ymin, ymax, xscale, yscale, xticks
function chart.scene(series, o)
  local scene = Scene(o.width or 640, o.height or 400)
  local at_x, at_y, inner = frame(scene, chart.dress(series), o)
  for _, s in ipairs(series) do
    if s.bars then draw_bars(scene, s, at_x, at_y, inner)
    elseif s.points then draw_markers(scene, s, at_x, at_y, inner, 1)
    else draw_curve(scene, s, at_x, at_y, inner) end
  end
  return scene
end

return chart
