-- nn.PReLU: a leaky ReLU whose slope below 0 is learned.
local core = require "mlprun.core"
local weighted = require "mlprun.nn.weighted"

local PReLU, keep = weighted.class("PReLU")

function PReLU:__init(...)
  local o = keep(self, ...)
  weighted.register(self, "weight", core.tensor.full({ o.num_parameters }, o.init, o.tensor))
end

--- Sets the weight to its first value again.
function PReLU:reset_parameters() self.weight:detach():fill_(self.init) end

function PReLU:extra_repr() return "num_parameters=" .. self.num_parameters end

return PReLU
