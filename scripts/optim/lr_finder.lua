-- optim.lr_finder: which learning rate to begin with, from a short run in which the rate grows with every batch.
local core = require "mlprun.core"
local nn_options = require "mlprun.nn.options"
local options = require "mlprun.options"
local modes = require "mlprun.nn.modes"
local module = require "mlprun.nn.module"
local copies = require "mlprun.optim.copies"
local whole = require "mlprun.base.whole"
local Optimizer = require "mlprun.optim.optimizer"
local words = require "mlprun.base.words"
local fail = core.sys.fail

local WHO = "optim.lr_finder"
local DEFAULTS = {
  start_lr = 1e-7, end_lr = 10, num_iter = 100, step_mode = "exp", smooth_f = 0.05, diverge_th = 5, skip_start = 10, skip_end = 5,
}

local function check(model, criterion, optimizer, ...)
  if not module.is_module(model) then fail(("%s: the model is a %s, expected a module"):format(WHO, type(model))) end
  if type(criterion) ~= "function" and not (getmetatable(criterion) or {}).__call then
    fail(("%s: the criterion is a %s, expected a loss such as nn.CrossEntropyLoss()"):format(WHO, type(criterion)))
  end
  if not Optimizer.is_optimizer(optimizer) then
    fail(("%s: the third argument is a %s, expected an optimizer"):format(WHO, type(optimizer)))
  end
  nn_options.check(nil, { "start_lr" }, WHO, ...) -- none after the options
end

local function check_options(given)
  local o = options.check(given, DEFAULTS, WHO)
  for _, name in ipairs { "start_lr", "end_lr", "smooth_f", "diverge_th" } do
    if type(o[name]) ~= "number" or not (o[name] > 0 and o[name] < math.huge) then
      fail(("%s: %s is %s, expected a number above 0"):format(WHO, name, words.value(o[name])))
    end
  end
  if o.end_lr <= o.start_lr then
    fail(("%s: end_lr is %g, expected more than start_lr, %g"):format(WHO, o.end_lr, o.start_lr))
  end
  if o.smooth_f > 1 then fail(("%s: smooth_f is %g, expected at most 1"):format(WHO, o.smooth_f)) end
  if o.diverge_th <= 1 then fail(("%s: diverge_th is %g, expected more than 1"):format(WHO, o.diverge_th)) end
  if o.step_mode ~= "exp" and o.step_mode ~= "linear" then
    fail(("%s: step_mode is '%s', expected 'exp' or 'linear'"):format(WHO, tostring(o.step_mode)))
  end
  o.num_iter = nn_options.count(o.num_iter, WHO, "num_iter", 2)
  for _, name in ipairs { "skip_start", "skip_end" } do o[name] = nn_options.count(o[name], WHO, name, 0) end
  return o
end

-- A function that puts everything back: weights, buffers, modes, the optimizer, the random generator, the loader.
local function keeper(model, optimizer, loader)
  local tensors, put_back = {}, modes.kept(model)
  for _, t in ipairs(model:parameters()) do tensors[#tensors + 1] = t:detach() end
  for _, t in ipairs(model:buffers()) do tensors[#tensors + 1] = t end
  for _, group in ipairs(optimizer.param_groups) do
    for _, p in ipairs(group.params) do tensors[#tensors + 1] = p:detach() end
  end
  local values, saved, random = copies.of(tensors), copies.of(optimizer:state_dict()), core.tensor.get_rng_state()
  local epoch = type(loader) == "userdata" and loader.epoch
  return function()
    for i, t in ipairs(tensors) do t:copy_(values[i]) end
    put_back()
    optimizer:load_state_dict(saved)
    optimizer:zero_grad()
    model:zero_grad()
    core.tensor.set_rng_state(random)
    if epoch then loader:set_epoch(epoch) end
  end
end

local function rate_at(o, i)
  local part = (i - 1) / (o.num_iter - 1)
  if o.step_mode == "exp" then return o.start_lr * (o.end_lr / o.start_lr) ^ part end
  return o.start_lr + (o.end_lr - o.start_lr) * part
end

local function train_on(model, criterion, optimizer, lr, images, labels)
  for _, group in ipairs(optimizer.param_groups) do group.lr = lr end
  optimizer:zero_grad()
  local loss = criterion(model(images), labels)
  local value = loss:item()
  loss:backward()
  optimizer:step()
  return value
end

-- The rate where the smoothed loss falls most steeply over the logarithm of the rate, before its minimum: beyond it, losses
-- jump up and down. nil when it falls nowhere.
local function steepest(result, o)
  local lr, loss, n = result.lr, result.loss, #result.lr
  local first = math.min(o.skip_start, n // 4) + 1
  local last = n - math.min(o.skip_end, n // 8)
  local lowest, best, at = 1, 0, nil
  for i = 2, n do lowest = loss[i] < loss[lowest] and i or lowest end
  for i = math.max(first, 2), math.min(last, n - 1, lowest) do
    local slope = (loss[i + 1] - loss[i - 1]) / (math.log(lr[i + 1]) - math.log(lr[i - 1]))
    if slope < best then best, at = slope, i end
  end
  return at and lr[at]
end

--- Trains on batch after batch while the learning rate of all groups grows from start_lr to end_lr, and notes the loss; then
--- puts weights, buffers, modes, the optimizer, the random generator and the loader back, also after an error. Gradients are
--- forgotten. Ends early when the smoothed loss is diverge_th times its smallest value, or not finite.
---
---   local found = optim.lr_finder(model, criterion, optimizer, train_loader)
---   optimizer.param_groups[1].lr = found.suggestion or 1e-3
---@param model Module
---@param criterion Module
---@param optimizer Optimizer
---@param loader any   a DataLoader, begun again when it ends, or a list of { images, labels }
---@param o? { start_lr = 1e-7, end_lr = 10, num_iter = 100, step_mode = "exp", smooth_f = 0.05, diverge_th = 5,
---  skip_start = 10, skip_end = 5 }
---@return LRFound   lr, loss (smoothed), raw_loss: lists; suggestion: the rate of the steepest descent before the
---                    minimum, nil when the loss never falls; diverged: whether it ended for that
local function lr_finder(model, criterion, optimizer, loader, o, ...)
  check(model, criterion, optimizer, ...)
  o = check_options(o)
  local result = { lr = {}, loss = {}, raw_loss = {}, diverged = false }
  local average, best, i = 0, math.huge, 0
  local undo = keeper(model, optimizer, loader)

  local function done(images, labels)
    if i >= o.num_iter or core.sys.stop_requested() then return true end
    i = i + 1
    local lr = rate_at(o, i)
    local value = train_on(model, criterion, optimizer, lr, images, labels)
    average = average + o.smooth_f * (value - average)
    local smoothed = average / (1 - (1 - o.smooth_f) ^ i)
    if smoothed ~= smoothed or math.abs(smoothed) == math.huge then
      result.diverged = true
      return true
    end
    result.lr[i], result.loss[i], result.raw_loss[i] = lr, smoothed, value
    best = math.min(best, smoothed)
    result.diverged = smoothed > best + (o.diverge_th - 1) * math.abs(best)
    return result.diverged or i >= o.num_iter
  end

  whole(undo, function()
    model:train()
    local ended = false
    repeat
      local before = i
      for images, labels in copies.batches(loader, WHO) do
        ended = done(images, labels)
        if ended then break end
      end
      if i == before and not ended then fail(WHO .. ": the loader gave no batch") end
    until ended
  end)
  result.suggestion = steepest(result, o)
  return result
end

return lr_finder
