-- Gradient modes, and the check of gradients against differences.
local core = require "mlprun.core"
local options = require "mlprun.options"
local fail = core.sys.fail

local autograd = {}

local restore = { __close = function(self) core.autograd.set_grad_enabled(self.before) end }

-- A to-be-closed value restores the mode on return and on error, and leaves the traceback whole.
local function with_mode(on, who, fn, ...)
  if type(fn) ~= "function" then
    fail(("%s: got %s, expected a function: ml.%s(function() ... end)"):format(who, type(fn), who))
  end
  local _ <close> = setmetatable({ before = core.autograd.set_grad_enabled(on) }, restore)
  return fn(...)
end

--- Calls fn(...) without recording gradients; returns its results. The mode before is restored, also after an error.
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

return autograd
