--- mlprun.plot.chart - lines and histograms: as a drawing, and in the terminal.
local Scene = require "mlprun.plot.scene"
local axes = require "mlprun.plot.axes"
local clip = require "mlprun.plot.clip"
local terminal = require "mlprun.plot.terminal"

local chart = {}

--- Told apart by people who see colours differently too, on white and on dark ground: seven of Okabe and Ito's, then seven of
--- Tol's.
chart.COLOURS = { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f",
                  "#882255", "#44aa99", "#999933", "#aa4499", "#661100", "#6699cc", "#117733" }

function chart.colour(i) return chart.COLOURS[(i - 1) % #chart.COLOURS + 1] end

local GRID = "#7f7f7f"
local LEFT, RIGHT, TOP, BOTTOM, LINE = 58, 16, 12, 30, 18

-- What all series cover, on the axes as they are drawn (log: powers of ten).
local function extent(series, o)
  local xs, ys = {}, {}
  for _, s in ipairs(series) do
    xs[#xs + 1], ys[#ys + 1] = s.x, s.y
    ys[#ys + 1], ys[#ys + 2] = s.low, s.high
  end
  local x0, x1 = axes.range(xs)
  local y0, y1 = axes.range(ys, o.ymin, o.ymax)
  local room = (y1 - y0) * 0.04
  return x0, x1, o.ymin or y0 - room, o.ymax or y1 + room
end

-- A function that places values from low to high on pixels; what is not finite stays so, and what is far outside goes no
-- farther than the arithmetic of a frame needs.
local function placing(low, high, from, to)
  local FAR = 1e6
  return function(value)
    if value - value ~= 0 then return 0 / 0 end
    return math.max(-FAR, math.min(FAR, from + (value - low) / (high - low) * (to - from)))
  end
end

local MOST_ROWS = 4 -- of a legend

-- The beginning that all names have, up to a sign between words; "" where that is nothing.
local function common_beginning(names)
  local first, length = names[1] or "", #(names[1] or "")
  for _, name in ipairs(names) do
    while first:sub(1, length) ~= name:sub(1, length) do length = length - 1 end
  end
  return #names > 1 and first:sub(1, length):match("^.*[=:,_ /-]") or ""
end

-- Entries in rows of a width: lists of { name, colour, x }.
local function in_rows(entries, width)
  local rows, x = {}, math.huge
  for _, entry in ipairs(entries) do
    local name = Scene.fitted(entry.name, width - 40)
    local long = Scene.text_width(name) + (entry.colour and 52 or 28)
    if x + long > width then
      rows[#rows + 1] = {}
      x = 0
    end
    table.insert(rows[#rows], { name = name, colour = entry.colour, x = x })
    x = x + long
  end
  return rows
end

-- As many rows as a legend may have; the last entry says how many are missing.
local function shortened(entries, width)
  local rows, kept = in_rows(entries, width), #entries
  while #rows > MOST_ROWS do
    kept = kept - 1
    local some = table.move(entries, 1, kept, 1, {})
    some[kept + 1] = { name = ("and %d more"):format(#entries - kept) }
    rows = in_rows(some, width)
  end
  return rows
end

-- Rows of the legend. Where they are many, what all names begin with is said once.
local function legend_rows(series, width)
  local entries, names = {}, {}
  for i, s in ipairs(series) do
    if s.name then
      names[#names + 1] = s.name
      entries[#entries + 1] = { name = s.name, colour = s.colour or chart.colour(i) }
    end
  end
  local rows = in_rows(entries, width)
  if #rows <= 1 then return rows end
  local beginning = common_beginning(names)
  for i, entry in ipairs(entries) do entry.name = names[i]:sub(#beginning + 1) end
  if beginning ~= "" then table.insert(entries, 1, { name = beginning }) end
  return shortened(entries, width)
end

-- Whether all series are at whole numbers, as epochs are.
local function at_whole_numbers(series)
  for _, s in ipairs(series) do
    for _, x in ipairs(s.x or {}) do
      if x % 1 ~= 0 then return false end
    end
  end
  return true
end

-- Title, legend, axes. Returns the two functions that place values, and the frame that they fill.
local function frame(scene, series, o)
  local top = TOP
  if o.title then
    scene:text(LEFT, top + 8, Scene.fitted(o.title, scene.width - LEFT - RIGHT), { bold = true })
    top = top + LINE + 6
  end
  for _, row in ipairs(legend_rows(series, scene.width - LEFT - RIGHT)) do
    for _, entry in ipairs(row) do
      if entry.colour then scene:line({ LEFT + entry.x, top + 7, LEFT + entry.x + 18, top + 7 }, entry.colour, 3) end
      scene:text(LEFT + entry.x + (entry.colour and 24 or 0), top + 7, entry.name)
    end
    top = top + LINE
  end
  top = top + 4
  local left, right, bottom = LEFT + (o.ylabel and 14 or 0), scene.width - RIGHT, scene.height - BOTTOM - (o.xlabel and LINE or 0)
  local x0, x1, y0, y1 = extent(series, o)
  local at_x, at_y = placing(x0, x1, left, right), placing(y0, y1, bottom, top)
  local places, digits = axes.ticks(y0, y1, math.max(2, (bottom - top) // 45))
  for _, y in ipairs(places) do
    scene:rectangle(left, at_y(y) - 0.5, right - left, 1, GRID, 0.25)
    scene:text(left - 6, at_y(y), axes.label(y, digits), { anchor = "end" })
  end
  places, digits = axes.ticks(x0, x1, math.max(2, (right - left) // 70), at_whole_numbers(series))
  for _, x in ipairs(places) do
    scene:rectangle(at_x(x) - 0.5, bottom, 1, 4, "ink")
    scene:text(at_x(x), bottom + 14, axes.label(x, digits), { anchor = "middle" })
  end
  scene:rectangle(left, bottom, right - left, 1, "ink")
  if o.xlabel then scene:text((left + right) / 2, scene.height - 12, o.xlabel, { anchor = "middle" }) end
  if o.ylabel then scene:text(14, (top + bottom) / 2, o.ylabel, { anchor = "middle", upwards = true }) end
  return at_x, at_y, { left = left, top = top, right = right, bottom = bottom }
end

local function draw_bars(scene, s, colour, at_x, at_y, inner)
  for k, y in ipairs(s.y) do
    local x0, x1 = at_x(s.edges[k]), at_x(s.edges[k + 1])
    local top = math.max(inner.top, math.min(inner.bottom, at_y(y)))
    scene:rectangle(x0 + 0.5, top, math.max(1, x1 - x0 - 1), math.max(0.5, inner.bottom - top), colour, 0.85)
  end
end

-- A point without a neighbour is a dot.
local function draw_curve(scene, s, colour, at_x, at_y, inner)
  local line, band = {}, {}
  for k, y in ipairs(s.y) do
    local x = at_x(s.x[k])
    line[#line + 1], line[#line + 2] = x, at_y(y)
    if s.low then band[#band + 1], band[#band + 2], band[#band + 3] = x, at_y(s.low[k]), at_y(s.high[k]) end
  end
  if s.low then scene:band(clip.band(band, inner), colour, 0.18) end
  for _, run in ipairs(clip.line(line, inner)) do
    if #run == 2 then scene:line({ run[1] - 2, run[2], run[1] + 2, run[2] }, colour, 5)
    else scene:line(run, colour, 2) end
  end
end

--- The drawing. series: list of { name, x, y, low, high, colour } (numbers; low and high: a band around the line).
function chart.scene(series, o)
  local scene = Scene(o.width or 640, o.height or 400)
  local at_x, at_y, inner = frame(scene, series, o)
  for i, s in ipairs(series) do
    (s.bars and draw_bars or draw_curve)(scene, s, s.colour or chart.colour(i), at_x, at_y, inner)
  end
  return scene
end

-- ---- in the terminal ----

local ROWS = 14
local DOTS = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 } } -- Unicode's numbering of a braille cell
local MARKS = { "*", "o", "+", "x", "#", "%", "@" }

-- A grid of cells that lines are drawn on: dots of braille, or with `marks` one letter for each series.
local function canvas(columns, marks)
  local cells = {}
  local self = { wide = marks and columns or 2 * columns, high = marks and ROWS or 4 * ROWS }
  function self.dot(x, y, series)
    if x < 0 or y < 0 or x >= self.wide or y >= self.high then return end
    local column, row = marks and x or x // 2, marks and y or y // 4
    local key = row * columns + column
    local cell = cells[key] or { bits = 0 }
    cells[key] = cell
    cell.series = series
    if not marks then cell.bits = cell.bits | DOTS[y % 4 + 1][x % 2 + 1] end
  end
  function self.row(row, style, colours)
    local parts, before = {}, nil
    for column = 0, columns - 1 do
      local cell = cells[row * columns + column]
      local colour = cell and style.colours > 0 and colours[cell.series] or nil
      if colour ~= before then
        parts[#parts + 1] = colour and terminal.colour(style, colour) or terminal.reset(style)
        before = colour
      end
      parts[#parts + 1] = not cell and " " or marks and MARKS[(cell.series - 1) % #MARKS + 1] or utf8.char(0x2800 + cell.bits)
    end
    if before then parts[#parts + 1] = terminal.reset(style) end
    return (table.concat(parts):gsub(" +$", ""))
  end
  return self
end

-- Dot by dot, of which only those inside of the canvas are visited.
local function draw_line(on, x0, y0, x1, y1, series)
  local steps = math.max(1, math.ceil(math.max(math.abs(x1 - x0), math.abs(y1 - y0))))
  local from, to = clip.segment(x0, y0, x1, y1, { left = -1, top = -1, right = on.wide, bottom = on.high })
  if not from then return end
  for i = math.floor(from * steps), math.ceil(to * steps) do
    local x, y = x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps
    on.dot(math.floor(x + 0.5), math.floor(y + 0.5), series)
  end
end

local function draw_columns(on, s, index, at_x, at_y)
  for k, value in ipairs(s.y) do
    local first, last = math.floor(at_x(s.edges[k]) + 0.5), math.floor(at_x(s.edges[k + 1]) + 0.5) - 1
    for column = math.max(0, first), math.min(on.wide - 1, math.max(first, last)) do
      if value > 0 then draw_line(on, column, on.high - 1, column, at_y(value), index) end
    end
  end
end

local function draw_points(on, s, index, at_x, at_y)
  local before_x, before_y
  for k, value in ipairs(s.y) do
    local x, y = at_x(s.x[k]), at_y(value)
    if x ~= x or y ~= y then
      before_x = nil
    else
      if before_x then draw_line(on, before_x, before_y, x, y, index)
      else on.dot(math.floor(x + 0.5), math.floor(y + 0.5), index) end
      before_x, before_y = x, y
    end
  end
end

-- The labels under the x axis, none over another.
local function x_labels(x0, x1, columns, margin, whole)
  local places, digits = axes.ticks(x0, x1, math.max(1, columns // 12), whole)
  local line, stop = (" "):rep(margin + columns + 8), 0
  for _, x in ipairs(places) do
    local label = axes.label(x, digits)
    local at = margin + math.floor((x - x0) / (x1 - x0) * (columns - 1) + 0.5) - #label // 2
    if at > stop and at + #label <= margin + columns + 8 then
      line = line:sub(1, at) .. label .. line:sub(at + #label + 1)
      stop = at + #label
    end
  end
  return (line:gsub(" +$", ""))
end

--- The lines for a terminal of so many columns.
function chart.lines(series, o, columns, style)
  local x0, x1, y0, y1 = extent(series, o)
  local places, digits = axes.ticks(y0, y1, 4)
  local margin = 0
  for _, y in ipairs(places) do margin = math.max(margin, #axes.label(y, digits)) end
  local wide = math.max(8, math.min(columns, 100) - margin - 3)
  local on = canvas(wide, style.colours == 0 and #series > 1)
  local at_x, at_y = placing(x0, x1, 0, on.wide - 1), placing(y1, y0, 0, on.high - 1)
  local colours = {}
  for i, s in ipairs(series) do
    colours[i] = s.colour or chart.colour(i);
    (s.bars and draw_columns or draw_points)(on, s, i, at_x, at_y)
  end
  local labels = {}
  for _, y in ipairs(places) do labels[math.floor((y1 - y) / (y1 - y0) * (ROWS - 1) + 0.5)] = axes.label(y, digits) end
  local lines = {}
  if o.title then lines[1] = (" "):rep(margin + 2) .. o.title end
  for row = 0, ROWS - 1 do
    local label = labels[row] or ""
    lines[#lines + 1] = (" "):rep(margin - #label) .. label .. (labels[row] and " ┤" or " │") .. on.row(row, style, colours)
  end
  lines[#lines + 1] = (" "):rep(margin + 1) .. "└" .. ("─"):rep(wide)
  lines[#lines + 1] = x_labels(x0, x1, wide, margin + 2, at_whole_numbers(series))
  local names = {}
  for i, s in ipairs(series) do
    if s.name then
      local mark = style.colours == 0 and (#series > 1 and MARKS[(i - 1) % #MARKS + 1] or "─") or "─"
      names[#names + 1] = terminal.colour(style, colours[i]) .. mark .. terminal.reset(style) .. " " .. s.name
    end
  end
  if #names > 0 then lines[#lines + 1] = (" "):rep(margin + 2) .. table.concat(names, "   ") end
  return table.concat(lines, "\n")
end

return chart
