-- nn.functional: the functions behind the layers, with PyTorch's names and defaults.
local core = require "mlprun.core"
local options = require "mlprun.nn.options"

local functional = {}

--- y = x weight' + bias; weight is (out, in), bias may be left out.
functional.linear = core.nn.linear

--- batch_norm(x, running_mean, running_var [, { weight, bias, training = false, momentum = 0.1, eps = 1e-5 }])
---@param x Tensor
---@param running_mean Tensor
---@param running_var Tensor
---@param o? { weight: Tensor, bias: Tensor, training = false, momentum = 0.1, eps = 1e-5 }
---@return Tensor
function functional.batch_norm(x, running_mean, running_var, o, ...)
  o = options.check(o, { "weight", "bias", "training", "momentum", "eps" }, "nn.functional.batch_norm", ...)
  return core.nn.batch_norm(x, running_mean, running_var, o.weight, o.bias, o.training == true, o.momentum or 0.1,
    o.eps or 1e-5)
end

-- Functions that stand beside the classes made of them.
for _, file in ipairs { "layers", "prelu", "row_layers", "conv" } do
  for name, fn in pairs(require("mlprun.nn." .. file).functions) do functional[name] = fn end
end

return functional
