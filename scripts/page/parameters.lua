--- mlprun.page.parameters - how the values of each parameter are distributed, from before the first step on: a small chart for
--- each, of the first run of each trial that has them (--histograms).
local course = require "mlprun.experiment.course"
local html = require "mlprun.page.html"
local plot = require "mlprun.plot"
local words = require "mlprun.base.words"

local MOST = 80 -- charts in a page

-- The first run of a trial whose epochs have them: its seed, and a list of { epoch, values (by name) }.
local function first_run(trial)
  for _, run in ipairs(trial.runs) do
    local values, epochs = course.column(run.history, "parameters")
    if type(values[1]) == "table" then
      local before, list = course.column(run.history, "parameters_before")[1], {}
      if type(before) == "table" then list[1] = { epoch = 0, values = before } end
      for epoch = 1, epochs do list[#list + 1] = { epoch = epoch, values = values[epoch] or {} } end
      return run.seed, list
    end
  end
end

-- The lines of a parameter: the middle with half of the values around it, and nine tenths, and the ends.
local function series_of(list, name)
  local function of(which)
    local line = {}
    for i, at in ipairs(list) do line[i] = at.values[name] and at.values[name][which] or 0 / 0 end
    return line
  end
  local epochs = {}
  for i, at in ipairs(list) do epochs[i] = at.epoch end
  return {
    { name = "nine tenths", x = epochs, y = of(4), low = of(2), high = of(6), colour = "#3488bd" },
    { name = "half, around the median", x = epochs, y = of(4), low = of(3), high = of(5), colour = "#0072b2" },
    { name = "least", x = epochs, y = of(1), colour = "#7f7f7f" },
    { name = "greatest", x = epochs, y = of(7), colour = "#7f7f7f" },
  }
end

-- "1.weight: the middle half from -0.02 to 0.02 before the first step, from -0.03 to 0.03 in the end"
local function about(list, name)
  local first, last = list[1].values[name], list[#list].values[name]
  if not first or not last then return name end
  return ("%s: the middle half from %.3g to %.3g %s, from %.3g to %.3g after epoch %d"):format(name, first[3], first[5],
    list[1].epoch == 0 and "before the first step" or "after epoch 1", last[3], last[5], list[#list].epoch)
end

-- Names in the order of the layers: numbers count as numbers.
local function names_of(values)
  local names = {}
  for name in pairs(values) do names[#names + 1] = name end
  local function key(name) return (name:gsub("%d+", function(digits) return ("%08d"):format(digits) end)) end
  table.sort(names, function(a, b) return key(a) < key(b) end)
  return names
end

local function charts_of(list, room)
  local parts, names = {}, names_of(list[1].values)
  for i = 1, math.min(#names, room) do
    local figure = plot.plot(series_of(list, names[i]), { title = names[i], xlabel = "epoch", width = 300, height = 240 })
    parts[i] = "<div>" .. figure:svg(about(list, names[i])) .. "</div>"
  end
  return parts, #names - #parts
end

return function(experiment)
  local body, room, hidden = {}, MOST, 0
  for _, trial in ipairs(experiment.trials) do
    local seed, list = first_run(trial)
    if list then
      local parts, more = charts_of(list, room)
      room, hidden = room - #parts, hidden + more
      if #parts > 0 then
        body[#body + 1] = html.folded(("%s, seed %d"):format(trial.name, seed), '<div class="small">\n'
          .. table.concat(parts, "\n") .. "\n</div>")
      end
    end
  end
  if #body == 0 then return nil end
  local note = hidden > 0 and (" %s not shown."):format(words.count(hidden, "further chart")) or ""
  return { title = "How the parameters are distributed", body = ('<p class="quiet">The values of each parameter after each '
    .. 'epoch, 0 being before the first step: the line is the median, the bands hold half and nine tenths of them (of a large '
    .. 'parameter, of 20,000 evenly apart), the grey lines are the least and the greatest.%s</p>\n'):format(note)
    .. table.concat(body, "\n") }
end
