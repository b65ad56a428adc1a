-- Words of statistics and order, made of sorting, extremes and sums.
local core = require "mlprun.core"
local once = require "mlprun.tensor.once"
local options = require "mlprun.options"
local words = require "mlprun.base.words"

local methods, tensor, fail = core.tensor.methods, core.tensor, core.sys.fail

local function logsumexp(t, dim, keepdim)
  local largest = t:detach():amax(dim, true)
  largest = tensor.where(largest:isfinite(), largest, 0)
  local sum = (t - largest):exp():sum(dim, keepdim):log()
  return sum + (keepdim and largest or largest:reshape(sum.shape))
end

--- The logarithm of the sum of exp(t) along a dimension (or a list of them), computed without overflow.
---@param dim integer|integer[]
---@param keepdim? boolean = false
---@return Tensor
function methods.logsumexp(t, dim, keepdim) return once(logsumexp, t, dim, keepdim) end

local function check_rank(who, k, length)
  if math.type(k) ~= "integer" or k < 1 or k > length then
    fail(("%s: k is %s, expected 1 to %d"):format(who, words.value(k), length))
  end
end

--- The k-th smallest value along a dimension, and its place from 1.
---@param k integer
---@param dim? integer = -1
---@param keepdim? boolean = false
---@named
---@return Tensor value, Tensor place
function methods.kthvalue(t, k, dim, keepdim)
  local o = options.named("kthvalue", { "dim", "keepdim" }, dim, keepdim)
  local along = o.dim or -1
  check_rank("kthvalue", k, t:size(along))
  local values, places = t:sort(along)
  if t:dim() == 0 then return values, places end
  values, places = values:narrow(along, k, 1), places:narrow(along, k, 1)
  if o.keepdim then return values, places end
  return values:squeeze(along), places:squeeze(along)
end

--- The middle value, the lower of two: of all elements, or along a dimension with its place from 1. NaN if there is one.
---@param dim? integer
---@param keepdim? boolean = false
---@named
---@return Tensor value, Tensor? place
function methods.median(t, dim, keepdim)
  local o = options.named("median", { "dim", "keepdim" }, dim, keepdim)
  local flat = o.dim and t or t:reshape(t:numel())
  local along = o.dim or 1
  local length = flat:size(along)
  if length == 0 then fail("median: there are no elements to choose from") end
  local value, place = flat:kthvalue((length + 1) // 2, along, o.keepdim)
  local _, largest_place = flat:kthvalue(length, along, o.keepdim)
  local bad = flat:isnan():any { dim = along, keepdim = o.keepdim }
  local largest = flat:kthvalue(length, along, o.keepdim)
  value, place = tensor.where(bad, largest, value), tensor.where(bad, largest_place, place)
  if o.dim then return value, place end
  return value
end

-- The most frequent value of a sorted list, the least of several, and where its last one stands.
local function most_frequent(values)
  local best, count, i = 1, 0, 1
  while i <= #values do
    local last = i
    while last < #values and values[last + 1] == values[i] do last = last + 1 end
    if last - i + 1 > count then best, count = last, last - i + 1 end
    i = last + 1
  end
  return best
end

--- The most frequent value along a dimension, the least of several, and the last place where it is, from 1.
---@param dim? integer = -1
---@param keepdim? boolean = false
---@named
---@return Tensor value, Tensor place
function methods.mode(t, dim, keepdim)
  local o = options.named("mode", { "dim", "keepdim" }, dim, keepdim)
  local along = o.dim or -1
  if t:dim() == 0 then return t:clone(), tensor.tensor(1) end
  if t:size(along) == 0 then fail("mode: there are no elements to choose from") end
  local sorted, places = t:detach():sort(along)
  local rows = sorted:transpose(along, -1):contiguous()
  local shape, picks = rows.shape, {}
  for i, row in ipairs(rows:reshape(-1, t:size(along)):tolist()) do picks[i] = most_frequent(row) end
  shape[#shape] = 1
  local index = tensor.tensor(picks, { dtype = "i64" }):reshape(shape):transpose(along, -1)
  local place = places:gather(along, index)
  local value = t:gather(along, place)
  if o.keepdim then return value, place end
  return value:squeeze(along), place:squeeze(along)
end

--- The values that occur, in order; with return_counts also how often each does.
---@param o? { return_counts = false }
---@return Tensor values, Tensor? counts
function methods.unique(t, o)
  o = options.check(o, { "return_counts" }, "unique")
  local sorted = t:detach():reshape(t:numel()):sort()
  local n = sorted:numel()
  if n == 0 then return sorted, o.return_counts and sorted:long() or nil end
  local first = tensor.ones({ 1 }, { dtype = "bool" })
  local starts = tensor.cat { first, sorted:narrow(1, 2, n - 1):ne(sorted:narrow(1, 1, n - 1)) }
  if not o.return_counts then return sorted[starts] end
  local at = starts:nonzero():reshape(-1)
  local ends = tensor.cat { at:narrow(1, 2, at:numel() - 1), tensor.tensor { n + 1 } }
  return sorted[starts], ends - at
end

--- How often each whole number from 1 on occurs (or the sum of its weights), at least for 1 to minlength: counts of labels.
---@param weights? Tensor
---@param minlength? integer = 0
---@return Tensor
function methods.bincount(t, weights, minlength)
  local index = t:reshape(t:numel()):long()
  local most = index:numel() > 0 and index:max():item() or 0
  local zeros = tensor.zeros({ math.max(most, minlength or 0) }, { dtype = weights and weights.dtype or "i64" })
  return zeros:index_add(1, index, weights and weights:reshape(weights:numel()) or tensor.ones_like(index))
end

--- How many values lie in each of `bins` equal parts of min to max; without them of the smallest to the largest value.
---@param bins? integer = 100
---@param min? number
---@param max? number
---@return Tensor
function methods.histc(t, bins, min, max)
  bins = bins or 100
  if math.type(bins) ~= "integer" or bins < 1 then fail(("histc: bins is %s, expected 1 or more"):format(words.value(bins))) end
  local x = t:detach():reshape(t:numel())
  local low, high = min or x:min():item(), max or x:max():item()
  if low == high then low, high = low - 1, high + 1 end
  if low > high then fail(("histc: min is %g and max %g: max must be larger"):format(low, high)) end
  x = x[x:ge(low):logical_and(x:le(high))]
  local part = ((x:double() - low) * (bins / (high - low))):floor():clamp(0, bins - 1):long() + 1
  return part:bincount(nil, bins):to(t.dtype)
end

local function cumprod(t, dim)
  if t:dim() == 0 then return t:clone() end
  local parts = t:split(1, dim)
  for i = 2, #parts do parts[i] = parts[i - 1] * parts[i] end
  return tensor.cat(parts, dim)
end

--- Products of what came before, along a dimension; of whole numbers i64.
---@param dim integer
---@return Tensor
function methods.cumprod(t, dim) return once(cumprod, t:is_floating_point() and t or t:long(), dim) end

--- Where each value belongs in a sorted list of one dimension, so that it stays sorted: before the first that is not smaller.
---@param values Tensor
---@return Tensor
function methods.searchsorted(t, values)
  return values:unsqueeze(-1):gt(t):sum(-1) + 1
end

local function cdist(t, other, p) return (t:unsqueeze(-2) - other:unsqueeze(-3)):norm(p or 2, -1) end

--- The p-norm of the difference of each row of t and each row of other.
---@param other Tensor
---@param p? number = 2
---@return Tensor
function methods.cdist(t, other, p) return once(cdist, t, other, p) end
