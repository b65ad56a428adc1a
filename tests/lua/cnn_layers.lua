-- Layers of pictures as a user meets them: shapes, how they print, mistakes, initial values, dropped channels, threads.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local nn, F = ml.nn, ml.nn.functional

local function net()
  return nn.Sequential {
    nn.Conv2d(3, 8, 3, { padding = 1 }), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 4, 3), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(4 * 3 * 3, 2),
  }
end

t.test("layers print as PyTorch prints them", function()
  for text, layer in pairs {
    ["Conv2d(3, 16, kernel_size=3, stride=1)"] = nn.Conv2d(3, 16, 3),
    ["Conv2d(4, 8, kernel_size={3, 5}, stride=2, padding={1, 2}, dilation=2, groups=4, bias=false)"] =
      nn.Conv2d(4, 8, { 3, 5 }, { stride = 2, padding = { 1, 2 }, dilation = 2, groups = 4, bias = false }),
    ["Conv2d(1, 1, kernel_size=1, stride=1, padding='same')"] = nn.Conv2d(1, 1, 1, { padding = "same" }),
    ["MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=false)"] = nn.MaxPool2d(2),
    ["AvgPool2d(kernel_size={2, 3}, stride=1, padding=1, ceil_mode=true, count_include_pad=false, divisor_override=5)"] =
      nn.AvgPool2d({ 2, 3 }, { stride = 1, padding = 1, ceil_mode = true, count_include_pad = false, divisor_override = 5 }),
    ["AdaptiveAvgPool2d(output_size=1)"] = nn.AdaptiveAvgPool2d(1),
    ["AdaptiveAvgPool2d(output_size={false, 7})"] = nn.AdaptiveAvgPool2d { false, 7 },
    ["BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=true, track_running_stats=true)"] = nn.BatchNorm2d(8),
    ["Dropout2d(p=0.5)"] = nn.Dropout2d(),
  } do t.equal(tostring(layer), text) end
end)

t.test("the model table shows the shapes between the layers", function()
  local text = net():summary { 3, 16, 16 }
  for _, row in ipairs { "Conv2d%(3, 8, .*Nx8x16x16 +224\n", "%(2%): MaxPool2d.*Nx8x8x8\n", "%(3%): Conv2d.*Nx4x6x6 +292\n",
                         "%(5%): MaxPool2d.*Nx4x3x3\n", "Flatten.*Nx36\n", "Linear.*Nx2 +74\n", "590 parameters" } do
    t.ok(text:find(row), row .. " in\n" .. text)
  end
  local model = net()
  t.ok(not tostring(model):find("Nx"), "nothing is known before the first picture")
  t.ok(tostring(model):find("bytes; shapes are shown by :summary { 3, height, width }", 1, true), tostring(model))
  model(ml.randn { 5, 3, 16, 16 })
  t.ok(tostring(model):find("Nx4x3x3") and not tostring(model):find("summary"), tostring(model))
end)

t.test("one picture goes through without a batch", function()
  ml.manual_seed(1)
  local x, conv = ml.randn { 3, 6, 7 }, nn.Conv2d(3, 4, 3)
  local together = conv(x:unsqueeze(1))
  t.equal(conv(x).shape, { 4, 4, 5 })
  t.ok(conv(x):equal(together[1]))
  t.equal(nn.MaxPool2d(2)(x).shape, { 3, 3, 3 })
  t.equal(nn.AvgPool2d(2, { ceil_mode = true })(x).shape, { 3, 3, 4 })
  t.equal(nn.AdaptiveAvgPool2d { 2, false }(x).shape, { 3, 2, 7 })
end)

