--- mlprun.page.curves - how training went: all trials in one chart, and each in a chart of its own, training and
--- validation together, with a band from the least to the greatest run.
local axes = require "mlprun.plot.axes"
local course = require "mlprun.experiment.course"
local html = require "mlprun.page.html"
local plot = require "mlprun.plot"
local words = require "mlprun.base.words"

local BANDS = 4        -- with more trials than this in one chart, bands would hide each other
local LINES = 40       -- trials in one chart, at most
local SMALL = 24       -- charts of single trials, at most
local RUNS_AWAY = 5    -- times the median of the trials' highest losses: the axis becomes logarithmic
local LEAVES = 1000    -- times it: the axis ends before, as nothing would be seen of the others

-- The mean of a field of the history over a trial's runs, epoch by epoch, over the runs that got so far.
local function series_of(trial, field, banded, name, scale)
  local x, y, low, high = {}, {}, {}, {}
  local longest, curves = 0, {}
  for i, run in ipairs(trial.runs) do
    local values, epochs = course.column(run.history, field)
    curves[i], longest = values, math.max(longest, epochs)
  end
  local any = false
  for epoch = 1, longest do
    local sum, count, least, most = 0, 0, math.huge, -math.huge
    for _, values in ipairs(curves) do
      local value = tonumber(values[epoch])
      if value then
        value = value * (scale or 1)
        sum, count, least, most = sum + value, count + 1, math.min(least, value), math.max(most, value)
      end
    end
    any = any or count > 0
    x[epoch], y[epoch] = epoch, count > 0 and sum / count or 0 / 0
    low[epoch], high[epoch] = count > 0 and least or 0 / 0, count > 0 and most or 0 / 0
  end
  if not any then return nil end
  local band = banded and #trial.runs > 1
  return { name = name or trial.name, x = x, y = y, low = band and low or nil, high = band and high or nil }
end

local CHARTS = {
  { "val_accuracy", "Validation accuracy", "accuracy, %", 100 },
  { "val_loss", "Validation loss", "loss" },
  { "train_loss", "Training loss", "loss" },
  -- run:record_weights
  { "weights_norm", "Norm of the weights", "norm" },
  { "weights_kurtosis", "Kurtosis of the weights", "kurtosis" },
  { "weights_tail", "Squares of the weights beyond 3 deviations", "share" },
}
local IN_SMALL = { val_loss = true, train_loss = true } -- which the small charts show too

local function greatest(values)
  local most
  for _, value in ipairs(values) do
    if value - value == 0 and (not most or value > most) then most = value end
  end
  return most
end

