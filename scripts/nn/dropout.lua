-- nn.Dropout: while training, zeroes each element with probability p and scales the rest by 1 / (1 - p).
local core = require "mlprun.core"
local base = require "mlprun.nn.module"
local options = require "mlprun.nn.options"

local Dropout = base.Module:subclass("Dropout")
Dropout.built_in = true

--- nn.Dropout([p = 0.5]): 0 <= p <= 1.
function Dropout:__init(p, ...)
  options.check(nil, {}, "nn.Dropout", ...)
  if type(p) == "table" and not base.is_module(p) then p = options.check(p, { "p" }, "nn.Dropout").p end
  p = options.value(p, 0.5, "number", "nn.Dropout", "p")
  if not (p >= 0 and p <= 1) then
    core.sys.fail(("nn.Dropout: dropout probability has to be between 0 and 1, but got %s"):format(p))
  end
  self.p = p
end

function Dropout:forward(x)
  return core.nn.dropout(x, self.p, self.training)
end

function Dropout:extra_repr()
  return "p=" .. self.p
end

return Dropout
