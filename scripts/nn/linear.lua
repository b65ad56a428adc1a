-- nn.Linear: y = x W' + b.
local core = require "mlprun.core"
local weighted = require "mlprun.nn.weighted"
local init = require "mlprun.nn.initialisers"
local empty = core.tensor.empty

local Linear, keep = weighted.class("Linear")

function Linear:__init(...)
  local o = keep(self, ...)
  weighted.register(self, "weight", empty({ o.out_features, o.in_features }, o.tensor))
  weighted.register(self, "bias", o.bias and empty({ o.out_features }, o.tensor))
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

function Linear:input_features()
  return self.in_features
end

function Linear:extra_repr()
  return ("in_features=%d, out_features=%d, bias=%s"):format(self.in_features, self.out_features, self.bias ~= nil)
end

return Linear
