--- mlprun.command.loops - what `mlprun check` looks at in a script's own way through an epoch (run:fit { epoch = ... }):
--- gradients that are never set to zero, steps that change nothing, and a net in the wrong mode.
local core = require "mlprun.core"
local sys = core.sys

local loops = {}

-- Layers that compute otherwise while they are trained, and what they do when they are not.
local BY_MODE = {
  { "^Dropout", "drops nothing" },
  { "^BatchNorm", "takes running statistics in place of the batch's, and learns none" },
}

local function layer_by_mode(model)
  for _, module in model:named_modules() do
    for _, row in ipairs(BY_MODE) do
      if module:class_name():find(row[1]) then return module:class_name(), row[2] end
    end
  end
end

local function refuse(text, ...) sys.fail(("run:fit: the script's own loop " .. text):format(...)) end

-- Calls fn before each call of a method of an object.
local function before_calls(object, name, fn)
  local method = object[name]
  rawset(object, name, function(...)
    fn()
    return method(...)
  end)
  return function() rawset(object, name, nil) end
end

-- Notes what goes through a model: the mode, and whether a gradient came back. What is trained on is told from what is measured
-- by that: gradients may be recorded of both.
local function watch_passes(model, passes)
  return model:register_forward_hook(function(module, _, output)
    local one = core.tensor.is_tensor(output)
    local pass = { training = module.training, recorded = one and output.requires_grad, back = not one }
    passes[#passes + 1] = pass
    if pass.recorded then output:register_hook(function() pass.back = true end) end
  end)
end

local function copies_of(model)
  local copies = {}
  for i, p in ipairs(model:parameters()) do copies[i] = p:detach():clone() end
  return copies
end

local function is_changed(model, copies)
  for i, p in ipairs(model:parameters()) do
    if not p:detach():eq(copies[i]):all():item() then return true end
  end
  return false
end

local function check(fields, seen, changed)
  local lr = fields.optimizer.param_groups[1].lr
  if not seen.step then
    refuse("never calls optimizer:step(): nothing is learnt")
  elseif not seen.zero_grad then
    refuse("never calls optimizer:zero_grad(): gradients of all steps so far would be added up")
  elseif not changed and (not lr or lr > 0) then
    refuse("changes no parameter of run.model: loss:backward() belongs before optimizer:step()")
  end
end

local function check_modes(model, seen, passes)
  local layer, untrained = layer_by_mode(model)
  if not layer then return end
  local evaluated, measured_in_training
  for _, pass in ipairs(passes) do
    evaluated = evaluated or not pass.training
    measured_in_training = measured_in_training or pass.training and not pass.back
  end
  if seen.step_in_evaluation then
    refuse("trains in evaluation mode, where %s %s: model:train() belongs before it", layer, untrained)
  elseif measured_in_training and not evaluated then
    refuse("measures validation pictures in training mode, where %s is at work: model:eval() belongs before it", layer)
  end
end

local function records_for_nothing(passes)
  for _, pass in ipairs(passes) do
    if not pass.training and pass.recorded and not pass.back then return true end
  end
end

--- A script's loop that is looked at while it goes through an epoch.
---@param fields table   of the run
---@param loop function
---@param hint fun(text: string)   is told what is right and could be better
function loops.watched(fields, loop, hint)
  return function(...)
    local model, seen, passes, before = fields.model, {}, {}, copies_of(fields.model)
    local hook = watch_passes(model, passes)
    local restore = {
      before_calls(fields.optimizer, "step", function()
        seen.step, seen.step_in_evaluation = true, seen.step_in_evaluation or not model.training
      end),
      before_calls(fields.optimizer, "zero_grad", function() seen.zero_grad = true end),
    }
    local row = loop(...)
    for _, back in ipairs(restore) do back() end
    hook:remove()
    check(fields, seen, is_changed(model, before))
    check_modes(model, seen, passes)
    if records_for_nothing(passes) then
      hint("the script's own loop records gradients of what it only measures: ml.no_grad(function() ... end) around that takes "
        .. "less memory and time")
    end
    return row
  end
end

return loops
