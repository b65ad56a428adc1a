--- mlprun.experiment.summary - what the runs of each trial amount to: means over the seeds, and an interval.
--
-- Works on plain values, so that it can be fed from run folders as well as from a process that has just trained:
--   results = { name, trials = { { name, runs = { run, ... } }, ... } }
--   run = { seed, status, epochs, seconds, trained (whether its training came to its end), and when an epoch was finished:
--           best_epoch, monitor (the name of what chose it), val_accuracy, train_accuracy and final_gap (nil where a stop came
--           before they were measured), correct (tensor, 1 where the validation picture was classified rightly), labels, samples
--           (of these pictures, from 1); with a test test_accuracy, test_loss, test_correct, test_labels, test_samples;
--           train_pictures (how many); with --folds fold, folds, deal (which fold of how many, of which deal) }
local core = require "mlprun.core"
local columns = require "mlprun.experiment.columns"
local design = require "mlprun.experiment.design"
local judged = require "mlprun.experiment.judged"
local twins = require "mlprun.experiment.twins"
local words = require "mlprun.base.words"

local summary = {}

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

-- Those that began.
local function begun(runs)
  local list = {}
  for _, run in ipairs(runs) do
    if run.status ~= "missing" then list[#list + 1] = run end
  end
  return list
end

local ENDINGS = { { status = "diverged" }, { status = "stopped" }, { status = "failed" },
                  { status = "running", words = "without an end" }, { status = "missing" } }

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

local function gap_of(row) return row.train and row.train - row.val_accuracy or nil end

-- Puts the means over these runs into a row.
local function add_means(row, done)
  row.val_accuracy, row.train = mean(done, "val_accuracy"), mean(done, "train_accuracy")
  row.accuracy = judged.of(done[1]).part == "test" and mean(done, "test_accuracy") or row.val_accuracy
  row.gap, row.best_epoch = gap_of(row), mean(done, "best_epoch")
  row.final_gap = mean(done, "final_gap")
  for name in pairs(columns.KNOWN) do row[name] = mean(done, name) end
  row.recorded = recorded_means(done)
  return row
end

local function row_of(trial)
  local done, cut = judged.finished(trial)
  local there = begun(trial.runs)
  local row = { name = trial.name, runs = #trial.runs, done = cut and 0 or #done, notes = notes_of(trial.runs),
                epochs = mean(there, "epochs"), seconds = mean(there, "seconds") }
  if cut then row.so_far = add_means({}, done)
  elseif #done > 0 then add_means(row, done) end
  return row
end

-- The intervals of trials whose units belong together.
local function intervals_of(family)
  local stats, list, fold = core.metrics.stats, {}, nil
  for i, units in ipairs(family.units) do
    if family.kind == "resampled" then list[i] = design.shares(units, family.seeds)
    else list[i], fold = design.answers(units, family.seeds) end
  end
  if family.kind ~= "resampled" then return stats.accuracies(list, { fold = fold }) end
  return stats.values_means(list, { overlap = design.overlap(family.units[1], family.seeds) })
end

-- With folds the mean is that of the pictures, as comparisons have it: folds may differ by a picture.
local function count_pictures(row, share)
  row.accuracy, row.val_accuracy = share, share
  row.gap = gap_of(row)
end

-- Trials that finished the same seeds on the same pictures tell together how much runs differ; the same ones count once.
local function add_intervals(rows, trials)
  local families, same = {}, twins.of(trials)
  for i, trial in ipairs(trials) do
    local units = design.units(trial)
    local seeds = design.seeds(units)
    if not same[trial.name] and #seeds > 0 and #units[seeds[1]].correct >= 2 then
      local kind, key = design.of(units, seeds)
      if rows[i].so_far then key = trial.name .. ": " .. key end -- it tells nothing of others
      families[key] = families[key] or { rows = {}, units = {}, kind = kind, seeds = seeds }
      table.insert(families[key].rows, rows[i].so_far or rows[i])
      table.insert(families[key].units, units)
    end
  end
  for _, family in pairs(families) do
    for i, interval in ipairs(intervals_of(family)) do
      if family.kind == "folds" then count_pictures(family.rows[i], interval.mean) end
      family.rows[i].low, family.rows[i].high = math.max(0, interval.low), math.min(1, interval.high)
    end
  end
  local named = {}
  for _, row in ipairs(rows) do
    local twin = named[same[row.name]]
    for _, field in ipairs(twin and { "accuracy", "val_accuracy", "gap", "low", "high" } or {}) do row[field] = twin[field] end
    named[row.name] = row
  end
end

--- One row for each trial, with means over its seeds and the 95 % interval of the accuracy that it is judged by.
---@return table[]   { name, runs, done, accuracy (see judged.lua), low, high, val_accuracy, train, gap, final_gap, best_epoch,
---                  epochs, seconds, notes, recorded, and the means of what columns.lua may show }; of a trial whose runs were
---                  all cut (see judged.lua) name, runs, done, epochs, seconds, notes, and so_far, which has the rest
function summary.of(results)
  local rows = {}
  for i, trial in ipairs(results.trials) do rows[i] = row_of(trial) end
  add_intervals(rows, results.trials)
  return rows
end

return summary
