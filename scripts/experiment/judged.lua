--- mlprun.experiment.judged - the pictures that trials are judged by: the test pictures where there are some, else those for
-- validation.
--
-- Validation pictures choose the epoch whose weights are kept, which flatters what they measure. Test pictures choose nothing:
-- they are looked at once, with the kept weights.
local core = require "mlprun.core"
local words = require "mlprun.base.words"

local judged = {}

local TEST, VALIDATION = "test", "validation"

--- What a run answered for them: part ("test" or "validation"), accuracy, loss, correct, labels, samples (tensors; nil where
--- they are not known). nil for a run that finished no epoch.
---@param run table   see summary.lua
function judged.of(run)
  if not run.correct then return nil end
  if run.test_correct then
    return { part = TEST, accuracy = run.test_accuracy, loss = run.test_loss, correct = run.test_correct,
             labels = run.test_labels, samples = run.test_samples }
  end
  return { part = VALIDATION, accuracy = run.val_accuracy, loss = run.val_loss, correct = run.correct, labels = run.labels,
           samples = run.samples }
end

--- Whether a run was stopped before its training came to its end: it has learned for less long than it was to, and says nothing
--- of its trial. One that was stopped while its weights were measured has learned as long.
function judged.is_cut(run) return run.status == "stopped" and not run.trained end

local NOT_OF_PICTURES = { train_accuracy = true, train_loss = true, lr = true, seconds = true, epoch = true }

--- Whether the validation pictures chose a run's epoch, by the number that was watched: "yes"; "no"; "perhaps" where run:record
--- left it, whatever it measures; nil for a run of one epoch, which had nothing to choose.
function judged.chosen(run)
  local watched = run.monitor or "val_accuracy"
  if run.epochs < 2 then return nil end
  return NOT_OF_PICTURES[watched] and "no" or watched:find "^val_" and "yes" or "perhaps"
end

--- Whether what a run answered counts as a part of what its deal did: with folds, where no test answers for every run alone.
function judged.is_of_deal(run) return run.fold ~= nil and not run.test_correct end

-- The trial's runs that finished an epoch and were not cut. Where there are none, those that were cut behind an epoch, and true.
local function measured(trial)
  local runs, cut = {}, {}
  for _, run in ipairs(trial.runs) do
    local list = judged.is_cut(run) and cut or runs
    if run.correct then list[#list + 1] = run end
  end
  if #runs > 0 or #cut == 0 then return runs, false end
  return cut, true
end

-- Runs without those of deals that are not whole, and these.
local function of_whole_deals(runs)
  local count, whole, left = {}, {}, {}
  for _, run in ipairs(runs) do
    if judged.is_of_deal(run) then count[run.deal] = (count[run.deal] or 0) + 1 end
  end
  for _, run in ipairs(runs) do
    local list = (not judged.is_of_deal(run) or count[run.deal] == run.folds) and whole or left
    list[#list + 1] = run
  end
  return whole, left
end

--- The runs that a trial is judged by: those that finished an epoch and were not cut. Where there are none, those that were cut
--- behind an epoch, and true: they are shown, and compared with nothing. Of deals that miss a fold none is, where some deal is
--- whole.
---@return table[] runs, boolean cut
function judged.finished(trial)
  local runs, cut = measured(trial)
  local whole = of_whole_deals(runs)
  return #whole > 0 and whole or runs, cut
end

--- Runs of a trial's deals that miss a fold, and whether no deal is whole, so that the trial is judged by them.
---@return table[] runs, boolean all
function judged.broken_deals(trial)
  local whole, left = of_whole_deals((measured(trial)))
  return left, #whole == 0
end

--- Those of them that are compared: none where all were cut.
function judged.compared(trial)
  local runs, cut = judged.finished(trial)
  return cut and {} or runs
end

--- "test" or "validation": what the runs of an experiment are judged by.
---@param results table   see summary.lua
function judged.part(results)
  for _, trial in ipairs(results.trials) do
    for _, run in ipairs(trial.runs) do
      if run.test_correct then return TEST end
    end
  end
  return VALIDATION
end

-- ---- before a run ----

local function is_in(list, value)
  for _, each in ipairs(list) do
    if each == value then return true end
  end
  return false
end

-- A class of one set that the other has not.
local function stranger(classes, known)
  for _, name in ipairs(classes) do
    if not is_in(known, name) then return name end
  end
end

-- How many pictures are in both, of sets that come from the same place.
local function shared(a, b)
  if a.root ~= b.root or a.kind ~= b.kind then return 0 end
  local there, count = {}, 0
  for _, sample in ipairs(a:samples():tolist()) do there[sample] = true end
  for _, sample in ipairs(b:samples():tolist()) do count = count + (there[sample] and 1 or 0) end
  return count
end

--- Refuses test pictures of other classes, and such as the run learns from or chooses by.
---@param fields table   of the run: train, val, test
function judged.check(fields)
  local test = fields.test
  if not test then return end
  local class = stranger(test.classes, fields.train.classes)
  if class or #test.classes ~= #fields.train.classes then
    core.sys.fail(("run:fit: run.test has %s and run.train %s: set run.test too, as run.train was set"):format(
      words.count(#test.classes, "class"), words.count(#fields.train.classes, "class")))
  end
  for _, part in ipairs { "train", "val" } do
    local count = shared(test, fields[part])
    if count > 0 then
      core.sys.fail(("run:fit: %s of run.test %s in run.%s too, so it would be no test: take run.%s from activity.data.train and "
        .. "activity.data.val, or pass --test=no"):format(words.count(count, "picture"), count == 1 and "is" or "are", part,
        part))
    end
  end
end

return judged
