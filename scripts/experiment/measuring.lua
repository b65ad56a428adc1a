--- mlprun.experiment.measuring - what a trained run is measured by, and the files of its best weights.
local sys = require("mlprun.core").sys
local answering = require "mlprun.experiment.answering"
local best_answers = require "mlprun.experiment.answers"
local calibration = require "mlprun.metrics.calibration"
local evaluate = require "mlprun.experiment.evaluate"
local gallery = require "mlprun.experiment.gallery"
local nonfinite = require "mlprun.experiment.nonfinite"
local schedule = require "mlprun.experiment.schedule"

local measuring = {}

-- How training went: the accuracy after one epoch, and how much it changes from one epoch to the next, on the average over
-- the second half.
local function course(history)
  local sum, count = 0, 0
  for i, row in ipairs(history) do
    if i > 1 and i > #history // 2 then
      sum, count = sum + math.abs(row.val_accuracy - history[i - 1].val_accuracy), count + 1
    end
  end
  return history[1].val_accuracy, count > 0 and sum / count or nil
end

-- The accuracy over the training pictures. A stop meanwhile leaves a checkpoint that says so, and nothing is known.
local function on_training_pictures(state, loader)
  local measured = evaluate.run(state.fields.model, state.fields.criterion, loader)
  if measured then return measured.accuracy end
  if state.status ~= "stopped" then state:save(state.ending.epochs) end
  state.status = "stopped"
end

-- What TensorBoard shows of the best weights, at the last epoch: once, when nothing can stop the run any more.
local function show_best(state, answers, test, epoch)
  local f, writer = state.fields, state.folder.writer
  for part, given in pairs { val = answers, test = test } do
    local set = part == "val" and f.val or f.test
    local names = answering.names(set)
    best_answers.log(writer, part, names, given, epoch)
    if gallery.is_wanted(f) then gallery.log(writer, part .. "_best", set, names, given, epoch) end
  end
  writer:add_scalar("val_accuracy", answers.accuracy, epoch) -- of the best weights: the metric of the table of runs
  if f.seed == f.options.seed and not f.train.multilabel then -- the maps are of one class each
    gallery.explain(writer, f, test and "test" or "val", test and f.test or f.val, test or answers, epoch)
  end
end

-- Columns of the table; a run that goes on with its measuring has them already.
local function record(state, entries)
  local there = {}
  for i, entry in ipairs(state.recorded) do there[entry.name] = i end
  for _, entry in ipairs(entries) do state.recorded[there[entry.name] or #state.recorded + 1] = entry end
end

-- What the best weights, which are in the model, answer for the validation pictures, and their calibration; they are written
-- with it. Where the pictures have to be looked at again they are written before: storage may not answer.
local function answer_and_write(state, best, row, loader)
  local f, answers = state.fields, best.outputs and evaluate.read(best.outputs, loader.dataset)
  if not answers then
    best:write(state.folder, state.about(row))
    answers = evaluate.answers(f.model, f.criterion, loader)
  end
  if not answers then return nil end
  local calibrated = not f.train.multilabel and calibration.of(answers.labels, answers.logits) or nil
  best:write(state.folder, state.about(row, calibrated), calibrated ~= nil)
  return answers, calibrated
end

-- The accuracy of the last weights over the training pictures, and that of the best ones where these are the same.
local function measure_last(state, best, loader)
  local measured = on_training_pictures(state, loader)
  return measured, best:are_in(state.fields.model) and measured or nil
end

-- The best weights go into the model, are written, and answer for the pictures. train_accuracy: where it is known.
local function measure_best(state, best, history, loaders, train_accuracy)
  local f, row = state.fields, history.best
  f.model:load_state_dict(best.state)
  local answers, calibrated = answer_and_write(state, best, row, loaders.val)
  local test = answers and loaders.test and evaluate.answers(f.model, f.criterion, loaders.test)
  if sys.gave_up() then return nil end
  record(state, answering.measures((test or answers).rows))
  state.folder:write_predictions(answers, test, state.file_of)
  f.answers = test or answers
  local first, steadiness = course(history)
  train_accuracy = train_accuracy or on_training_pictures(state, loaders.check)
  if train_accuracy then show_best(state, answers, test, #history) end
  return {
    best_epoch = row.epoch, watched = state.stop.watched:value(row), mode = state.stop.watched.mode,
    monitor = state.stop.watched.name,
    val_accuracy = answers.accuracy, val_loss = answers.loss,
    correct = answers.correct, labels = answers.labels, samples = answers.samples,
    calibration = calibrated,
    test_accuracy = test and test.accuracy, test_loss = test and test.loss, test_correct = test and test.correct,
    train_pictures = #f.train, fold = state.fold, folds = state.fold and f.options.folds, deal = state.deal,
    test_labels = test and test.labels, test_samples = test and test.samples,
    train_loss = row.train_loss, train_accuracy = train_accuracy,
    first = first, steadiness = steadiness,
  }
end

-- What a run that broke before its first epoch ended leaves: the weights before that.
local function keep_sound_weights(state, best)
  local model = state.fields.model
  if nonfinite.is_sound(model) then best:keep(model) end
  model:load_state_dict(best.state)
  local about = state.about { epoch = 0, val_accuracy = 0 }
  about.val_accuracy = nil -- it was not measured
  best:write(state.folder, about)
end

-- A run that waits in a search, or was left by it, can go on: it is judged by its epochs alone.
local WAITS = { paused = true, pruned = true }

local function not_yet(state, history)
  local row = history.best or {}
  return { status = state.status, epochs = #history, history = history, best_epoch = row.epoch, val_accuracy = row.val_accuracy,
           val_loss = row.val_loss }
end

-- The best weights are written, and storage does not answer with what they are measured by.
local function unmeasured(state)
  if state.status ~= "stopped" then state:save(state.ending.epochs) end
  state.status = "stopped"
  return { unmeasured = true }
end

--- Measures the last weights, then the best ones, which the model ends with; without a best epoch there is nothing to measure.
function measuring.conclude(state, best, history, loaders)
  if WAITS[state.status] then return not_yet(state, history) end
  local result = {}
  if state.status ~= "stopped" then
    state.ending = { status = state.status, reason = state.reason, hint = state.hint, epochs = #history,
                     used_up = state.used_up }
    state:enter("measuring", #history)
  end
  if history.best then
    local known
    if not state.last_accuracy then state.last_accuracy, known = measure_last(state, best, loaders.check) end
    result = measure_best(state, best, history, loaders, known) or unmeasured(state)
    result.final_gap = state.last_accuracy and state.last_accuracy - history[#history].val_accuracy
  elseif state.status == "diverged" then
    keep_sound_weights(state, best)
  end
  result.status, result.reason, result.hint = state.status, state.reason, state.hint
  result.trained = state.ending ~= nil
  result.epochs, result.history, result.ended, result.used_up = #history, history, state.over, state.used_up
  result.schedule = schedule.text(state.schedule)
  state.fields.model:eval()
  return result
end

return measuring
