--- mlprun.page.values - where the trials are numbers: value against accuracy, a dot for each seed.
local html = require "mlprun.page.html"
local legend = require "mlprun.plot.legend"
local plot = require "mlprun.plot"
local words = require "mlprun.base.words"

local LEAST = 3    -- trials; two numbers are no curve
local DECADES = 20 -- the largest value is so many times the smallest: a logarithmic axis

-- The numbers that trials are, and what they are numbers of; nil where they are none.
local function numbers_of(trials)
  local names = {}
  for i, trial in ipairs(trials) do names[i] = trial.name end
  local short, common = legend.shortened(names)
  local values, known = {}, {}
  for i, text in ipairs(short) do
    values[i] = tonumber(text)
    if not values[i] or values[i] ~= values[i] or known[values[i]] then return nil end
    known[values[i]] = true
  end
  return values, (common or "value"):gsub("[=: ]*%*?$", "")
end

-- How the axis goes: "log", "linear", or "even" steps where small numbers stand beside a 0.
local function scale_of(values)
  local least, most, zero = math.huge, 0, false
  for _, value in ipairs(values) do
    if value < 0 then return "linear" end
    if value == 0 then zero = true else least, most = math.min(least, value), math.max(most, value) end
  end
  if most / least < DECADES then return "linear" end
  return zero and "even" or "log"
end

-- Dots of runs and the line of means, at places of the values in rising order.
local function series_of(trials, values, scale)
  local order = {}
  for i in ipairs(values) do order[i] = i end
  table.sort(order, function(a, b) return values[a] < values[b] end)
  local dots, line = { name = "each run", x = {}, y = {}, points = true }, { name = "mean", x = {}, y = {} }
  local ticks, shown = {}, {}
  for place, i in ipairs(order) do
    local x, sum, count = scale == "even" and place or values[i], 0, 0
    ticks[place] = { x, ("%.4g"):format(values[i]) }
    for _, run in ipairs(trials[i].runs) do
      if run.val_accuracy then
        dots.x[#dots.x + 1], dots.y[#dots.y + 1] = x, 100 * run.val_accuracy
        sum, count = sum + run.val_accuracy, count + 1
      end
    end
    if count > 0 then
      line.x[#line.x + 1], line.y[#line.y + 1] = x, 100 * sum / count
      shown[#line.x] = values[i]
    end
  end
  return dots, line, ticks, shown
end

local function finding(line, shown, name)
  local highest = 1
  for k, y in ipairs(line.y) do
    if y > line.y[highest] then highest = k end
  end
  return ("Mean validation accuracy is %s at %s %.4g, %s at %.4g; highest at %.4g (%s)."):format(words.percent(line.y[1] / 100),
    name, shown[1], words.percent(line.y[#line.y] / 100), shown[#shown], shown[highest],
    words.percent(line.y[highest] / 100))
end

return function(experiment, show)
  local values, name = numbers_of(experiment.trials)
  if not values or #values < LEAST then return nil end
  local scale = scale_of(values)
  local dots, line, ticks, shown = series_of(experiment.trials, values, scale)
  if #line.y < LEAST then return nil end
  local said = finding(line, shown, name)
  local figure = plot.plot({ line, dots }, { title = "Validation accuracy by " .. name, width = 500, height = 340,
    ylabel = "validation accuracy, %",
    xlabel = scale == "even" and name .. " (even steps)" or name, xscale = scale == "log" and "log" or "linear",
    xticks = (scale == "even" or scale == "log" and #ticks <= 12) and ticks or nil })
  return { title = "Which value", body = ('<p class="quiet">%s</p>\n<div class="one">%s</div>'):format(html.words(said),
    show("values", figure, said)) }
end
