-- f16, bf16 and i32: what is kept in them, and computed with them, to the bit as PyTorch has it
-- (tests/golden/tensor/make_kept.py).
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local golden = dofile("tests/golden/tensor/kept.lua")

-- The same numbers, NaN, and signs of zeros (not with any_zero: which of two zeros is the larger is nobody's rule).
local function same(got, expected, what, any_zero)
  local values = type(got) == "table" and got or got:detach():reshape(got:numel()):tolist()
  t.equal(#values, #expected, what .. ": how many")
  for i, want in ipairs(expected) do
    local value = values[i]
    local equal = value == want or value ~= value and want ~= want
    if type(want) == "number" and want == 0 and equal and not any_zero then equal = 1 / value == 1 / want end
    if not equal then error(("%s: value %d is %s, expected %s"):format(what, i, value, want), 0) end
  end
end

local function of(values, dtype) return ml.tensor(values, { dtype = dtype }) end

-- Every element of a with every one of b.
local function table_of(a, b, op) return a:unsqueeze(2)[op](a:unsqueeze(2), b:unsqueeze(1)) end

local HALVES <const> = { "f16", "bf16" }

t.test("conversions round to the nearest, ties to even, and overflow to infinity", function()
  for _, dtype in ipairs(HALVES) do
    local want, hard = golden[dtype], of(golden.hard, "f32")
    same(hard:to(dtype), want.from_f32, dtype .. " from f32")
    same((hard:double() * (1 + 2.0 ^ -40)):to(dtype), want.from_f64, dtype .. " from f64")
    same(of(want.wholes, "i64"):to(dtype), want.from_i64, dtype .. " from i64")
    same(of(golden.hard, dtype), want.from_f32, dtype .. " from numbers")
    same(of(golden.hard, dtype):float(), want.from_f32, dtype .. " to f32")
    same(hard:to(dtype):double():to(dtype), want.from_f32, dtype .. " and back")
    local written = ml.zeros({ #golden.hard }, { dtype = dtype })
    for i, value in ipairs(golden.hard) do written[i] = value end
    same(written, want.from_f32, dtype .. ", element by element")
  end
end)

t.test("arithmetic, comparisons and functions are computed in f32 and rounded once", function()
  for _, dtype in ipairs(HALVES) do
    local want = golden[dtype]
    local few = of(want.few, dtype)
    for _, op in ipairs { "add", "sub", "mul", "div", "maximum", "minimum" } do
      local y = table_of(few, few, op)
      t.equal(y.dtype, dtype, op)
      same(y, want[op], dtype .. " " .. op, op:find("imum"))
    end
    for _, op in ipairs { "eq", "lt", "ge" } do same(table_of(few, few, op), want[op], dtype .. " " .. op) end
    for _, op in ipairs { "neg", "abs", "sqrt", "reciprocal", "floor", "round", "isnan", "isfinite", "exp", "log", "tanh",
                          "sigmoid" } do
      same(few[op](few), want[op], dtype .. " " .. op)
    end
    local finite = few[{ { 1, 10 } }]
    for _, number in ipairs { 0.3, 1e-4, 1e6, 3 } do
      for op, values in pairs(want[number]) do
        same(finite[op](finite, number), values, ("%s %s %g"):format(dtype, op, number))
      end
    end
  end
end)

t.test("in place is the same", function()
  for _, dtype in ipairs(HALVES) do
    local few = of(golden[dtype].few, dtype)
    for _, op in ipairs { "add", "sub", "mul", "div" } do
      local y = few:clone()
      y[op .. "_"](y, few:flip(1))
      same(y, few[op](few, few:flip(1)):tolist(), dtype .. " " .. op)
    end
    local y, wide = few:clone(), few:float():add(few:flip(1):float(), { alpha = 0.3 })
    same(y:add_(few:flip(1), { alpha = 0.3 }), wide:to(dtype):tolist(), dtype .. " alpha")
    local x = of({ 1.0, 2.0 }, dtype)
    same(x:add_(ml.tensor { 1e-5, 1e5 }), of({ 1.0, 1e5 + 2 }, dtype):tolist(), "of f32")
  end
  t.raises("add_: a result of type f16 cannot be kept in a tensor of type i32", function()
    ml.tensor({ 1 }, { dtype = "i32" }):add_(of({ 1 }, "f16"))
  end)
end)

t.test("reductions are rounded once, at the end", function()
  for _, dtype in ipairs(HALVES) do
    local want = golden[dtype]
    local ramp = of(want.ramp, dtype)
    for _, op in ipairs { "sum", "mean", "prod", "amax", "amin" } do
      local y = ramp[op](ramp)
      t.equal(y.dtype, dtype, op)
      t.equal(y:item(), want["of_ramp_" .. op], dtype .. " " .. op)
    end
    t.equal(ramp:argmax():item(), want.of_ramp_argmax + 1)
    same(ramp:cumsum(1), want.cumsum, dtype .. " cumsum")
    same((of(want.few, dtype)[{ { 1, 10 } }]:sort()), want.sorted, dtype .. " sort")
    same(ramp:reshape(3, 100):sum(2), ramp:reshape(3, 100):float():sum(2):to(dtype):tolist(), "along a dimension")
  end
end)

t.test("i32 wraps around and keeps its type", function()
  local want, ends = golden.i32, of(golden.ends, "i32")
  for _, op in ipairs { "add", "sub", "mul", "maximum", "minimum" } do
    local y = table_of(ends, ends, op)
    t.equal(y.dtype, "i32", op)
    same(y, want[op], op)
  end
  for _, op in ipairs { "eq", "lt", "ge" } do same(table_of(ends, ends, op), want[op], op) end
  local n = ends:numel()
  for _, op in ipairs { "floor_divide", "remainder" } do
    local y = table_of(ends[{ { 1, n - 1 } }], ends[{ { 2, n - 1 } }], op)
    t.equal(y.dtype, "i32", op)
    same(y, want[op], op)
  end
  same(table_of(ends, ml.arange(0, 6):int(), "pow"), want.pow, "pow")
  for _, op in ipairs { "neg", "abs", "sign", "square", "sqrt" } do same(ends[op](ends), want[op], op) end
  for i, value in ipairs(ends:exp():tolist()) do
    t.ok(value == want.exp[i] or math.abs(value - want.exp[i]) <= 1e-6 * want.exp[i], "exp")
  end
  for _, op in ipairs { "sum", "prod", "amax", "amin", "any", "all" } do
    t.equal(ends[op](ends):item(), want["of_all_" .. op], op)
  end
  t.equal({ ends:sum().dtype, ends:amax().dtype, ends:mean().dtype, ends:cumsum(1).dtype }, { "i64", "i32", "f32", "i64" })
  t.equal({ ends:argmax():item(), ends:argmin():item() }, { want.of_all_argmax + 1, want.of_all_argmin + 1 })
  same(ends:cumsum(1), want.cumsum, "cumsum")
  same(ends[{ { 2, n } }]:cumprod(1), want.cumprod, "cumprod")
  same(of(want.wide, "i64"):int(), want.from_i64, "from i64")
  same(ends:byte(), want.to_u8, "to u8")
  same(ends:reshape(n, 1):matmul(ends:reshape(1, n)), want.matmul, "matmul")
  same(of({ 3e9, -3e9, 0 / 0, 1 / 0, 1.9, -1.9 }, "f32"):int(), { 2147483647, -2147483648, 0, 2147483647, 1, -1 },
    "what does not fit is the nearest that does, as for i64; PyTorch leaves it to the processor")
  same(ends:clamp(-(1 << 40), 1 << 40), golden.ends, "bounds beyond it")
  t.equal({ (ends + (1 << 31)).dtype, (ends + 1).dtype, (ends + 0.5).dtype, (ends / 2).dtype }, { "i64", "i32", "f32", "f32" })
end)

t.test("types work together as PyTorch's do", function()
  local function ones(dtype, has) return ml.ones(has and { 2 } or {}, { dtype = dtype }) end
  for _, row in ipairs(golden.promoted) do
    local a, b = ones(row[1], row[2]), ones(row[3], row[4])
    local what = ("%s (%d) and %s (%d)"):format(row[1], a:dim(), row[3], b:dim())
    t.equal(ml.result_type(a, b), row[5], what)
    t.equal((a + b).dtype, row[5], what)
    t.equal(ml.where(ml.tensor { true, false }, a, b).dtype, row[5], what)
    if row[2] and row[4] then
      t.equal({ ml.cat({ a, b }).dtype, ml.stack({ a, b }).dtype }, { row[5], row[5] }, what)
    end
  end
  for _, row in ipairs(golden.with_number) do
    local x = ones(row[1], true)
    t.equal({ ml.result_type(x, 1), ml.result_type(0.5, x) }, { row[2], row[3] }, row[1])
  end
  t.equal(ml.result_type(ones("i32", true), 1 << 31), "i64")
  t.raises("expected a Tensor", ml.result_type, 1, 2)
  t.raises("expected a Tensor or a number", ml.result_type, ones("f32", true), "f32")
end)

t.test("what moves numbers moves these", function()
  for _, dtype in ipairs { "f16", "bf16", "i32" } do
    local x = ml.arange(0, 24, { dtype = dtype }):reshape(4, 6)
    t.equal(x.dtype, dtype)
    t.equal(x[{ 2, { 3, 4 } }]:tolist(), dtype == "i32" and { 8, 9 } or { 8.0, 9.0 })
    t.equal(math.type(x[2][3]:item()), dtype == "i32" and "integer" or "float")
    local as_f32 = x:float()
    for what, fn in pairs {
      transposed = function(y) return y:t():contiguous() end,
      joined = function(y) return ml.cat({ y, y:flip(1) }, 2) end,
      picked = function(y) return y:index_select(2, ml.tensor { 6, 1 }) end,
      gathered = function(y) return y:gather(2, ml.tensor { { 6 }, { 1 }, { 2 }, { 3 } }) end,
      added = function(y) return y:index_add(1, ml.tensor { 2, 2 }, y[{ { 1, 2 } }]) end,
      scattered = function(y) return y:scatter_add(2, ml.tensor { { 6, 6 } }, y[{ { 4, 4 }, { 1, 2 } }]) end,
      masked = function(y) return y[y:gt(11)] end,
      filled = function(y) return y:masked_fill(y:lt(3), 7) end,
      chosen = function(y) return ml.where(y:gt(5), y, 1) end,
      largest = function(y) return (y:topk(2)) end,
      ordered = function(y) return (y:sort { dim = 1, descending = true }) end,
      triangle = function(y) return y:tril() end,
      padded = function(y) local z = y:clone(); z[{ 1, { 2, 3 } }] = 5; return z end,
    } do
      local got = fn(x)
      t.equal(got.dtype, dtype, what)
      t.equal(got:float():tolist(), fn(as_f32):tolist(), dtype .. " " .. what)
    end
    t.equal({ x:unique().dtype, x:nonzero().dtype, x:median():item() == 11 }, { dtype, "i64", true })
    t.ok(x == as_f32 and x:equal(as_f32), "equal numbers are equal")
  end
  t.equal(tostring(of({ 1.5, 65504 }, "f16")):match("%[(%w+) %w+%]$"), "f16")
  t.equal(tostring(of({ 3, -4 }, "i32")), "[ 3, -4]\n[i32 2]")
  t.equal(tostring(of({ 1.0, 2.0 }, "bf16")), "[1., 2.]\n[bf16 2]")
end)

t.test("gradients go through them", function()
  for _, dtype in ipairs(HALVES) do
    local x = ml.tensor({ 0.1, -2.0, 3.0 }, { requires_grad = true })
    local y = x:to(dtype)
    local sum = (y * y + y:exp()):sum()
    sum:backward()
    local kept = x:detach():to(dtype)
    t.near(x.grad:tolist(), (kept:float() * 2 + kept:float():exp()):tolist(), dtype == "f16" and 0.02 or 0.2)
    t.equal(x.grad.dtype, "f32")
    local leaf = of({ 1.0, 2.0 }, dtype):requires_grad_()
    leaf:square():sum():backward()
    t.equal({ leaf.grad.dtype, leaf.grad:tolist() }, { dtype, { 2.0, 4.0 } })
  end
  t.raises("only tensors of floats can have gradients, this one is i32", function() of({ 1 }, "i32"):requires_grad_() end)
end)

t.test("what is not computed in them names the way out", function()
  local nn, x, pictures = ml.nn, of({ { 1.0, 2.0 } }, "f16"), ml.zeros({ 1, 3, 8, 8 }, { dtype = "bf16" })
  for what, call in pairs {
    conv2d = function() return nn.Conv2d(3, 4, 3)(pictures) end,
    max_pool2d = function() return nn.MaxPool2d(2)(pictures) end,
    batch_norm = function() return nn.BatchNorm2d(3)(pictures) end,
    gelu = function() return nn.functional.gelu(x) end,
    dropout = function() return nn.Dropout(0.5)(x) end,
    cross_entropy = function() return nn.functional.cross_entropy(x, ml.tensor { 1 }) end,
    mse_loss = function() return nn.functional.mse_loss(x, x) end,
    ["linalg.inv"] = function() return ml.linalg.inv(of({ { 1.0 } }, "f16")) end,
    trunc_normal_ = function() return nn.init.trunc_normal_(x:clone()) end,
  } do
    t.raises(":float()", call)
    t.raises("expected f32 or f64", call)
    t.ok(what)
  end
  t.raises("the input is f16, the weight f32, the bias f32: convert the input with :float(), or the model", nn.Linear(2, 3), x)
  local weights = { of({ 1.0 }, "f16"):requires_grad_() }
  weights[1]:sum():backward()
  t.raises("the parameter is f16, expected f32 or f64: convert it with :float()", function()
    ml.optim.SGD(weights, { lr = 0.1 }):step()
  end)
end)

t.test("words that are made of several steps are rounded once", function()
  for _, dtype in ipairs(HALVES) do
    local x, y = of({ 0.1, 5.3, -7.7 }, dtype), of({ 3.1, -0.7, 2.9 }, dtype)
    local a, b = x:float(), y:float()
    for what, pair in pairs {
      lerp = { x:lerp(y, 0.3), a:lerp(b, 0.3) }, atan2 = { x:atan2(y), a:atan2(b) }, remainder = { x % y, a % b },
      floor_divide = { x // y, a // b }, logsumexp = { x:logsumexp(1), a:logsumexp(1) }, cumprod = { x:cumprod(1), a:cumprod(1) },
      softmax = { x:softmax(1), a:softmax(1) }, var = { x:var(), a:var() }, norm = { x:norm(), a:norm() },
      cdist = { x:reshape(3, 1):cdist(y:reshape(3, 1)), a:reshape(3, 1):cdist(b:reshape(3, 1)) },
      matmul = { x:matmul(y), a:matmul(b) },
      number = { 2 % y, 2 % b },
    } do
      t.equal(pair[1].dtype, dtype, what)
      t.equal(pair[1]:tolist(), pair[2]:to(dtype):tolist(), what)
    end
    t.equal(x:lerp(b, 0.3).dtype, "f32")
  end
end)

t.done()
