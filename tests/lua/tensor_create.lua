-- Constructors, types, conversion to tables and text, the generator.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"

local function is(tensor, dtype, shape, values)
  t.equal(tensor.dtype, dtype, "dtype")
  t.equal(tensor.shape, shape, "shape")
  t.near(tensor:tolist(), values, 1e-6)
end

t.test("tensor takes the shape of nested tables and the type of their values", function()
  is(ml.tensor(5), "i64", {}, 5)
  is(ml.tensor(5.0), "f32", {}, 5)
  is(ml.tensor { 1, 2 }, "i64", { 2 }, { 1, 2 })
  is(ml.tensor { 1, 2.5 }, "f32", { 2 }, { 1, 2.5 })
  is(ml.tensor { { 1, 2, 3 }, { 4, 5, 6 } }, "i64", { 2, 3 }, { { 1, 2, 3 }, { 4, 5, 6 } })
  is(ml.tensor { true, false }, "bool", { 2 }, { true, false })
  is(ml.tensor(true), "bool", {}, true)
  is(ml.tensor { true, 300 }, "i64", { 2 }, { 1, 300 })
  is(ml.tensor { true, 0.5 }, "f32", { 2 }, { 1, 0.5 })
  is(ml.tensor {}, "f32", { 0 }, {})
  is(ml.tensor { {}, {} }, "f32", { 2, 0 }, { {}, {} })
end)

t.test("tensor keeps integers exactly", function()
  local large = (1 << 53) + 1
  t.equal(ml.tensor(large):item(), large)
  t.equal(ml.tensor { math.mininteger, math.maxinteger }:tolist(), { math.mininteger, math.maxinteger })
  t.equal(math.type(ml.tensor(3):item()), "integer")
  t.equal(math.type(ml.tensor(3.0):item()), "float")
  t.equal(math.type(ml.tensor(3, { dtype = "u8" }):item()), "integer")
end)

t.test("dtype has the names of both kinds, and converts", function()
  for name, short in pairs { f32 = "f32", float32 = "f32", float = "f32", f64 = "f64", float64 = "f64", double = "f64",
                             i64 = "i64", int64 = "i64", long = "i64", u8 = "u8", uint8 = "u8", byte = "u8",
                             bool = "bool", boolean = "bool" } do
    t.equal(ml.tensor({ 1 }, { dtype = name }).dtype, short)
    t.equal(ml.tensor({ 1 }):to(name).dtype, short)
  end
  is(ml.tensor({ 1.9, -1.9 }, { dtype = "i64" }), "i64", { 2 }, { 1, -1 })
  is(ml.tensor({ 1.9 }):long(), "i64", { 1 }, { 1 })
  is(ml.tensor({ 300 }):byte(), "u8", { 1 }, { 44 })
  is(ml.tensor({ 1 }):float(), "f32", { 1 }, { 1 })
  is(ml.tensor({ 1 }):double(), "f64", { 1 }, { 1 })
  local x = ml.tensor { 1.5 }
  t.ok(rawequal(x:float(), x), "nothing to convert is the same tensor")
end)

t.test("a tensor made from a tensor is a copy", function()
  local a = ml.tensor { 1, 2 }
  local b, c = ml.tensor(a), ml.tensor(a, { dtype = "f64" })
  a:fill_(9)
  is(b, "i64", { 2 }, { 1, 2 })
  is(c, "f64", { 2 }, { 1, 2 })
end)

t.test("tensor says what is wrong with a table", function()
  t.raises("tensor_create.lua:", function() ml.tensor { { 1, 2 }, { 3 } } end)
  t.raises("tensor: in dimension 2 one table has 2 values and another 1: all must have the same", ml.tensor,
    { { 1, 2 }, { 3 } })
  t.raises("tensor: a value stands where a table was expected (dimension 2)", ml.tensor, { { 1 }, 2 })
  t.raises("tensor: the table is deeper in one place (dimension 2) than before", ml.tensor, { 1, { 2 } })
  t.raises("tensor: a value is a string, expected a number", ml.tensor, { 1, "2" })
  t.raises("tensor: a value is a nil, expected a number", ml.tensor, nil)
  t.raises("tensor: a value is a function, expected a number", ml.tensor, print)
  local loop = {}
  loop[1] = loop
  t.raises("tensor: a tensor has at most 8 dimensions", ml.tensor, loop)
end)

