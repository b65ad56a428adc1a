-- Operators and element-wise methods, numbers on either side, in-place functions, products.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"

local function is(tensor, dtype, values)
  t.equal(tensor.dtype, dtype, "dtype")
  t.near(tensor:tolist(), values, 1e-5)
end

t.test("operators work on tensors and on numbers on either side", function()
  local a, b = ml.tensor { 1.0, 2.0 }, ml.tensor { 4.0, 0.5 }
  is(a + b, "f32", { 5, 2.5 })
  is(a - b, "f32", { -3, 1.5 })
  is(a * b, "f32", { 4, 1 })
  is(a / b, "f32", { 0.25, 4 })
  is(b ^ a, "f32", { 4, 0.25 })
  is(-a, "f32", { -1, -2 })
  is(a + 1, "f32", { 2, 3 })
  is(1 - a, "f32", { 0, -1 })
  is(3 * a, "f32", { 3, 6 })
  is(2 / a, "f32", { 2, 1 })
  is(2 ^ a, "f32", { 2, 4 })
  is(a ^ 2, "f32", { 1, 4 })
end)

t.test("types widen between tensors and not for plain numbers", function()
  local u, i = ml.tensor({ 200, 7 }, { dtype = "u8" }), ml.tensor { 200, 7 }
  local f, d = ml.tensor { 0.5, 1.5 }, ml.tensor({ 0.5, 1.5 }, { dtype = "f64" })
  t.equal({ (u + i).dtype, (i + f).dtype, (f + d).dtype, (u + u).dtype, (u + d).dtype },
    { "i64", "f32", "f64", "u8", "f64" })
  is(u + u, "u8", { 144, 14 })
  is(u + 100, "u8", { 44, 107 })
  is(u + 300, "i64", { 500, 307 })
  is(u * 0.5, "f32", { 100, 3.5 })
  is(i / 2, "f32", { 100, 3.5 })
  is(i * 2, "i64", { 400, 14 })
  is(f * 2, "f32", { 1, 3 })
  is(d * 0.1, "f64", { 0.05, 0.15 })
  local large = (1 << 53) + 1
  t.equal(((ml.tensor { 0 } + large)[1]):item(), large)
  t.equal((large - ml.tensor { 1 }):tolist(), { large - 1 })
  t.equal(ml.tensor { large }:eq(large):item(), true)
  t.equal(ml.tensor { large - 1 }:eq(large):item(), false)
end)

t.test("shapes broadcast, and those that do not are named at the user's line", function()
  local a, b = ml.arange(3):reshape(3, 1), ml.arange(2)
  is(a * 10 + b, "i64", { { 0, 1 }, { 10, 11 }, { 20, 21 } })
  local message = t.raises("add: shapes 2 and 3 do not broadcast (aligned at the last dimension, sizes must be equal or 1)",
    function() return ml.zeros(2) + ml.zeros(3) end)
  t.ok(message:find("tensor_math.lua:", 1, true), message)
end)

t.test("operators refuse what is neither tensor nor number", function()
  local a = ml.zeros(2)
  t.raises("is the string 'x', expected a Tensor or a number", function() return a + "x" end)
  t.raises("is nil, expected a Tensor or a number", function() return a * nil end)
  t.raises("is a table, expected a Tensor or a number", function() return {} - a end)
  t.raises("expected a Tensor or a number", function() return a:mul() end)
end)

t.test("comparisons are methods and give bool", function()
  local a = ml.tensor { 1, 2, 3 }
  is(a:lt(2), "bool", { true, false, false })
  is(a:le(2), "bool", { true, true, false })
  is(a:gt(1.5), "bool", { false, true, true })
  is(a:ge(ml.tensor { 3, 2, 1 }), "bool", { false, true, true })
  is(a:eq(2), "bool", { false, true, false })
  is(a:ne(2), "bool", { true, false, true })
end)

