-- Gradient modes, and the check of gradients against differences.
local core = require "mlprun.core"
local options = require "mlprun.options"
local class = require "mlprun.base.class"
local whole = require "mlprun.base.whole"
local shown = require("mlprun.base.words").value
local fail = core.sys.fail

local autograd = {}

local restore = { __close = function(self) core.autograd.set_grad_enabled(self.before) end }

-- A to-be-closed value restores the mode on return and on error, and leaves the traceback whole.
local function with_mode(on, who, fn, ...)
  if type(fn) ~= "function" then
    fail(("%s: got %s, expected a function: ml.%s(function() ... end)"):format(who, type(fn), who))
  end
  local before = core.autograd.set_grad_enabled(on)
  local _ <close> = setmetatable({ before = before }, restore)
  return core.autograd.in_mode(before, fn, ...)
end

--- Calls fn(...) without recording gradients; returns its results. The mode before is restored, also after an error. In a
--- coroutine fn cannot yield: the others would go on without recording.
---@param fn fun(...): any
---@param ... any
---@return any
function autograd.no_grad(fn, ...)
  return with_mode(false, "no_grad", fn, ...)
end

--- Calls fn(...) with recording, inside a no_grad.
---@param fn fun(...): any
---@param ... any
---@return any
function autograd.enable_grad(fn, ...)
  return with_mode(true, "enable_grad", fn, ...)
end

autograd.is_grad_enabled = core.autograd.is_grad_enabled

-- ---- gradients of some tensors alone ----

local function list_of(value, who, what)
  if core.tensor.is_tensor(value) then return { value } end
  if type(value) ~= "table" or #value == 0 then
    fail(("%s: %s is %s, expected a tensor or a list of them"):format(who, what, shown(value)))
  end
  for i, t in ipairs(value) do
    if not core.tensor.is_tensor(t) then fail(("%s: entry %d of %s is %s, expected a tensor"):format(who, i, what, shown(t))) end
  end
  return value
end

--- Gradients of the sum of outputs by the inputs, without a change of anybody's grad: a list, one for each input; of one
--- tensor as inputs, its gradient. With create_graph they can be differentiated themselves.
---@param outputs Tensor|Tensor[]
---@param inputs Tensor|Tensor[]
---@param o? { grad_outputs: Tensor|Tensor[], retain_graph: boolean, create_graph = false, allow_unused = false }
---@return Tensor|Tensor[]
function autograd.grad(outputs, inputs, o)
  o = options.check(o, { "grad_outputs", "retain_graph", "create_graph", "allow_unused" }, "grad")
  local one = core.tensor.is_tensor(inputs)
  inputs = list_of(inputs, "grad", "inputs")
  local create = o.create_graph or false
  local gradients = core.autograd.grad(list_of(outputs, "grad", "outputs"), inputs,
    o.grad_outputs and list_of(o.grad_outputs, "grad", "grad_outputs") or nil, o.retain_graph or create, create)
  for i = 1, #inputs do
    if not gradients[i] and not o.allow_unused then
      fail(("grad: input %d was not used in what led to the outputs: with allow_unused = true its gradient is false"):format(i))
    end
  end
  if one then return gradients[1] end
  return gradients
end

-- ---- a function of one's own ----

local Function = class.new("mlprun.autograd.Function", {})

-- What forward hands to backward.
local Context = class.new("mlprun.autograd.Context", {})

--- Keeps tensors for backward, where ctx.saved_tensors has them; up to eight.
function Context:save_for_backward(...)
  rawset(self, "saved_tensors", { ... })
end