t.test("unknown types and options are refused with what is known", function()
  t.raises("unknown dtype 'complex': there are f32 (float32), f64 (float64), f16 (float16)", ml.tensor, { 1 },
    { dtype = "complex" })
  t.raises("2147483648 does not fit into a tensor of type i32, which holds whole numbers of 32 bits", ml.tensor,
    { 1, 1 << 31 }, { dtype = "int" })
  t.raises("300 does not fit into a tensor of type u8, which holds 0 to 255", ml.tensor, { { 300 } }, { dtype = "u8" })
  t.raises("tensor: dtype is 3, expected a string", ml.tensor, { 1 }, { dtype = 3 })
  t.raises("zeros: unknown option 'dtpye': did you mean 'dtype'?", ml.zeros, 2, { dtpye = "f32" })
  t.raises("rand: unknown option 'low': known are dtype, requires_grad", ml.rand, 2, { low = 1 })
  t.raises("ones: the last argument is the string 'f32', expected a table of options such as { dtype = ... }", ml.ones,
    2, "f32")
  t.raises("full: options are named, got a value without a name", ml.full, { 2 }, 1, { "f32" })
  t.raises("expected a dtype such as 'f64'", function() return ml.zeros(2):to(5) end)
end)

t.test("zeros, ones, full and empty take sizes or a list of them", function()
  is(ml.zeros(2, 2), "f32", { 2, 2 }, { { 0, 0 }, { 0, 0 } })
  is(ml.ones({ 3 }, { dtype = "i64" }), "i64", { 3 }, { 1, 1, 1 })
  is(ml.full({ 2 }, 7), "i64", { 2 }, { 7, 7 })
  is(ml.full({ 2 }, 7.5), "f32", { 2 }, { 7.5, 7.5 })
  is(ml.full({}, 2, { dtype = "u8" }), "u8", {}, 2)
  t.equal(ml.full({ 1 }, (1 << 53) + 1):item(), (1 << 53) + 1)
  is(ml.zeros {}, "f32", {}, 0)
  is(ml.zeros(0, 3), "f32", { 0, 3 }, {})
  t.equal(ml.empty(4, 5).shape, { 4, 5 })
  t.raises("size -1 of a dimension is negative", ml.zeros, -1)
  t.raises("a size is 2.5, expected a whole number", ml.zeros, 2.5)
  t.raises("a size is x, expected a whole number", ml.zeros, { "x" })
  t.raises("argument 1 is nothing, expected a shape: sizes, or a list of them", ml.zeros)
  t.raises("a tensor has at most 8 dimensions", ml.zeros, 1, 1, 1, 1, 1, 1, 1, 1, 1)
  t.raises("a tensor has at most 8 dimensions, got 9", ml.zeros, { 1, 1, 1, 1, 1, 1, 1, 1, 1 })
  t.raises("is larger than any memory", ml.zeros, 1 << 40, 1 << 40)
  t.raises("is larger than any memory", ml.zeros, 0, 1 << 40, 1 << 40)
  t.raises("expected a shape, a list of sizes", ml.full, 2, 7)
  t.raises("argument 2 is the string 'x', expected a number", ml.full, { 2 }, "x")
end)

t.test("the constructors that end in like take shape and type from a tensor", function()
  local x = ml.tensor({ { 1, 2 } }, { dtype = "f64" })
  is(ml.zeros_like(x), "f64", { 1, 2 }, { { 0, 0 } })
  is(ml.ones_like(x, { dtype = "u8" }), "u8", { 1, 2 }, { { 1, 1 } })
  is(ml.full_like(x, 2.5), "f64", { 1, 2 }, { { 2.5, 2.5 } })
  t.equal(ml.empty_like(x).shape, { 1, 2 })
  t.equal(ml.rand_like(x).dtype, "f64")
  t.equal(ml.randn_like(x, { dtype = "f32" }).dtype, "f32")
  t.raises("zeros_like: unknown option 'typ'", ml.zeros_like, x, { typ = "u8" })
  t.raises("expected a Tensor", ml.zeros_like, 5)
end)

