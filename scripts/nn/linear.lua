-- nn.Linear: y = x W' + b.
local core = require "mlprun.core"
local base = require "mlprun.nn.module"
local options = require "mlprun.nn.options"
local init = require "mlprun.nn.initialisers"

local Linear = base.Module:subclass("Linear")
Linear.built_in = true

--- nn.Linear(in_features, out_features [, { bias = true, dtype = "f32" }]). Weight (out, in) and bias (out) are drawn from
--- U(-1/sqrt(in), 1/sqrt(in)), as PyTorch does.
---@param in_features integer
---@param out_features integer
---@param o? { bias = true, dtype = "f32" }
function Linear:__init(in_features, out_features, o, ...)
  o = options.check(o, { "bias", "dtype" }, "nn.Linear", ...)
  self.in_features = options.count(in_features, "nn.Linear", "in_features")
  self.out_features = options.count(out_features, "nn.Linear", "out_features")
  local bias = options.value(o.bias, true, "boolean", "nn.Linear", "bias")
  local with = { dtype = options.value(o.dtype, "f32", "string", "nn.Linear", "dtype") }
  self.weight = base.Parameter(core.tensor.empty({ out_features, in_features }, with))
  self:register_parameter("bias", bias and base.Parameter(core.tensor.empty({ out_features }, with)) or nil)
  self:reset_parameters()
end

--- Draws weight and bias again.
function Linear:reset_parameters()
  init.kaiming_uniform_(self.weight, { a = math.sqrt(5) })
  if self.bias then
    local bound = self.in_features > 0 and 1 / math.sqrt(self.in_features) or 0
    init.uniform_(self.bias, { a = -bound, b = bound })
  end
end

function Linear:forward(x)
  return core.nn.linear(x, self.weight, self.bias)
end

function Linear:input_features()
  return self.in_features
end

function Linear:extra_repr()
  return ("in_features=%d, out_features=%d, bias=%s"):format(self.in_features, self.out_features, self.bias ~= nil)
end

return Linear
