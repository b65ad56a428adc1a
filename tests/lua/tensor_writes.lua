-- Writes in place, and what they do to gradients. The numbers are PyTorch's.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"

local function leaf() return ml.tensor({ 2.0, 3.0 }, { requires_grad = true }) end

local function gradient(fn)
  local x = leaf()
  fn(x):sum():backward()
  return x.grad:tolist()
end

t.test("a plain tensor that is written with a gradient carries it", function()
  t.near(gradient(function(x) return ml.zeros { 2 }:add_(x * x) + x end), { 5, 7 })
  t.near(gradient(function(x) return ml.ones { 2 }:mul_(x) end), { 1, 1 })
  t.near(gradient(function(x) return ml.ones { 2 }:sub_(x, { alpha = 3 }) end), { -3, -3 })
  t.near(gradient(function(x) return ml.ones { 2 }:div_(x) end), { -1 / 4, -1 / 9 })
  t.near(gradient(function(x) return ml.zeros { 2 }:copy_(x ^ 2) end), { 4, 6 })
  t.near(gradient(function(x) return ml.zeros { 3, 2 }:copy_(x) end), { 3, 3 })
  t.near(gradient(function(x) return ml.zeros({ 2 }, { dtype = "f64" }):copy_(x) end), { 1, 1 })
end)

t.test("a result that is written goes on from there", function()
  t.near(gradient(function(x) return (x * 1):mul_(x):mul_(x) end), { 12, 27 })
  t.near(gradient(function(x)
    local y = x * 1
    return y:mul_(y)
  end), { 4, 6 })
  t.near(gradient(function(x) return (x * 3):add_(1):mul_(2) end), { 6, 6 })
  t.near(gradient(function(x) return (x * 3):pow_(2) end), { 36, 54 })
  t.near(gradient(function(x) return (x * 1):clamp_(0, 2.5) end), { 1, 0 })
  for _, write in ipairs { "zero_", "uniform_", "normal_", "bernoulli_" } do
    t.near(gradient(function(x)
      local y = x * 3
      return y[write](y)
    end), { 0, 0 }, 0, write)
  end
  t.near(gradient(function(x) return (x * 3):fill_(7) end), { 0, 0 })
  t.near(gradient(function(x) return (x * 3):copy_(ml.ones { 2 }) end), { 0, 0 })
end)

t.test("parts that are written leave the rest", function()
  t.near(gradient(function(x)
    local y = x * 3
    y[1] = 7
    return y
  end), { 0, 3 })
  t.near(gradient(function(x)
    local y = ml.zeros { 3 }
    y[1] = x[1] * x[1]
    y[{ { 2, 3 } }] = x
    return y * y
  end), { 36, 6 })
  t.near(gradient(function(x)
    local y = ml.zeros { 2, 2 }
    y:t():add_(x * 2)
    y:reshape(4):mul_(3)
    return y * y
  end), { 2 * 2 * 36 * 2, 2 * 2 * 36 * 3 })
end)

t.test("views that were there before see the write", function()
  local x = leaf()
  local y = ml.zeros { 3 }
  local view, wide = y[{ { 1, 2 } }], y:reshape(3, 1):expand(3, 2)
  y[{ { 1, 2 } }] = x * x
  t.ok(view.requires_grad and not view.is_leaf and wide.requires_grad)
  local squares = view * view
  squares:sum():backward { retain_graph = true }
  t.near(x.grad:tolist(), { 32, 108 })
  x.grad = nil
  y[3] = 5
  wide:sum():backward()
  t.near(x.grad:tolist(), { 8, 12 })
  t.near(gradient(function(z)
    local row = (z * 2):reshape(1, 2)
    local first = row[1]
    row:mul_(5)
    return first
  end), { 10, 10 })
end)

t.test("what is detached, or written without recording, has no part in it", function()
  t.near(gradient(function(x)
    local y = x * 2
    y:detach():mul_(5)
    t.near(y:tolist(), { 20, 30 })
    return y
  end), { 2, 2 })
  t.near(gradient(function(x)
    ml.no_grad(function() x:add_(1) end)
    return x * x
  end), { 6, 8 })
  local plain = ml.zeros { 2 }
  ml.no_grad(function() plain:add_(leaf()) end)
  t.ok(not plain.requires_grad)
end)

t.test("leaves are not written, nor what backward needs", function()
  local x = leaf()
  local text = "a leaf that requires a gradient cannot be written in place while gradients are recorded"
  t.raises("add_: " .. text, function() x:add_(1) end)
  t.raises("fill_: a view of " .. text, function() x[1]:fill_(1) end)
  t.raises("assignment: " .. text, function() x[1] = 1 end)
  t.raises("copy_: " .. text, function() x:copy_(ml.ones { 2 }) end)
  t.raises("has been modified by an in-place operation", function()
    local y = x * x
    local z = y * y
    y:add_(1)
    z:sum():backward()
  end)
end)

t.done()
