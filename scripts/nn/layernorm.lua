-- nn.LayerNorm: each row is brought to mean 0 and variance 1.
local core = require "mlprun.core"
local weighted = require "mlprun.nn.weighted"
local init = require "mlprun.nn.initialisers"

local LayerNorm, keep = weighted.class("LayerNorm")

function LayerNorm:__init(...)
  local o = keep(self, ...)
  local affine, shape = o.elementwise_affine, o.normalized_shape
  weighted.register(self, "weight", affine and core.tensor.ones(shape, o.tensor))
  weighted.register(self, "bias", affine and o.bias and core.tensor.zeros(shape, o.tensor))
end

--- Sets weight to 1 and bias to 0.
function LayerNorm:reset_parameters()
  if self.weight then init.ones_(self.weight) end
  if self.bias then init.zeros_(self.bias) end
end

function LayerNorm:input_features()
  return #self.normalized_shape == 1 and self.normalized_shape[1] or nil
end

function LayerNorm:extra_repr()
  return ("{%s}, eps=%g, elementwise_affine=%s"):format(table.concat(self.normalized_shape, ", "), self.eps,
    self.elementwise_affine)
end

return LayerNorm
