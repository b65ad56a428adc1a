-- nn.Flatten: dimensions from start_dim to end_dim become one.
local base = require "mlprun.nn.module"
local options = require "mlprun.nn.options"

local Flatten = base.Module:subclass("Flatten")
Flatten.built_in = true

--- nn.Flatten([{ start_dim = 2, end_dim = -1 }]): dimensions count from 1, so the default keeps the batch, as PyTorch's does.
---@param o? { start_dim = 2, end_dim = -1 }
function Flatten:__init(o, ...)
  o = options.check(o, { "start_dim", "end_dim" }, "nn.Flatten", ...)
  self.start_dim = options.value(o.start_dim, 2, "number", "nn.Flatten", "start_dim")
  self.end_dim = options.value(o.end_dim, -1, "number", "nn.Flatten", "end_dim")
end

function Flatten:forward(x)
  return x:flatten(self.start_dim, self.end_dim)
end

function Flatten:extra_repr()
  return ("start_dim=%d, end_dim=%d"):format(self.start_dim, self.end_dim)
end

return Flatten
