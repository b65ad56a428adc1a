--- mlprun.plot.lines - charts in the terminal: a grid of dots or letters, with axes.
local layout = require "mlprun.base.layout"
local chart = require "mlprun.plot.chart"
local clip = require "mlprun.plot.clip"
local terminal = require "mlprun.plot.terminal"

local ROWS = 14 -- unless o.rows says otherwise
local DOTS = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 } } -- Unicode's numbering of a braille cell
local MARKS = { "*", "o", "+", "x", "#", "%", "@" }

-- A grid of cells that lines are drawn on: dots of braille, or with `letters` one letter for each series.
local function canvas(columns, rows, letters)
  local cells = {}
  local self = { wide = letters and columns or 2 * columns, high = letters and rows or 4 * rows }
  function self.dot(x, y, series)
    if x < 0 or y < 0 or x >= self.wide or y >= self.high then return end
    local column, row = letters and x or x // 2, letters and y or y // 4
    local key = row * columns + column
    local cell = cells[key] or { bits = 0 }
    cells[key] = cell
    cell.series = series
    if not letters then cell.bits = cell.bits | DOTS[y % 4 + 1][x % 2 + 1] end
  end
  function self.row(row, style, series)
    local parts, before = {}, nil
    for column = 0, columns - 1 do
      local cell = cells[row * columns + column]
      local colour = cell and style.colours > 0 and series[cell.series].colour or nil
      if colour ~= before then
        parts[#parts + 1] = colour and terminal.colour(style, colour) or terminal.reset(style)
        before = colour
      end
      parts[#parts + 1] = not cell and " " or letters and MARKS[(cell.series - 1) % #MARKS + 1] or utf8.char(0x2800 + cell.bits)
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
  local zero = at_y(0)
  local base = zero == zero and math.max(0, math.min(on.high - 1, zero)) or on.high - 1
  for k, value in ipairs(s.y) do
    local first = math.floor(at_x(s.edges and s.edges[k] or s.x[k] + s.from) + 0.5)
    local last = math.floor(at_x(s.edges and s.edges[k + 1] or s.x[k] + s.from + s.width) + 0.5) - 1
    for column = math.max(0, first), math.min(on.wide - 1, math.max(first, last)) do
      local y = at_y(value)
      if value ~= 0 and y == y then draw_line(on, column, base, column, y, index) end
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
      if before_x and not s.points then draw_line(on, before_x, before_y, x, y, index)
      else on.dot(math.floor(x + 0.5), math.floor(y + 0.5), index) end
      before_x, before_y = x, y
    end
  end
end

-- The labels under the x axis, none over another.
local function x_labels(axis, columns, margin)
  local line, stop = {}, 0
  for _, tick in ipairs(axis.ticks(math.max(1, columns // 12))) do
    local long = utf8.len(tick.label) or #tick.label
    local at = math.max(0, margin + math.floor(tick.share * (columns - 1) + 0.5) - long // 2)
    if at > stop and at + long <= margin + columns + 8 then
      line[#line + 1] = (" "):rep(at - stop) .. tick.label
      stop = at + long
    end
  end
  return table.concat(line)
end

local function legend_line(series, style, margin)
  local names = {}
  for i, s in ipairs(series) do
    if s.name then
      local mark = style.colours == 0 and #series > 1 and MARKS[(i - 1) % #MARKS + 1] or "─"
      names[#names + 1] = terminal.colour(style, s.colour) .. mark .. terminal.reset(style) .. " " .. s.name
    end
  end
  return #names > 0 and (" "):rep(margin + 2) .. table.concat(names, "   ") or nil
end

--- The lines of a chart for a terminal of so many columns.
---@param o table   as chart.scene's; rows = 14: of the part with the lines
---@return string
return function(series, o, columns, style)
  local x, y = chart.axes(chart.dress(series), o)
  local labels, margin, rows = {}, 0, o.rows or ROWS
  for _, tick in ipairs(y.ticks(4)) do
    margin = math.max(margin, #tick.label)
    labels[math.floor((1 - tick.share) * (rows - 1) + 0.5)] = tick.label
  end
  local wide = math.max(8, math.min(columns, 100) - margin - 3)
  local on = canvas(wide, rows, style.colours == 0 and #series > 1)
  local at_x, at_y = x.placing(0, on.wide - 1), y.placing(on.high - 1, 0)
  for i, s in ipairs(series) do (s.bars and draw_columns or draw_points)(on, s, i, at_x, at_y) end
  local lines = {}
  if o.title then lines[1] = (" "):rep(margin + 2) .. o.title end
  lines[#lines + 1] = o.ylabel -- above its axis
  for row = 0, rows - 1 do
    local label = labels[row] or ""
    lines[#lines + 1] = (" "):rep(margin - #label) .. label .. (labels[row] and " ┤" or " │") .. on.row(row, style, series)
  end
  lines[#lines + 1] = (" "):rep(margin + 1) .. "└" .. ("─"):rep(wide)
  lines[#lines + 1] = x_labels(x, wide, margin + 2)
  if o.xlabel then
    lines[#lines + 1] = (" "):rep(margin + 2 + math.max(0, wide - layout.width(o.xlabel)) // 2) .. o.xlabel
  end
  lines[#lines + 1] = legend_line(series, style, margin)
  return table.concat(lines, "\n")
end
