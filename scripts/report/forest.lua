--- mlprun.report.forest - differences from a trial as a forest plot: a point and its interval for each, a line where there is no
--- difference, and a band within which none would show.
local Scene = require "mlprun.plot.scene"
local axes = require "mlprun.plot.axes"
local words = require "mlprun.base.words"

local forest = {}

local WIDTH, LEFT, RIGHT, TOP, ROW, BOTTOM = 560, 190, 90, 34, 26, 44
local COLOURS = { better = "#009e73", worse = "#d55e00", unclear = "#7f7f7f" }

local function finite(value) return value and value - value == 0 end

local function kind_of(d) return d.p >= 0.05 and "unclear" or d.better and "better" or "worse" end

-- Those that can be drawn, and the name of the trial that they are measured against (nil: several).
local function drawable(list)
  local rows, against = {}, list[1] and list[1].a
  for _, d in ipairs(list) do
    if finite(d.difference) and finite(d.low) and finite(d.high) and d.p then
      rows[#rows + 1] = d
      if d.a ~= against then against = nil end
    end
  end
  return rows, against
end

--- What the chart shows of all comparisons: those with the first trial, or all where there are none of it.
---@param list table[]   account.of's differences
---@param first string
---@return table[]
function forest.chosen(list, first)
  local chosen = {}
  for _, d in ipairs(list) do
    if d.a == first then chosen[#chosen + 1] = d end
  end
  return #chosen > 0 and chosen or list
end

-- The axis: where values lie on it, and its labels.
local function axis(rows, detectable, shares)
  local ends = { 0, detectable and -detectable or 0, detectable or 0 }
  for _, d in ipairs(rows) do table.move({ d.low, d.high }, 1, 2, #ends + 1, ends) end
  local low, high = axes.range { ends }
  local room = (high - low) * 0.05
  low, high = low - room, high + room
  local unit = shares and 100 or 1
  local places, digits = axes.ticks(low * unit, high * unit, 6)
  return { places = places, digits = digits, unit = unit, at = function(value)
    return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)
  end }
end

local function draw_axis(scene, scale, bottom, detectable, title)
  if detectable then
    local from, to = scale.at(-detectable), scale.at(detectable)
    scene:rectangle(from, TOP - 6, to - from, bottom - TOP + 6, COLOURS.unclear, 0.14)
  end
  scene:rectangle(scale.at(0) - 0.75, TOP - 6, 1.5, bottom - TOP + 6, "ink", 0.7)
  scene:rectangle(LEFT, bottom, WIDTH - LEFT - RIGHT, 1, "ink")
  for _, place in ipairs(scale.places) do
    local x = scale.at(place / scale.unit)
    scene:rectangle(x - 0.5, bottom, 1, 4, "ink")
    scene:text(x, bottom + 13, axes.label(place, scale.digits), { anchor = "middle" })
  end
  scene:text((LEFT + WIDTH - RIGHT) / 2, bottom + 31, title, { anchor = "middle" })
end

local function draw_row(scene, d, y, scale, label, format)
  local colour = COLOURS[kind_of(d)]
  scene:text(LEFT - 10, y, Scene.fitted(label, LEFT - 14), { anchor = "end", bold = kind_of(d) ~= "unclear" })
  scene:line({ scale.at(d.low), y, scale.at(d.high), y }, colour, 2.5)
  for _, value in ipairs { d.low, d.high } do scene:line({ scale.at(value), y - 4, scale.at(value), y + 4 }, colour, 1.5) end
  scene:rectangle(scale.at(d.difference) - 4, y - 4, 8, 8, colour)
  scene:text(WIDTH - RIGHT + 10, y, (d.difference > 0 and "+" or "") .. words.difference(d.difference, format))
end

-- What the chart says, for those who cannot see it.
local function about(rows, against, differences)
  local parts = {}
  for i, d in ipairs(rows) do
    parts[i] = ("%s %s%s %s"):format(against and d.b or d.b .. " against " .. d.a, d.difference > 0 and "+" or "",
      words.difference(d.difference, differences.metric.format), kind_of(d) == "unclear" and "(not beyond chance)"
      or "(" .. kind_of(d) .. ")")
  end
  return ("Differences in %s%s: %s."):format(differences.metric.label, against and " from " .. against or "",
    table.concat(parts, "; "))
end

--- The chart as an SVG element; nil when no two trials were compared.
---@param differences table   account.of's: list, detectable, metric
---@param first string        the name of the first trial
---@return string?
function forest.svg(differences, first)
  local rows, against = drawable(forest.chosen(differences.list, first))
  if #rows == 0 then return nil end
  local metric = differences.metric
  local shares = metric.format == "percent" or metric.format == "points"
  local bottom = TOP + #rows * ROW
  local scene, scale = Scene(WIDTH, bottom + BOTTOM), axis(rows, differences.detectable, shares)
  scene:text(LEFT, 12, Scene.fitted(("%s%s"):format(metric.label, against and ", difference from " .. against or ""),
    WIDTH - LEFT), { bold = true })
  draw_axis(scene, scale, bottom, differences.detectable, (shares and "points; " or "") .. (metric.mode == "max"
    and "right is better" or "left is better"))
  for i, d in ipairs(rows) do
    draw_row(scene, d, TOP + (i - 0.5) * ROW, scale, against and d.b or d.b .. " - " .. d.a, metric.format)
  end
  return scene:svg(about(rows, against, differences))
end

return forest
