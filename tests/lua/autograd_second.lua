-- Gradients of gradients: by finite differences for every operation that is differentiable, and through whole nets;
-- autograd.grad, functions with a gradient of their own, anomalies.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local nn, F = ml.nn, ml.nn.functional
local check = ml.autograd.gradgradcheck

local function f64(shape, low, high)
  return ml.empty(shape, { dtype = "f64" }):uniform_(low or -2, high or 2):requires_grad_()
end

local function all_pass(list)
  for i, each in ipairs(list) do
    ml.manual_seed(i)
    local inputs = {}
    for k = 3, #each do inputs[#inputs + 1] = type(each[k]) == "function" and each[k]() or each[k] end
    local ok, why = pcall(check, each[2], inputs)
    t.ok(ok, ("%s: %s"):format(each[1], tostring(why)))
  end
end

local function two_by_three(low, high) return function() return f64({ 2, 3 }, low, high) end end

t.test("second derivatives of functions of one tensor agree with differences", function()
  local list = {}
  for name, range in pairs {
    neg = {}, abs = {}, square = {}, exp = {}, expm1 = {}, sin = {}, cos = {}, sinh = {}, cosh = {}, tanh = {}, sigmoid = {},
    erf = {}, atan = {}, relu = {}, sqrt = { 0.5, 2 }, rsqrt = { 0.5, 2 }, reciprocal = { 0.5, 2 }, log = { 0.5, 2 },
    log1p = { -0.5, 2 }, log2 = { 0.5, 2 }, log10 = { 0.5, 2 }, tan = { -1, 1 }, asin = { -0.8, 0.8 }, acos = { -0.8, 0.8 },
  } do
    list[#list + 1] = { name, function(x) return x[name](x) end, two_by_three(range[1], range[2]) }
  end
  all_pass(list)
end)

t.test("second derivatives of functions of two tensors agree with differences", function()
  local a, b, row = two_by_three(0.5, 2), two_by_three(0.6, 2), function() return f64({ 3 }, 0.5, 2) end
  all_pass {
    { "add", function(x, y) return (x + y) * x end, a, row }, { "sub", function(x, y) return (x - y) * y end, a, row },
    { "mul", function(x, y) return x * y end, a, row }, { "div", function(x, y) return x / y end, a, row },
    { "pow", function(x, y) return x ^ y end, a, b }, { "maximum", function(x, y) return x:maximum(y) * x end, a, b },
    { "minimum", function(x, y) return x:minimum(y) * y end, a, row },
    { "number", function(x) return 2 / x + x ^ 3 - 3 * x end, a },
    { "clamp", function(x) return x:clamp(0.8, 1.5) * x end, a },
    { "where", function(x, y) return ml.where(x:gt(y), x * x, y * x) end, a, b },
    { "atan2", function(x, y) return x:atan2(y) end, a, b }, { "lerp", function(x, y) return x:lerp(y, 0.3) * x end, a, b },
    { "matmul", function(x, y) return x:matmul(y:t()) end, a, b }, { "matvec", function(x, y) return x:matmul(y) end, a, row },
    { "batched", function(x, y) return x:matmul(y) end, function() return f64 { 2, 2, 3 } end, function() return f64 { 3,
      2 } end },
    { "cdist", function(x, y) return x:cdist(y) end, a, b }, { "outer", function(x) return x:outer(x) end, row },
  }
end)

t.test("second derivatives of reductions, views and picks agree with differences", function()
  local x = two_by_three(0.5, 2)
  local index = ml.tensor { { 1, 3, 1 }, { 2, 2, 3 } }
  all_pass {
    { "sum", function(v) return v:sum { dim = 2 } * v:sum() end, x },
    { "mean", function(v) return v:mean { dim = 1 } ^ 2 end, x },
    { "prod", function(v) return v:prod { dim = 2 } end, x }, { "prod of all", function(v) return v:prod() end, x },
    { "max", function(v) return (v:max { dim = 2 }) ^ 2 end, x }, { "amin", function(v) return v:amin { dim = 1 } ^ 2 end, x },
    { "var", function(v) return v:var { dim = 2 } end, x }, { "std", function(v) return v:std() end, x },
    { "norm", function(v) return v:norm() end, x }, { "norm 3", function(v) return v:norm(3) end, x },
    { "logsumexp", function(v) return v:logsumexp(2) end, x }, { "cumsum", function(v) return v:cumsum(2) ^ 2 end, x },
    { "cumprod", function(v) return v:cumprod(2) end, x }, { "median", function(v) return v:median() ^ 2 end, x },
    { "sort", function(v) return v:sort { dim = 2 } ^ 2 end, x }, { "topk", function(v) return v:topk(2) ^ 2 end, x },
    { "reshape", function(v) return v:reshape(3, 2) ^ 2 end, x }, { "permute", function(v) return v:permute(2, 1) ^ 2 end, x },
    { "narrow", function(v) return v:narrow(2, 2, 2) ^ 2 end, x }, { "select", function(v) return v[2] ^ 2 end, x },
    { "expand", function(v) return v:unsqueeze(1):expand(2, 2, 3) ^ 2 end, x },
    { "flip", function(v) return v:flip(2) ^ 2 end, x },
    { "roll", function(v) return v:roll(1, 2) ^ 2 end, x }, { "tril", function(v) return v:tril() ^ 2 end, x },
    { "diag", function(v) return v:diag() ^ 2 end, x }, { "repeat", function(v) return v:tile { 2, 1 } ^ 2 end, x },
    { "cat", function(v) return ml.cat({ v, v * v }, { dim = 2 }) end, x },
    { "stack", function(v) return ml.stack { v, v ^ 3 } end, x },
    { "index_select", function(v) return v:index_select(2, ml.tensor { 1, 1, 3 }) ^ 2 end, x },
    { "gather", function(v) return v:gather(2, index) ^ 2 end, x },
    { "scatter_add", function(v) return v:scatter_add(2, index, v ^ 2) ^ 2 end, x },
    { "index_add", function(v) return v:index_add(1, ml.tensor { 2, 1 }, v ^ 2) ^ 2 end, x },
    { "masked", function(v) return v:masked_select(v:detach():gt(1)) ^ 2 + v:masked_fill(v:detach():gt(1), 3):sum() ^ 2 end,
      x },
    { "double", function(v) return v:float():double() * 0 + v ^ 3 end, x },
    { "in place", function(v)
      local y = ml.zeros({ 2, 3 }, { dtype = "f64" })
      y[1] = v[2] ^ 2
      y:mul_(v)
      return y:add_(v * v)
    end, x },
  }
end)

t.test("second derivatives of layers and losses agree with differences", function()
  local x, picture = two_by_three(), function() return f64 { 2, 2, 4, 4 } end
  local function row() return f64({ 3 }, 0.5, 2) end
  local function channel() return f64({ 2 }, 0.5, 2) end
  local list = {}
  for _, name in ipairs { "leaky_relu", "elu", "celu", "selu", "gelu", "silu", "mish", "softplus", "softsign", "logsigmoid",
                          "hardtanh", "relu6", "hardsigmoid", "hardswish", "relu", "sigmoid", "tanh" } do
    list[#list + 1] = { name, function(v) return F[name](v * 2) * v end, x }
  end
  local labels, probability = ml.tensor { 1, 3 }, function() return f64({ 2, 3 }, 0.2, 0.8) end
  for _, reduction in ipairs { "mean", "sum", "none" } do
    local o = { reduction = reduction }
    for _, name in ipairs { "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy_with_logits",
      "kl_div" } do
      list[#list + 1] = { name .. " " .. reduction, function(a, b) return F[name](a * a, b, o) end, x, probability }
    end
    list[#list + 1] = { "bce " .. reduction, function(a, b) return F.binary_cross_entropy(a, b, o) end, probability,
      probability }
    list[#list + 1] = { "kl_div of logarithms", function(a, b) return F.kl_div(a, b, { reduction = reduction,
      log_target = true }) end, x, x }
    list[#list + 1] = { "ce " .. reduction, function(a)
      return F.cross_entropy(a, labels, { reduction = reduction, label_smoothing = 0.1, weight = { 1, 2, 0.5 } })
    end, x }
    list[#list + 1] = { "ce of probabilities", function(a, b) return F.cross_entropy(a, b, o) end, x, probability }
    list[#list + 1] = { "nll " .. reduction, function(a) return F.nll_loss(a * a, labels, o) end, x }
  end
  table.move({
    { "gelu tanh", function(v) return F.gelu(v, "tanh") end, x }, { "glu", function(v) return F.glu(v, 1) end, x },
    { "softmax", function(v) return F.softmax(v, 2) end, x }, { "log_softmax", function(v) return F.log_softmax(v, 1) end, x },
    { "prelu", function(v, w) return F.prelu(v, w) end, x, function() return f64({ 1 }) end },
    { "linear", function(v, w, b) return F.linear(v, w, { bias = b }) ^ 2 end, x, function() return f64 { 2, 3 } end, channel },
    { "layer_norm", function(v, w, b) return F.layer_norm(v, 3, { weight = w, bias = b }) end, x, row, row },
    { "batch_norm", function(v, w, b)
      return F.batch_norm(v, nil, nil, { weight = w, bias = b, training = true }) ^ 2
    end, picture, channel, channel },
    { "batch_norm of running ones", function(v, w)
      return F.batch_norm(v, ml.zeros({ 2 }, { dtype = "f64" }), ml.ones({ 2 }, { dtype = "f64" }), { weight = w }) ^ 2
    end, picture, channel },
    { "group_norm", function(v, w) return F.group_norm(v, 2, { weight = w }) end, picture, channel },
    { "instance_norm", function(v, w) return F.instance_norm(v, { weight = w }) end, picture, channel },
    { "conv2d", function(v, w, b) return F.conv2d(v, w, { bias = b, stride = 2, padding = 1 }) ^ 2 end, picture,
      function() return f64 { 2, 2, 3, 3 } end, channel },
    { "conv2d of circles", function(v, w) return F.conv2d(v, w, { padding = 1, padding_mode = "circular" }) end, picture,
      function() return f64 { 2, 2, 3, 3 } end },
    { "conv_transpose2d", function(v, w, b) return F.conv_transpose2d(v, w, { bias = b, stride = 2 }) end,
      function() return f64 { 1, 2, 2, 2 } end, function() return f64 { 2, 2, 2, 2 } end, channel },
    { "max_pool2d", function(v) return F.max_pool2d(v, 2) ^ 2 end, picture },
    { "avg_pool2d", function(v) return F.avg_pool2d(v, 2) ^ 2 end, picture },
    { "adaptive_avg_pool2d", function(v) return F.adaptive_avg_pool2d(v, 3) ^ 2 end, picture },
    { "adaptive_max_pool2d", function(v) return F.adaptive_max_pool2d(v, 3) ^ 2 end, picture },
    { "interpolate", function(v) return F.interpolate(v, { size = 3, mode = "bilinear" }) ^ 2 end, picture },
    { "pad", function(v) return F.pad(v, { 1, 1, 1, 1 }, { mode = "reflect" }) ^ 2 end, picture },
    { "embedding", function(w) return F.embedding(ml.tensor { 1, 2, 2 }, w, { padding_idx = 1 }) ^ 2 end, x },
    { "hinge_embedding", function(v) return F.hinge_embedding_loss(v * v, ml.tensor({ { 1, -1, 1 }, { -1, 1, -1 } },
    { dtype = "f64" })) end, x },
    { "triplet", F.triplet_margin_loss, x, x, x },
    { "cosine_embedding", function(a, b) return F.cosine_embedding_loss(a, b, ml.tensor { 1, -1 }) end, x, x },
    { "multi_margin", function(a) return F.multi_margin_loss(a, labels, { p = 2 }) end, x },
    { "multilabel", function(a) return F.multilabel_soft_margin_loss(a, ml.ones({ 2, 3 }, { dtype = "f64" })) end, x },
  }, 1, 26, #list + 1, list)
  all_pass(list)
  local function dropped(v)
    ml.manual_seed(3)
    return F.dropout(v, 0.5) ^ 2
  end
  all_pass { { "dropout", dropped, x } }
end)

t.test("a gradient penalty trains, and third derivatives are there", function()
  ml.manual_seed(1)
  local net = nn.Sequential { nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Tanh(), nn.Flatten(), nn.Linear(8, 1) }:double()
  local x = f64 { 3, 1, 4, 4 }
  local function penalty(v)
    local g = ml.autograd.grad(net(v):sum(), v, { create_graph = true })
    return ((g:reshape(3, 16):norm(2, 2) - 1) ^ 2):mean()
  end
  local inputs = net:parameters()
  table.insert(inputs, 1, x)
  t.ok(ml.autograd.gradcheck(function(v) return ml.autograd.enable_grad(penalty, v) end, inputs))
  local y = ml.tensor({ 0.5, 1.5 }, { dtype = "f64", requires_grad = true })
  local g = y:sin():sum()
  for _ = 1, 3 do g = ml.autograd.grad(g, y, { create_graph = true }):sum() end
  t.near(g:item(), -math.cos(0.5) - math.cos(1.5), 1e-12)
end)

t.test("backward with create_graph leaves gradients that can be differentiated", function()
  local x = ml.tensor({ 2.0, 3.0 }, { dtype = "f64", requires_grad = true })
  ;(x ^ 3):sum():backward { create_graph = true }
  t.near(x.grad:tolist(), { 12, 27 }, 1e-12)
  t.near(ml.autograd.grad(x.grad:sum(), x):tolist(), { 12, 18 }, 1e-12)
end)

t.test("grad changes no leaf, goes where it must, and says what was not used", function()
  local a, b, c = f64 { 3 }, f64 { 3 }, f64 { 3 }
  local y = a * b
  local z = (y * y):sum()
  local by_y, by_a = table.unpack(ml.autograd.grad(z, { y, a }, { retain_graph = true }))
  t.near(by_y:tolist(), (y:detach() * 2):tolist(), 1e-12)
  t.near(by_a:tolist(), (y:detach() * b:detach() * 2):tolist(), 1e-12)
  t.ok(not a.grad and not b.grad)
  t.raises("grad: input 2 was not used in what led to the outputs", ml.autograd.grad, z, { a, c }, { retain_graph = true })
  t.ok(ml.autograd.grad(z, { a, c }, { allow_unused = true })[2] == false)
  t.raises("a second time", ml.autograd.grad, z, { a })
  t.raises("input 1 does not require a gradient", ml.autograd.grad, (a * 2):sum(), ml.ones { 2 })
  local w = ml.autograd.grad({ a * 2, b * 3 }, { a, b }, { grad_outputs = { a:detach(), b:detach() } })
  t.near(w[2]:tolist(), (b:detach() * 3):tolist(), 1e-12)
  t.raises("expected a tensor or a list of them", ml.autograd.grad, a, nil)
  t.raises("unknown option 'create_grap'", ml.autograd.grad, a, a, { create_grap = true })
end)

t.test("a function has the gradient that its script says", function()
  local Cube = ml.autograd.Function:subclass("Cube")
  function Cube.forward(ctx, x, scale)
    ctx:save_for_backward(x)
    ctx.scale = scale
    return x ^ 3 * scale
  end
  function Cube.backward(ctx, dy)
    local x = ctx.saved_tensors[1]
    t.equal(ctx.needs_input_grad, { true, false })
    return dy * x ^ 2 * 3 * ctx.scale
  end
  local x = f64 { 4 }
  t.ok(ml.autograd.gradcheck(function(v) return Cube.apply(v, 2) end, { x }))
  t.ok(check(function(v) return Cube.apply(v, 2) end, { x }))
  t.ok(not Cube.apply(x:detach(), 2).requires_grad)

  -- What it says is taken, also where it is no derivative: a straight-through estimator.
  local Round = ml.autograd.Function:subclass("Round")
  function Round.forward(_, v) return v:round() end
  function Round.backward(_, dy) return dy end
  local r = ml.tensor({ 0.4, 1.7 }, { requires_grad = true })
  Round.apply(r):sum():backward()
  t.equal(r.grad:tolist(), { 1, 1 })

  local Same = ml.autograd.Function:subclass("Same")
  function Same.forward(ctx, v, w)
    local y = v * w
    ctx:save_for_backward(v, w, y)
    return y
  end
  function Same.backward(ctx, dy)
    local v, w = table.unpack(ctx.saved_tensors)
    return dy * w, dy * v
  end
  t.ok(check(Same.apply, { f64 { 3 }, f64 { 3 } }))

  local Wrong = ml.autograd.Function:subclass("Wrong")
  function Wrong.forward(_, v) return v * 2 end
  function Wrong.backward() return "no" end
  t.raises("Wrong: backward returned a string for input 1, expected a tensor or nil",
    function() Wrong.apply(x):sum():backward() end)
  function Wrong.backward() error("by hand") end
  t.raises("by hand", function() Wrong.apply(x):sum():backward() end)
  function Wrong.forward() return 3 end
  t.raises("Wrong: forward returned 3, expected one tensor", Wrong.apply, x)
  function Wrong.forward(_, v) return v * 2 end
  function Wrong.backward() return ml.ones { 7 } end
  t.raises("returned a gradient of f32 7 for its input 1", function() Wrong.apply(x):sum():backward() end)
end)

t.test("functions that are no longer used are freed with what they saved", function()
  local Keep = ml.autograd.Function:subclass("Keep")
  function Keep.forward(ctx, v)
    local y = v * 2
    ctx:save_for_backward(v, y)
    return y
  end
  function Keep.backward(_, dy) return dy * 2 end
  local weak = setmetatable({}, { __mode = "v" })
  do
    local x = f64 { 10 }
    local y = Keep.apply(x)
    weak[1], weak[2] = x, y
  end
  collectgarbage() collectgarbage()
  t.ok(weak[1] == nil and weak[2] == nil)
end)

t.test("an anomaly is named, with the line that computed it", function()
  local x = ml.tensor({ 0.0, 4.0 }, { requires_grad = true })
  local line = debug.getinfo(1, "l").currentline + 4
  t.raises(("the gradient of 'sqrt' by its input 1 has a NaN (computed at tests/lua/autograd_second.lua:%d)"):format(line),
    function()
    ml.autograd.detect_anomaly(function()
      local y = x:sqrt()
      ;(y * 0):sum():backward()
    end)
  end)
  local y = (x:sqrt() * 0):sum()
  y:backward() -- no longer looked for
  t.ok(x.grad[1]:isnan():item())
  t.raises("detect_anomaly: got nil, expected a function", ml.autograd.detect_anomaly)
end)

t.test("a mode lasts as long as its function, in coroutines too", function()
  local waits = coroutine.create(function() ml.no_grad(function() coroutine.yield() end) end)
  local ok, err = coroutine.resume(waits)
  t.ok(not ok and err:find("attempt to yield", 1, true))
  t.ok(ml.is_grad_enabled())
  local fails = coroutine.create(function() ml.no_grad(function() error("boo", 0) end) end)
  local _, said = coroutine.resume(fails)
  t.equal(said, "boo")
  t.ok(ml.is_grad_enabled())
  local function nested() return ml.enable_grad(function(...) return ml.is_grad_enabled(), ... end, 1, nil) end
  t.equal(select("#", ml.no_grad(nested)), 3)
  t.equal((ml.no_grad(nested)), true)
  t.ok(not pcall(ml.no_grad, function() ml.enable_grad(error) end) and ml.is_grad_enabled())
end)

t.done()
