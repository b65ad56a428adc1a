-- nn.init: fills tensors in place, without recording; each function returns its tensor.
local core = require "mlprun.core"
local names = require "mlprun.base.names"
local options = require "mlprun.nn.options"
local words = require "mlprun.base.words"
local fail = core.sys.fail

local init = {}

local function check(t, who)
  if not core.tensor.is_tensor(t) then fail(("nn.init.%s: got %s, expected a tensor"):format(who, type(t))) end
  return t:detach() -- shares the values, and may be written while gradients are recorded
end

--- uniform_(t [, { a = 0, b = 1 }]): U(a, b)
---@param t Tensor
---@param o? { a = 0, b = 1 }
---@return Tensor
function init.uniform_(t, o, ...)
  o = options.check(o, { "a", "b" }, "nn.init.uniform_", ...)
  check(t, "uniform_"):uniform_(o.a or 0, o.b or 1)
  return t
end

--- normal_(t [, { mean = 0, std = 1 }])
---@param t Tensor
---@param o? { mean = 0, std = 1 }
---@return Tensor
function init.normal_(t, o, ...)
  o = options.check(o, { "mean", "std" }, "nn.init.normal_", ...)
  check(t, "normal_"):normal_(o.mean or 0, o.std or 1)
  return t
end

---@param t Tensor
---@param value number
---@return Tensor
function init.constant_(t, value)
  check(t, "constant_"):fill_(options.value(value, nil, "number", "nn.init.constant_", "val")
    or fail("nn.init.constant_: val is nil, expected a number"))
  return t
end

---@param t Tensor
---@return Tensor
function init.zeros_(t)
  check(t, "zeros_"):fill_(0)
  return t
end

---@param t Tensor
---@return Tensor
function init.ones_(t)
  check(t, "ones_"):fill_(1)
  return t
end

-- A weight is (out, in, ...): what follows multiplies both.
local function fans(t, who)
  local shape = check(t, who).shape
  if #shape < 2 then
    fail(("nn.init.%s: fan in and fan out can not be computed for tensor with fewer than 2 dimensions"):format(who))
  end
  local field = 1
  for d = 3, #shape do field = field * shape[d] end
  return shape[2] * field, shape[1] * field
end

--- trunc_normal_(t [, { mean = 0, std = 1, a = -2, b = 2 }]): normal values that lie in [a, b]; a and b are values, not
--- multiples of std.
---@param t Tensor
---@param o? { mean = 0, std = 1, a = -2, b = 2 }
---@return Tensor
function init.trunc_normal_(t, o, ...)
  local who = "nn.init.trunc_normal_"
  o = options.check(o, { "mean", "std", "a", "b" }, who, ...)
  local function number(name, default) return options.value(o[name], default, "number", who, name) end
  core.nn.trunc_normal_(check(t, "trunc_normal_"), number("mean", 0), number("std", 1), number("a", -2), number("b", 2))
  return t
end

