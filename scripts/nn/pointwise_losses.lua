-- nn.MSELoss, nn.L1Loss, nn.SmoothL1Loss, nn.HuberLoss, nn.BCELoss, nn.BCEWithLogitsLoss, nn.KLDivLoss: losses of two tensors
-- of one shape, element by element. The options are those of loss_functions.lua:
--
--   reduction    "mean" (over all elements), "sum", "none"; KLDivLoss also has "batchmean", which is the one that
--                mathematics knows: the sum divided by the first size
--   beta, delta  1: where SmoothL1Loss and HuberLoss change from a parabola to a line
--   weight       broadcasts to the input and scales the losses of its elements
--   pos_weight   broadcasts to the input: the weight of positive targets, above 1 for better recall
--   log_target   whether KLDivLoss's target is logarithms, as its input always is
--
-- Weights may be lists of numbers, and are buffers of the module.
local base = require "mlprun.nn.module"
local functions = require "mlprun.nn.loss_functions"

local losses = {}

for _, spec in ipairs(functions.specs) do
  local class = base.Module:subclass(spec.class)
  class.built_in = true

  function class:__init(...)
    local values = functions.read(spec, "nn." .. spec.class, ...)
    for _, option in ipairs(spec.options) do
      local name = option[1]
      if option[2] == "tensor" then self:register_buffer(name, values[name])
      else self[name] = values[name] end
    end
  end

  function class:forward(input, target)
    local values = {}
    for _, name in ipairs(spec.names) do values[name] = self[name] end
    return functions.compute(spec, input, target, values)
  end

  losses[spec.class] = class
end

return losses
