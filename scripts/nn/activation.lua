-- nn.ReLU, nn.Sigmoid, nn.Tanh, nn.Identity, nn.Softmax, nn.LogSoftmax, and those of activation_functions.lua: functions of
-- one tensor, without anything to learn.
local core = require "mlprun.core"
local base = require "mlprun.nn.module"
local options = require "mlprun.nn.options"
local functions = require "mlprun.nn.activation_functions"

local activation = {}

-- Class name -> method of Tensor.
local METHODS = { ReLU = "relu", Sigmoid = "sigmoid", Tanh = "tanh" }

for name, method in pairs(METHODS) do
  local class = base.Module:subclass(name)
  class.built_in = true
  function class.__init(_, ...) options.check(nil, {}, "nn." .. name, ...) end
  function class.forward(_, x) return x[method](x) end
  activation[name] = class
end

-- nn.LeakyReLU([negative_slope = 0.01]) and so on: the parameters become fields of the module.
for _, spec in ipairs(functions.specs) do
  local class = base.Module:subclass(spec.class)
  class.built_in = true
  function class:__init(...)
    local values = functions.read(spec, "nn." .. spec.class, ...)
    for i, parameter in ipairs(spec.parameters) do self[parameter[1]] = values[i] end
  end
  function class:forward(x)
    local values = {}
    for i, parameter in ipairs(spec.parameters) do values[i] = self[parameter[1]] end
    return spec.compute(x, table.unpack(values))
  end
  function class:extra_repr()
    local parts = {}
    for i, parameter in ipairs(spec.parameters) do
      local value = self[parameter[1]]
      parts[i] = parameter[1] .. "=" .. (type(value) == "string" and "'" .. value .. "'" or ("%g"):format(value))
    end
    return table.concat(parts, ", ")
  end
  activation[spec.class] = class
end

-- nn.Identity takes any arguments, as PyTorch's does: it stands in for a layer that was taken out.
local Identity = base.Module:subclass("Identity")
Identity.built_in = true
function Identity.forward(_, x) return x end
activation.Identity = Identity

-- nn.Softmax(dim): dim counts from 1; PyTorch's deprecated default is not there.
for name, fn in pairs { Softmax = core.nn.softmax, LogSoftmax = core.nn.log_softmax } do
  local class = base.Module:subclass(name)
  class.built_in = true
  function class:__init(dim, ...)
    options.check(nil, {}, "nn." .. name, ...)
    if math.type(dim) ~= "integer" or dim == 0 then
      core.sys.fail(("nn.%s: dim is %s, expected a dimension: 1 is the first, -1 the last"):format(name, tostring(dim)))
    end
    self.dim = dim
  end
  function class:forward(x) return fn(x, self.dim) end
  function class:extra_repr() return "dim=" .. self.dim end
  activation[name] = class
end

return activation
