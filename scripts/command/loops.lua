--- mlprun.command.loops - what `mlprun check` looks at in a script's own way through an epoch (run:fit { epoch = ... }):
--- gradients that are never set to zero, steps that change nothing, and a net in the wrong mode.
local core = require "mlprun.core"
local sys = core.sys

local loops = {}

local BY_MODE = { "^Dropout", "^BatchNorm", "^InstanceNorm" } -- layers that compute otherwise while they are trained

local function layer_by_mode(model)
  for _, module in model:named_modules() do
    for _, pattern in ipairs(BY_MODE) do
      if module:class_name():find(pattern) then return module:class_name() end
    end
  end
end

local function refuse(text, ...) sys.fail(("run:fit: the script's own loop " .. text):format(...)) end

-- Counts calls of a method of an object.
local function count_calls(object, name, seen)
  local method = object[name]
  rawset(object, name, function(...)
    seen[name] = (seen[name] or 0) + 1
    return method(...)
  end)
  return function() rawset(object, name, nil) end
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

local function check(fields, seen, layer, changed)
  local lr = fields.optimizer.param_groups[1].lr
  if not seen.step then
    refuse("never calls optimizer:step(): nothing is learnt")
  elseif not seen.zero_grad then
    refuse("never calls optimizer:zero_grad(): gradients of all steps so far would be added up")
  elseif not changed and (not lr or lr > 0) then
    refuse("changes no parameter of run.model: loss:backward() belongs before optimizer:step()")
  end
  if layer and seen.measured_in_training then
    refuse("measures validation pictures in training mode, where %s is at work: model:eval() belongs before it", layer)
  elseif layer and seen.learnt_in_evaluation then
    refuse("trains in evaluation mode, where %s does nothing: model:train() belongs before it", layer)
  end
end

--- A script's loop that is looked at while it goes through an epoch.
---@param fields table   of the run
---@param loop function
function loops.watched(fields, loop)
  return function(...)
    local model, seen, before = fields.model, {}, copies_of(fields.model)
    local hook = model:register_forward_hook(function(module)
      if core.autograd.is_grad_enabled() then seen.learnt_in_evaluation = seen.learnt_in_evaluation or not module.training
      else seen.measured_in_training = seen.measured_in_training or module.training end
    end)
    local restore = { count_calls(fields.optimizer, "step", seen), count_calls(fields.optimizer, "zero_grad", seen) }
    local row = loop(...)
    for _, back in ipairs(restore) do back() end
    hook:remove()
    check(fields, seen, layer_by_mode(model), is_changed(model, before))
    return row
  end
end

return loops
