-- tensor.lua - the methods of tensors that are made of other methods, so that they differentiate by themselves.
local core = require "mlprun.core"
local options = require "mlprun.options"
local public = require "mlprun.base.public"

local methods = core.tensor.methods

--- Variance over all elements or over `dim`; unbiased (divides by n - 1) unless { unbiased = false }.
---@param dim? integer|integer[]
---@param unbiased? boolean = true
---@param keepdim? boolean = false
---@named
---@return Tensor
function methods.var(t, dim, unbiased, keepdim)
  local o = options.named("var", { "dim", "unbiased", "keepdim" }, dim, unbiased, keepdim)
  local mean = t:mean { dim = o.dim, keepdim = true }
  if not o.dim then mean = t:mean() end
  local squares = (t - mean):square()
  local n = t:numel() // math.max(mean:numel(), 1)
  local sum = squares:sum { dim = o.dim, keepdim = o.keepdim }
  return sum / (o.unbiased == false and n or n - 1)
end

--- Standard deviation; as var.
---@param dim? integer|integer[]
---@param unbiased? boolean = true
---@param keepdim? boolean = false
---@named
---@return Tensor
function methods.std(t, dim, unbiased, keepdim)
  return methods.var(t, dim, unbiased, keepdim):sqrt()
end

--- The Euclidean length of all elements, or along { dim = }.
---@param o? { dim: integer|integer[], keepdim = false }
---@return Tensor
function methods.norm(t, o)
  o = options.check(o, { "dim", "keepdim" }, "norm")
  return t:square():sum { dim = o.dim, keepdim = o.keepdim }:sqrt()
end

--- The k largest values along { dim = -1 }, or the smallest with { largest = false }, and their places from 1.
---@param k integer
---@param dim? integer = -1
---@param largest? boolean = true
---@named
---@return Tensor values, Tensor places
function methods.topk(t, k, dim, largest)
  local o = options.named("topk", { "dim", "largest" }, dim, largest)
  dim = o.dim or -1
  if math.type(k) ~= "integer" or k < 0 or k > t:size(dim) then
    core.sys.fail(("topk: k is %s, expected 0 to %d"):format(tostring(k), t:size(dim)))
  end
  local values, places = t:sort { dim = dim, descending = o.largest ~= false }
  return values:narrow(dim, 1, k), places:narrow(dim, 1, k)
end

--- The places, from 1, that put the values in order; as sort.
---@param dim? integer = -1
---@param descending? boolean = false
---@named
---@return Tensor
function methods.argsort(t, dim, descending)
  local _, places = t:sort(dim, descending)
  return places
end

local function check_other(who, b)
  if not core.tensor.is_tensor(b) then core.sys.fail(("%s: got a %s, expected a Tensor"):format(who, type(b))) end
end

--- The sum of products of two vectors.
---@param b Tensor
---@return Tensor
function methods.dot(a, b)
  check_other("dot", b)
  if a:dim() ~= 1 or b:dim() ~= 1 then core.sys.fail("dot: expected two tensors of one dimension") end
  return a:matmul(b)
end

--- Whether |a - b| <= atol + rtol * |b| everywhere.
---@param b Tensor
---@param rtol? number = 1e-5
---@param atol? number = 1e-8
---@param equal_nan? boolean = false
---@named
---@return boolean
function methods.allclose(a, b, rtol, atol, equal_nan)
  local o = options.named("allclose", { "rtol", "atol", "equal_nan" }, rtol, atol, equal_nan)
  check_other("allclose", b)
  a, b = a:detach(), b:detach()
  if a.dtype == "u8" or a.dtype == "i64" then a = a:double() end -- differences of u8 would wrap around
  local difference = (a - b):abs()
  local close = difference:le(b:abs() * (o.rtol or 1e-5) + (o.atol or 1e-8))
  close = (close * difference:isfinite()):maximum(a:eq(b)) -- an infinite bound allows nothing but equality
  if o.equal_nan then close = close:maximum(a:isnan() * b:isnan()) end
  return close:all():item() == 1
end

--- exp(t) divided by its sum along a dimension.
---@param dim integer
---@return Tensor
function methods.softmax(t, dim) return core.nn.softmax(t, dim) end

--- The logarithm of softmax, computed without overflow.
---@param dim integer
---@return Tensor
function methods.log_softmax(t, dim) return core.nn.log_softmax(t, dim) end

local function dim_of(dim, who)
  if type(dim) == "number" then return dim end
  return options.check(dim, { "dim" }, who).dim or 1
end

--- Parts along a dimension, without copies: each of `size` places (the last one of fewer), or of the sizes in a list.
---@param size integer|integer[]
---@param dim? integer = 1
---@named
---@return Tensor[]
function methods.split(t, size, dim)
  local parts = {}
  dim = dim_of(dim, "split")
  local length, at = t:size(dim), 1
  if type(size) ~= "table" and (math.type(size) ~= "integer" or size < 1) then
    core.sys.fail(("split: size is %s, expected a whole number of at least 1, or a list of sizes"):format(tostring(size)))
  end
  local i = 0
  while at <= length do
    i = i + 1
    local some = type(size) == "table" and size[i] or size
    if math.type(some) ~= "integer" or some < 0 or at + some - 1 > length and type(size) == "table" then
      core.sys.fail(("split: the sizes do not add up to the %d of dimension %d"):format(length, dim))
    end
    some = math.min(some, length - at + 1)
    parts[i] = t:narrow(dim, at, some)
    at = at + some
  end
  return parts
end

--- `count` parts of about one size along a dimension, without copies; fewer where there is not enough.
---@param count integer
---@param dim? integer = 1
---@named
---@return Tensor[]
function methods.chunk(t, count, dim)
  dim = dim_of(dim, "chunk")
  if math.type(count) ~= "integer" or count < 1 then
    core.sys.fail(("chunk: count is %s, expected a whole number of at least 1"):format(tostring(count)))
  end
  return methods.split(t, math.max(1, (t:size(dim) + count - 1) // count), dim)
end

--- `for i, row in t:iter() do`: the parts along the first dimension.
---@return fun(): integer, Tensor
function methods.iter(t)
  local n, i = #t, 0
  return function()
    i = i + 1
    if i <= n then return i, t[i] end
  end
end

public.methods(methods)
