-- nn.Dropout and nn.Dropout2d: while training, they zero elements or whole channels with probability p and scale the rest
-- by 1 / (1 - p).
local core = require "mlprun.core"
local base = require "mlprun.nn.module"
local options = require "mlprun.nn.options"

local Dropout = base.Module:subclass("Dropout")
Dropout.built_in = true
Dropout.compute = core.nn.dropout

--- Zeroes each element with probability p while training, and scales the rest by 1 / (1 - p). In evaluation nothing changes.
---@param p? number = 0.5   0 to 1
---@named
---@example nn.Dropout(0.2)
function Dropout:__init(p, ...)
  local who = "nn." .. self:class_name()
  options.check(nil, {}, who, ...)
  if type(p) == "table" and not base.is_module(p) then p = options.check(p, { "p" }, who).p end
  p = options.value(p, 0.5, "number", who, "p")
  if not (p >= 0 and p <= 1) then
    local share = type(p) == "number" and p > 1 and p <= 100 and (": %g %% is %g"):format(p, p / 100) or ""
    core.sys.fail(("%s: dropout probability has to be between 0 and 1, but got %s%s"):format(who, p, share))
  end
  self.p = p
end

function Dropout:forward(x)
  return self.compute(x, self.p, self.training)
end

function Dropout:extra_repr()
  return "p=" .. self.p
end

--- Zeroes whole channels of pictures, n x channels x height x width, with probability p while training: neighbouring pixels
--- are too alike for dropping single ones to take anything away.
---@param p? number   0 to 1
---@return mlprun.Module
---@example nn.Dropout2d(0.2)
local Dropout2d = Dropout:subclass("Dropout2d")
Dropout2d.built_in = true
Dropout2d.compute = core.nn.feature_dropout

return { Dropout = Dropout, Dropout2d = Dropout2d }
