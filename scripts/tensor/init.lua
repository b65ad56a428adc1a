-- The methods of tensors that are made of other methods, so that they differentiate by themselves: statistics and order here,
-- further words in the files beside this one.
local core = require "mlprun.core"
local once = require "mlprun.tensor.once"
local options = require "mlprun.options"
local public = require "mlprun.base.public"
local words = require "mlprun.base.words"

local methods, where = core.tensor.methods, core.tensor.where

for name, own in pairs(require("mlprun.base.elsewhere").tensor) do core.tensor.elsewhere[name] = own end

-- f32 is computed in f64 where squares would lose digits or overflow, and given back as it came.
local function wide(t)
  return t.dtype == "f64" and t or t:double()
end

local function as_before(result, t)
  return result:to(t:is_floating_point() and t.dtype or "f32")
end

-- fn(s) where s is not 0, else 0 with the gradient 0: the length of nothing has no direction.
local function unless_zero(s, fn)
  local zero = s:eq(0)
  return where(zero, 0, fn(where(zero, 1, s)))
end

local function variance(t, o)
  local x = wide(t)
  local mean = o.dim and x:mean { dim = o.dim, keepdim = true } or x:mean()
  local n = t:numel() // math.max(mean:numel(), 1)
  local sum = (x - mean):square():sum { dim = o.dim, keepdim = o.keepdim }
  return sum / (o.unbiased == false and n or n - 1)
end

--- Variance over all elements or over `dim`; unbiased (divides by n - 1) unless { unbiased = false }.
---@param dim? integer|integer[]
---@param unbiased? boolean = true
---@param keepdim? boolean = false
---@named
---@return Tensor
function methods.var(t, dim, unbiased, keepdim)
  return as_before(variance(t, options.named("var", { "dim", "unbiased", "keepdim" }, dim, unbiased, keepdim)), t)
end

--- Standard deviation; as var.
---@param dim? integer|integer[]
---@param unbiased? boolean = true
---@param keepdim? boolean = false
---@named
---@return Tensor
function methods.std(t, dim, unbiased, keepdim)
  local v = variance(t, options.named("std", { "dim", "unbiased", "keepdim" }, dim, unbiased, keepdim))
  return as_before(unless_zero(v, function(s) return s:sqrt() end), t)
end

-- What norms of order p are made of: |x|^p summed, then the root; with the orders that are limits of it.
local function norm_of(x, p, over)
  if p == math.huge then return x:abs():amax(over) end
  if p == -math.huge then return x:abs():amin(over) end
  if p == 0 then return x:ne(0):double():sum(over) end
  if p == 1 then return x:abs():sum(over) end
  if p == 2 then return unless_zero(x:square():sum(over), function(s) return s:sqrt() end) end
  local powers = unless_zero(x:abs(), function(s) return s:pow(p) end)
  return unless_zero(powers:sum(over), function(s) return s:pow(1 / p) end)
end

--- The p-norm of all elements, or along `dim` (one or a list); p = 2 is the Euclidean length, math.huge the largest |x|.
---@param p? number = 2
---@param dim? integer|integer[]
---@param keepdim? boolean = false
---@named
---@return Tensor
function methods.norm(t, p, dim, keepdim)
  local o = options.named("norm", { "p", "dim", "keepdim" }, p, dim, keepdim)
  if o.p ~= nil and type(o.p) ~= "number" then
    core.sys.fail(("norm: p is %s, expected a number, or math.huge"):format(words.value(o.p)))
  end
  return as_before(norm_of(wide(t), o.p or 2, { dim = o.dim, keepdim = o.keepdim }), t)
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
    core.sys.fail(("topk: k is %s, expected 0 to %d"):format(words.value(k), t:size(dim)))
  end
  local values, places = t:sort { dim = dim, descending = o.largest ~= false }
  if t:dim() == 0 and k == 1 then return values, places end
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
  if a.dtype ~= "f32" and a.dtype ~= "f64" then a = a:double() end -- differences of u8 would wrap around
  local difference = (a - b):abs()
  local close = difference:le(b:abs() * (o.rtol or 1e-5) + (o.atol or 1e-8))
  close = (close * difference:isfinite()):maximum(a:eq(b)) -- an infinite bound allows nothing but equality
  if o.equal_nan then close = close:maximum(a:isnan() * b:isnan()) end
  return close:all():item()
end

--- exp(t) divided by its sum along a dimension.
---@param dim integer
---@return Tensor
function methods.softmax(t, dim) return once(core.nn.softmax, t, dim) end

--- The logarithm of softmax, computed without overflow.
---@param dim integer
---@return Tensor
function methods.log_softmax(t, dim) return once(core.nn.log_softmax, t, dim) end

local function dim_of(dim, who)
  if type(dim) == "number" then return dim end
  return options.check(dim, { "dim" }, who).dim or 1
end

-- How many places each part has: `size` each, the last one what is left; of no places there is one part.
local function equal_sizes(size, length)
  if math.type(size) ~= "integer" or size < 1 then
    core.sys.fail(("split: size is %s, expected a whole number of at least 1, or a list of sizes"):format(words.value(size)))
  end
  local sizes = {}
  for at = 0, math.max(length - 1, 0), size do sizes[#sizes + 1] = math.min(size, length - at) end
  return sizes
end

local function check_sizes(sizes, length, dim)
  local sum = 0
  for i, size in ipairs(sizes) do
    if math.type(size) ~= "integer" or size < 0 then
      core.sys.fail(("split: size %d is %s, expected a whole number that is not negative"):format(i, words.value(size)))
    end
    sum = sum + size
  end
  if sum ~= length then
    core.sys.fail(("split: the sizes add up to %d, and dimension %d has %d places"):format(sum, dim, length))
  end
  return sizes
end

--- Parts along a dimension, without copies: each of `size` places (the last one of fewer), or of the sizes in a list.
---@param size integer|integer[]
---@param dim? integer = 1
---@named
---@return Tensor[]
function methods.split(t, size, dim)
  dim = dim_of(dim, "split")
  local length, at, parts = t:size(dim), 1, {}
  local sizes = type(size) == "table" and check_sizes(size, length, dim) or equal_sizes(size, length)
  for i, some in ipairs(sizes) do
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
    core.sys.fail(("chunk: count is %s, expected a whole number of at least 1"):format(words.value(count)))
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

for _, file in ipairs { "pointwise", "order", "arrange", "einsum" } do require("mlprun.tensor." .. file) end
public.methods(methods)
