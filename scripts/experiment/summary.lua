--- mlprun.experiment.summary - what the runs of each trial amount to: means over the seeds, and an interval.
--
-- Works on plain values, so that it can be fed from run folders as well as from a process that has just trained:
--   results = { name, trials = { { name, runs = { run, ... } }, ... } }
--   run = { seed, status, epochs, seconds, and when an epoch was finished: best_epoch, val_accuracy, train_accuracy,
--           final_gap, correct (tensor, 1 where the validation picture was classified rightly, in the same order in all runs),
--           labels (of these pictures, from 1) }
local core = require "mlprun.core"
local columns = require "mlprun.experiment.columns"
local words = require "mlprun.base.words"

local summary = {}

--- The runs of a trial that finished an epoch.
function summary.finished(trial)
  local runs = {}
  for _, run in ipairs(trial.runs) do
    if run.correct then runs[#runs + 1] = run end
  end
  return runs
end

local function mean(runs, field)
  local sum = 0
  for _, run in ipairs(runs) do
    if not run[field] then return nil end
    sum = sum + run[field]
  end
  return #runs > 0 and sum / #runs or nil
end

-- What run:record() left, as means over the runs: a list of { name, value, format, values (of each run) } that also has
-- them by name.
local function recorded_means(runs)
  local list = {}
  for _, run in ipairs(runs) do
    for _, entry in ipairs(run.recorded or {}) do
      local to = list[entry.name]
      if not to then
        to = { name = entry.name, format = entry.format, value = 0, count = 0, values = {} }
        list[entry.name], list[#list + 1] = to, to
      end
      to.value, to.count = to.value + entry.value, to.count + 1
      to.values[to.count] = entry.value
    end
  end
  for _, entry in ipairs(list) do entry.value = entry.value / entry.count end
  return list
end

local function answers_of(runs)
  local list = {}
  for i, run in ipairs(runs) do list[i] = run.correct end
  return list
end

local ENDINGS = { { status = "diverged" }, { status = "stopped" }, { status = "failed" },
                  { status = "running", words = "without an end" } }

-- "1 of 3 runs diverged", for each way of ending early.
local function notes_of(runs)
  local ended, notes = {}, {}
  for _, run in ipairs(runs) do ended[run.status] = (ended[run.status] or 0) + 1 end
  for _, ending in ipairs(ENDINGS) do
    if ended[ending.status] then
      notes[#notes + 1] = ("%d of %s %s"):format(ended[ending.status], words.count(#runs, "run"), ending.words or ending.status)
    end
  end
  return notes
end

local function row_of(trial)
  local done = summary.finished(trial)
  local row = { name = trial.name, runs = #trial.runs, done = #done, notes = notes_of(trial.runs),
                epochs = mean(trial.runs, "epochs"), seconds = mean(trial.runs, "seconds") }
  if #done == 0 then return row end
  row.accuracy, row.train = mean(done, "val_accuracy"), mean(done, "train_accuracy")
  row.gap, row.best_epoch = row.train - row.accuracy, mean(done, "best_epoch")
  row.final_gap = mean(done, "final_gap")
  for name in pairs(columns.KNOWN) do row[name] = mean(done, name) end
  row.recorded = recorded_means(done)
  return row
end

-- Trials that finished the same seeds on as many pictures tell together how much runs differ.
local function add_intervals(rows, trials)
  local families = {}
  for i, trial in ipairs(trials) do
    local done, seeds = summary.finished(trial), {}
    for k, run in ipairs(done) do seeds[k] = run.seed end
    if #done > 0 and #done[1].correct >= 2 then
      local key = table.concat(seeds, ",") .. "/" .. #done[1].correct
      families[key] = families[key] or { rows = {}, answers = {} }
      table.insert(families[key].rows, rows[i])
      table.insert(families[key].answers, answers_of(done))
    end
  end
  for _, family in pairs(families) do
    for i, interval in ipairs(core.metrics.stats.accuracies(family.answers)) do
      family.rows[i].low, family.rows[i].high = interval.low, interval.high
    end
  end
end

--- One row for each trial, with means over its seeds and the 95 % interval of the validation accuracy.
---@return table[]   { name, runs, done, accuracy, low, high, train, gap, final_gap, best_epoch, epochs, seconds, notes, recorded,
---                  and the means of what columns.lua may show }
function summary.of(results)
  local rows = {}
  for i, trial in ipairs(results.trials) do rows[i] = row_of(trial) end
  add_intervals(rows, results.trials)
  return rows
end

return summary
