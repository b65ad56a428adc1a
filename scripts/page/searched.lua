--- mlprun.page.searched - a search: how the best came about, what its trials tried, where the good ones lie, and which
--- hyperparameters mattered.
local Figure = require "mlprun.plot.figure"
local html = require "mlprun.page.html"
local parallel = require "mlprun.page.parallel"
local plot = require "mlprun.plot"
local words = require "mlprun.base.words"

local WIDTH, HEIGHT = 500, 340
local FAR = 50 -- the largest value is so many times the smallest: a logarithmic axis

-- Trials with a result, by how they ended; what is not there is left out.
local function groups_of(study)
  local whole, short, best = { name = "trained to the end" }, { name = "cut short" }, { name = "the best" }
  for _, trial in ipairs(study.trials) do
    local list = trial.number == study.best and best or trial.state == "finished" and whole or short
    if trial.value then list[#list + 1] = trial end
  end
  local list = {}
  for _, group in ipairs { short, whole, best } do
    if #group > 0 then list[#list + 1] = group end
  end
  return list
end

-- Whether the results go so far apart that only their logarithms can be seen.
local function scale_of(study)
  local least, most = math.huge, -math.huge
  for _, trial in ipairs(study.trials) do
    if trial.value then least, most = math.min(least, trial.value), math.max(most, trial.value) end
  end
  return not study.share and least > 0 and most > FAR * least and "log" or "linear"
end

local function points_of(groups, x_of, unit)
  local list = {}
  for i, group in ipairs(groups) do
    local x, y = {}, {}
    for k, trial in ipairs(group) do x[k], y[k] = x_of(trial), trial.value * unit end
    list[i] = { name = group.name, x = x, y = y, points = true }
  end
  return list
end

local function shown(study, value) return study.share and words.percent(value) or ("%.4g"):format(value) end

local function value_words(parameter, value)
  return parameter.choices and parameter.choices[value] or ("%.3g"):format(value)
end

local function history(study, groups, unit, label, show)
  local line, best = { name = "best so far", x = {}, y = {} }, nil
  for _, trial in ipairs(study.trials) do
    local value = trial.value
    if value and (not best or value ~= best and (value > best) == (study.mode == "max")) then
      if best then line.x[#line.x + 1], line.y[#line.y + 1] = trial.number, best * unit end -- a step
      best = value
    end
    if best then line.x[#line.x + 1], line.y[#line.y + 1] = trial.number, best * unit end
  end
  local series = points_of(groups, function(trial) return trial.number end, unit)
  series[#series + 1] = line
  local figure = plot.plot(series, { title = "History of the best", xlabel = "trial", ylabel = label, width = WIDTH,
    height = HEIGHT, yscale = scale_of(study) })
  return show("search_history", figure, ("History of the best: %s after %s"):format(shown(study, best),
    words.count(#study.trials, "trial")))
end

local function against(study, groups, parameter, number, unit, label, show)
  local ticks
  for i, text in ipairs(parameter.choices or {}) do
    ticks = ticks or {}
    ticks[i] = { i, text }
  end
  local figure = plot.plot(points_of(groups, function(trial) return trial.values[parameter.name] end, unit),
    { title = parameter.name, xlabel = parameter.name, ylabel = label, width = WIDTH, height = HEIGHT,
      xscale = parameter.log and "log" or "linear", xticks = ticks, yscale = scale_of(study) })
  local about = ("%s of the trials by %s"):format(study.watched, parameter.name)
  for _, trial in ipairs(study.trials) do
    if trial.number == study.best then
      about = ("%s; the best at %s"):format(about, value_words(parameter, trial.values[parameter.name]))
    end
  end
  return show(("search_value_%d"):format(number), figure, about)
end

local function importance(study, show)
  if not study.importance then return nil end
  local bars, labels, parts = { y = {}, low = {}, high = {} }, {}, {}
  for i, entry in ipairs(study.importance) do
    bars.y[i], bars.low[i], bars.high[i] = 100 * entry.share, 100 * entry.low, 100 * entry.high
    labels[i], parts[i] = entry.name, ("%s %.0f %%"):format(entry.name, 100 * entry.share)
  end
  local figure = plot.bar({ bars }, { title = "What mattered", labels = labels, ylabel = "variance explained alone, %", ymin = 0,
    width = WIDTH, height = HEIGHT })
  return show("search_importance", figure, ("What mattered after %s of %s: %s"):format(words.count(study.after, "epoch"),
    words.count(study.among, "trial"), table.concat(parts, ", ")))
end

local function lines_of(study, unit, show)
  local scene, width = parallel(study, unit)
  if not scene then return "" end
  local about = ("Each trial as a line over its values of %s and what it came to"):format(words.list((function()
    local names = {}
    for i, parameter in ipairs(study.parameters) do names[i] = parameter.name end
    return names
  end)()))
  local figure = Figure { about = about, scene = function() return scene end, text_lines = function() return about end }
  return ('<div class="wide"><div style="min-width:%dpx">%s</div></div>\n'):format(math.min(width, 760),
    show("search_parallel", figure, about))
end

return function(experiment, show)
  local said = experiment.said
  local study = said.study
  if type(study) ~= "table" then return nil end
  local groups, unit = groups_of(study), study.share and 100 or 1
  local body = html.paragraphs(said.search or {})
  if #groups > 0 then
    local label = study.share and study.watched .. ", %" or study.watched
    local charts = { history(study, groups, unit, label, show) }
    charts[#charts + 1] = importance(study, show)
    for i, parameter in ipairs(study.parameters) do
      charts[#charts + 1] = against(study, groups, parameter, i, unit, label, show)
    end
    for i, chart in ipairs(charts) do charts[i] = "<div>" .. chart .. "</div>" end
    body = body .. lines_of(study, unit, show) .. '<div class="charts">\n' .. table.concat(charts, "\n") .. "\n</div>"
  end
  return { title = "The search", body = body }
end