t.test("arange leaves the end out, linspace takes both ends", function()
  is(ml.arange(3), "i64", { 3 }, { 0, 1, 2 })
  is(ml.arange(1, 4), "i64", { 3 }, { 1, 2, 3 })
  is(ml.arange(0, 1, 0.25), "f32", { 4 }, { 0, 0.25, 0.5, 0.75 })
  is(ml.arange(3, 0, -1, { dtype = "f64" }), "f64", { 3 }, { 3, 2, 1 })
  is(ml.linspace(0, 1, 3), "f32", { 3 }, { 0, 0.5, 1 })
  is(ml.eye(2), "f32", { 2, 2 }, { { 1, 0 }, { 0, 1 } })
  is(ml.eye(2, 3, { dtype = "u8" }), "u8", { 2, 3 }, { { 1, 0, 0 }, { 0, 1, 0 } })
  t.raises("arange: from 3 to 0 the step must be negative, got 1", ml.arange, 3, 0)
  t.raises("arange: start 0, end 5, step 0: numbers must be finite, and step not 0", ml.arange, 0, 5, 0)
  t.raises("arange: argument 1 is the string 'x', expected a number", function() ml.arange("x") end)
  t.raises("linspace: steps is -1, expected 0 or more", ml.linspace, 0, 1, -1)
end)

