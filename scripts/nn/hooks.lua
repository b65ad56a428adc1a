-- Hooks of modules: functions that see, and may replace, what goes into a module, what comes out, and the gradients of both.
-- Those of single tensors are tensor:register_hook(fn).
local core = require "mlprun.core"
local whole = require "mlprun.base.whole"
local options = require "mlprun.nn.options"
local fail = core.sys.fail

local hooks = {}

-- ---- handles ----

local Handle = { __name = "Handle" }
Handle.__index = Handle

--- Takes the hook away. Once is enough, more is fine.
function Handle:remove()
  for i, entry in ipairs(self.list) do
    if entry == self.entry then table.remove(self.list, i) break end
  end
end

local function register(list, who, fn, o, ...)
  o = options.check(o, { "prepend" }, who, ...)
  if type(fn) ~= "function" then fail(("%s: got %s, expected a function"):format(who, type(fn))) end
  local entry = { fn = fn }
  table.insert(list, o.prepend and 1 or #list + 1, entry)
  return setmetatable({ list = list, entry = entry }, Handle)
end

-- Hooks may be added and removed while they run: what runs is a copy.
local function each(list)
  return ipairs(table.move(list, 1, #list, 1, {}))
end

-- ---- gradients ----

local function carries_gradient(value)
  return type(value) == "userdata" and core.tensor.is_tensor(value) and value.requires_grad
end

-- The values with each tensor that carries a gradient replaced by a view of it, which only this module uses, so that
-- seen(i, gradient) sees the share of this module. Returns how many there are.
local function watch(values, seen)
  local count = 0
  for i = 1, values.n do
    if carries_gradient(values[i]) then
      count = count + 1
      values[i] = values[i]:reshape(values[i].shape)
      values[i]:register_hook(function(gradient) return seen(i, gradient) end)
    end
  end
  return count
end

-- What the hooks are called with, gathered while a pass goes backward through the module: the gradients of the outputs come
-- first, those of the inputs last.
local function new_gathering(module, list)
  local grad_output, grad_input, came = {}, {}, 0
  local gathering = { inputs = 0, outputs = 0 }

  local function run(only)
    for _, entry in each(list) do
      local other = entry.fn(module, grad_input, grad_output)
      if other ~= nil then
        if not only then
          fail("a backward hook can replace the gradient of the input only where there is one input that requires one")
        end
        grad_input = type(other) == "table" and other or { [only] = other }
      end
    end
    local result = only and grad_input[only]
    grad_output, grad_input, came = {}, {}, 0
    return result
  end

  function gathering.output(i, gradient)
    grad_output[i] = gradient
    if gathering.inputs > 0 then return end
    came = came + 1
    if came == gathering.outputs then run() end
  end

  function gathering.input(i, gradient)
    grad_input[i] = gradient
    came = came + 1
    if came == gathering.inputs then return run(gathering.inputs == 1 and i or nil) end
  end

  return gathering
end

-- ---- calling ----

-- A table is a list of several values.
local function packed(value)
  if type(value) == "table" and getmetatable(value) == nil then return table.pack(table.unpack(value)) end
  return table.pack(value)
end

local silent = false -- no hook is called

--- fn(...) while no hook of a module is called.
function hooks.without(fn, ...)
  local before = silent
  silent = true
  return whole(function() silent = before end, fn, ...)
end

--- module:forward(...) with its hooks.
---@param hooked table   lists of hooks: pre, forward, backward
function hooks.call(module, hooked, ...)
  if silent then return module:forward(...) end
  local inputs = table.pack(...)
  for _, entry in each(hooked.pre) do
    local other = entry.fn(module, inputs)
    if other ~= nil then inputs = packed(other) end
  end
  local gathering = #hooked.backward > 0 and core.autograd.is_grad_enabled() and new_gathering(module, hooked.backward)
  if gathering then gathering.inputs = watch(inputs, gathering.input) end
  local outputs = table.pack(module:forward(table.unpack(inputs, 1, inputs.n)))
  for _, entry in each(hooked.forward) do
    local output = outputs[1]
    if outputs.n > 1 then output = outputs end
    local other = entry.fn(module, inputs, output)
    if other ~= nil then outputs = packed(other) end
  end
  if gathering then gathering.outputs = watch(outputs, gathering.output) end
  return table.unpack(outputs, 1, outputs.n)
end

--- Adds the methods that register hooks to the class Module. hooked_of(module) gives its lists.
function hooks.extend(Module, hooked_of)
  --- Calls fn(module, input) before each forward; input is the list of arguments. What it returns replaces them: a value, or
  --- a list of several. Returns a handle: handle:remove().
  ---@param fn fun(...): any
  ---@param o? { prepend = false }
  ---@return Hook
  function Module:register_forward_pre_hook(fn, o, ...)
    return register(hooked_of(self).pre, "register_forward_pre_hook", fn, o, ...)
  end

  --- Calls fn(module, input, output) after each forward; input is the list of arguments, output the result (a list, if there
  --- are several). What it returns replaces the result. Returns a handle: handle:remove().
  ---@param fn fun(...): any
  ---@param o? { prepend = false }
  ---@return Hook
  function Module:register_forward_hook(fn, o, ...)
    return register(hooked_of(self).forward, "register_forward_hook", fn, o, ...)
  end

  --- Calls fn(module, grad_input, grad_output) when a pass backward has gone through the module: lists of the gradients of
  --- its arguments and results, nil for those that have none. Where one argument requires a gradient, what fn returns (a
  --- tensor, or a list with it) replaces that gradient. An argument or result that requires a gradient but gets none
  --- because it is not used keeps the hook from being called. Returns a handle: handle:remove().
  ---@param fn fun(...): any
  ---@param o? { prepend = false }
  ---@return Hook
  function Module:register_full_backward_hook(fn, o, ...)
    return register(hooked_of(self).backward, "register_full_backward_hook", fn, o, ...)
  end
end

return hooks
