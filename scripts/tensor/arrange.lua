-- Words that put elements elsewhere: turned, repeated, on diagonals, by index.
local core = require "mlprun.core"
local words = require "mlprun.base.words"

local methods, tensor, fail = core.tensor.methods, core.tensor, core.sys.fail

-- t[..., places, ...] along a dimension, by a list of places from 1.
local function pick(t, dim, places) return t:index_select(dim, tensor.tensor(places, { dtype = "i64" })) end

local function list_of(value, ...)
  return type(value) == "table" and value or { value, ... }
end

--- The elements from the last to the first, along one dimension or a list of them.
---@param dims integer|integer[]
---@return Tensor
function methods.flip(t, dims)
  for _, dim in ipairs(list_of(dims)) do
    local places, n = {}, t:size(dim)
    for i = 1, n do places[i] = n + 1 - i end
    t = pick(t, dim, places)
  end
  return t
end

--- Moved on by `shifts` places along a dimension; what goes out at the end comes in at the beginning. Without a dimension
--- all elements in order.
---@param shifts integer
---@param dim? integer
---@return Tensor
function methods.roll(t, shifts, dim)
  if math.type(shifts) ~= "integer" then
    fail(("roll: shifts is %s, expected a whole number: one call for each dimension"):format(words.value(shifts)))
  end
  if not dim then return t:reshape(t:numel()):roll(shifts, 1):reshape(t.shape) end
  local places, n = {}, t:size(dim)
  for i = 1, n do places[i] = (i - 1 - shifts) % n + 1 end
  return pick(t, dim, places)
end

-- `times` copies beside each place of a dimension, or of the whole of it, in one dimension again; a tensor of its own.
local function repeated(t, dim, times, whole)
  local n, shape, wider = t:size(dim), t.shape, t.shape
  if n == 0 or times == 1 then return t:clone() end
  if dim < 0 then dim = t:dim() + 1 + dim end
  if times > math.maxinteger // n then
    fail(("%d x %d places are more than a tensor can have"):format(n, times))
  end
  local new = whole and dim or dim + 1
  table.insert(wider, new, times)
  shape[dim] = n * times
  return t:unsqueeze(new):expand(wider):reshape(shape)
end

--- The whole repeated along each dimension: t:tile(2, 3), what PyTorch calls repeat, too.
---@param times integer|integer[]
---@param ... integer
---@return Tensor
function methods.tile(t, times, ...)
  times = list_of(times, ...)
  local extra = math.max(#times, t:dim()) - t:dim()
  for _ = 1, extra do t = t:unsqueeze(1) end
  for i, count in ipairs(times) do
    if math.type(count) ~= "integer" or count < 0 then
      fail(("tile: %s times, expected a whole number that is not negative"):format(tostring(count)))
    end
    t = repeated(t, t:dim() - #times + i, count, true)
  end
  return t
end

--- Each element (or place of a dimension) `repeats` times, one after the other.
---@param repeats integer
---@param dim? integer
---@return Tensor
function methods.repeat_interleave(t, repeats, dim)
  if math.type(repeats) ~= "integer" or repeats < 0 then
    fail(("repeat_interleave: repeats is %s, expected a whole number that is not negative"):format(words.value(repeats)))
  end
  if not dim then t, dim = t:reshape(t:numel()), 1 end
  return repeated(t, dim, repeats, false)
end

-- Column minus row of each element of a matrix: 0 on the diagonal.
local function offsets(t)
  return tensor.arange(t:size(-1)) - tensor.arange(t:size(-2)):unsqueeze(2)
end

--- The part of a matrix below the diagonal (moved up by `diagonal`), with it; 0 elsewhere.
---@param diagonal? integer = 0
---@return Tensor
function methods.tril(t, diagonal) return tensor.where(offsets(t):le(diagonal or 0), t, 0) end

--- The part of a matrix above the diagonal (moved up by `diagonal`), with it; 0 elsewhere.
---@param diagonal? integer = 0
---@return Tensor
function methods.triu(t, diagonal) return tensor.where(offsets(t):ge(diagonal or 0), t, 0) end

--- The diagonal of a matrix, or the matrix with a vector on its diagonal; `diagonal` is how far above the middle one.
---@param diagonal? integer = 0
---@return Tensor
function methods.diag(t, diagonal)
  local k = diagonal or 0
  if t:dim() == 2 then return t[offsets(t):eq(k)] end
  if t:dim() ~= 1 then fail(("diag: expected a vector or a matrix, got %d dimensions"):format(t:dim())) end
  local size = t:numel() + math.abs(k)
  local matrix = tensor.zeros({ size, size }, { dtype = t.dtype })
  matrix[offsets(matrix):eq(k)] = t
  return matrix
end

--- The products of each element of one vector with each of another.
---@param other Tensor
---@return Tensor
function methods.outer(t, other) return t:unsqueeze(2) * other:unsqueeze(1) end

--- A copy with source's elements at the places that the index names along a dimension; see scatter_add.
---@param dim integer
---@param index Tensor
---@param source Tensor|number
---@return Tensor
function methods.scatter(t, dim, index, source)
  if not tensor.is_tensor(source) then source = tensor.full(index.shape, source, { dtype = t.dtype }) end
  local hits = tensor.zeros(t.shape, { dtype = "i64" }):scatter_add(dim, index, tensor.ones_like(index):long())
  return tensor.where(hits:gt(0), tensor.zeros_like(t):scatter_add(dim, index, source), t)
end

--- A row for each label, from 1, with a 1 at its place: i64; num_classes is the largest label unless said.
---@param num_classes? integer
---@return Tensor
function methods.one_hot(t, num_classes)
  local flat = t:reshape(t:numel()):long()
  local shape = t.shape
  shape[#shape + 1] = num_classes or flat:max():item()
  return tensor.eye(shape[#shape], { dtype = "i64" }):index_select(1, flat):reshape(shape)
end
