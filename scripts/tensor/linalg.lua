-- ml.linalg: LAPACK's factorisations, with gradients that are made of operations, so that they have gradients too.
local core = require "mlprun.core"
local options = require "mlprun.options"
local Function = require("mlprun.autograd").Function

local raw, tensor, fail = core.linalg, core.tensor, core.sys.fail
local linalg = {}

local function turned(a) return a:transpose(-1, -2) end

local function of_matrix(who, a)
  if not tensor.is_tensor(a) then fail(("linalg.%s: got a %s, expected a Tensor"):format(who, type(a))) end
  if a:dim() < 2 then
    fail(("linalg.%s: got a tensor of %d dimensions, expected a matrix or a batch of them"):format(who, a:dim()))
  end
  return a
end

local function eye_like(a)
  return tensor.eye(a:size(-1), { dtype = a.dtype }):expand(a.shape)
end

-- ---- solve, inverse, determinant ----

local Solve = Function:subclass("linalg.solve")

function Solve.forward(ctx, a, b)
  local x = raw.solve(a, b)
  ctx:save_for_backward(a, x)
  return x
end

function Solve.backward(ctx, dy)
  local a, x = table.unpack(ctx.saved_tensors)
  local db = Solve.apply(turned(a), dy)
  return -db:matmul(turned(x)), db
end

