-- nn.PReLU: a leaky ReLU whose slope below 0 is learned; and its function.
local core = require "mlprun.core"
local base = require "mlprun.nn.module"
local options = require "mlprun.nn.options"
local fail = core.sys.fail

-- The weight as a tensor that broadcasts to x: one value, or one for each channel, dimension 2.
local function spread(x, weight)
  local count, ndim = weight:numel(), #x.shape
  if count == 1 then return weight:reshape { 1 } end
  local channels = ndim > 1 and x.shape[2] or 1
  if count ~= channels then
    fail(("prelu: the weight has %d values and the input %d channels (%s): pass num_parameters = %d"):format(count, channels,
      table.concat(x.shape, "x"), channels))
  end
  local shape = { count }
  for d = 2, ndim - 1 do shape[d] = 1 end
  return weight:reshape(shape)
end

--- x, and weight x below 0: nn.PReLU's function.
---@param x Tensor
---@param weight Tensor   one value, or one for each channel
---@return Tensor
local function prelu(x, weight, ...)
  options.check(nil, {}, "prelu", ...)
  for name, value in pairs { input = x, weight = weight } do
    if not core.tensor.is_tensor(value) then fail(("prelu: the %s is a %s, expected a tensor"):format(name, type(value))) end
  end
  return core.tensor.where(x:gt(0), x, x * spread(x, weight))
end

local PReLU = base.Module:subclass("PReLU")
PReLU.built_in = true

--- x, and weight x below 0, with a weight that is learned: one for all, or one for each channel (dimension 2).
---@param o? { num_parameters = 1, init = 0.25, dtype = "f32" }
---@example nn.PReLU { num_parameters = 8 }
function PReLU:__init(o, ...)
  o = options.check(o, { "num_parameters", "init", "dtype" }, "nn.PReLU", ...)
  self.num_parameters = options.count(o.num_parameters or 1, "nn.PReLU", "num_parameters", 1)
  self.init = options.value(o.init, 0.25, "number", "nn.PReLU", "init")
  local with = { dtype = options.value(o.dtype, "f32", "string", "nn.PReLU", "dtype") }
  self.weight = base.Parameter(core.tensor.full({ self.num_parameters }, self.init, with))
end

--- Sets the weight to its first value again.
function PReLU:reset_parameters() self.weight:detach():fill_(self.init) end

function PReLU:forward(x) return prelu(x, self.weight) end

function PReLU:extra_repr() return "num_parameters=" .. self.num_parameters end

return { functions = { prelu = prelu }, classes = { PReLU = PReLU } }
