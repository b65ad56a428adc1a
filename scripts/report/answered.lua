--- mlprun.report.answered - what the nets of an experiment answered for the validation pictures, and which run is the best.
local core = require "mlprun.core"
local judged = require "mlprun.experiment.judged"
local load_ = require "mlprun.report.load"
local mistakes = require "mlprun.experiment.mistakes"
local words = require "mlprun.base.words"

local answered = {}

--- The run with the highest validation accuracy, and its trial's name; nil when none has a result. Of equals the first.
---@param results table   see experiment/summary.lua
function answered.best_run(results)
  local best, name
  for _, trial in ipairs(results.trials) do
    for _, run in ipairs(trial.runs) do
      if run.correct and run.val_accuracy and (not best or run.val_accuracy > best.val_accuracy) then
        best, name = run, trial.name
      end
    end
  end
  return best, name
end

local known = setmetatable({}, { __mode = "k" }) -- run -> its answers, or false

--- A run's answers (see mistakes.read), read once; nil where there are none, or where they cannot be read, which is said.
---@param run table
---@param classes string[]
function answered.read(run, classes)
  if known[run] == nil then
    local ok, given = pcall(mistakes.read, run.path, classes)
    if not ok and core.sys.exists(run.path .. "/predictions.npz") then
      io.stderr:write(("mlprun: %s: these answers are left out of what is said of confused classes and mistakes\n"):format(given))
    end
    known[run] = ok and given
  end
  return known[run] or nil
end

-- A trial's answers over the runs that it is judged by and that have some; nil where none has.
local function of_trial(trial)
  local all = { name = trial.name, runs = 0, list = {} }
  for _, run in ipairs(judged.finished(trial)) do
    local manifest = load_.manifest(run.path)
    local classes = manifest and type(manifest.classes) == "table" and manifest.classes
    local given = classes and answered.read(run, classes)
    if given and (not all.classes or #classes == #all.classes) then
      all.classes, all.runs = classes, all.runs + 1
      all.confusion = all.confusion or core.metrics.ConfusionMatrix(classes)
      all.confusion:add(given.predictions, given.labels)
      all.list[all.runs] = given
      all.accuracy = (all.accuracy or 0) + (run.val_accuracy or 0)
    end
  end
  if all.runs == 0 then return nil end
  all.accuracy = all.accuracy / all.runs
  all.confused = mistakes.confused(all.confusion)
  return all
end

--- The answers of the first trial, and of the one with the highest mean validation accuracy: each { name, runs (how many),
--- classes, confusion (of all runs together), confused (see mistakes.confused), accuracy (the mean), list (of each run, see
--- mistakes.read) }; nil where there are none. best is nil too where the first trial is the highest.
---@param results table   see experiment/summary.lua
---@return table? baseline, table? best
function answered.of(results)
  local highest, mean
  for _, trial in ipairs(results.trials) do
    local sum, count = 0, 0
    for _, run in ipairs(judged.compared(trial)) do
      if run.val_accuracy then sum, count = sum + run.val_accuracy, count + 1 end
    end
    if count > 0 and (not mean or sum / count > mean) then highest, mean = trial, sum / count end
  end
  local one = results.trials[1]
  return one and of_trial(one), highest and highest ~= one and of_trial(highest) or nil
end

--- "dropout=0, 3 seeds together"
function answered.whose(one)
  return one.runs == 1 and one.name or ("%s, %d seeds together"):format(one.name, one.runs)
end

--- "'glass' was taken for 'metal' 12 times (8.0 % of its pictures)"
---@param one table    baseline or best
---@param pair table   of one.confused
function answered.confused_words(one, pair)
  return ("'%s' was taken for '%s' %s (%s of its pictures)"):format(one.classes[pair.label], one.classes[pair.prediction],
    words.count(pair.count, "time"), words.percent(pair.share))
end

--- What is confused most, in a line for readers who see nothing else; nil where no answers are known.
---@param one? table   baseline or best
function answered.most_confused(one)
  if not one then return nil end
  local pair = one.confused[1]
  return pair and ("Most often confused (%s): %s."):format(answered.whose(one), answered.confused_words(one, pair))
    or ("Nothing was confused (%s): every picture was answered rightly."):format(answered.whose(one))
end

return answered
