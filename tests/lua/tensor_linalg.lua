-- Factorisations, einsum, meshgrid, mode, products of whole numbers: against what defines them; first and second derivatives
-- by differences. Values of PyTorch's own samples are in tensor_torch.lua.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local linalg, autograd = ml.linalg, ml.autograd

local function f64(shape) return ml.randn(shape, { dtype = "f64", requires_grad = true }) end

local function close(a, b, what) t.ok(a:allclose(b, { atol = 1e-10 }), what) end

t.test("factorisations give the matrix back, one by one and in batches", function()
  ml.manual_seed(1)
  for _, shape in ipairs { { 4, 4 }, { 5, 3 }, { 2, 6 }, { 2, 3, 4, 3 }, { 1, 1 } } do
    local a = ml.randn(shape, { dtype = "f64" })
    local what = table.concat(shape, "x")
    for _, full in ipairs { true, false } do
      local u, s, vt = linalg.svd(a, { full_matrices = full })
      local k = s:size(-1)
      close((u:narrow(-1, 1, k) * s:unsqueeze(-2)):matmul(vt:narrow(-2, 1, k)), a, "svd of " .. what)
      close(u:transpose(-1, -2):matmul(u), ml.eye(u:size(-1), { dtype = "f64" }):expand(u:transpose(-1, -2):matmul(u).shape), "u")
      local q, r = linalg.qr(a, { mode = full and "complete" or "reduced" })
      close(q:matmul(r), a, "qr of " .. what)
      close(r:triu(), r, "r of " .. what)
    end
    close(linalg.svdvals(a), select(2, linalg.svd(a)), "svdvals")
    local square = a:transpose(-1, -2):matmul(a)
    local values, vectors = linalg.eigh(square)
    close((vectors * values:unsqueeze(-2)):matmul(vectors:transpose(-1, -2)), square, "eigh of " .. what)
    close(linalg.eigvalsh(square), values, "eigvalsh")
    local regular = square + ml.eye(square:size(-1), { dtype = "f64" })
    close(linalg.inv(regular):matmul(regular), ml.eye(regular:size(-1), { dtype = "f64" }):expand(regular.shape), "inv")
    close(regular:matmul(linalg.solve(regular, square)), square, "solve")
    local sign, logabs = linalg.slogdet(regular)
    close(sign * logabs:exp(), linalg.det(regular), "det")
    close(linalg.det(regular), linalg.eigvalsh(regular):prod(-1), "det and eigenvalues")
  end
  t.near(linalg.det(ml.tensor { { 0.0, 2.0 }, { 3.0, 1.0 } }):item(), -6, 1e-6)
  t.equal(linalg.solve(ml.tensor { { 2.0, 0.0 }, { 0.0, 4.0 } }, ml.tensor { 1.0, 2.0 }):tolist(), { 0.5, 0.5 })
  t.equal(linalg.det(ml.zeros({ 0, 0 })):item(), 1)
end)

t.test("their first and second derivatives agree with differences", function()
  ml.manual_seed(2)
  local a, tall, flat = f64 { 3, 3 }, f64 { 4, 3 }, f64 { 2, 3 }
  local cases = {
    { linalg.inv, a }, { linalg.det, a }, { linalg.solve, a, f64 { 3, 2 } }, { linalg.solve, f64 { 2, 3, 3 }, f64 { 3, 1 } },
    { function(m) return select(2, linalg.slogdet(m)) end, a },
    { function(m)
      local w, v = linalg.eigh(m + m:t())
      return w * 2 + (v ^ 2):sum(1)
    end, a },
    { function(m)
      local u, s, vt = linalg.svd(m, { full_matrices = false })
      return s + (u ^ 2):sum(1) * 1.3 + (vt ^ 2):sum(2)
    end, tall },
    { function(m)
      local u, s, vt = linalg.svd(m, { full_matrices = false })
      return (u * s:unsqueeze(1)):matmul(vt) ^ 2
    end, flat },
    { linalg.svdvals, flat }, { function(m)
      local q, r = linalg.qr(m)
      return (q ^ 2):sum(2)[1] + r
    end, tall },
    { function(m) return select(2, linalg.qr(m)) ^ 2 end, flat },
    { function(m) return linalg.norm(m, { ord = "nuc" }) + linalg.norm(m, { ord = 2 }) + linalg.norm(m, { ord = 1 }) end, tall },
    { function(x, y) return ml.einsum("ij,kj->ik", x, y) end, tall, flat },
    { function(x) return ml.einsum("ii->i", x) ^ 2 end, a },
    { function(x, low) return x:clamp(low, 0.5) ^ 2 end, a, f64 { 3, 3 } },
    { function(x) return x:mode() ^ 2 end, flat },
  }
  for i, c in ipairs(cases) do
    local inputs = { table.unpack(c, 2) }
    t.ok(autograd.gradcheck(c[1], inputs), "first " .. i)
    t.ok(autograd.gradgradcheck(c[1], inputs), "second " .. i)
  end
  local singular = ml.tensor({ { 1, 2 }, { 2, 4 } }, { dtype = "f64", requires_grad = true })
  linalg.det(singular):backward()
  t.near(singular.grad:reshape(4):tolist(), { 4, -2, -2, 1 }, 1e-12)
end)

