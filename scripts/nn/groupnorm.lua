-- nn.GroupNorm and nn.InstanceNorm2d: pictures that are normalised each for itself.
local core = require "mlprun.core"
local weighted = require "mlprun.nn.weighted"
local BatchNorm2d = require("mlprun.nn.batchnorm").BatchNorm2d

local GroupNorm, keep = weighted.class("GroupNorm")

function GroupNorm:__init(...)
  local o = keep(self, ...)
  local shape = { o.num_channels }
  weighted.register(self, "weight", o.affine and core.tensor.ones(shape, o.tensor))
  weighted.register(self, "bias", o.affine and core.tensor.zeros(shape, o.tensor))
end

--- Sets weight to 1 and bias to 0.
function GroupNorm:reset_parameters()
  if not self.affine then return end
  self.weight:detach():fill_(1)
  self.bias:detach():fill_(0)
end

function GroupNorm:extra_repr()
  return ("%d, %d, eps=%g, affine=%s"):format(self.num_groups, self.num_channels, self.eps, self.affine)
end

-- Weights, buffers and what print shows are BatchNorm2d's.
local InstanceNorm2d, keep_instance = weighted.class("InstanceNorm2d", BatchNorm2d)

function InstanceNorm2d:__init(...) self:make_weights(keep_instance(self, ...)) end

function InstanceNorm2d:forward(x)
  local one = #x.shape == 3 -- a picture
  local pictures = one and x:unsqueeze(1) or x
  self:check_rank(pictures)
  local by_input = self.training or not self.track_running_stats
  local y = core.nn.instance_norm(pictures, { running_mean = self.running_mean, running_var = self.running_var,
    weight = self.weight, bias = self.bias, use_input_stats = by_input, momentum = self.momentum, eps = self.eps })
  return one and y:squeeze(1) or y
end

return { GroupNorm = GroupNorm, InstanceNorm2d = InstanceNorm2d }