t.test("a kernel's initial values follow from its fans", function()
  ml.manual_seed(2)
  local conv = nn.Conv2d(16, 64, 5, { groups = 4 }) -- fan_in 4 * 25, fan_out 64 * 25
  for _, p in ipairs(conv:parameters()) do
    local most = p:detach():abs():max():item()
    t.ok(most <= 0.1 and most > 0.09, "U(-1/sqrt(100), 1/sqrt(100))")
  end
  t.near(conv.weight:detach():double():square():mean():sqrt():item(), 0.1 / math.sqrt(3), 1e-3)
  nn.init.kaiming_normal_(conv.weight, { mode = "fan_out", nonlinearity = "relu" })
  t.near(conv.weight:detach():double():square():mean():sqrt():item(), math.sqrt(2 / 1600), 1e-3)
  nn.init.xavier_uniform_(conv.weight)
  t.near(conv.weight:detach():abs():max():item(), math.sqrt(6 / 1700), 1e-4)
  nn.init.orthogonal_(conv.weight)
  local rows = conv.weight:detach():double():reshape(64, 100)
  t.near((rows:matmul(rows:t()) - ml.eye(64, 64, { dtype = "f64" })):abs():max():item(), 0, 1e-6)
end)

t.test("dirac_ makes a convolution the identity", function()
  for _, groups in ipairs { 1, 2 } do
    local conv = nn.Conv2d(4, 4, 3, { padding = 1, groups = groups, bias = false })
    nn.init.dirac_(conv.weight, { groups = groups })
    local x = ml.randn { 2, 4, 5, 6 }
    t.ok(conv(x):detach():equal(x), "groups " .. groups)
  end
end)

t.test("whole channels are dropped while training, each sample for itself", function()
  ml.manual_seed(4)
  local layer, x = nn.Dropout2d(0.25), ml.ones { 200, 20, 3, 2 }
  x:requires_grad_()
  local y = layer(x)
  y:sum():backward()
  t.ok(x.grad:equal(y:detach()), "the gradient has the mask of the forward pass")
  local means = y:detach():mean { dim = { 3, 4 } }
  local kept = means:gt(0)
  t.ok((y:detach() - means:reshape(200, 20, 1, 1)):abs():max():item() < 1e-6, "a channel is all there or all gone")
  t.near(kept:double():mean():item(), 0.75, 0.02)
  t.near(y:detach():max():item(), 4 / 3, 1e-6)
  t.near(kept:double():mean { dim = 2 }:std():item(), math.sqrt(0.25 * 0.75 / 20), 0.02, "draws of a sample are independent")
  layer:eval()
  t.ok(rawequal(layer(x), x) or layer(x):equal(x))
  t.equal(F.dropout2d(x, { training = false }):equal(x), true)
  t.equal(F.dropout2d(x, { p = 1 }):abs():sum():item(), 0)
end)

