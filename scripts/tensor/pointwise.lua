-- Words for each element that are made of others.
local core = require "mlprun.core"
local once = require "mlprun.tensor.once"
local words = require "mlprun.base.words"

local methods, is_tensor, result_type = core.tensor.methods, core.tensor.is_tensor, core.tensor.result_type

local function is_float(x) return is_tensor(x) and x:is_floating_point() end

local function bool(x, who)
  if is_tensor(x) then return x:bool() end
  core.sys.fail(("%s: got a %s, expected a Tensor"):format(who, type(x)))
end

--- Whether both are not 0.
---@param other Tensor
---@return Tensor
function methods.logical_and(t, other) return bool(t, "logical_and") * bool(other, "logical_and") end

--- Whether one of two is not 0.
---@param other Tensor
---@return Tensor
function methods.logical_or(t, other) return bool(t, "logical_or") + bool(other, "logical_or") end

--- Whether just one of two is not 0.
---@param other Tensor
---@return Tensor
function methods.logical_xor(t, other) return bool(t, "logical_xor"):ne(bool(other, "logical_xor")) end

-- The quotient rounded down; of whole numbers through f64, which holds them up to 2^53.
local function floored(a, b)
  if is_float(a) or is_float(b) then return (a / b):floor() end
  local a64 = is_tensor(a) and a:double() or a
  local b64 = is_tensor(b) and b:double() or b
  return (a64 / b64):floor()
end

local function is_whole(x)
  if is_tensor(x) then return not is_float(x) end
  return math.type(x) == "integer"
end

--- t // divisor: the quotient rounded down, a whole number of two whole ones.
---@param divisor Tensor|number
---@return Tensor
function methods.floor_divide(t, divisor)
  local quotient = once(floored, t, divisor)
  return is_whole(t) and is_whole(divisor) and quotient:to(result_type(t, divisor)) or quotient
end

local function rest_of(t, divisor) return t - floored(t, divisor):detach() * divisor end

--- t % divisor: what is left of t after divisor * (t // divisor); it has the sign of the divisor.
---@param divisor Tensor|number
---@return Tensor
function methods.remainder(t, divisor)
  local rest = once(rest_of, t, divisor)
  return is_whole(t) and is_whole(divisor) and rest:to(result_type(t, divisor)) or rest
end

local function between(t, stop, weight) return t + (stop - t) * weight end

--- t + weight * (stop - t).
---@param stop Tensor
---@param weight number|Tensor
---@return Tensor
function methods.lerp(t, stop, weight) return once(between, t, stop, weight) end

local function angle_of(t, x)
  local where, zero = core.tensor.where, x:eq(0)
  local angle = (t / where(zero, 1, x)):atan()
  local below, left = t:lt(0):to(angle.dtype), x:lt(0):to(angle.dtype)
  return where(zero, t:sign() * (math.pi / 2), angle + left * (1 - 2 * below) * math.pi)
end

--- The angle of the point (x, t), from -pi to pi.
---@param x Tensor
---@return Tensor
function methods.atan2(t, x)
  if not core.tensor.is_tensor(x) then
    core.sys.fail((":atan2: argument 1 is %s, expected a Tensor"):format(words.value(x)))
  end
  return once(angle_of, t, x)
end