local function gradients_of(class_name, own, ctx, arguments)
  return function(dy, saved)
    rawset(ctx, "saved_tensors", saved)
    local given = table.pack(own.backward(ctx, dy))
    rawset(ctx, "saved_tensors", nil)
    if given.n > arguments.n then
      fail(("%s: backward returned %d values, expected one for each of the %d arguments of forward"):format(class_name,
        given.n, arguments.n))
    end
    local list = {}
    for i = 1, arguments.n do
      if core.tensor.is_tensor(arguments[i]) then list[#list + 1] = given[i] or false end
    end
    return list
  end
end

--- A class of functions with a gradient of their own: with forward(ctx, ...), which returns a tensor, and
--- backward(ctx, gradient), which returns a gradient, or nil, for each argument of forward. NAME.apply(...) calls it.
---@param name string
---@return table
function Function.subclass(_, name)
  local own = {}
  own.apply = function(...)
    local arguments, inputs, needs = table.pack(...), {}, {}
    for i = 1, arguments.n do
      local t = arguments[i]
      local tensor = core.tensor.is_tensor(t)
      if tensor then inputs[#inputs + 1] = t end
      needs[i] = tensor and t.requires_grad or false
    end
    local ctx = Context()
    rawset(ctx, "needs_input_grad", needs)
    local y = autograd.no_grad(own.forward, ctx, ...)
    if not core.tensor.is_tensor(y) then fail(("%s: forward returned %s, expected one tensor"):format(name, shown(y))) end
    for _, t in ipairs(inputs) do
      if rawequal(t, y) then y = y:clone() end
    end
    local saved = rawget(ctx, "saved_tensors") or {}
    rawset(ctx, "saved_tensors", nil)
    core.autograd.custom(y, name, inputs, saved, gradients_of(name, own, ctx, arguments))
    return y
  end
  return own
end

autograd.Function = Function

-- ---- anomalies ----

--- Calls fn(...) while passes backward look for NaN: the first operation whose gradient has one is named, with the line that
--- computed it. Slow: for looking once. fn cannot yield.
---@param fn fun(...): any
---@param ... any
---@return any
function autograd.detect_anomaly(fn, ...)
  if type(fn) ~= "function" then
    fail(("detect_anomaly: got %s, expected a function: ml.autograd.detect_anomaly(function() ... end)"):format(type(fn)))
  end
  local before = core.autograd.detect_anomaly(true)
  return whole(function() core.autograd.detect_anomaly(before) end, fn, ...)
end

--- Has all passes backward from now on look for NaN, or no longer.
---@param on boolean
function autograd.set_detect_anomaly(on)
  core.autograd.detect_anomaly(on)
end

-- ---- gradcheck ----

local function check_inputs(inputs)
  local some = false
  for i, x in ipairs(inputs) do
    if core.tensor.is_tensor(x) and x.requires_grad then
      if x.dtype ~= "f64" then
        fail(("gradcheck: input %d is %s, expected f64: differences of f32 are too coarse"):format(i, x.dtype))
      end
      if not x.is_leaf then fail(("gradcheck: input %d is the result of an operation, expected a leaf"):format(i)) end
      some = true
    end
  end
  if not some then fail("gradcheck: none of the inputs requires a gradient: call requires_grad_() on them") end
end

-- Weights for the sum of a result's elements, so that every one of them matters differently.
local function weighted_sum(y)
  if not core.tensor.is_tensor(y) then fail("gradcheck: the function returned a " .. type(y) .. ", expected a tensor") end
  local n = y:numel()
  local weights = (core.tensor.arange(1, n + 1, { dtype = "f64" }) * 0.7):sin() + 1.1
  return (y:reshape(n) * weights):sum()
end

--- Compares the gradients of fn's result with central differences, element by element of every input that requires one.
--- Raises an error that names the input and the element; returns true when all agree.
---@param fn fun(...): Tensor   takes the inputs, returns a tensor; must give the same result each time
---@param inputs any[]   f64 tensors, and whatever else fn takes
---@param o? { eps = 1e-6, atol = 1e-5, rtol = 1e-3 }
---@return boolean
function autograd.gradcheck(fn, inputs, o)
  if type(fn) ~= "function" then fail("gradcheck: got " .. type(fn) .. ", expected a function") end
  if type(inputs) ~= "table" then fail("gradcheck: got " .. type(inputs) .. ", expected a list of inputs") end
  o = options.check(o, { eps = 1e-6, atol = 1e-5, rtol = 1e-3 }, "gradcheck")
  check_inputs(inputs)
  local count = #inputs
  local function value()
    return autograd.no_grad(function() return weighted_sum(fn(table.unpack(inputs, 1, count))):item() end)
  end
  for _, x in ipairs(inputs) do
    if core.tensor.is_tensor(x) then core.autograd.set_grad(x, nil) end
  end
  autograd.enable_grad(function() weighted_sum(fn(table.unpack(inputs, 1, count))):backward() end)
  for i, x in ipairs(inputs) do
    if core.tensor.is_tensor(x) and x.requires_grad then
      local grad = x.grad
      local got = grad and grad:reshape(grad:numel())
      local cells = x:detach():reshape(x:numel())
      for k = 1, x:numel() do
        local before = cells[k]:item()
        cells[k]:fill_(before + o.eps)
        local above = value()
        cells[k]:fill_(before - o.eps)
        local below = value()
        cells[k]:fill_(before)
        local difference, gradient = (above - below) / (2 * o.eps), got and got[k]:item() or 0
        local error_bound = o.atol + o.rtol * math.abs(difference)
        local agrees = math.abs(difference - gradient) <= error_bound -- false for NaN
        if not agrees then
          fail(("gradcheck: input %d, element %d: the gradient is %.10g but differences give %.10g"):format(i, k,
            gradient, difference))
        end
      end
      core.autograd.set_grad(x, nil)
    end
  end
  return true
end

--- Compares the second derivatives of fn's result with differences of its gradients, as gradcheck does with the first.
---@param fn fun(...): Tensor
---@param inputs any[]   f64 tensors, and whatever else fn takes
---@param o? { eps = 1e-6, atol = 1e-5, rtol = 1e-3 }
---@return boolean
function autograd.gradgradcheck(fn, inputs, o)
  if type(fn) ~= "function" then fail("gradgradcheck: got " .. type(fn) .. ", expected a function") end
  return autograd.gradcheck(function(...)
    local wanted = {}
    for _, x in ipairs { ... } do
      if core.tensor.is_tensor(x) and x.requires_grad then wanted[#wanted + 1] = x end
    end
    return autograd.enable_grad(function(...)
      local gradients, parts = autograd.grad(weighted_sum(fn(...)), wanted, { create_graph = true, allow_unused = true }), {}
      for _, g in ipairs(gradients) do
        if g then parts[#parts + 1] = g:reshape(g:numel()) end
      end
      return core.tensor.cat(parts) + wanted[1]:sum() * 0 -- which asks for a gradient also where these do not change
    end, ...)
  end, inputs, o)
end

return autograd