t.test("results do not depend on the number of threads", function()
  local core = require "mlprun.core"
  local function all()
    ml.manual_seed(6)
    local model = nn.Sequential { nn.Conv2d(3, 12, 3, { padding = 1 }), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
      nn.Conv2d(12, 8, 3, { groups = 2, stride = 2 }), nn.AvgPool2d(3, { stride = 1 }), nn.Dropout2d(0.3), nn.Conv2d(8, 6, 1),
      nn.AdaptiveAvgPool2d { 3, 2 } }
    local x = ml.randn({ 7, 3, 40, 36 }):requires_grad_()
    local y = model(x)
    y:square():sum():backward()
    local parts = { y:detach(), x.grad }
    for _, p in ipairs(model:parameters()) do parts[#parts + 1] = p.grad end
    return parts
  end
  core.sys.threads(1)
  local one = all()
  for threads = 2, 4 do
    core.sys.threads(threads)
    for i, part in ipairs(all()) do t.ok(part:equal(one[i]), ("part %d with %d threads"):format(i, threads)) end
  end
  core.sys.threads(1)
end)

-- ---- ReLU in the pass of a convolution ----

-- Result, and the gradients of the list of leaves by the sum of its squares.
local function results(y, leaves)
  y:square():sum():backward()
  local list = { y:detach() }
  for i, leaf in ipairs(leaves) do list[i + 1], leaf.grad = leaf.grad, nil end
  return list
end

local function same_bits(got, expected, what)
  t.equal(#got, #expected)
  for i = 1, #expected do t.ok(got[i]:equal(expected[i]), ("%s: tensor %d differs"):format(what, i)) end
end

t.test("a convolution with an activation gives the numbers of relu behind it, on every way to compute it", function()
  for _, g in ipairs { { 3, 20, 3, 1, 1, 1, 9 }, { 16, 32, 3, 1, 1, 1, 13 }, { 16, 32, 1, 1, 0, 1, 7 },
                       { 8, 8, 3, 1, 1, 8, 11 }, { 8, 8, 3, 2, 1, 8, 11 },
                       { 16, 32, 3, 2, 1, 1, 9 }, { 4, 6, 5, 2, 2, 2, 10 }, { 3, 16, 3, 1, 1, 1, 16 } } do
    for _, dtype in ipairs { "f32", "f64" } do
      local c_in, c_out, kernel, stride, padding, groups, size = table.unpack(g)
      ml.manual_seed(1)
      local x, w, b = ml.randn(3, c_in, size, size), ml.randn(c_out, c_in // groups, kernel, kernel), ml.randn(c_out)
      local leaves = { x:to(dtype):requires_grad_(), w:to(dtype):requires_grad_(), b:to(dtype):requires_grad_() }
      local o = { bias = leaves[3], stride = stride, padding = padding, groups = groups }
      local apart = results(F.relu(F.conv2d(leaves[1], leaves[2], o)), leaves)
      o.activation = "relu"
      same_bits(results(F.conv2d(leaves[1], leaves[2], o), leaves), apart, table.concat(g, " ") .. " " .. dtype)
      t.ok(apart[1]:min():item() == 0 and apart[1]:max():item() > 0)
    end
  end
  local nan = F.conv2d(ml.full({ 1, 1, 1, 3 }, 0 / 0), ml.ones(8, 1, 1, 1), { activation = "relu" })
  t.ok(nan:isnan():all():item() ~= 0, "NaN stays NaN")
  t.raises("activation", F.conv2d, ml.zeros(1, 1, 3, 3), ml.zeros(1, 1, 3, 3), { activation = "tanh" })
end)

t.test("its gradients have gradients", function()
  ml.manual_seed(2)
  local x, w = ml.randn(2, 2, 4, 5):double():requires_grad_(), ml.randn(3, 2, 3, 3):double():requires_grad_()
  local b = ml.randn(3):double():requires_grad_()
  local function f(u, v, c) return F.conv2d(u, v, { bias = c, padding = 1, activation = "relu" }) end
  t.ok(ml.autograd.gradcheck(f, { x, w, b }))
  t.ok(ml.autograd.gradgradcheck(f, { x, w, b }))
end)

t.test("a BatchNorm with an activation gives the numbers of relu behind it", function()
  ml.manual_seed(6)
  for _, shape in ipairs { { 5, 3 }, { 2, 1 }, { 4, 3, 7 }, { 3, 2, 5, 13 }, { 2, 16, 24, 24 } } do
    for _, dtype in ipairs { "f32", "f64" } do
      for way = 1, 6 do -- training, its own statistics, running ones; each with weights and without
        local x, c = ml.randn(shape):to(dtype):requires_grad_(), shape[2]
        local o, leaves = { training = way < 3 }, { x }
        if way % 2 == 0 then
          o.weight, o.bias = ml.randn(c):to(dtype):requires_grad_(), ml.randn(c):to(dtype):requires_grad_()
          leaves[2], leaves[3] = o.weight, o.bias
        end
        local function of(activation)
          local mean, variance = ml.full({ c }, 0.1):to(dtype), ml.full({ c }, 1.5):to(dtype)
          o.activation = activation
          local y = way > 2 and way < 5 and F.batch_norm(x, nil, nil, o) or F.batch_norm(x, mean, variance, o)
          local list = results(activation == "relu" and y or F.relu(y), leaves)
          list[#list + 1], list[#list + 2] = mean, variance
          return list
        end
        local apart = of("none")
        same_bits(of("relu"), apart, ("%s %s %d"):format(table.concat(shape, "x"), dtype, way))
        t.ok(apart[1]:min():item() >= 0)
      end
    end
  end
  local nan = F.batch_norm(ml.full({ 2, 3 }, 0 / 0), nil, nil, { training = true, activation = "relu" })
  t.ok(nan:isnan():all():item() ~= 0, "NaN stays NaN")
  local x = ml.tensor { { 1.0, 0.0 }, { -1.0, 0.0 } }:requires_grad_() -- 0 takes no gradient, as in relu
  F.batch_norm(x, ml.zeros(2), ml.ones(2), { eps = 0, activation = "relu" }):sum():backward()
  t.equal(x.grad:tolist(), { { 1, 0 }, { 0, 0 } })
  for seed = 1, 40 do -- values at the mean are at the border of ReLU, where rounding decides
    ml.manual_seed(seed)
    local half, mean = ml.randn(seed % 6 + 1, 1), ml.randn(1, 1)
    local u = ml.cat({ mean + half, mean - half, mean }, { dim = 1 }):requires_grad_()
    local k, c = ml.ones(1):requires_grad_(), ml.zeros(1):requires_grad_()
    local function gradients(create_graph)
      local y = F.batch_norm(u, nil, nil, { weight = k, bias = c, training = true, activation = "relu" })
      return ml.autograd.grad(y:sum(), { c }, { create_graph = create_graph })[1]:item()
    end
    t.equal(gradients(true), gradients(false))
  end
  local v, w, b = ml.randn(4, 2, 3):double(), ml.randn(2):double(), ml.randn(2):double()
  local function f(u, k, c) return F.batch_norm(u, nil, nil, { weight = k, bias = c, training = true, activation = "relu" }) end
  local inputs = { v:requires_grad_(), w:requires_grad_(), b:requires_grad_() }
  t.ok(ml.autograd.gradcheck(f, inputs))
  t.ok(ml.autograd.gradgradcheck(f, inputs))
end)

t.test("a gradient that somebody holds is not written over by that of a BatchNorm", function()
  ml.manual_seed(7)
  local x, held = ml.randn(4, 2, 3, 3):requires_grad_(), ml.randn(4, 2, 3, 3)
  local before, seen = held:clone(), nil
  nn.BatchNorm2d(2)(x):backward(held)
  t.ok(held:equal(before))
  local y = nn.BatchNorm2d(2)(x)
  y:register_hook(function(g) seen = g end)
  y:retain_grad()
  y:mul(3):sum():backward()
  t.ok(seen:equal(ml.full({ 4, 2, 3, 3 }, 3)) and y.grad:equal(seen))
end)

t.test("a Sequential computes a BatchNorm and its ReLU in one pass, and nobody can tell", function()
  local function trained(change)
    ml.manual_seed(8)
    local x = ml.randn(6, 4):requires_grad_()
    local model = nn.Sequential { nn.Linear(4, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Unflatten(2, { 5, 1, 1 }), nn.BatchNorm2d(5),
                                  nn.ReLU(), nn.BatchNorm2d(5) }
    local seen = change and change(model)
    local list = results(model(x), { x, table.unpack(model:parameters()) })
    for _, buffer in model:named_buffers() do list[#list + 1] = buffer end
    return list, seen, model
  end
  local plain, _, model = trained()
  t.equal(model[2].num_batches_tracked:item(), 1)
  t.ok(tostring(model):find("(2): ReLU()", 1, true), tostring(model))
  local hooked, seen = trained(function(m)
    local list = {}
    m[3]:register_forward_hook(function(_, input, output) list[1], list[2] = input[1]:min():item(), output:min():item() end)
    m[5]:register_forward_hook(function(_, _, output) list[3] = output:min():item() end)
    return list
  end)
  same_bits(plain, hooked, "with hooks")
  t.ok(seen[1] < 0 and seen[2] == 0 and seen[3] < 0, "hooks see what is before and behind ReLU")
  local own = trained(function(m)
    local Mine = nn.BatchNorm1d:subclass "Mine"
    function Mine:forward(x) self.called = true return nn.BatchNorm1d.forward(self, x) end
    m[2] = Mine(5)
    m[6].forward = function(_, x) return F.relu(x) end
  end)
  same_bits(plain, own, "with a forward of its own, and a class below BatchNorm1d")
  local y = nn.Sequential { nn.BatchNorm1d(4), nn.ReLU() }(ml.randn(6, 4):requires_grad_())
  y:add_(1):sum():backward() -- what ReLU gave is not needed any more: one pass it is
  t.raises("layer '0' (BatchNorm2d)", nn.Sequential { nn.BatchNorm2d(4), nn.ReLU() }, ml.randn(6, 4))
  local original = nn.BatchNorm1d.forward
  nn.BatchNorm1d.forward = function(_, x) return x * 0 + 7 end -- of the class, by a script
  t.equal(nn.Sequential { nn.BatchNorm1d(4), nn.ReLU() }(ml.randn(6, 4)):min():item(), 7)
  nn.BatchNorm1d.forward = original
end)

t.test("a Sequential computes a convolution and its ReLU in one pass, and nobody can tell", function()
  local function trained(change)
    ml.manual_seed(3)
    local x, model = ml.randn(4, 3, 16, 16):requires_grad_(), net()
    local seen = change and change(model) or {}
    local leaves = { x }
    for _, p in ipairs(model:parameters()) do leaves[#leaves + 1] = p end
    return results(model(x), leaves), seen, model
  end
  local plain, _, model = trained()
  t.ok(tostring(model):find("(1): ReLU()", 1, true) and tostring(model):find("Nx8x16x16", 1, true), tostring(model))
  local hooked, seen = trained(function(m)
    local list = {}
    m[2]:register_forward_hook(function(_, input, output) list[1], list[2] = input[1]:min():item(), output:min():item() end)
    m[4]:register_forward_hook(function(_, _, output) list[3] = output:min():item() end)
    return list
  end)
  same_bits(plain, hooked, "with hooks")
  t.ok(seen[1] < 0 and seen[2] == 0 and seen[3] < 0, "hooks see what is before and behind ReLU")
  local own = trained(function(m)
    local relu = m[2]
    relu.forward = function(_, x) return F.relu(x) end
    local Kernels = nn.Conv2d:subclass "Kernels"
    m[4] = (function(c) local k = Kernels(8, 4, 3) k:load_state_dict(c:state_dict()) return k end)(m[4])
  end)
  same_bits(plain, own, "with a forward of its own, and a class below Conv2d")
  local relu = nn.Module:subclass "Seven"
  function relu.forward(_, _, x) return x * 0 + 7 end
  local other = nn.Sequential { nn.Conv2d(3, 4, 3), nn.ReLU() }
  other[2].forward = relu()
  t.equal(other(ml.zeros(1, 3, 8, 8)):max():item(), 7)
  local double = nn.Sequential { nn.Conv2d(3, 4, 3, { dtype = "f64" }), nn.ReLU() }
  t.raises("layer '0' (Conv2d)", double, ml.zeros(1, 3, 8, 8))
  t.raises("nn.Conv2d: the input is 5, expected a Tensor", double, 5)
  double[1].stride = "two"
  t.raises("nn.Conv2d: stride is 'two'", double, ml.zeros(1, 3, 8, 8))
  local y = model(ml.randn(1, 3, 16, 16))
  y:add_(1)
  y:sum():backward() -- the last ReLU's result is behind other layers
  y = nn.Sequential { nn.Conv2d(3, 4, 3), nn.ReLU() }(ml.randn(1, 3, 8, 8))
  y:add_(1)
  t.raises("'conv2d and relu'", function() y:sum():backward() end)
  local last = nn.Sequential { nn.ReLU(), nn.Conv2d(3, 4, 3) }
  t.ok(last(ml.randn(1, 3, 8, 8)):min():item() < 0, "a convolution at the end stays as it is")
end)

t.test("transposed windows of one place may leave rows at the end, in f32 as in f64", function()
  for _, channels in ipairs { { 8, 8 }, { 16, 9 }, { 3, 20 } } do
    ml.manual_seed(4)
    local x, w = ml.randn(2, channels[1], 5, 6):requires_grad_(), ml.randn(channels[1], channels[2], 1, 1):requires_grad_()
    local wide = { x:detach():double():requires_grad_(), w:detach():double():requires_grad_() }
    local o = { dilation = 2, output_padding = 1 }
    local got = results(F.conv_transpose2d(x, w, o), { x, w })
    local exact = results(F.conv_transpose2d(wide[1], wide[2], o), wide)
    t.equal(got[1].shape, { 2, channels[2], 6, 7 })
    for i = 1, 3 do t.ok((got[i]:double() - exact[i]):abs():max():item() < 1e-3, "tensor " .. i) end
  end
end)

t.test("a field of a Conv2d that is called activation is the script's own", function()
  local Net = nn.Conv2d:subclass "Net"
  function Net:__init(...)
    nn.Conv2d.__init(self, ...)
    self.activation = nn.ReLU()
  end
  function Net:forward(x) return self.activation(nn.Conv2d.forward(self, x)) end
  t.equal(Net(3, 4, 3)(ml.randn(2, 3, 8, 8)):min():item(), 0)
  local conv = nn.Conv2d(3, 4, 3)
  conv.activation = "relu"
  t.ok(conv(ml.randn(2, 3, 8, 8)):min():item() < 0)
  t.raises("no field 'activation'", function() return nn.Conv2d(3, 4, 3).activation end)
end)

t.test("mistakes with shapes name the layer, both shapes and the likely fix", function()
  local model = net()
  t.raises("layer '0' (Conv2d): conv2d expects 3 channels and got 1 (input 2x1x16x16, weight 8x3x3x3): pass in_channels = 1, "
    .. "or load the images in colour", model, ml.randn { 2, 1, 16, 16 })
  t.raises("its channels seem to come last, as in files: use augment.ToTensorV2(), or x:permute(1, 4, 2, 3)", model,
    ml.randn { 2, 16, 16, 3 })
  t.raises("layer '0' (Conv2d): conv2d expects a batch of pictures (n x channels x height x width) or one picture, and got "
    .. "2x768: put it before nn.Flatten()", model, ml.randn { 2, 768 })
  t.raises("layer '3' (Conv2d): conv2d: the kernel 3x3 is larger than the padded picture 2x2 (input 2x8x2x2): use a smaller "
    .. "kernel_size", model, ml.randn { 2, 3, 4, 4 })
  t.raises("layer '7' (Linear): linear expects 36 features and got 144 (input 2x144): pass in_features = 144", model,
    ml.randn { 2, 3, 28, 28 })
  t.raises("conv2d expects 1 channels and got 8 (input 8x28x28, weight 2x1x3x3): a batch of pictures with one channel needs that "
    .. "dimension too: x:unsqueeze(2)", nn.Conv2d(1, 2, 3), ml.randn { 8, 28, 28 })
  t.raises("or load the images with one channel", nn.Conv2d(1, 2, 3), ml.randn { 2, 3, 8, 8 })
  t.raises("the kernel 3x3 (with its dilation 9x9) is larger than the padded picture 8x8", nn.Conv2d(1, 1, 3, { dilation = 4 }),
    ml.randn { 1, 1, 8, 8 })
  t.raises("conv2d: the input is f64, the weight f32, the bias f32: convert the input with :float()", nn.Conv2d(1, 1, 3),
    ml.zeros({ 1, 1, 8, 8 }, { dtype = "f64" }))
  t.raises("conv2d: the input is u8, expected f32 or f64", nn.Conv2d(1, 1, 3), ml.zeros({ 1, 1, 8, 8 }, { dtype = "u8" }))
  t.raises("max_pool2d: the window 9x9 is larger than the picture 8x8 (input 1x1x8x8)", nn.MaxPool2d(9), ml.randn { 1, 1, 8, 8 })
  t.raises("avg_pool2d expects a batch of pictures", nn.AvgPool2d(2), ml.randn { 4, 8 })
  t.raises("expected 4D input (got 2D input): nn.BatchNorm1d takes rows", nn.BatchNorm2d(4), ml.randn { 2, 4 })
  t.raises("expected 2D or 3D input (got 4D input): nn.BatchNorm2d takes pictures", nn.BatchNorm1d(4), ml.randn { 2, 4, 2, 2 })
  t.raises("batch_norm expects 4 features and got 3", nn.BatchNorm2d(4), ml.randn { 2, 3, 2, 2 })
  t.raises("running_mean is given without running_var: give both or neither", nn.functional.batch_norm, ml.randn { 2, 3 },
    ml.zeros { 3 })
  t.raises("expected more than 1 value per channel when training", nn.BatchNorm2d(4), ml.randn { 1, 4, 1, 1 })
  t.raises("put nn.Flatten() before the first Linear and pass in_features = 72",
    nn.Sequential { nn.Conv2d(1, 2, 3), nn.Linear(5, 2) }, ml.randn { 4, 1, 8, 8 })
end)

t.test("mistakes in the arguments are said in words", function()
  t.raises("nn.Conv2d: got 1 as a positional argument: optional arguments are named: nn.Conv2d(..., { stride = 1 })",
    nn.Conv2d, 3, 4, 3, 1)
  t.raises("nn.Conv2d: unknown option 'paddin': did you mean 'padding'?", nn.Conv2d, 3, 4, 3, { paddin = 1 })
  t.raises("nn.Conv2d: in_channels is missing (3 for colour images, 1 for grey ones)", nn.Conv2d)
  t.raises("nn.Conv2d: kernel_size is missing (of the windows; one number or { rows, columns })", nn.Conv2d, 3, 4)
  t.raises("nn.Conv2d: kernel_size is 0, expected 1 to 1073741824", nn.Conv2d, 3, 4, 0)
  t.raises("nn.Conv2d: stride is 1.5, expected a whole number", nn.Conv2d, 3, 4, 3, { stride = 1.5 })
  t.raises("nn.Conv2d: padding is 'sam', expected a number, a list of two, or one of 'same', 'valid'; did you mean 'same'?",
    nn.Conv2d, 3, 4, 3, { padding = "sam" })
  t.raises("nn.Conv2d: padding = 'same' is not supported for strided convolutions", nn.Conv2d, 3, 4, 3,
    { padding = "same", stride = 2 })
  t.raises("nn.Conv2d: groups is 2, expected a whole number that divides in_channels, 3", nn.Conv2d, 3, 4, 3, { groups = 2 })
  t.raises("nn.Conv2d: groups is 3, expected a whole number that divides out_channels, 4", nn.Conv2d, 3, 4, 3, { groups = 3 })
  t.raises("nn.Conv2d: padding_mode is 'mirror', expected one of 'zeros', 'reflect', 'replicate', 'circular'", nn.Conv2d, 3, 4,
    3, { padding_mode = "mirror" })
  t.raises("nn.MaxPool2d: padding is 2, expected at most half of the window, 1", nn.MaxPool2d, 2, { padding = 2 })
  t.raises("nn.MaxPool2d: unknown option 'count_include_pad'", nn.MaxPool2d, 2, { count_include_pad = true })
  t.raises("nn.AvgPool2d: divisor_override is 0, expected 1 to 1073741824", nn.AvgPool2d, 2,
    { divisor_override = 0 })
  t.raises("nn.AdaptiveAvgPool2d: output_size is missing (one number or { rows, columns }; false keeps the picture's)",
    nn.AdaptiveAvgPool2d)
  t.raises("nn.AdaptiveAvgPool2d: output_size is 0, expected 1 to 1073741824", nn.AdaptiveAvgPool2d, 0)
  t.raises("nn.Dropout2d: dropout probability has to be between 0 and 1, but got 1.5", nn.Dropout2d, 1.5)
  t.raises("feature dropout: the input is 3, expected a batch", nn.Dropout2d(0.5), ml.ones { 3 })
  t.raises("conv2d: the weight is 4x3, expected out_channels x in_channels / groups x height x width", F.conv2d,
    ml.ones { 1, 3, 4, 4 }, ml.ones { 4, 3 })
  t.raises("conv2d: the bias is 3, expected 4 for 4 output channels", F.conv2d, ml.ones { 1, 3, 4, 4 }, ml.ones { 4, 3, 1, 1 },
    { bias = ml.ones { 3 } })
  t.raises("conv2d: groups is 3, expected a whole number that divides out_channels, 4", F.conv2d, ml.ones { 1, 3, 4, 4 },
    ml.ones { 4, 1, 1, 1 }, { groups = 3 })
end)

t.test("absurd numbers and types are refused, not followed", function()
  local core = require "mlprun.core"
  local x, w = ml.ones { 1, 1, 4, 4 }, ml.ones { 1, 1, 2, 2 }
  for _, huge in ipairs { math.maxinteger, 1 << 40, (1 << 31) + 1 } do
    for _, name in ipairs { "stride", "padding", "dilation" } do
      t.raises("conv2d: " .. name .. " is", F.conv2d, x, w, { [name] = huge })
      t.raises("max_pool2d", F.max_pool2d, x, 2, { [name] = huge })
    end
    t.raises("max_pool2d: kernel_size is", F.max_pool2d, x, huge)
    t.raises("avg_pool2d", F.avg_pool2d, x, 2, { padding = huge })
    t.raises("adaptive_avg_pool2d", F.adaptive_avg_pool2d, x, huge)
  end
  t.raises("larger than any memory", F.adaptive_avg_pool2d, x, 1 << 30)
  t.equal(F.conv2d(x, w, { stride = 1 << 30 }).shape, { 1, 1, 1, 1 })
  t.equal(F.conv2d(ml.ones { 0, 1, 4, 4 }, w).shape, { 0, 1, 3, 3 })
  t.equal(F.max_pool2d(ml.ones { 2, 0, 4, 4 }, 2).shape, { 2, 0, 2, 2 })
  t.raises("max_pool2d: the window 2x2 is larger than the picture 0x4", F.max_pool2d, ml.ones { 1, 1, 0, 4 }, 2)
  t.raises("conv2d: the weight is 0x1x2x2", F.conv2d, x, ml.ones { 0, 1, 2, 2 })
  for _, bad in ipairs { false, "x", {}, { 1 }, { 1, 2, 3 }, { "a", 1 }, print } do
    t.ok(not pcall(nn.Conv2d, 1, 1, bad))
    t.ok(not pcall(F.max_pool2d, x, bad))
    t.ok(not pcall(core.nn.max_pool2d, x, bad))
    t.ok(not pcall(core.nn.conv2d, x, w, { stride = bad }))
    t.ok(not pcall(core.nn.conv2d, x, w, { padding = bad }))
    t.ok(bad == false or not pcall(core.nn.adaptive_avg_pool2d, x, bad)) -- false keeps the size
  end
  for _, groups in ipairs { 0, -1, math.mininteger } do
    t.raises("conv2d: groups is", core.nn.conv2d, x, w, { groups = groups })
  end
  for _, name in ipairs { "conv2d", "max_pool2d", "avg_pool2d", "adaptive_avg_pool2d", "feature_dropout" } do
    t.ok(not pcall(core.nn[name]))
    t.ok(not pcall(core.nn[name], x))
    t.ok(not pcall(core.nn[name], "x", {}, {}))
  end
end)

t.done()
