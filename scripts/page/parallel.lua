--- mlprun.page.parallel - the trials of a search as lines over one axis for each hyperparameter and one for what they came to:
--- the good ones in colour, so that it is seen where they lie.
local Scene = require "mlprun.plot.scene"

local STEP, LEFT, RIGHT, TOP, HIGH, BOTTOM = 130, 70, 100, 70, 240, 26 -- pixels; STEP from axis to axis
local BEST, GOOD, REST = "#d55e00", "#0072b2", "#9aa4ae"
local SHARE = 5 -- one of so many is a good one

-- Where values lie on an axis, from 0 (below) to 1, and its labels: { share, text }.
local function axis_of(parameter)
  if parameter.choices then
    local n, labels = #parameter.choices, {}
    for i, text in ipairs(parameter.choices) do labels[i] = { (i - 0.5) / n, text } end
    return function(value) return (value - 0.5) / n end, labels
  end
  local function place(value) return parameter.log and math.log(value) or value end
  local low, high = place(parameter.low), place(parameter.high)
  local room = high > low and high - low or 1
  return function(value) return (place(value) - low) / room end,
    { { 0, ("%.3g"):format(parameter.low) }, { 1, ("%.3g"):format(parameter.high) } }
end

-- The axis of what trials came to.
local function result_axis(study, trials, unit)
  local low, high = math.huge, -math.huge
  for _, trial in ipairs(trials) do low, high = math.min(low, trial.value * unit), math.max(high, trial.value * unit) end
  return { name = study.share and study.watched .. ", %" or study.watched, low = low, high = high }
end

-- The ends of a range stand above and below its axis; the values of a choice beside it, where no lines are if it is the first.
local function draw_axis(scene, x, name, labels, place)
  scene:rectangle(x - 0.5, TOP, 1, HIGH, "ink", 0.6)
  scene:text(x, TOP - 28, Scene.fitted(name, place == "last" and 2 * RIGHT - 8 or STEP - 8, { bold = true }),
    { anchor = "middle", bold = true })
  for _, label in ipairs(labels) do
    local y = TOP + (1 - label[1]) * HIGH
    scene:rectangle(x - 3, y - 0.5, 7, 1, "ink")
    if label[1] == 0 or label[1] == 1 then scene:text(x, label[1] == 0 and y + 12 or y - 10, label[2], { anchor = "middle" })
    elseif place == "first" then scene:text(x - 7, y, Scene.fitted(label[2], LEFT - 8), { anchor = "end" })
    else scene:text(x + 7, y - 8, Scene.fitted(label[2], STEP - 14)) end
  end
end

local function draw_legend(scene, x)
  for _, entry in ipairs { { BEST, "the best", 2.5 }, { GOOD, "the best fifth", 1.5 }, { REST, "the others", 1 } } do
    scene:line({ x, 14, x + 20, 14 }, entry[1], entry[3])
    scene:text(x + 26, 14, entry[2])
    x = x + 44 + Scene.text_width(entry[2])
  end
end

--- The drawing, and how wide it is; nil with fewer than two trials that have a result.
---@param study table   see experiment/searched.lua
---@param unit number   100 where values are shares
return function(study, unit)
  local trials = {}
  for _, trial in ipairs(study.trials) do
    if trial.value then trials[#trials + 1] = trial end
  end
  if #trials < 2 then return nil end
  table.sort(trials, function(a, b) -- the best is drawn last
    if a.value ~= b.value then return (a.value < b.value) == (study.mode == "max") end
    return a.number > b.number
  end)
  local axes = table.move(study.parameters, 1, #study.parameters, 1, {})
  axes[#axes + 1] = result_axis(study, trials, unit)
  local width = math.max(LEFT + (#axes - 1) * STEP + RIGHT, 420)
  local scene, places = Scene(width, TOP + HIGH + BOTTOM), {}
  for k, parameter in ipairs(axes) do places[k] = axis_of(parameter) end
  local function draw(trial, colour, thick)
    local line = {}
    for k, parameter in ipairs(axes) do
      local value = k == #axes and trial.value * unit or trial.values[parameter.name]
      line[2 * k - 1], line[2 * k] = LEFT + (k - 1) * STEP, TOP + (1 - places[k](value)) * HIGH
    end
    scene:line(line, colour, thick)
  end
  for i, trial in ipairs(trials) do
    local good = i > #trials - math.max(1, #trials // SHARE)
    if trial.number ~= study.best then draw(trial, good and GOOD or REST, good and 1.5 or 1) end
  end
  for _, trial in ipairs(trials) do
    if trial.number == study.best then draw(trial, BEST, 2.5) end
  end
  draw_legend(scene, 10)
  for k, parameter in ipairs(axes) do
    local _, labels = axis_of(parameter)
    draw_axis(scene, LEFT + (k - 1) * STEP, parameter.name, labels, k == 1 and "first" or k == #axes and "last" or "between")
  end
  return scene, width
end
