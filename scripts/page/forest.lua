--- mlprun.page.forest - differences from a trial as a forest plot: a point and its interval for each, a line where there is no
--- difference, and a band within which none would show.
local Figure = require "mlprun.plot.figure"
local Scene = require "mlprun.plot.scene"
local axes = require "mlprun.plot.axes"
local html = require "mlprun.page.html"
local words = require "mlprun.base.words"

local ONE, TWO = 190, 330 -- pixels for the name of a trial, and of two
local FIELD, RIGHT, TOP, ROW, BOTTOM = 280, 90, 34, 26, 44
local COLOURS = { better = "#008a64", worse = "#d55e00", unclear = "#7f7f7f" }

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

-- What the chart shows of all comparisons: the pairs that the script named, else those with the first trial.
local function chosen(differences, first)
  if differences.named then return differences.list end
  local list = {}
  for _, d in ipairs(differences.list) do
    if d.a == first then list[#list + 1] = d end
  end
  return #list > 0 and list or differences.list
end

-- The axis from a place on: where values lie on it, and its labels.
local function axis(rows, detectable, shares, left)
  local ends = { 0, detectable and -detectable or 0, detectable or 0 }
  for _, d in ipairs(rows) do table.move({ d.low, d.high }, 1, 2, #ends + 1, ends) end
  local low, high = axes.range { ends }
  local room = (high - low) * 0.05
  low, high = low - room, high + room
  local unit = shares and 100 or 1
  local places, digits = axes.ticks(low * unit, high * unit, 6)
  return { places = places, digits = digits, unit = unit, left = left, right = left + FIELD, at = function(value)
    return left + (value - low) / (high - low) * FIELD
  end }
end

local function draw_axis(scene, scale, bottom, detectable, title)
  if detectable then
    local from, to = scale.at(-detectable), scale.at(detectable)
    scene:rectangle(from, TOP - 6, to - from, bottom - TOP + 6, COLOURS.unclear, 0.14)
  end
  scene:rectangle(scale.at(0) - 0.75, TOP - 6, 1.5, bottom - TOP + 6, "ink", 0.7)
  scene:rectangle(scale.left, bottom, FIELD, 1, "ink")
  for _, place in ipairs(scale.places) do
    local x = scale.at(place / scale.unit)
    scene:rectangle(x - 0.5, bottom, 1, 4, "ink")
    scene:text(x, bottom + 13, axes.label(place, scale.digits), { anchor = "middle" })
  end
  scene:text(scale.left + FIELD / 2, bottom + 31, title, { anchor = "middle" })
end

local function draw_row(scene, d, y, scale, label, format)
  local colour = COLOURS[kind_of(d)]
  scene:text(scale.left - 10, y, Scene.fitted(label, scale.left - 14),
    { anchor = "end", bold = kind_of(d) ~= "unclear" })
  scene:line({ scale.at(d.low), y, scale.at(d.high), y }, colour, 2.5)
  for _, value in ipairs { d.low, d.high } do scene:line({ scale.at(value), y - 4, scale.at(value), y + 4 }, colour, 1.5) end
  scene:rectangle(scale.at(d.difference) - 4, y - 4, 8, 8, colour)
  scene:text(scale.right + 10, y, (d.difference > 0 and "+" or "") .. words.difference(d.difference, format))
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

-- The chart as a scene, and what it shows in words; nil when no two trials were compared.
local function chart(differences, first)
  local rows, against = drawable(chosen(differences, first))
  if #rows == 0 then return nil end
  local metric = differences.metric
  local shares = metric.format == "percent" or metric.format == "points"
  local bottom = TOP + #rows * ROW
  local left = against and ONE or TWO
  local scene, scale = Scene(left + FIELD + RIGHT, bottom + BOTTOM), axis(rows, differences.detectable, shares, left)
  scene:text(left, 12, Scene.fitted(("%s%s"):format(metric.label, against and ", difference from " .. against or ", difference"),
    FIELD + RIGHT, { bold = true }), { bold = true })
  draw_axis(scene, scale, bottom, differences.detectable, (shares and "points; " or "") .. (metric.mode == "max"
    and "right is better" or "left is better"))
  for i, d in ipairs(rows) do
    draw_row(scene, d, TOP + (i - 0.5) * ROW, scale, against and d.b or d.b .. " against " .. d.a, metric.format)
  end
  return scene, about(rows, against, differences)
end

return function(experiment, show)
  local said = experiment.said
  if #said.lines == 0 then return nil end
  local scene, words_of = chart(said.differences, said.cells[2] and said.cells[2][1]:gsub("  %(.*$", "") or "")
  local body = ""
  if scene then
    local figure = Figure { about = words_of, scene = function() return scene end,
                            text_lines = function() return words_of end }
    body = ('<div class="one">%s</div>\n<p class="quiet">A bar is the 95&#160;%% interval of a difference. Bars in colour are '
      .. "more than chance, after correction for the number of comparisons%s.</p>\n"):format(
      show("differences", figure, words_of),
      said.differences.detectable and "; inside of the grey band a true difference would usually not show" or "")
  end
  return { title = "Which differences are real",
           body = body .. html.folded("All comparisons in words", html.paragraphs(said.lines)) }
end
