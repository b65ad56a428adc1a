-- Words that are made of others: values (PyTorch's, places from 1), gradients against differences, methods as functions.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local core = require "mlprun.core"

local inf, nan = math.huge, 0 / 0
local function is(got, values, dtype)
  if dtype then t.equal(got.dtype, dtype, "dtype") end
  t.near(got:tolist(), values, 1e-5)
end

t.test("every method that does not write is a function of the module", function()
  local x = ml.tensor { { 1.0, 2.0 }, { 3.0, 4.0 } }
  is(ml.exp(x), x:exp():tolist())
  is(ml.matmul(x, x), x:matmul(x):tolist())
  is(ml.softmax(x, 2), x:softmax(2):tolist())
  is(ml.sum(x, 1, true), { { 4, 6 } })
  local count = 0
  for name, method in pairs(core.tensor.methods) do
    if method and not name:find("_$") and name ~= "close" then
      count = count + 1
      t.ok(ml[name] ~= nil, "ml." .. name)
    end
  end
  t.ok(count > 100, count .. " functions")
  t.raises("ml has no 'add_'", function() return ml.add_ end)
  t.raises("meshgrid: the vectors stand in a list: ml.meshgrid { x, y }", ml.meshgrid, ml.ones { 2 }, ml.ones { 2 })
end)

t.test("each element", function()
  is(ml.tensor { 8.0, 0.5 }:log2(), { 3, -1 })
  is(ml.tensor { 1000.0 }:log10(), { 3 })
  is(ml.tensor { 4.0 }:rsqrt(), { 0.5 })
  is(ml.tensor { 1.0 }:atan() * 4, { math.pi })
  is(ml.tensor { inf, -inf, nan, 1 }:isinf(), { true, true, false, false }, "bool")
  is(ml.tensor { 1.0, 1.0, -1.0, -1.0, 0.0, 1.0 }:atan2(ml.tensor { 1.0, -1.0, -1.0, 1.0, 1.0, 0.0 }),
    { 0.785398, 2.356194, -2.356194, -0.785398, 0, 1.570796 })
  is(ml.tensor { 7, -7 } // 2, { 3, -4 }, "i64")
  is(ml.tensor { 7, -7 } % 3, { 1, 2 }, "i64")
  is(ml.tensor { 7.5, -7.5 } % 2, { 1.5, 0.5 }, "f32")
  is(7 // ml.tensor { 2, -2 }, { 3, -4 }, "i64")
  is(ml.tensor { 1, 0 }:logical_and(ml.tensor { 1, 1 }), { true, false }, "bool")
  is(ml.tensor { 1, 0 }:logical_or(ml.tensor { 0, 0 }), { true, false })
  is(ml.tensor { 1, 0 }:logical_xor(ml.tensor { 1, 1 }), { false, true })
  is(ml.zeros { 2 }:lerp(ml.tensor { 4.0, 8.0 }, 0.25), { 1, 2 })
end)

t.test("statistics and order", function()
  local x = ml.tensor { { 3.0, 1.0, 2.0 }, { 4.0, 6.0, 5.0 } }
  is(ml.tensor({ 1000.0, 1000.0 }, { dtype = "f64" }):logsumexp(1), 1000.693147)
  is(x:logsumexp(2, true), { { 3.407606 }, { 6.407606 } })
  is(ml.tensor { -inf, -inf }:logsumexp(1), -inf)
  is(x:median(), 3)
  local value, place = x:median(2)
  is(value, { 2, 5 })
  is(place, { 3, 3 })
  is(ml.tensor { 1.0, nan, 2.0 }:median(), nan)
  value, place = x:kthvalue(3, 2)
  is(value, { 3, 6 })
  is(place, { 1, 2 })
  local values, counts = ml.tensor { 3, 1, 3, 2, 1, 3 }:unique { return_counts = true }
  is(values, { 1, 2, 3 }, "i64")
  is(counts, { 2, 1, 3 }, "i64")
  is(ml.tensor { 1, 3, 3 }:bincount(), { 1, 0, 2 }, "i64")
  is(ml.tensor { 1, 3, 3 }:bincount(ml.tensor { 0.5, 1.0, 2.0 }, 5), { 0.5, 0, 3, 0, 0 })
  is(ml.tensor { 1.0, 2.0, 1.0 }:histc(4, 0, 3), { 0, 2, 1, 0 }, "f32")
  is(ml.tensor { { 1, 2 }, { 3, 4 } }:cumprod(2), { { 1, 2 }, { 3, 12 } })
  is(ml.tensor { 1, 3, 5 }:searchsorted(ml.tensor { { 0, 3 }, { 4, 9 } }), { { 1, 2 }, { 3, 4 } })
  is(ml.tensor { { 0.0, 0.0 } }:cdist(ml.tensor { { 3.0, 4.0 }, { 0.0, 0.0 } }), { { 5, 0 } })
  t.raises("kthvalue: k is 4, expected 1 to 3", function() x:kthvalue(4) end)
  t.raises("histc: bins is 0", function() x:histc(0) end)
end)

t.test("arranging", function()
  local x = ml.tensor { { 1, 2, 3 }, { 4, 5, 6 } }
  is(x:flip { 1, 2 }, { { 6, 5, 4 }, { 3, 2, 1 } })
  is(x:roll(1, 2), { { 3, 1, 2 }, { 6, 4, 5 } })
  is(x:roll(-2), { { 3, 4, 5 }, { 6, 1, 2 } })
  is(ml.tensor { 1, 2 }:tile(2, 2), { { 1, 2, 1, 2 }, { 1, 2, 1, 2 } })
  t.equal(ml.zeros { 2, 3 }:tile(2).shape, { 2, 6 })
  is(ml.tensor { 1, 2 }:repeat_interleave(2), { 1, 1, 2, 2 })
  is(x:repeat_interleave(2, 1), { { 1, 2, 3 }, { 1, 2, 3 }, { 4, 5, 6 }, { 4, 5, 6 } })
  is(x:repeat_interleave(2, -1), { { 1, 1, 2, 2, 3, 3 }, { 4, 4, 5, 5, 6, 6 } })
  t.raises("2 x 9223372036854775807 places are more than a tensor can have", function()
    ml.arange(2):repeat_interleave(math.maxinteger)
  end)
  t.raises("places are more than a tensor can have", function() ml.arange(2):tile(math.maxinteger) end)
  t.raises("out of memory", function() ml.arange(3):tile(1 << 40) end)
  t.raises("dim", function() x:repeat_interleave(2, 5) end)
  local own = ml.arange(2)
  own:repeat_interleave(1):add_(5)
  own:tile(1):add_(5)
  is(own, { 0, 1 })
  is(x:tril(), { { 1, 0, 0 }, { 4, 5, 0 } })
  is(x:triu(1), { { 0, 2, 3 }, { 0, 0, 6 } })
  is(ml.tensor { 1, 2 }:diag(), { { 1, 0 }, { 0, 2 } })
  is(ml.tensor { 1 }:diag(-1), { { 0, 0 }, { 1, 0 } })
  is(x:diag(1), { 2, 6 })
  is(ml.tensor { 1, 2 }:outer(ml.tensor { 3, 4 }), { { 3, 4 }, { 6, 8 } })
  is(ml.tensor { 1, 3 }:one_hot(), { { 1, 0, 0 }, { 0, 0, 1 } }, "i64")
  is(ml.zeros { 3 }:index_add(1, ml.tensor { 1, 1, 3 }, ml.tensor { 1.0, 2.0, 4.0 }), { 3, 0, 4 })
  is(ml.zeros { 1, 3 }:scatter_add(2, ml.tensor { { 3, 3 } }, ml.ones { 1, 2 }), { { 0, 0, 2 } })
  is(ml.ones { 1, 3 }:scatter(2, ml.tensor { { 3 } }, 5), { { 1, 1, 5 } })
  is(ml.ones { 1, 3 }:scatter(2, ml.tensor { { 3, 1 } }, ml.tensor { { 7.0, 8.0 } }), { { 8, 1, 7 } })
end)

t.test("their gradients are those of differences", function()
  ml.manual_seed(3)
  local function leaf(...) return ml.rand({ ... }, { dtype = "f64" }):mul_(0.8):add_(0.1):requires_grad_() end
  local x, other, row = leaf(3, 4), leaf(3, 4), leaf(4)
  local index = ml.tensor { { 1, 3 }, { 2, 2 }, { 4, 1 } }
  for name, fn in pairs {
    logsumexp = function(a) return a:logsumexp(2) end, cumprod = function(a) return a:cumprod(2) end,
    median = function(a) return (a:median(1)) end, kthvalue = function(a) return (a:kthvalue(2, 1)) end,
    atan2 = function(a, b) return a:atan2(b) end, lerp = function(a, b) return a:lerp(b, 0.3) end,
    remainder = function(a, b) return a % b end, flip = function(a) return a:flip(1) end,
    roll = function(a) return a:roll(1, 1) end, tile = function(a) return a:tile(1, 2) end,
    tril = function(a) return a:tril() end, diag = function(a) return a:diag() end,
    cdist = function(a, b) return a:cdist(b) end, norm3 = function(a) return a:norm(3, 2) end,
    std = function(a) return a:std(1) end, scatter = function(a, b) return a:scatter(2, index, b:narrow(2, 1, 2)) end,
    scatter_add = function(a, b) return a:scatter_add(2, index, b:narrow(2, 1, 2)) end,
    index_add = function(a, b) return a:index_add(1, ml.tensor { 2, 2, 1 }, b) end,
  } do t.ok(ml.autograd.gradcheck(fn, { x, other }), name) end
  t.ok(ml.autograd.gradcheck(function(a) return a:outer(a) end, { row }))
  t.ok(ml.autograd.gradcheck(function(a) return a:diag(1) end, { row }))
end)

t.done()
