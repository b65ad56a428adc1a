--- mlprun.experiment.training - one pass over the training pictures.
local core = require "mlprun.core"
local sys = core.sys
local answering = require "mlprun.experiment.answering"
local evaluate = require "mlprun.experiment.evaluate"
local hooks = require "mlprun.experiment.hooks"
local limits = require "mlprun.experiment.limits"
local nonfinite = require "mlprun.experiment.nonfinite"
local schedule = require "mlprun.experiment.schedule"
local until_stop = require "mlprun.experiment.until_stop"
local words = require "mlprun.base.words"

local training = {}

-- What nonfinite.lua finds out; a layer that cannot be watched does not end the sweep.
local function explained(explain, step)
  local ok, why, hint = pcall(explain, step)
  if ok then return why, hint end
  return "the step could not be looked at more closely: " .. tostring(why), "lower the learning rate or clip the gradients"
end

-- Why a step is not taken, and a hint; nil when its loss is a number.
local function refuse_loss(value, step)
  if value - value == 0 then return nil end
  local why, hint = explained(nonfinite.explain_loss, step)
  return ("the loss became %s at step %d of epoch %d: %s"):format(
    value ~= value and "NaN (not a number)" or "infinite", step.number, step.epoch, why), hint
end

local function refuse_gradient(step)
  local at = core.optim.grad_first_nonfinite(step.parameters)
  if not at then return nil end
  local why, hint = explained(nonfinite.explain_gradient, step)
  return ("the gradient of %s was not finite at step %d of epoch %d: %s"):format(step.names[at], step.number, step.epoch,
    why), hint
end

-- The batches of an epoch that are left. at.batch: the number of the last one, which counts those that were passed over, too,
-- because no picture of them could be read; checkpoints of earlier versions do not have it.
local function batches_from(loader, epoch, at)
  local last = at.batch or at.step
  if at.over or last >= #loader then return function() end end
  loader:set_epoch(epoch)
  return until_stop(loader, { start = last + 1 })
end

-- What the script makes of a batch.
local function transformed(transform, images, labels)
  local made, targets = transform(images, labels)
  if (core.tensor.is_tensor(made) or type(made) == "table") and targets ~= nil then return made, targets end
  sys.fail(("run:fit: run.batch_transform returned %s and %s, expected pictures and their targets: end it with return images, "
    .. "labels"):format(words.value(made), words.value(targets)))
end

--- Returns the epoch's mean loss and accuracy while training, or how it ended early ("stopped", "diverged"), why and a hint.
function training.epoch(state, loader, epoch, progress)
  local f = state.fields
  local model, optimizer, criterion = f.model, f.optimizer, f.criterion
  local at = state.place or { step = 0, loss_sum = 0, weight = 0, correct = 0, count = 0 } -- in the epoch
  local weigh = evaluate.weigher(criterion)
  local steps = #loader
  state.place = at
  local names, parameters = nonfinite.parameters(model)
  model:train()
  for images, labels, _, batch in batches_from(loader, epoch, at) do
    local number, targets = at.step + 1, labels
    if f.batch_transform then images, targets = transformed(f.batch_transform, images, labels) end
    if f.zero_grad then optimizer:zero_grad() end
    local step = { epoch = epoch, number = number, model = model, criterion = criterion, images = images, targets = targets,
                   zero_grad = f.zero_grad, names = names, parameters = parameters,
                   random = core.tensor.get_rng_state() }
    local output = model(images)
    local loss = criterion(output, targets)
    local value = loss:item()
    local why, hint = refuse_loss(value, step)
    if why then return nil, nil, "diverged", why, hint end
    loss:backward()
    hooks.call(state, "backward", epoch, number)
    why, hint = refuse_gradient(step)
    if why then return nil, nil, "diverged", why, hint end
    optimizer:step()
    schedule.end_step(state.schedule)
    local weight = rawequal(targets, labels) and weigh(labels) or #labels
    at.batch, at.step = batch, number
    at.loss_sum, at.weight, at.count = at.loss_sum + value * weight, at.weight + weight, at.count + #labels
    at.correct = at.correct + answering.right(output, labels)
    hooks.call(state, "step", epoch, number, value)
    progress:step { epoch = epoch, step = number, steps = steps, loss = at.loss_sum / at.weight, accuracy = state.best_accuracy }
    at.over = limits.after_step(state, epoch, number)
    if sys.stop_requested() then return nil, nil, "stopped" end
    if at.over then break end
    state:save_if_due(epoch)
  end
  if sys.gave_up() then return nil, nil, "stopped" end
  if at.count == 0 then
    sys.fail("run:fit: none of the training pictures could be read; the data set's list of bad files says why")
  end
  return at.loss_sum / at.weight, at.correct / at.count
end

return training