--- eye_(t): 1 on the diagonal of a matrix, 0 elsewhere.
---@param t Tensor
---@return Tensor
function init.eye_(t)
  local shape = check(t, "eye_").shape
  if #shape ~= 2 then
    fail(("nn.init.eye_: only tensors with 2 dimensions are supported, this one has %d"):format(#shape))
  end
  check(t, "eye_"):copy_(core.tensor.eye(shape[1], shape[2]))
  return t
end

--- dirac_(t [, { groups = 1 }]): a convolution's weight (out, in / groups, ...) that passes its input on, channel by channel.
---@param t Tensor
---@param o? { groups = 1 }
---@return Tensor
function init.dirac_(t, o, ...)
  o = options.check(o, { "groups" }, "nn.init.dirac_", ...)
  local groups = options.count(o.groups or 1, "nn.init.dirac_", "groups", 1)
  local values = check(t, "dirac_")
  local shape = values.shape
  if #shape < 3 or #shape > 5 then
    fail(("nn.init.dirac_: only tensors with 3, 4 or 5 dimensions are supported, this one has %d"):format(#shape))
  end
  if shape[1] % groups ~= 0 then
    fail(("nn.init.dirac_: the first size, %d, must be divisible by groups, %d"):format(shape[1], groups))
  end
  values:fill_(0)
  local outputs = shape[1] // groups
  for group = 0, groups - 1 do
    for channel = 1, math.min(outputs, shape[2]) do
      local at = values[group * outputs + channel][channel]
      for d = 3, #shape do at = at[shape[d] // 2 + 1] end
      at:fill_(1)
    end
  end
  return t
end

--- orthogonal_(t [, { gain = 1 }]): rows or columns, whichever are fewer, are orthogonal and of length gain; what follows the
--- first dimension counts as columns.
---@param t Tensor
---@param o? { gain = 1 }
---@return Tensor
function init.orthogonal_(t, o, ...)
  o = options.check(o, { "gain" }, "nn.init.orthogonal_", ...)
  core.nn.orthogonal_(check(t, "orthogonal_"), options.value(o.gain, 1, "number", "nn.init.orthogonal_", "gain"))
  return t
end

--- sparse_(t, sparsity [, { std = 0.01 }]): N(0, std^2), and that share of each column's rows is 0.
---@param t Tensor
---@param sparsity number
---@param o? { std = 0.01 }
---@return Tensor
function init.sparse_(t, sparsity, o, ...)
  local who = "nn.init.sparse_"
  o = options.check(o, { "std" }, who, ...)
  if type(sparsity) ~= "number" then fail(("%s: sparsity is %s, expected a number"):format(who, words.value(sparsity))) end
  core.nn.sparse_(check(t, "sparse_"), sparsity, options.value(o.std, 0.01, "number", who, "std"))
  return t
end

local GAINS = {
  linear = 1, conv1d = 1, conv2d = 1, conv3d = 1, conv_transpose1d = 1, conv_transpose2d = 1, conv_transpose3d = 1,
  sigmoid = 1, tanh = 5 / 3, relu = math.sqrt(2), selu = 3 / 4,
}

--- The factor by which a nonlinearity changes the spread of what goes through it. param: the slope of leaky_relu (0.01).
---@param nonlinearity string
---@param param? number
---@return number
function init.calculate_gain(nonlinearity, param)
  if nonlinearity == "leaky_relu" then
    if param ~= nil and type(param) ~= "number" then
      fail(("calculate_gain: negative_slope %s not a valid number"):format(tostring(param)))
    end
    return math.sqrt(2 / (1 + (param or 0.01) ^ 2))
  end
  local gain = GAINS[nonlinearity]
  if gain then return gain end
  fail(("calculate_gain: unsupported nonlinearity '%s'%s"):format(tostring(nonlinearity),
    names.hint(nonlinearity, names.of(GAINS, { leaky_relu = true }))))
end

--- xavier_uniform_(t [, { gain = 1 }]): U(-b, b), b = gain sqrt(6 / (fan_in + fan_out))
---@param t Tensor
---@param o? { gain = 1 }
---@return Tensor
function init.xavier_uniform_(t, o, ...)
  o = options.check(o, { "gain" }, "nn.init.xavier_uniform_", ...)
  local fan_in, fan_out = fans(t, "xavier_uniform_")
  local bound = (o.gain or 1) * math.sqrt(6 / (fan_in + fan_out))
  return init.uniform_(t, { a = -bound, b = bound })
end

--- xavier_normal_(t [, { gain = 1 }]): N(0, gain^2 2 / (fan_in + fan_out))
---@param t Tensor
---@param o? { gain = 1 }
---@return Tensor
function init.xavier_normal_(t, o, ...)
  o = options.check(o, { "gain" }, "nn.init.xavier_normal_", ...)
  local fan_in, fan_out = fans(t, "xavier_normal_")
  return init.normal_(t, { mean = 0, std = (o.gain or 1) * math.sqrt(2 / (fan_in + fan_out)) })
end

local KAIMING = { "a", "mode", "nonlinearity" }

-- The standard deviation that keeps the spread of a layer's values: gain / sqrt(fan).
local function kaiming_std(t, o, who)
  local mode = options.value(o.mode, "fan_in", "string", "nn.init." .. who, "mode"):lower()
  if mode ~= "fan_in" and mode ~= "fan_out" then
    fail(("nn.init.%s: mode %s not supported, please use one of 'fan_in', 'fan_out'"):format(who, mode))
  end
  local fan_in, fan_out = fans(t, who)
  local fan = mode == "fan_in" and fan_in or fan_out
  return fan > 0 and init.calculate_gain(o.nonlinearity or "leaky_relu", o.a or 0) / math.sqrt(fan) or 0
end

--- kaiming_uniform_(t [, { a = 0, mode = "fan_in", nonlinearity = "leaky_relu" }]): U(-b, b), b = gain sqrt(3 / fan)
---@param t Tensor
---@param o? { a = 0, mode = "fan_in", nonlinearity = "leaky_relu" }
---@return Tensor
function init.kaiming_uniform_(t, o, ...)
  o = options.check(o, KAIMING, "nn.init.kaiming_uniform_", ...)
  local bound = math.sqrt(3) * kaiming_std(t, o, "kaiming_uniform_")
  return init.uniform_(t, { a = -bound, b = bound })
end

--- kaiming_normal_(t [, { a = 0, mode = "fan_in", nonlinearity = "leaky_relu" }]): N(0, gain^2 / fan)
---@param t Tensor
---@param o? { a = 0, mode = "fan_in", nonlinearity = "leaky_relu" }
---@return Tensor
function init.kaiming_normal_(t, o, ...)
  o = options.check(o, KAIMING, "nn.init.kaiming_normal_", ...)
  return init.normal_(t, { mean = 0, std = kaiming_std(t, o, "kaiming_normal_") })
end

return init
