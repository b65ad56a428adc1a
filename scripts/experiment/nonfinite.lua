--- mlprun.experiment.nonfinite - where the first number came from that is none.
--
-- The training loop looks at the loss of every step and at gradients, which costs next to nothing. When one of them is NaN
-- or infinite, the step is computed again here, with the same random numbers and with every layer watched.
local core = require "mlprun.core"
local defer = require "mlprun.base.defer"
local autograd = require "mlprun.autograd"

local nonfinite = {}

local LARGE = 1e4 -- weights beyond this have run away

local HINTS = {
  weights = "lower the learning rate, or clip the gradients (ml.nn.utils.clip_grad_norm_ in run:on(\"backward\", ...))",
  input = "look at the pictures and at the transform (Normalize divides by std)",
  criterion = "look at the loss function and at the targets that it gets",
  layer = "look at what that layer computes and at its input; lower the learning rate or clip the gradients",
  sum = "set the gradients to zero before each step, lower the learning rate, or clip the gradients",
}

--- What a number is that is not finite.
function nonfinite.word(value) return value ~= value and "NaN" or "infinite" end

-- ---- looking ----

--- Whether all numbers are finite, of a tensor or of a list of tensors.
local function is_finite(value)
  if core.tensor.is_tensor(value) then return core.optim.first_nonfinite({ value:detach() }) == nil end
  if type(value) == "table" and getmetatable(value) == nil then
    for _, item in pairs(value) do
      if not is_finite(item) then return false end
    end
  end
  return true
end
nonfinite.is_finite = is_finite

--- A model's parameters in two lists: what to call them, "'0.weight' (Conv2d)" with the class of their layer, and tensors.
function nonfinite.parameters(model)
  local classes, names, list = {}, {}, {}
  for path, layer in model:named_modules() do classes[path] = layer:class_name() end
  for name, p in model:named_parameters() do
    names[#names + 1], list[#list + 1] = ("'%s' (%s)"):format(name, classes[name:match("^(.*)%.[^.]*$") or ""]), p
  end
  return names, list
end

--- What the first parameter is called whose values are not all finite.
function nonfinite.parameter(model)
  local names, list = nonfinite.parameters(model)
  return names[core.optim.first_nonfinite(list)]
end

--- Whether everything that a model's file would hold is finite.
function nonfinite.is_sound(model)
  for _, value in pairs(model:state_dict()) do
    if not is_finite(value) then return false end
  end
  return true
end

-- ---- the step again ----

local function shown(name, module)
  local class = module:class_name()
  return name == "" and ("the model (%s)"):format(class) or ("layer '%s' (%s)"):format(name, class)
end

-- Calls fn with hooks on every module, which are removed afterwards.
local function watched(model, register, fn)
  local handles = {}
  local _ <close> = defer(function()
    for _, handle in ipairs(handles) do handle:remove() end
  end)
  for name, module in model:named_modules() do handles[#handles + 1] = register(name, module) end
  return fn()
end

-- The first layer whose output is not finite: of an outer and an inner one the inner, which is done first.
local function first_output(step)
  local found
  core.tensor.set_rng_state(step.random)
  watched(step.model, function(name, module)
    return module:register_forward_hook(function(_, _, output)
      if not found and not is_finite(output) then found = shown(name, module) end
    end)
  end, function() autograd.no_grad(function() step.model(step.images) end) end)
  return found
end

-- The first layer on the way back whose gradients are not finite though those that reached it are. The gradient that the
-- loss function gives counts first; a layer whose input needs no gradient is told by those of its own parameters.
local function first_gradient(step)
  local found, sound = nil, {}
  step.model:zero_grad()
  core.tensor.set_rng_state(step.random)
  watched(step.model, function(name, module)
    return module:register_full_backward_hook(function(_, grad_input, grad_output)
      sound[module] = is_finite(grad_output)
      if not found and sound[module] and not is_finite(grad_input) then found = shown(name, module) end
    end)
  end, function()
    local output = step.model(step.images)
    output:register_hook(function(gradient)
      if not is_finite(gradient) then found = "the loss function" end
    end)
    step.criterion(output, step.targets):backward()
  end)
  if found then return found end
  local modules = {}
  for name, module in step.model:named_modules() do modules[name] = module end
  for name, p in step.model:named_parameters() do -- the last one is met first on the way back
    local owner = name:match("^(.*)%.[^.]*$") or ""
    if p.grad and sound[modules[owner]] and not is_finite(p.grad) then found = shown(owner, modules[owner]) end
  end
  return found
end

-- ---- in words ----

local function largest_parameter(model)
  local names, list = nonfinite.parameters(model)
  local largest, where = 0, nil
  for i, p in ipairs(list) do
    local size = p:detach():abs():max():item()
    if size > largest then largest, where = size, names[i] end
  end
  return largest, where
end

--- Why the loss is not finite, and a hint. step: model, criterion, images, targets, random (the generator's state before the
--- model was called).
---@return string why, string hint
function nonfinite.explain_loss(step)
  if not is_finite(step.images) then return "the pictures that went in were not finite", HINTS.input end
  local name = nonfinite.parameter(step.model)
  if name then return ("the parameter %s is not finite any more"):format(name), HINTS.weights end
  local layer = first_output(step)
  if layer then
    local large, where = largest_parameter(step.model)
    local why = ("%s gave the first output that is not finite"):format(layer)
    if large < LARGE then return why, HINTS.layer end
    return ("%s; numbers in %s have grown to %.1g"):format(why, where, large), HINTS.weights
  end
  return "all layers gave finite outputs: the loss function made it", HINTS.criterion
end

--- The same for a gradient; step has zero_grad too: whether the gradients of earlier steps were forgotten.
function nonfinite.explain_gradient(step)
  local layer = first_gradient(step)
  if not layer and not step.zero_grad then
    return "this step's own gradients are finite: those of the steps before were added to them", HINTS.sum
  elseif not layer then
    return "computed again it is finite: something else changed it", "look at what run:on(\"backward\", ...) does"
  end
  return ("%s gave the first gradient that is not finite"):format(layer),
    layer == "the loss function" and HINTS.criterion or HINTS.layer
end

return nonfinite
