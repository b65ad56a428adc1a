-- nn.functional: the functions behind the layers, with PyTorch's names and defaults.
local core = require "mlprun.core"
local options = require "mlprun.nn.options"

local functional = {}

--- y = x weight' + bias; weight is (out, in), bias may be left out.
functional.linear = core.nn.linear

--- softmax(x, dim) and log_softmax(x, dim): dim counts from 1, -1 is the last.
functional.softmax = core.nn.softmax
functional.log_softmax = core.nn.log_softmax

--- cross_entropy(output, labels [, { weight, ignore_index, reduction, label_smoothing }]); labels count from 1.
functional.cross_entropy = core.nn.cross_entropy

--- nll_loss(log_probabilities, labels [, { weight, ignore_index, reduction }]); labels count from 1.
functional.nll_loss = core.nn.nll_loss

---@param x Tensor
---@return Tensor
function functional.relu(x) return x:relu() end
---@param x Tensor
---@return Tensor
function functional.sigmoid(x) return x:sigmoid() end
---@param x Tensor
---@return Tensor
function functional.tanh(x) return x:tanh() end

-- training is true by default here, as in PyTorch; the layer follows its mode.
local function dropout(name, compute)
  return function(x, o, ...)
    o = options.check(o, { "p", "training" }, "nn.functional." .. name, ...)
    return compute(x, options.value(o.p, 0.5, "number", name, "p"), options.value(o.training, true, "boolean", name, "training"))
  end
end

--- dropout(x [, { p = 0.5, training = true }]): nn.Dropout's function; dropout2d drops whole channels.
functional.dropout = dropout("dropout", core.nn.dropout)
functional.dropout2d = dropout("dropout2d", core.nn.feature_dropout)

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
for _, file in ipairs { "activation_functions", "loss_functions", "row_layers", "conv", "pooling" } do
  for name, fn in pairs(require("mlprun.nn." .. file).functions) do functional[name] = fn end
end

return functional
