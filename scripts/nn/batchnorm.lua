-- nn.BatchNorm1d and nn.BatchNorm2d. A further rank is one more call of class_for at the end.
local core = require "mlprun.core"
local base = require "mlprun.nn.module"
local options = require "mlprun.nn.options"

local KNOWN = { "eps", "momentum", "affine", "track_running_stats", "dtype" }

local BatchNorm = base.Module:subclass("BatchNorm")

--- nn.BatchNorm1d(num_features [, { eps = 1e-5, momentum = 0.1, affine = true, track_running_stats = true }]).
--- momentum is the share of the new value; false: the average of all batches so far (PyTorch's None).
---@param num_features integer
---@param o? { eps = 1e-5, momentum = 0.1, affine = true, track_running_stats = true, dtype = "f32" }
function BatchNorm:__init(num_features, o, ...)
  local who = "nn." .. self:class_name()
  o = options.check(o, KNOWN, who, ...)
  self.num_features = options.count(num_features, who, "num_features")
  self.eps = options.value(o.eps, 1e-5, "number", who, "eps")
  self.momentum = o.momentum ~= false and options.value(o.momentum, 0.1, "number", who, "momentum")
  self.affine = options.value(o.affine, true, "boolean", who, "affine")
  self.track_running_stats = options.value(o.track_running_stats, true, "boolean", who, "track_running_stats")
  local with = { dtype = options.value(o.dtype, "f32", "string", who, "dtype") }
  local ones, zeros = core.tensor.ones, core.tensor.zeros
  self:register_parameter("weight", self.affine and base.Parameter(ones({ num_features }, with)) or nil)
  self:register_parameter("bias", self.affine and base.Parameter(zeros({ num_features }, with)) or nil)
  local track = self.track_running_stats
  self:register_buffer("running_mean", track and zeros({ num_features }, with) or nil)
  self:register_buffer("running_var", track and ones({ num_features }, with) or nil)
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

function BatchNorm:forward(x)
  self:check_rank(x)
  local momentum = self.momentum or 0
  if self.training and self.track_running_stats then
    self.num_batches_tracked:add_(1)
    momentum = self.momentum or 1 / self.num_batches_tracked:item()
  end
  return core.nn.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, self.training, momentum,
    self.eps)
end

function BatchNorm:input_features()
  return self.num_features
end

function BatchNorm:extra_repr()
  return ("%d, eps=%g, momentum=%s, affine=%s, track_running_stats=%s"):format(self.num_features, self.eps, self.momentum,
    self.affine, self.track_running_stats)
end

local function class_for(name, ranks, text)
  local class = BatchNorm:subclass(name)
  class.built_in = true
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
