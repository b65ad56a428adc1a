-- Values and gradients where functions have edges: zeros, equal values, NaN, numbers near the ends. The numbers are PyTorch's.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"

local nan, inf = 0 / 0, math.huge

local function gradient(values, fn)
  local x = ml.tensor(values, { requires_grad = true, dtype = "f32" })
  fn(x):sum():backward()
  return x.grad:tolist()
end

t.test("relu and maximum let NaN's gradient pass", function()
  t.near(gradient({ nan, 1, -2 }, function(x) return x:relu() end), { 1, 1, 0 })
  t.near(gradient({ nan, 1, 2, 3 }, function(x) return x:maximum(ml.tensor { 1, nan, 2, 4 }) end), { 1, 1, 0.5, 0 })
  t.near(gradient({ nan, 1, 2, 3 }, function(x) return ml.tensor { 1, nan, 2, 4 }:minimum(x) end), { 1, 1, 0.5, 1 })
end)

t.test("a norm of nothing has no direction", function()
  for _, p in ipairs { 2, 1, 3, 0.5, inf, -inf, 0 } do
    local got = p == 0 and { 0, 0 } or gradient({ 0, 0 }, function(x) return x:norm(p) end)
    t.near(got, { 0, 0 }, 0, "p = " .. p)
  end
  t.near(gradient({ 0, 0, -1 }, function(x) return x:norm(1) end), { 0, 0, -1 })
  t.near(gradient({ 2, 2, -2 }, function(x) return x:norm(inf) end), { 1 / 3, 1 / 3, -1 / 3 })
  t.near(gradient({ 3, -4 }, function(x) return x:norm() end), { 0.6, -0.8 })
  local x = ml.tensor { { 3.0, -4.0 }, { 1.0, 1.0 } }
  t.near(x:norm(1, 2):tolist(), { 7, 2 })
  t.near(x:norm(2, 1, true):tolist(), { { math.sqrt(10), math.sqrt(17) } }, 1e-6)
  t.near(x:norm(3):item(), (27 + 64 + 2) ^ (1 / 3), 1e-6)
  t.near({ x:norm(0):item(), x:norm(inf):item(), x:norm(-inf):item() }, { 4, 4, 1 })
  t.near(x:norm { dim = { 1, 2 } }:item(), math.sqrt(27), 1e-6)
  t.raises("norm: p is 'fro', expected a number", function() x:norm("fro") end)
end)

t.test("the deviation of equal numbers has no slope", function()
  t.near(gradient({ 2, 2 }, function(x) return x:std() end), { 0, 0 })
  t.near(gradient({ { 2, 2 }, { 1, 3 } }, function(x) return x:std(2) end), { { 0, 0 }, { -0.70710678, 0.70710678 } })
end)

t.test("variances keep their digits far from zero, and do not overflow", function()
  ml.manual_seed(1)
  local x = ml.randn { 100000 } + 1e6
  local exact = x:double()
  exact = (exact - exact:mean()):square():sum():item() / (x:numel() - 1)
  t.near(x:var():item() / exact, 1, 1e-6)
  t.near(x:std():item() / math.sqrt(exact), 1, 1e-6)
  t.near((ml.tensor { 1.0, 2.0, 3.0 } * 1e30):std():item() / 1e30, 1, 1e-6)
end)

t.test("what is picked by order carries the gradient", function()
  t.near(gradient({ 1, 5, 3 }, function(x) return x:topk(2) end), { 0, 1, 1 })
  t.near(gradient({ 1, 5, 3 }, function(x) return (x:sort()) * ml.tensor { 1.0, 2.0, 4.0 } end), { 1, 4, 2 })
  t.near(gradient({ { 1, 5 }, { 3, 2 } }, function(x) return (x:sort(1, true)) * ml.tensor { { 1.0 }, { 2.0 } } end),
    { { 2, 1 }, { 1, 2 } })
  t.near(gradient(7, function(x) return (x:sort()) end), 1)
  t.near(gradient({ { 1, 5 }, { 5, 2 } }, function(x) return x:amax() end), { { 0, 0.5 }, { 0.5, 0 } })
  t.near(gradient({ { 5, 5 }, { 3, 2 } }, function(x) return x:amax(2) end), { { 0.5, 0.5 }, { 1, 0 } })
  t.near(gradient({ { 5, 5 }, { 3, 2 } }, function(x) return x:amin({ 1, 2 }) end), { { 0, 0 }, { 0, 1 } })
end)

t.test("large numbers and probabilities of one stay what they are", function()
  local x = ml.tensor({ { 1e30, 0, -1e30 } }, { requires_grad = true })
  local loss = ml.nn.functional.cross_entropy(x, ml.tensor { 2 })
  loss:backward()
  t.near(loss:item() / 1e30, 1, 1e-6)
  t.near(x.grad:tolist(), { { 1, -1, 0 } })
  local e = (ml.arange(-400, 400):float() / 40):erf()
  t.ok(e:max():item() == 1 and e:min():item() == -1)
end)

t.done()