-- How far the series goes that goes furthest, in medians of all highest values, and the median; nil unless all are above 0.
local function furthest(series)
  local tops = {}
  for _, s in ipairs(series) do
    for _, y in ipairs(s.y) do
      if y <= 0 then return nil end
    end
    tops[#tops + 1] = greatest(s.y)
  end
  if #tops == 0 then return nil end
  table.sort(tops)
  local median = tops[(#tops + 1) // 2]
  return tops[#tops] / median, median
end

-- Whether one of the series goes far beyond the others.
local function runs_away(series) return (furthest(series) or 0) > RUNS_AWAY end

-- What the lines of a chart come to: the highest value, of losses the lowest.
local function ending(series, lowest)
  local best
  for _, s in ipairs(series) do
    for _, y in ipairs(s.y) do
      if y - y == 0 and (not best or lowest and y < best.y or not lowest and y > best.y) then best = { name = s.name, y = y } end
    end
  end
  return best and ("the %s mean is %.3g, of %s"):format(lowest and "lowest" or "highest", best.y, best.name)
    or "there is no finite value"
end

-- Where the best epochs of a trial's runs are, on a curve.
local function best_epochs(trial, field)
  local dots = { name = "best epoch", x = {}, y = {}, points = true }
  for _, run in ipairs(trial.runs) do
    local epoch = run.best_epoch or run.so_far and run.so_far.epoch
    local value = epoch and course.column(run.history, field)[epoch]
    if value then dots.x[#dots.x + 1], dots.y[#dots.y + 1] = epoch, value end
  end
  return #dots.y > 0 and dots or nil
end

-- The mean validation accuracy of a trial; lower than any where no run has one.
local function mean_accuracy(trial)
  local sum, count = 0, 0
  for _, run in ipairs(trial.runs) do
    if run.val_accuracy then sum, count = sum + run.val_accuracy, count + 1 end
  end
  return count > 0 and sum / count or -1
end

-- The trials with a run that came to the end of an epoch.
local function with_curves(trials)
  local list = {}
  for _, trial in ipairs(trials) do
    local any = false
    for _, run in ipairs(trial.runs) do
      local _, epochs = course.column(run.history, "epoch")
      any = any or epochs > 0
    end
    if any then list[#list + 1] = trial end
  end
  return list
end

-- At most so many of the trials, in their order: the first one, and the best of the others (of equals the earlier).
local function chosen(trials, most)
  if #trials <= most then return trials end
  local places, means, list = {}, {}, { trials[1] }
  for i = 2, #trials do places[i - 1], means[i] = i, mean_accuracy(trials[i]) end
  table.sort(places, function(a, b) return means[a] > means[b] or means[a] == means[b] and a < b end)
  places = table.move(places, 1, most - 1, 1, {})
  table.sort(places)
  for k, i in ipairs(places) do list[k + 1] = trials[i] end
  return list
end

-- What charts of some of the trials leave out, in words; "" where it is nothing.
local function left_out(trials, most)
  if #trials <= most then return "" end
  local others = #trials - most
  return (" Shown are the first trial and the %d others with the highest mean validation accuracy; %s in results.csv, with the "
    .. "folders of %s runs, where their curves are."):format(most - 1, words.count(others, "further trial")
    .. (others == 1 and " is" or " are"), others == 1 and "its" or "their")
end

-- The losses of a trial.
local function small_series(trial)
  local list = {}
  list[#list + 1] = series_of(trial, "train_loss", true, "training")
  list[#list + 1] = series_of(trial, "val_loss", true, "validation")
  list[#list + 1] = best_epochs(trial, "val_loss")
  return list
end

-- "training from 1.7 to 0.91", over the finite values.
local function from_to(s)
  local first, last
  for _, y in ipairs(s.y) do
    if y - y == 0 then first, last = first or y, y end
  end
  if not first then return s.name .. " without a finite value" end
  return ("%s from %.3g to %.3g"):format(s.name, first, last)
end

-- What a small chart shows, in words.
local function small_about(trial, list)
  local said = { ("Losses of %s"):format(trial.name) }
  for _, s in ipairs(list) do
    if s.points then
      local epochs = {}
      for i, x in ipairs(s.x) do epochs[i] = ("%d"):format(x) end
      said[#said + 1] = ("best %s %s"):format(#epochs == 1 and "epoch" or "epochs", words.list(epochs))
    else
      said[#said + 1] = from_to(s)
    end
  end
  return table.concat(said, ", ")
end

-- The limits that all small charts share.
local function limits(all)
  local low, high = math.huge, -math.huge
  for _, list in ipairs(all) do
    for _, s in ipairs(list) do
      for _, values in ipairs { s.y, s.low or {}, s.high or {} } do
        for _, value in ipairs(values) do
          if value - value == 0 then low, high = math.min(low, value), math.max(high, value) end
        end
      end
    end
  end
  return low, high
end

-- The part of all losses that the small charts show: low, high, whether the axis is logarithmic, and the words about it.
local function axis_of(all, flat, trials)
  local low, high = limits(all)
  local far, median = furthest(flat)
  local gone, top = {}, low
  for i, list in ipairs(far and far > LEAVES and all or {}) do
    local _, own = limits { list }
    if own > RUNS_AWAY * median then gone[#gone + 1] = trials[i].name else top = math.max(top, own) end
  end
  local leaves = #gone > 0 and #gone < #all -- where nothing stays, there is nothing to keep room for
  low, high = axes.range { { low, leaves and top or high } }
  if leaves then return low, high, false, (", which %s %s"):format(words.list(gone), #gone == 1 and "leaves" or "leave") end
  local away = far and far > RUNS_AWAY
  return low, high, away, away and ", logarithmic, because one of them runs away" or ""
end

local function small_multiples(of, show)
  local trials, all, flat = {}, {}, {}
  for _, trial in ipairs(chosen(of, SMALL)) do
    local list = small_series(trial)
    if #list > 0 then
      trials[#trials + 1], all[#all + 1] = trial, list
      table.move(list, 1, #list, #flat + 1, flat)
    end
  end
  if #all == 0 then return "" end
  local low, high, logarithmic, said = axis_of(all, flat, trials)
  local parts = {}
  for i, list in ipairs(all) do
    local figure = plot.plot(list, { title = trials[i].name, xlabel = "epoch", width = 340, height = 270, ymin = low,
      ymax = high, yscale = logarithmic and "log" or "linear" })
    parts[i] = "<div>" .. show(("losses_%d"):format(i), figure, small_about(trials[i], list)) .. "</div>"
  end
  return ('<p class="quiet">Losses of each trial on the same axes%s. Where validation rises and training falls on, the net '
    .. 'learns its pictures by heart. A band reaches from the lowest to the highest run.%s</p>\n<div class="small">\n%s\n</div>')
    :format(html.words(said), left_out(of, SMALL), table.concat(parts, "\n"))
end

return function(experiment, show)
  local all = with_curves(experiment.trials)
  local parts, trials = {}, chosen(all, LINES)
  local some = #trials < #all and (", %d of %s"):format(#trials, words.count(#all, "trial")) or ""
  for _, entry in ipairs(CHARTS) do
    local series = {}
    for _, trial in ipairs(trials) do
      series[#series + 1] = series_of(trial, entry[1], #trials <= BANDS, nil, entry[4])
    end
    if #series > 0 then
      local away = entry[1] ~= "val_accuracy" and runs_away(series)
      local figure = plot.plot(series, { title = entry[2] .. some, xlabel = "epoch", ylabel = entry[3], width = 500,
        height = 340, yscale = away and "log" or "linear" })
      local chart = show(entry[1], figure, ("%s over the epochs%s; %s"):format(entry[2], some, ending(series,
        entry[1]:find("loss", 1, true) ~= nil)))
      if not IN_SMALL[entry[1]] then parts[#parts + 1] = "<div>" .. chart .. "</div>" end
    end
  end
  local small = small_multiples(all, show)
  if #parts == 0 and small == "" then return nil end
  local note = some ~= "" and ('<p class="quiet">%s</p>\n'):format(html.words(left_out(all, LINES):sub(2))) or ""
  local large = #parts > 0 and note .. '<div class="charts">\n' .. table.concat(parts, "\n") .. "\n</div>\n" or ""
  return { title = "How training went", body = large .. small }
end
