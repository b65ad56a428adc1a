-- nn.BatchNorm1d and nn.BatchNorm2d. A further rank is one more call of class_for at the end.
local core = require "mlprun.core"
local base = require "mlprun.nn.module"
local weighted = require "mlprun.nn.weighted"
local ones, zeros = core.tensor.ones, core.tensor.zeros

local BatchNorm = base.Module:subclass("BatchNorm")

-- Makes the weights for what a class below was made from.
function BatchNorm:make_weights(o)
  local shape, affine, track = { o.num_features }, o.affine, o.track_running_stats
  weighted.register(self, "weight", affine and ones(shape, o.tensor))
  weighted.register(self, "bias", affine and zeros(shape, o.tensor))
  self:register_buffer("running_mean", track and zeros(shape, o.tensor) or nil)
  self:register_buffer("running_var", track and ones(shape, o.tensor) or nil)
  self:register_buffer("num_batches_tracked", track and zeros({}, { dtype = "i64" }) or nil)
end

--- Forgets the running statistics.
function BatchNorm:reset_running_stats()
  if not self.track_running_stats then return end
  self.running_mean:zero_()
  self.running_var:fill_(1)
  self.num_batches_tracked:zero_()
end

--- Also sets weight to 1 and bias to 0.
function BatchNorm:reset_parameters()
  self:reset_running_stats()
  if not self.affine then return end
  self.weight:detach():fill_(1)
  self.bias:detach():fill_(0)
end

-- activation: "relu" of it in the same pass, or nil.
function BatchNorm:_normalise(x, activation)
  self:check_rank(x)
  local momentum = self.momentum or nil
  if self.training and self.track_running_stats then
    self.num_batches_tracked:add_(1)
    momentum = momentum or 1 / self.num_batches_tracked:item()
  end
  return core.nn.batch_norm(x, self.running_mean, self.running_var,
    { weight = self.weight, bias = self.bias, training = self.training, momentum = momentum, eps = self.eps,
      activation = activation })
end

function BatchNorm:forward(x) return self:_normalise(x) end

function BatchNorm:input_features()
  return self.num_features
end

function BatchNorm:extra_repr()
  return ("%d, eps=%g, momentum=%s, affine=%s, track_running_stats=%s"):format(self.num_features, self.eps, self.momentum,
    self.affine, self.track_running_stats)
end

local function class_for(name, ranks, text)
  local class, keep = weighted.class(name, BatchNorm)
  class.forward = nil -- BatchNorm's, which counts batches
  function class:__init(...) self:make_weights(keep(self, ...)) end
  function class.check_rank(_, x)
    local rank = #x.shape
    if ranks[rank] then return end
    local fix = rank == 4 and ": nn.BatchNorm2d takes pictures" or ranks[4] and rank == 2 and ": nn.BatchNorm1d takes rows" or ""
    core.sys.fail(("expected %s input (got %dD input)%s"):format(text, rank, fix))
  end
  return class
end

return {
  BatchNorm1d = class_for("BatchNorm1d", { [2] = true, [3] = true }, "2D or 3D"),
  BatchNorm2d = class_for("BatchNorm2d", { [4] = true }, "4D"),
}