-- a and b with leading sizes that both have.
local function batched(a, b)
  local function lead(t)
    local shape = {}
    for d = 1, t:dim() - 2 do shape[d] = t.shape[d] end
    return tensor.zeros(shape)
  end
  local sizes = (lead(a) + lead(b)).shape
  local function wide(t)
    local shape = { table.unpack(sizes) }
    shape[#shape + 1], shape[#shape + 2] = t:size(-2), t:size(-1)
    return t:expand(shape)
  end
  return wide(a), wide(b)
end

--- x with a x = b; b is a matrix of columns, or a vector for each matrix.
---@param a Tensor
---@param b Tensor
---@return Tensor
function linalg.solve(a, b)
  of_matrix("solve", a)
  if not tensor.is_tensor(b) then fail(("linalg.solve: the right side is a %s, expected a Tensor"):format(type(b))) end
  local vectors = b:dim() == 1 or b:dim() == a:dim() - 1
  for d = 1, b:dim() > 1 and vectors and b:dim() or 0 do vectors = vectors and b:size(d) == a:size(d) end
  if vectors then return Solve.apply(batched(a, b:unsqueeze(-1))):squeeze(-1) end
  return Solve.apply(batched(a, of_matrix("solve", b)))
end

--- The inverse of a square matrix.
---@param a Tensor
---@return Tensor
function linalg.inv(a)
  of_matrix("inv", a)
  if a:size(-1) ~= a:size(-2) then
    fail(("linalg.inv: the matrix has %d rows and %d columns, expected as many of both"):format(a:size(-2), a:size(-1)))
  end
  return Solve.apply(a, eye_like(a))
end

local LogDet = Function:subclass("linalg.slogdet")

function LogDet.forward(ctx, a)
  local _, logabs = raw.slogdet(a)
  ctx:save_for_backward(a)
  return logabs
end

function LogDet.backward(ctx, dy)
  return turned(linalg.inv(ctx.saved_tensors[1])) * dy:unsqueeze(-1):unsqueeze(-1)
end

--- The sign of the determinant, 0 of a singular matrix, and the logarithm of its size.
---@param a Tensor
---@return Tensor sign, Tensor logabsdet
function linalg.slogdet(a)
  local sign = raw.slogdet(of_matrix("slogdet", a):detach())
  return sign, LogDet.apply(a)
end

local Det = Function:subclass("linalg.det")

function Det.forward(ctx, a)
  local sign, logabs = raw.slogdet(a)
  local d = sign * logabs:exp()
  ctx:save_for_backward(a, d)
  return d
end

-- The matrix of cofactors; by singular values where the inverse is not there.
local function cofactors(a)
  local u, s, vt = linalg.svd(a)
  local n, parts = a:size(-1), {}
  for i = 1, n do
    local others = {}
    for k = 1, n do
      if k ~= i then others[#others + 1] = s:select(-1, k) end
    end
    parts[i] = #others > 0 and tensor.stack(others, -1):prod(-1) or s:select(-1, i) * 0 + 1
  end
  local sign = raw.slogdet((u:matmul(vt)):detach())
  return (u * tensor.stack(parts, -1):unsqueeze(-2)):matmul(vt) * sign:unsqueeze(-1):unsqueeze(-1)
end

function Det.backward(ctx, dy)
  local a, d = table.unpack(ctx.saved_tensors)
  local g = dy:unsqueeze(-1):unsqueeze(-1)
  if d:detach():eq(0):any():item() then return cofactors(a) * g end
  return turned(linalg.inv(a)) * d:unsqueeze(-1):unsqueeze(-1) * g
end

--- The determinant of a square matrix.
---@param a Tensor
---@return Tensor
function linalg.det(a) return Det.apply(of_matrix("det", a)) end

-- ---- eigenvalues ----

-- Several results as one tensor, whose rows are the parts'; each part has as many columns. Gradients come back so.
local function joined(parts) return tensor.cat(parts, -2) end

local function cut(t, sizes)
  return table.unpack(t:split(sizes, t:dim() - 1))
end

-- 1 / (s[j] - s[i]) for i, j of a row, 0 on the diagonal.
local function over_differences(s)
  local difference = s:unsqueeze(-2) - s:unsqueeze(-1)
  local own = tensor.eye(s:size(-1), { dtype = s.dtype }):bool()
  return tensor.where(own, 0, 1 / tensor.where(own, 1, difference))
end

local Eigh = Function:subclass("linalg.eigh")

function Eigh.forward(ctx, a)
  local values, vectors = raw.eigh(a)
  local y = joined { values:unsqueeze(-2), vectors }
  ctx:save_for_backward(y)
  return y
end

function Eigh.backward(ctx, dy)
  local n = dy:size(-1)
  local values, v = cut(ctx.saved_tensors[1], { 1, n })
  local by_values, by_v = cut(dy, { 1, n })
  local inside = turned(v):matmul(by_v) * over_differences(values:squeeze(-2)) + eye_like(v) * by_values
  return v:matmul(inside):matmul(turned(v))
end

--- Of a symmetric matrix: its eigenvalues, rising, and the vectors as columns. Only the lower triangle is looked at.
---@param a Tensor
---@return Tensor values, Tensor vectors
function linalg.eigh(a)
  local values, vectors = cut(Eigh.apply(of_matrix("eigh", a)), { 1, a:size(-1) })
  return values:squeeze(-2), vectors
end

--- The eigenvalues of a symmetric matrix, rising.
---@param a Tensor
---@return Tensor
function linalg.eigvalsh(a) return (linalg.eigh(a)) end

-- ---- singular values ----

local Svd = Function:subclass("linalg.svd")

-- u is (m, k), s (k), vt (k, n): u, s and the turned vt have k columns.
function Svd.forward(ctx, a)
  local u, s, vt = raw.svd(a, false)
  local y = joined { u, s:unsqueeze(-2), turned(vt) }
  ctx:save_for_backward(y)
  ctx.sizes = { a:size(-2), 1, a:size(-1) }
  return y
end

function Svd.backward(ctx, dy)
  local u, s, v = cut(ctx.saved_tensors[1], ctx.sizes)
  local by_u, by_s, by_v = cut(dy, ctx.sizes)
  local squares = over_differences(s:squeeze(-2) ^ 2)
  local function skew(x) return x - turned(x) end
  local function outside(q, x) return x - q:matmul(turned(q):matmul(x)) end
  local left = skew(turned(u):matmul(by_u)) * squares * s
  local right = skew(turned(v):matmul(by_v)) * squares * turned(s)
  local inside = left + right + tensor.eye(s:size(-1), { dtype = s.dtype }) * by_s
  local result = u:matmul(inside):matmul(turned(v))
  local m, k, n = ctx.sizes[1], s:size(-1), ctx.sizes[3]
  if m > k then result = result + (outside(u, by_u) / s):matmul(turned(v)) end
  if n > k then result = result + (u / s):matmul(turned(outside(v, by_v))) end
  return result
end

--- a = u * diag(s) * vt with orthonormal columns of u, rows of vt, and falling s. With { full_matrices = false } u and vt have
--- min(rows, columns) of them, and gradients where the matrix is not square.
---@param a Tensor
---@param o? { full_matrices = true }
---@return Tensor u, Tensor s, Tensor vt
function linalg.svd(a, o)
  of_matrix("svd", a)
  local full = options.check(o, { full_matrices = true }, "linalg.svd").full_matrices
  if full and a:size(-1) ~= a:size(-2) then
    if a.requires_grad and core.autograd.is_grad_enabled() then
      fail("linalg.svd: the whole u and vt of a matrix that is not square have no gradient: pass full_matrices = false")
    end
    return raw.svd(a, true)
  end
  local u, s, v = cut(Svd.apply(a), { a:size(-2), 1, a:size(-1) })
  return u, s:squeeze(-2), turned(v)
end

local SingularValues = Function:subclass("linalg.svdvals")

function SingularValues.forward(ctx, a)
  local u, s, vt = raw.svd(a, false)
  ctx:save_for_backward(a)
  ctx.u, ctx.vt = u, vt
  return s
end

function SingularValues.backward(ctx, dy)
  local u, vt = ctx.u, ctx.vt
  if core.autograd.is_grad_enabled() then
    local _
    u, _, vt = linalg.svd(ctx.saved_tensors[1], { full_matrices = false })
  end
  return (u * dy:unsqueeze(-2)):matmul(vt)
end

--- The singular values alone, falling.
---@param a Tensor
---@return Tensor
function linalg.svdvals(a) return SingularValues.apply(of_matrix("svdvals", a)) end

-- ---- orthogonal and triangular ----

local Qr = Function:subclass("linalg.qr")

-- q is (m, k), r (k, n); the turned r has k columns as q has.
function Qr.forward(ctx, a)
  local q, r = raw.qr(a, false)
  local y = joined { q, turned(r) }
  ctx:save_for_backward(y)
  ctx.sizes = { a:size(-2), a:size(-1) }
  return y
end

function Qr.backward(ctx, dy)
  local q, rt = cut(ctx.saved_tensors[1], ctx.sizes)
  local by_q, by_rt = cut(dy, ctx.sizes)
  local m = turned(rt):matmul(by_rt) - turned(by_q):matmul(q)
  local lower = m:tril()
  local symmetric = lower + turned(m:tril(-1))
  return turned(Solve.apply(turned(rt), turned(by_q + q:matmul(symmetric))))
end

--- a = q r with orthonormal columns of q and an upper triangular r. mode: reduced, or complete for a square q.
---@param a Tensor
---@param o? { mode = "reduced" }
---@return Tensor q, Tensor r
function linalg.qr(a, o)
  of_matrix("qr", a)
  local mode = options.check(o, { mode = "reduced" }, "linalg.qr").mode
  if mode ~= "reduced" and mode ~= "complete" then
    fail(("linalg.qr: mode is '%s', expected 'reduced' or 'complete'"):format(tostring(mode)))
  end
  if mode == "complete" and a:size(-2) > a:size(-1) then
    if a.requires_grad and core.autograd.is_grad_enabled() then
      fail("linalg.qr: the complete q has no gradient: use mode = 'reduced'")
    end
    return raw.qr(a, true)
  end
  local rows, columns = a:size(-2), a:size(-1)
  local more = math.max(columns - rows, 0) -- columns that the first ones span
  local q, rt = cut(Qr.apply(a:narrow(-1, 1, columns - more)), { rows, columns - more })
  local r = turned(rt)
  if more == 0 then return q, r end
  return q, tensor.cat({ r, turned(q):matmul(a:narrow(-1, rows + 1, more)) }, -1)
end

-- ---- norms ----

local MATRIX = {
  fro = function(a) return a:norm(2, { -2, -1 }) end,
  nuc = function(a) return linalg.svdvals(a):sum(-1) end,
  [2] = function(a) return linalg.svdvals(a):amax(-1) end,
  [-2] = function(a) return linalg.svdvals(a):amin(-1) end,
  [1] = function(a) return a:abs():sum(-2):amax(-1) end,
  [-1] = function(a) return a:abs():sum(-2):amin(-1) end,
  [math.huge] = function(a) return a:abs():sum(-1):amax(-1) end,
  [-math.huge] = function(a) return a:abs():sum(-1):amin(-1) end,
}

--- A norm: without ord of all elements; of a matrix "fro", "nuc", or 1, 2, math.huge and their negatives; of a vector, or
--- along dim, the p-norm of that order.
---@param a Tensor
---@param o? { ord: number|string, dim: integer, keepdim = false }
---@return Tensor
function linalg.norm(a, o)
  o = options.check(o, { "ord", "dim", "keepdim" }, "linalg.norm")
  if not tensor.is_tensor(a) then fail(("linalg.norm: got a %s, expected a Tensor"):format(type(a))) end
  if o.ord == nil or o.dim ~= nil or a:dim() == 1 then
    if type(o.ord) == "string" then fail(("linalg.norm: ord '%s' is for matrices"):format(o.ord)) end
    return a:norm { p = o.ord, dim = o.dim, keepdim = o.keepdim }
  end
  local norm = MATRIX[o.ord]
  if not norm then
    fail(("linalg.norm: ord of a matrix is %s, expected 'fro', 'nuc', 1, 2, math.huge, or a negative of these numbers")
      :format(tostring(o.ord)))
  end
  local value = norm(of_matrix("norm", a))
  return o.keepdim and value:unsqueeze(-1):unsqueeze(-1) or value
end

return linalg
