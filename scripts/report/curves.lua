--- mlprun.report.curves - how training went, as charts: one line for each trial, its mean over the seeds, with a band from the
--- least to the greatest run where there are several.
local plot = require "mlprun.plot"

local curves = {}

local BANDS = 4 -- with more trials than this, bands would hide each other

-- The mean of a field of the history over a trial's runs, epoch by epoch, over the runs that got so far.
local function series_of(trial, field, banded)
  local x, y, low, high = {}, {}, {}, {}
  for epoch = 1, math.maxinteger do
    local sum, count, least, most = 0, 0, math.huge, -math.huge
    for _, run in ipairs(trial.runs) do
      local row = run.history and run.history[epoch]
      local value = row and row[field]
      if value then sum, count, least, most = sum + value, count + 1, math.min(least, value), math.max(most, value) end
    end
    if count == 0 then break end
    x[epoch], y[epoch], low[epoch], high[epoch] = epoch, sum / count, least, most
  end
  if #y == 0 then return nil end
  local band = banded and #trial.runs > 1
  return { name = trial.name, x = x, y = y, low = band and low or nil, high = band and high or nil }
end

local CHARTS = {
  { "val_accuracy", "Validation accuracy", "accuracy" },
  { "val_loss", "Validation loss", "loss" },
  { "train_loss", "Training loss", "loss" },
  -- run:record_weights
  { "weights_norm", "Norm of the weights", "norm" },
  { "weights_kurtosis", "Kurtosis of the weights", "kurtosis" },
  { "weights_tail", "Squares of the weights beyond 3 deviations", "share" },
}

local function chart(name, title, ylabel, series)
  return { name = name, title = title, figure = plot.plot(series, { title = title, xlabel = "epoch", ylabel = ylabel }) }
end

-- Training and validation loss of each trial in one chart: where they part, the net learns its pictures by heart.
local function both_losses(trials)
  local series = {}
  for _, trial in ipairs(trials) do
    for _, kind in ipairs { { "train_loss", "training" }, { "val_loss", "validation" } } do
      local line = series_of(trial, kind[1], false)
      if line then
        line.name = ("%s, %s"):format(trial.name, kind[2])
        series[#series + 1] = line
      end
    end
  end
  return series
end

--- The charts of an experiment: a list of { name, title, figure }.
---@param results table   see experiment/summary.lua; each run with its history
function curves.of(results)
  local list = {}
  for _, entry in ipairs(CHARTS) do
    local series = {}
    for _, trial in ipairs(results.trials) do
      series[#series + 1] = series_of(trial, entry[1], #results.trials <= BANDS)
    end
    if #series > 0 then list[#list + 1] = chart(entry[1], entry[2], entry[3], series) end
  end
  local losses = #results.trials <= BANDS and both_losses(results.trials) or {}
  if #losses > 0 then list[#list + 1] = chart("losses", "Training and validation loss", "loss", losses) end
  return list
end

return curves
