-- The type bool: what gives it, what it does, and masks that read and write. The numbers are PyTorch's.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"

local function is(tensor, dtype, values)
  t.equal(tensor.dtype, dtype, "dtype")
  t.near(tensor:tolist(), values)
end

local function leaf() return ml.tensor({ { 1.0, 2.0 }, { 3.0, 4.0 } }, { requires_grad = true }) end

t.test("bools are added as or, multiplied as and, and are numbers beside numbers", function()
  local a, b = ml.tensor { true, true, false, false }, ml.tensor { true, false, true, false }
  is(a + b, "bool", { true, true, true, false })
  is(a * b, "bool", { true, false, false, false })
  is(a:maximum(b), "bool", { true, true, true, false })
  is(a:eq(b), "bool", { true, false, false, true })
  is(a:lt(b), "bool", { false, false, true, false })
  is(a:logical_not(), "bool", { false, false, true, true })
  is(a + 1, "i64", { 2, 2, 1, 1 })
  is(a * 2.5, "f32", { 2.5, 2.5, 0, 0 })
  is(a / b, "f32", { 1, 1 / 0, 0, 0 / 0 })
  is(a:sum(), "i64", 2)
  is(a:float():mean(), "f32", 0.5)
  is(a:any(), "bool", true)
  is(a:all(), "bool", false)
  is(ml.tensor { 0.5, 0, 0 / 0 }:bool(), "bool", { true, false, true })
  t.raises("sub: both sides are bool", function() return a - b end)
  t.raises("neg: a bool has no negative", function() return -a end)
  t.raises("add_: a result of type i64 cannot be kept in a tensor of type bool", function() a:clone():add_(2) end)
end)

t.test("they print, are read back, and are Lua's booleans", function()
  t.equal(tostring(ml.tensor { true, false }), "[ true, false]\n[bool 2]")
  t.equal(ml.tensor { 1, 2 }:gt(1):any():item(), true)
  local x = ml.zeros({ 2 }, { dtype = "bool" })
  x[2] = true
  is(x, "bool", { false, true })
  is(ml.full({ 2 }, true), "bool", { true, true })
  is(ml.cat { x, x:logical_not() }, "bool", { false, true, true, false })
  is((x:sort(1, true)), "bool", { true, false })
end)

t.test("files keep them", function()
  local folder = t.folder()
  local x = ml.tensor { { true, false }, { false, true } }
  ml.save_npy(folder .. "/x.npy", x)
  ml.save_safetensors(folder .. "/x.safetensors", { x = x, y = ml.ones { 3 } })
  ml.save({ x = x }, folder .. "/saved.safetensors")
  is(ml.load_npy(folder .. "/x.npy"), "bool", x:tolist())
  is(ml.load_safetensors(folder .. "/x.safetensors").x, "bool", x:tolist())
  is(ml.load(folder .. "/saved.safetensors").x, "bool", x:tolist())
end)

t.test("a mask picks elements, or rows", function()
  local v = ml.tensor { 5, 6, 7 }
  is(v[v:gt(5)], "i64", { 6, 7 })
  is(v[v:gt(9)], "i64", {})
  local x = ml.tensor { { 1.0, 2.0 }, { 3.0, 4.0 } }
  is(x[x:gt(1)], "f32", { 2, 3, 4 })
  is(x:t()[x:gt(1)], "f32", { 3, 2, 4 })
  is(x[ml.tensor { false, true }], "f32", { { 3, 4 } })
  is(x:masked_select(ml.tensor { false, true }), "f32", { 2, 4 })
  t.raises("mask: it is bool 3 and the tensor 2x2: expected a bool of the same first sizes", function()
    return x[ml.tensor { true, true, false }]
  end)
end)

t.test("a mask says what is written", function()
  local v = ml.tensor { 5, 6, 7 }
  v[v:gt(5)] = 0
  is(v, "i64", { 5, 0, 0 })
  v[v:eq(0)] = ml.tensor { 8, 9 }
  is(v, "i64", { 5, 8, 9 })
  local x = ml.zeros { 2, 2 }
  x[ml.tensor { true, false }] = ml.tensor { 1.0, 2.0 }
  is(x, "f32", { { 1, 2 }, { 0, 0 } })
  is(x:masked_fill(x:eq(0), -1), "f32", { { 1, 2 }, { -1, -1 } })
  x:masked_fill_(ml.tensor { true, false }, 7)
  is(x, "f32", { { 7, 2 }, { 7, 0 } })
  t.raises("expand: 3 does not broadcast to 2", function() v[v:gt(5)] = ml.tensor { 1, 2, 3 } end)
  t.raises("assignment: an index tensor picks a copy", function() v[ml.tensor { 1 }] = 0 end)
end)

t.test("gradients go through masks", function()
  local x = leaf();
  (x[x:detach():gt(1)] * 2):sum():backward()
  is(x.grad, "f32", { { 0, 2 }, { 2, 2 } })
  x = leaf()
  local y = x * 1
  y[x:gt(2)] = x:sum()
  y:sum():backward()
  is(x.grad, "f32", { { 3, 3 }, { 2, 2 } })
  x = leaf()
  local z = ml.zeros { 2, 2 }
  z[ml.tensor { true, false }] = x[1]
  z:sum():backward()
  is(x.grad, "f32", { { 1, 1 }, { 0, 0 } })
  x = leaf()
  x:masked_fill(x:gt(2), 0):sum():backward()
  is(x.grad, "f32", { { 1, 1 }, { 0, 0 } })
end)

t.test("nonzero and where tell the places, from 1", function()
  local x = ml.tensor { { 0, 2 }, { 3, 0 } }
  is(x:nonzero(), "i64", { { 1, 2 }, { 2, 1 } })
  local rows, columns = ml.where(x:gt(0))
  is(rows, "i64", { 1, 2 })
  is(columns, "i64", { 2, 1 })
  is(ml.where(ml.tensor { true, false }, 1, 2), "i64", { 1, 2 })
  is(ml.where(ml.tensor { true, false }, true, false), "bool", { true, false })
end)

t.test("a type holds what it is given, or says so", function()
  local u = ml.zeros({ 2 }, { dtype = "u8" })
  t.raises("300 does not fit into a tensor of type u8, which holds 0 to 255", function() u:fill_(300) end)
  t.raises("-1 does not fit into a tensor of type u8", function() u[1] = -1 end)
  t.raises("1e+30 does not fit into a tensor of type i64", function() ml.zeros({ 2 }, { dtype = "i64" }):fill_(1e30) end)
  t.raises("pow: -1 is negative", function() return ml.tensor { 2, 3 } ^ -1 end)
  t.raises("pow: -2 is negative", function() ml.tensor { 2, 3 }:pow_(-2) end)
  is(ml.tensor { 1, 2 } ^ ml.tensor { -1, -1 }, "i64", { 1, 0 })
  is(ml.zeros({ 1 }, { dtype = "i64" }):add_(9007199254740993), "i64", { 9007199254740993 })
  is(ml.ones { 2 } + ml.tensor(2.5, { dtype = "f64" }), "f32", { 3.5, 3.5 })
  is(ml.tensor { 1, 2 } + ml.tensor(2.5, { dtype = "f64" }), "f64", { 3.5, 4.5 })
  is(u + ml.tensor(2), "u8", { 2, 2 })
end)

t.done()