t.test("norms of matrices and vectors", function()
  local a = ml.tensor { { 3.0, 0.0 }, { 0.0, -4.0 } }
  for ord, value in pairs { fro = 5, nuc = 7, [1] = 4, [2] = 4, [-2] = 3, [math.huge] = 4 } do
    t.near(linalg.norm(a, { ord = ord }):item(), value, 1e-6, tostring(ord))
  end
  t.near(linalg.norm(a):item(), 5, 1e-6)
  t.near(linalg.norm(a, { ord = 1, dim = 2 }):tolist(), { 3, 4 }, 1e-6)
end)

t.test("einsum names dimensions", function()
  local a, b = ml.randn { 2, 3, 4 }, ml.randn { 2, 4, 5 }
  local function same(x, y) t.ok(x:allclose(y, { atol = 1e-5 })) end
  same(ml.einsum("bij,bjk->bik", a, b), a:matmul(b))
  same(ml.einsum("bij,bjk->ik", a, b), a:matmul(b):sum(1))
  same(ml.einsum("...ij,...jk", a, b), a:matmul(b))
  same(ml.einsum("bij->jb", a), a:sum(2):t())
  same(ml.einsum("bij,bij->", a, a), (a * a):sum())
  same(ml.einsum("i,j,k->kji", ml.ones { 2 }, ml.ones { 3 }, ml.ones { 4 }), ml.ones { 4, 3, 2 })
  same(ml.einsum("ab,bc,cd->ad", { ml.ones { 2, 3 }, ml.ones { 3, 2 }, ml.ones { 2, 5 } }), ml.full({ 2, 5 }, 6.0))
  t.equal(ml.einsum("ii", ml.eye(3)):item(), 3)
  t.equal(ml.einsum("ij,jk->ik", ml.tensor { { 1, 2 } }, ml.tensor { { 3 }, { 4 } }):tolist(), { { 11 } })
  t.raises("'j' has 4 places in one operand and 2 in another", ml.einsum, "ij,jk", ml.ones { 3, 4 }, ml.ones { 2, 2 })
  t.raises("names 2 dimensions, and the tensor has 3", ml.einsum, "ij->i", a)
  t.raises("'z' of the result is in no operand", ml.einsum, "ij->z", ml.ones { 1, 2 })
  t.raises("names 2 operands, and 3 are given", function()
    ml.einsum("ij,jk", ml.ones { 1, 2 }, ml.ones { 2, 1 }, ml.ones { 1 })
  end)
end)

t.test("grids, modes, whole numbers and bounds of tensors", function()
  local x, y = table.unpack(ml.meshgrid { ml.arange(2), ml.arange(3) })
  t.equal(x:tolist(), { { 0, 0, 0 }, { 1, 1, 1 } })
  t.equal(y:tolist(), { { 0, 1, 2 }, { 0, 1, 2 } })
  t.equal(ml.meshgrid({ ml.arange(2), ml.arange(3) }, { indexing = "xy" })[1].shape, { 3, 2 })
  local value, place = ml.tensor({ 3, 1, 1, 3, 2 }):mode()
  t.equal({ value:item(), place:item() }, { 1, 3 })
  value, place = ml.tensor({ { 1, 2, 2 }, { 3, 3, 1 } }):mode { dim = 1, keepdim = true }
  t.equal(value:tolist(), { { 1, 2, 1 } })
  t.equal(place.shape, { 1, 3 })
  local big = 9007199254740993
  t.equal(ml.tensor({ { big } }):matmul(ml.tensor { { 1 } }):item(), big)
  t.equal(ml.tensor({ { 1, 2 }, { 3, 4 } }):t():matmul(ml.tensor { { 1, 1 }, { 0, 1 } }):tolist(), { { 1, 4 }, { 2, 6 } })
  t.equal(ml.tensor({ 200, 100 }, { dtype = "u8" }):matmul(ml.tensor({ 2, 1 }, { dtype = "u8" })):item(), 500 % 256)
  t.raises("expected numbers of one type", function() ml.tensor({ 1 }):matmul(ml.tensor { 1.0 }) end)
  t.equal(ml.tensor({ 1.0, 5.0, 9.0 }):clamp(ml.tensor { 2.0, 6.0, 2.0 }, 7):tolist(), { 2, 6, 7 })
  t.equal(ml.tensor({ 1.0, 5.0 }):clamp_ { max = ml.tensor { 2.0, 3.0 } }:tolist(), { 1, 3 })
end)

t.test("messages say what was expected", function()
  t.raises("linalg.solve: matrix 1 is singular", linalg.inv, ml.zeros { 2, 2 })
  t.raises("linalg.inv: the matrix has 2 rows and 3 columns", linalg.inv, ml.zeros { 2, 3 })
  t.raises("linalg.svd: got a tensor of 1 dimensions", linalg.svd, ml.zeros { 2 })
  t.raises("linalg.eigh: the matrix is 2x3, expected as many rows as columns", linalg.eigh, ml.zeros { 2, 3 })
  t.raises("linalg.norm: ord of a matrix is 7", linalg.norm, ml.zeros { 2, 3 }, { ord = 7 })
  t.raises("pass full_matrices = false", linalg.svd, ml.ones({ 2, 3 }, { requires_grad = true }))
  t.raises("did you mean", function() return linalg.solv end)
end)

t.done()
