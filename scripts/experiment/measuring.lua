--- mlprun.experiment.measuring - what a trained run is measured by, and the files of its best weights.
local best_answers = require "mlprun.experiment.answers"
local evaluate = require "mlprun.experiment.evaluate"
local nonfinite = require "mlprun.experiment.nonfinite"

local measuring = {}

-- How training went: the accuracy after one epoch; the first epoch within 5 % of the best accuracy; and how much the
-- accuracy changes from one epoch to the next, on the average over the second half.
local function course(history)
  local best, reached, sum, count = history.best.val_accuracy, nil, 0, 0
  for i, row in ipairs(history) do
    if not reached and row.val_accuracy >= 0.95 * best then reached = row.epoch end
    if i > 1 and i > #history // 2 then
      sum, count = sum + math.abs(row.val_accuracy - history[i - 1].val_accuracy), count + 1
    end
  end
  return history[1].val_accuracy, reached, count > 0 and sum / count or nil
end

--- Puts the best weights back and measures them; without a best epoch there is nothing to measure.
function measuring.conclude(state, best, history, loaders)
  local f, row = state.fields, history.best
  local result = { status = state.status, reason = state.reason, hint = state.hint, epochs = #history, history = history }
  if row then
    local last = evaluate.run(f.model, f.criterion, loaders.check)
    if last then result.final_gap = last.accuracy - history[#history].val_accuracy end
    f.model:load_state_dict(best.state)
    best:write(state.folder, state.about(row))
    local answers = evaluate.answers(f.model, f.criterion, loaders.val)
    state.folder:write_predictions(answers)
    best_answers.log(state.folder.writer, f, answers, row.epoch)
    result.best_epoch, result.val_accuracy, result.val_loss = row.epoch, answers.accuracy, answers.loss
    result.correct, result.labels, result.train_loss = answers.correct, answers.labels, row.train_loss
    result.first, result.reached, result.steadiness = course(history)
    f.answers = answers
    local on_train = evaluate.run(f.model, f.criterion, loaders.check)
    result.train_accuracy = on_train and on_train.accuracy or row.train_accuracy
  elseif state.status == "diverged" then
    if nonfinite.is_sound(f.model) then best:keep(f.model) end
    f.model:load_state_dict(best.state)
    local about = state.about { epoch = 0, val_accuracy = 0 }
    about.val_accuracy = nil -- it was not measured
    best:write(state.folder, about)
  end
  f.model:eval()
  return result
end

return measuring