t.test("text, length and concatenation", function()
  t.equal(tostring(ml.tensor { 1, 2 }), "[1, 2]\n[i64 2]")
  t.equal("x = " .. ml.tensor(3), "x = 3\n[i64 scalar]")
  t.equal(#ml.zeros(3, 2), 3)
  t.raises("#: a scalar tensor has no length", function() return #ml.tensor(1) end)
  local closed = ml.zeros(2)
  closed:close()
  t.equal(tostring(closed), "Tensor (closed)")
  t.raises("this one is closed", function() return closed:sum() end)
  for _, use in ipairs { function() return closed * 2 end, function() return 2 + closed end,
                         function() return ml.ones { 2 } - closed end, function() ml.ones { 2 }:add_(closed) end } do
    t.raises("is a closed Tensor, expected a Tensor", use)
  end
end)

t.test("item needs one element", function()
  t.equal(ml.tensor { { 2.5 } }:item(), 2.5)
  t.raises("item: a tensor of one element is needed, got 2x3", function() ml.zeros(2, 3):item() end)
end)

t.test("is_tensor knows tensors", function()
  t.equal({ ml.is_tensor(ml.zeros(1)), ml.is_tensor(1), ml.is_tensor {}, ml.is_tensor(io.stdout) },
    { true, false, false, false })
end)

-- ---- random ----

t.test("the seed decides what follows", function()
  ml.manual_seed(7)
  t.equal(ml.initial_seed(), 7)
  local a, b = ml.rand(5), ml.randn(5)
  ml.manual_seed(7)
  t.ok(a == ml.rand(5) and b == ml.randn(5))
  ml.manual_seed(8)
  t.ok(a ~= ml.rand(5))
  t.raises("argument 1 is 1.5, expected a seed, a whole number", function() ml.manual_seed(1.5) end)
  t.raises("expected a seed, a whole number", ml.manual_seed, "7")
end)

t.test("the state of the generator can be kept and set again", function()
  ml.manual_seed(-3)
  ml.rand(3)
  ml.randperm(5)
  local state = ml.get_rng_state()
  local a = { ml.randn(7):tolist(), ml.randint(100, { 3 }):tolist(), ml.randperm(9):tolist(), ml.zeros(4):bernoulli_():tolist() }
  ml.manual_seed(0)
  ml.set_rng_state(state)
  t.equal(ml.initial_seed(), -3)
  t.equal(ml.get_rng_state(), state)
  t.equal({ ml.randn(7):tolist(), ml.randint(100, { 3 }):tolist(), ml.randperm(9):tolist(),
            ml.zeros(4):bernoulli_():tolist() }, a)
  for _, text in ipairs { "", "1 2 3", "a b c d e f g h i", "1 2 3 4 9 6 7 8 9", state .. " 1", state .. "x" } do
    t.raises("set_rng_state: the text is not from get_rng_state", ml.set_rng_state, text)
  end
  t.equal(#ml.randn(2), 2) -- a refused text leaves the generator as it was
end)

t.test("random constructors have the ranges that their names promise", function()
  local u = ml.rand(10000)
  t.ok(u:min():item() >= 0 and u:max():item() < 1)
  for _, dtype in ipairs { "f16", "bf16" } do -- the largest numbers of f32 below 1 would be rounded to it
    local few = ml.rand({ 100000 }, { dtype = dtype })
    t.equal({ few.dtype, few:min():item(), few:max():item() < 1 }, { dtype, 0.0, true })
    t.near(few:float():mean():item(), 0.5, 0.005)
  end
  t.near(u:mean():item(), 0.5, 0.02)
  t.near(ml.randn(10000):std():item(), 1, 0.04)
  local i = ml.randint(2, 5, { 1000 })
  t.equal({ i.dtype, i:min():item(), i:max():item() }, { "i64", 2, 4 })
  t.equal(ml.randint(3, { 1000 }, { dtype = "f32" }):max():item(), 2)
  local p = ml.randperm(50)
  t.equal(p:sort():tolist(), ml.arange(1, 51):tolist())
  t.equal(ml.randperm(0):tolist(), {})
  t.raises("randint: from 5 to 5 (not included) there is no integer", ml.randint, 5, 5, { 1 })
  t.raises("expected a shape, a list of sizes", ml.randint, 5, 6)
  t.raises("randperm: n is -1, expected 0 or more", ml.randperm, -1)
  t.raises("expected floats (randint makes integers)", ml.rand, 2, { dtype = "i64" })
end)

t.test("manual_seed sets Lua's own numbers too, and math.randomseed those alone", function()
  ml.manual_seed(7)
  local lua, ours = math.random(), ml.rand(1):item()
  ml.manual_seed(7)
  t.equal({ math.random(), ml.rand(1):item() }, { lua, ours })
  ml.manual_seed(8)
  t.ok(math.random() ~= lua, "another seed gives other numbers")
  ml.manual_seed(7)
  math.randomseed(8)
  t.ok(math.random() ~= lua, "randomseed has an effect")
  t.equal(ml.rand(1):item(), ours, "and none on the library's numbers")
end)

t.test("random fills in place", function()
  local x = ml.zeros(1000):uniform_(-2, -1)
  t.ok(x:min():item() >= -2 and x:max():item() <= -1)
  t.near(ml.zeros(10000):normal_(5, 0.1):mean():item(), 5, 0.01)
  t.equal(ml.zeros(100):bernoulli_(1):sum():item(), 100)
  t.raises("uniform_: from 1 to 0 is empty: low must not be above high", function() x:uniform_(1, 0) end)
  t.raises("normal_: std is -1, expected 0 or more", function() x:normal_(0, -1) end)
  t.raises("bernoulli_: p is 2, expected 0 to 1", function() x:bernoulli_(2) end)
end)

t.test("requires_grad makes leaves", function()
  t.equal(ml.zeros(2, { requires_grad = true }).requires_grad, true)
  t.equal(ml.tensor({ 1.5 }, { requires_grad = true }).is_leaf, true)
  t.raises("requires_grad is 1, expected true or false", ml.zeros, 2, { requires_grad = 1 })
end)

t.test("long ranges are made in pieces, and are the same numbers", function()
  for _, dtype in ipairs { "f32", "f64", "i64", "i32", "u8" } do
    local t_, n = ml.arange(0, 200001, 3, { dtype = dtype }), 66667
    t.equal(#t_, n)
    for _, i in ipairs { 1, 2, 256, 257, 65536, 65537, n } do
      t.equal(t_[i]:item(), dtype == "u8" and (i - 1) * 3 % 256 or (i - 1) * 3, ("%s, %d"):format(dtype, i))
    end
  end
  local l = ml.linspace(1, 2, 70001, { dtype = "f64" })
  t.equal({ l[1]:item(), l[35001]:item(), l[70001]:item() }, { 1, 1.5, 2 })
end)

t.done()