t.test("== compares whole tensors, < and <= are refused with what to use", function()
  local a = ml.tensor { 1, 2 }
  t.equal({ a == ml.tensor { 1, 2 }, a == ml.tensor { 1, 3 }, a == ml.tensor { { 1, 2 } }, a == 1 },
    { true, false, false, false })
  t.equal({ a:equal(a:clone()), a:equal(ml.tensor { 1.0, 2.0 }), a:equal(5) }, { true, true, false })
  t.equal(ml.tensor { 0 / 0 }:equal(ml.tensor { 0 / 0 }), false)
  t.equal({ ml.zeros(0, 3):equal(ml.zeros(0, 3)), ml.zeros(3, 0):equal(ml.zeros(3, 0)), ml.zeros(0):equal(ml.zeros(0, 1)),
            ml.tensor(2):equal(ml.tensor(2)), ml.tensor(2):equal(ml.tensor(3)) }, { true, true, false, true, false })
  for _, fn in ipairs { function() return a < a end, function() return a <= 1 end, function() return 1 > a end } do
    t.raises("tensors are compared element by element with a:lt(b), a:le(b), a:gt(b), a:ge(b); "
      .. "Lua's < and <= can only give one answer", fn)
  end
end)

t.test("a difference is found wherever it is in a large tensor", function()
  for _, shape in ipairs { { 300, 700 }, { 200001 }, { 2, 100000 }, { 100000, 2 }, { 1, 3, 300, 100 } } do
    local flat = ml.arange(ml.zeros(shape):numel())
    local a = flat:reshape(shape):clone()
    t.ok(a:equal(a:clone()) and a:equal(a:double()) and (#shape ~= 2 or a:equal(a:t():contiguous():t())))
    for _, place in ipairs { 1, 65536, 65537, 70001, #flat - 1, #flat } do
      flat[place] = -1
      t.ok(not a:equal(flat:reshape(shape)), place)
      flat[place] = place - 1
    end
    t.ok(a:equal(flat:reshape(shape)))
  end
end)

t.test("methods of two operands", function()
  local a, b = ml.tensor { 1.0, 5.0 }, ml.tensor { 3.0, 2.0 }
  is(a:add(b), "f32", { 4, 7 })
  is(a:add(b, { alpha = 10 }), "f32", { 31, 25 })
  is(a:sub(b, { alpha = 0.5 }), "f32", { -0.5, 4 })
  is(a:add(2, { alpha = 3 }), "f32", { 7, 11 })
  is(ml.tensor { 1 }:add(2, { alpha = 3 }), "i64", { 7 })
  is(a:mul(2), "f32", { 2, 10 })
  is(a:div(b), "f32", { 1 / 3, 2.5 })
  is(a:pow(2), "f32", { 1, 25 })
  is(a:minimum(b), "f32", { 1, 2 })
  is(a:maximum(3), "f32", { 3, 5 })
  is(a:max(b), "f32", { 3, 5 })
  is(a:min(b), "f32", { 1, 2 })
  t.raises("mul takes one argument, got another table", function() a:mul(b, { alpha = 2 }) end)
  t.raises("add: unknown option 'alhpa': did you mean 'alpha'?", function() a:add(b, { alhpa = 2 }) end)
  t.raises("add: the last argument is 2, expected a table of options such as { alpha = ... }", function() a:add(b, 2) end)
end)

t.test("functions of one element", function()
  local x = ml.tensor { -1.5, 0.0, 2.5 }
  is(x:abs(), "f32", { 1.5, 0, 2.5 })
  is(x:neg(), "f32", { 1.5, 0, -2.5 })
  is(x:sign(), "f32", { -1, 0, 1 })
  is(x:square(), "f32", { 2.25, 0, 6.25 })
  is(x:exp(), "f32", { math.exp(-1.5), 1, math.exp(2.5) })
  is(x:expm1(), "f32", { math.exp(-1.5) - 1, 0, math.exp(2.5) - 1 })
  is(x:sin(), "f32", { math.sin(-1.5), 0, math.sin(2.5) })
  is(x:cos(), "f32", { math.cos(-1.5), 1, math.cos(2.5) })
  is(x:relu(), "f32", { 0, 0, 2.5 })
  is(x:sigmoid(), "f32", { 1 / (1 + math.exp(1.5)), 0.5, 1 / (1 + math.exp(-2.5)) })
  is(x:tanh(), "f32", { -0.905148, 0, 0.986614 })
  is(x:erf(), "f32", { -0.966105, 0, 0.999593 })
  is(x:floor(), "f32", { -2, 0, 2 })
  is(x:ceil(), "f32", { -1, 0, 3 })
  is(x:round(), "f32", { -2, 0, 2 })
  is(ml.tensor { 1, 4 }:sqrt(), "f32", { 1, 2 })
  is(ml.tensor { 1, 4 }:reciprocal(), "f32", { 1, 0.25 })
  is(ml.tensor { 1, 4 }:log(), "f32", { 0, math.log(4) })
  is(ml.tensor { 0, 1 }:log1p(), "f32", { 0, math.log(2) })
  is(x:logical_not(), "bool", { false, true, false })
  is(ml.tensor { 0 / 0, 1 / 0, 1 }:isnan(), "bool", { true, false, false })
  is(ml.tensor { 0 / 0, 1 / 0, 1 }:isfinite(), "bool", { false, false, true })
  is(ml.tensor { -3, 3 }:abs(), "i64", { 3, 3 })
end)

t.test("clamp takes bounds by place and by name", function()
  local x = ml.tensor { -2, 0, 2 }
  is(x:clamp(-1, 1), "i64", { -1, 0, 1 })
  is(x:clamp(1), "i64", { 1, 1, 2 })
  is(x:clamp(nil, 1), "i64", { -2, 0, 1 })
  is(x:clamp { max = 0 }, "i64", { -2, 0, 0 })
  is(x:clamp { min = 0.5 }, "f32", { 0.5, 0.5, 2 })
  t.raises("clamp: got no bounds", function() x:clamp() end)
  t.raises("clamp: unknown option 'mim': did you mean", function() x:clamp { mim = 0 } end)
  is(x:clamp_ { min = -1 }, "i64", { -1, 0, 2 })
  is(x, "i64", { -1, 0, 2 })
end)

t.test("functions that end in an underscore write into the tensor and return it", function()
  local x = ml.tensor { 1.0, 2.0 }
  t.ok(rawequal(x:add_(1), x))
  is(x:add_(ml.tensor { 1.0, 1.0 }, { alpha = 2 }), "f32", { 4, 5 })
  is(x:sub_(1, { alpha = 2 }), "f32", { 2, 3 })
  is(x:mul_(2), "f32", { 4, 6 })
  is(x:div_(ml.tensor { 2.0, 3.0 }), "f32", { 2, 2 })
  is(x:pow_(3), "f32", { 8, 8 })
  is(x:fill_(3), "f32", { 3, 3 })
  is(x:copy_(ml.tensor { 7 }), "f32", { 7, 7 })
  is(x:zero_(), "f32", { 0, 0 })
  t.raises("div_: a tensor of type i64 cannot hold the result", function() ml.tensor { 1 }:div_(2) end)
  t.raises("add_: a result of type f32 cannot be kept in a tensor of type i64", function() ml.tensor { 1 }:add_(0.5) end)
  t.raises("mul: shapes 2 and 3 do not broadcast", function() x:mul_(ml.zeros(3)) end)
  t.raises("mul_ takes one argument, got another table", function() x:mul_(2, { alpha = 2 }) end)
  t.raises("argument 1 is the string 'x', expected a number", function() x:fill_("x") end)
  t.raises("argument 1 is 5, expected a Tensor", function() x:copy_(5) end)
  t.raises("argument 1 is nil, expected a Tensor or a number", function() x:add_(nil) end)
end)

t.test("a leaf that requires a gradient is not written in place", function()
  local w = ml.zeros(2, { requires_grad = true })
  local text = "a leaf that requires a gradient cannot be written in place while gradients are recorded"
  for _, name in ipairs { "zero_", "uniform_", "normal_", "bernoulli_" } do
    t.raises(name .. ": " .. text, function() w[name](w) end)
  end
  for _, name in ipairs { "add_", "sub_", "mul_", "div_", "pow_", "fill_", "clamp_" } do
    t.raises(name .. ": " .. text, function() w[name](w, 1) end)
  end
  t.raises("copy_: " .. text, function() w:copy_(ml.ones(2)) end)
  t.raises("assignment: " .. text, function() w[1] = 1 end)
  ml.no_grad(function() w:add_(1) w[1] = 5 end)
  is(w, "f32", { 5, 1 })
end)

t.test("matmul, mm and dot", function()
  local a, b = ml.tensor { { 1.0, 2.0 }, { 3.0, 4.0 } }, ml.tensor { { 0.0, 1.0 }, { 1.0, 0.0 } }
  is(a:matmul(b), "f32", { { 2, 1 }, { 4, 3 } })
  is(a:mm(a:t()), "f32", { { 5, 11 }, { 11, 25 } })
  is(a:matmul(ml.tensor { 1.0, 1.0 }), "f32", { 3, 7 })
  is(ml.tensor { 1.0, 2.0 }:dot(ml.tensor { 3.0, 4.0 }), "f32", 11)
  is(ml.ones(2, 1, 3):matmul(ml.ones(3, 2)), "f32", { { { 3, 3 } }, { { 3, 3 } } })
  t.raises("matmul: a is 2x2 but b is 3x3 (columns of a must equal rows of b)", function() a:matmul(ml.ones(3, 3)) end)
  t.raises("matmul: a is f32 and b is i64, expected numbers of one type (convert with :to)",
    function() a:matmul(ml.arange(2)) end)
  t.raises("argument 1 is 2, expected a Tensor", function() a:matmul(2) end)
  t.raises("dot: expected two tensors of one dimension", function() a:dot(b) end)
  t.raises("dot: got a number, expected a Tensor", function() ml.zeros(2):dot(5) end)
end)

t.test("allclose bounds the difference by both tolerances", function()
  local a = ml.tensor { 1.0, 100.0 }
  t.equal(a:allclose(a + 1e-6), true)
  t.equal(a:allclose(a + 0.01), false)
  t.equal(a:allclose(a + 0.01, { atol = 0.1 }), true)
  t.equal(a:allclose(a * 1.01, { rtol = 0.1 }), true)
  local odd = ml.tensor { 1 / 0, -1 / 0, 0 / 0 }
  t.equal(odd:allclose(odd), false)
  t.equal(odd:allclose(odd, { equal_nan = true }), true)
  t.equal(ml.tensor { 1 / 0 }:allclose(ml.tensor { -1 / 0 }), false)
  local u = ml.tensor({ 1, 250 }, { dtype = "u8" })
  t.equal(u:allclose(ml.tensor({ 2, 249 }, { dtype = "u8" }), { atol = 1 }), true)
  t.equal(u:allclose(ml.tensor({ 251, 250 }, { dtype = "u8" }), { atol = 10 }), false)
  t.raises("allclose: unknown option 'tol'", function() a:allclose(a, { tol = 1 }) end)
  t.raises("allclose: got a number, expected a Tensor", function() a:allclose(1) end)
end)

t.test("a loop of temporaries stays flat without collectgarbage", function()
  local memory = require("mlprun.core").sys.memory
  local sanitized = (os.getenv("TEST_BUILD") or ""):find("address") -- its allocator keeps what is freed
  local small, large = ml.ones(10), ml.ones(250, 1000) -- 40 bytes and 1 MB
  local function grows_less(bound, fn)
    local before = memory()
    fn()
    local after = memory()
    local tensors, resident = after.tensors - before.tensors, after.resident - before.resident
    t.ok(tensors < bound, ("%.1f MB of tensors grew"):format(tensors / (1 << 20)))
    t.ok(sanitized or resident < bound, ("%.1f MB of memory grew"):format(resident / (1 << 20)))
  end
  for _ = 1, 50000 do local _ = small * 2 end
  grows_less(64 << 20, function()
    for _ = 1, 300000 do local _ = small * 2 end
  end)
  grows_less(100 << 20, function()
    for _ = 1, 2000 do local _ = large * 2 end
  end)
end)

t.done()
