-- Activations, LayerNorm, Embedding, Unflatten: PyTorch's values (tests/golden/layers), gradcheck, messages.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local nn, F = ml.nn, ml.nn.functional
local golden = dofile("tests/golden/layers/values.lua")
local make, near, check = dofile("tests/golden/layers/compare.lua")(t)

local function f64(shape)
  return ml.randn(shape, { dtype = "f64", requires_grad = true })
end

-- The text of a set of options, for messages.
local function shown(options)
  local parts = {}
  for name, value in pairs(options) do parts[#parts + 1] = name .. "=" .. tostring(value) end
  table.sort(parts)
  return table.concat(parts, ",")
end

local FUNCTIONS = {
  LeakyReLU = "leaky_relu", ELU = "elu", CELU = "celu", SELU = "selu", GELU = "gelu", SiLU = "silu", Mish = "mish",
  Softplus = "softplus", Softsign = "softsign", LogSigmoid = "logsigmoid", Hardtanh = "hardtanh", ReLU6 = "relu6",
  Hardsigmoid = "hardsigmoid", Hardswish = "hardswish",
}

t.test("activations and their gradients are PyTorch's, as modules and as functions", function()
  local seen = {}
  for i, c in ipairs(golden.activations) do
    local what = ("%s(%s), case %d"):format(c.name, shown(c.options), i)
    local options = next(c.options) and c.options or nil
    local coarse = c.name == "Hardsigmoid" and 1e-7 or nil -- PyTorch's sixth is one of f32, also in f64
    check(what, c.case, options and nn[c.name](options) or nn[c.name](), coarse)
    if FUNCTIONS[c.name] then
      check(what, c.case, function(x) return F[FUNCTIONS[c.name]](x, options) end, coarse)
      seen[c.name] = true
    end
  end
  for name in pairs(FUNCTIONS) do t.ok(seen[name], name .. " was compared") end
end)

t.test("softmax along every dimension is PyTorch's", function()
  for _, c in ipairs(golden.softmaxes) do check(c.name .. c.dim, c.case, nn[c.name](c.dim + 1)) end
  t.raises("softmax: dimension 4 is out of range for a tensor of 2x3", nn.Softmax(4), ml.zeros { 2, 3 })
end)

t.test("gated linear units and their gradients are PyTorch's", function()
  for i, c in ipairs(golden.gated) do
    local dim = c.dim < 0 and c.dim or c.dim + 1
    check("case " .. i, c.case, nn.GLU(dim))
    check("case " .. i, c.case, function(x) return F.glu(x, dim) end)
  end
  t.raises("glu: dimension 2 of the input 2x3 is 3, expected an even size to halve", nn.GLU(2), ml.ones { 2, 3 })
  t.raises("glu: dimension 3 is out of range for a tensor of 2x3", nn.GLU(3), ml.ones { 2, 3 })
end)

t.test("a slope that is learned, and its gradient, are PyTorch's", function()
  for i, c in ipairs(golden.prelus) do
    check("case " .. i, c.case, F.prelu)
    local layer = nn.PReLU { num_parameters = c.case.inputs[2].shape[1], dtype = c.case.output.dtype }
    layer.weight:detach():copy_(make(c.case.inputs[2]))
    near(layer(make(c.case.inputs[1])), c.case.output, 2e-6, "module " .. i)
  end
  t.equal(nn.PReLU { num_parameters = 2 }.weight:tolist(), { 0.25, 0.25 })
  t.raises("prelu: the weight has 3 values and the input 2 channels (4x2): pass num_parameters = 2",
    nn.PReLU { num_parameters = 3 }, ml.ones { 4, 2 })
end)

t.test("layer norm and its gradients are PyTorch's", function()
  for i, c in ipairs(golden.layer_norms) do
    local options = { eps = c.options.eps, elementwise_affine = c.options.elementwise_affine, bias = c.options.bias,
      dtype = c.case.output.dtype }
    local what = ("case %d: %s"):format(i, shown(options))
    check(what, c.case, function(x, weight, bias)
      return F.layer_norm(x, c.normalized, { weight = weight, bias = bias, eps = c.options.eps })
    end)
    local layer = nn.LayerNorm(c.normalized, options)
    local x = make(c.case.inputs[1]):requires_grad_()
    if layer.weight then layer.weight:detach():copy_(make(c.case.inputs[2])) end
    if layer.bias then layer.bias:detach():copy_(make(c.case.inputs[3])) end
    t.equal(#layer:parameters(), #c.case.inputs - 1, what)
    local tolerance = x.dtype == "f64" and 1e-12 or 2e-6
    local y = layer(x)
    near(y, c.case.output, tolerance, what)
    y:backward(make(c.case.dy))
    near(x.grad, c.case.grads[1], tolerance, what)
    for k, p in ipairs(layer:parameters()) do near(p.grad, c.case.grads[k + 1], tolerance, what .. ": parameter") end
  end
end)

t.test("embedding and its gradient are PyTorch's", function()
  for i, c in ipairs(golden.embeddings) do
    local padding = c.options.padding_idx
    if padding and padding >= 0 then padding = padding + 1 end
    check("case " .. i, c.case, function(weight) return F.embedding(make(c.index) + 1, weight, { padding_idx = padding }) end)
  end
end)

t.test("unflatten is PyTorch's", function()
  for i, c in ipairs(golden.unflattens) do
    check("case " .. i, c.case, nn.Unflatten(c.dim < 0 and c.dim or c.dim + 1, c.size))
  end
end)

t.test("every layer passes gradcheck on dense, turned and strided inputs", function()
  local layers = {}
  for class in pairs(FUNCTIONS) do layers[#layers + 1] = nn[class]() end
  table.move({ nn.LeakyReLU(0.3), nn.ELU(2.0), nn.GELU("tanh"), nn.Softplus { beta = 2, threshold = 3 }, nn.Hardtanh(-0.7, 0.4),
    nn.LayerNorm(6), nn.LayerNorm { 4, 6 }, nn.LayerNorm(6, { bias = false }), nn.LayerNorm(6, { elementwise_affine = false }),
    nn.Unflatten(-1, { 2, -1 }), nn.Softmax(2), nn.LogSoftmax(-1), nn.GLU(), nn.GLU(1), nn.PReLU(),
    nn.PReLU { num_parameters = 6 } }, 1, 16, #layers + 1, layers)
  ml.manual_seed(2)
  for _, layer in ipairs(layers) do
    layer:double()
    for _, p in ipairs(layer:parameters()) do p:detach():uniform_(-1, 2) end
    for how, lay in ipairs { function(x) return x end, function(x) return x:transpose(1, 2) end,
                             function(x) return x:narrow(2, 2, 6) end } do
      local x = f64(how == 2 and { 6, 4 } or how == 3 and { 4, 9 } or { 4, 6 })
      local inputs = layer:parameters()
      table.insert(inputs, 1, x)
      t.ok(ml.autograd.gradcheck(function(v) return layer(lay(v)) end, inputs), tostring(layer))
    end
  end
  local embedding = nn.Embedding(5, 3, { dtype = "f64" })
  t.ok(ml.autograd.gradcheck(function() return embedding(ml.tensor { { 1, 5 }, { 5, 2 } }) end, embedding:parameters()))
end)

t.test("results do not depend on the number of threads", function()
  local core = require "mlprun.core"
  ml.manual_seed(4)
  local x, index = ml.randn { 300, 200 }, ml.randint(1, 51, { 5000 })
  local function all()
    local parts = {}
    for _, layer in ipairs { nn.GELU(), nn.LayerNorm(200), nn.Mish() } do
      local v = x:clone():requires_grad_()
      local y = layer(v)
      y:square():sum():backward()
      parts[#parts + 1] = y
      parts[#parts + 1] = v.grad
      for _, p in ipairs(layer:parameters()) do parts[#parts + 1] = p.grad end
    end
    ml.manual_seed(5)
    local table_of_rows = nn.Embedding(50, 100)
    table_of_rows(index):square():sum():backward()
    parts[#parts + 1] = table_of_rows.weight.grad
    parts[#parts + 1] = F.huber_loss(x, x:square())
    return parts
  end
  core.sys.threads(1)
  local one = all()
  core.sys.threads(4)
  local four = all()
  core.sys.threads(1)
  for i, part in ipairs(one) do t.ok(part:detach():equal(four[i]:detach()), "part " .. i) end
end)

t.test("an embedding begins with a row of zeros for padding, and leaves it alone", function()
  ml.manual_seed(1)
  local e = nn.Embedding(4, 3, { padding_idx = -1 })
  t.equal(e.padding_idx, 4)
  t.equal(e.weight:detach()[4]:tolist(), { 0, 0, 0 })
  t.ok(e.weight:detach()[1]:abs():min():item() > 0)
  e(ml.tensor { 4, 1, 1 }):sum():backward()
  t.equal(e.weight.grad:tolist(), { { 2, 2, 2 }, { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 } })
  t.equal(e(ml.zeros({ 2, 0 }, { dtype = "i64" })).shape, { 2, 0, 3 })
  t.equal(e(ml.tensor({ 1, 2 }, { dtype = "u8" })).shape, { 2, 3 })
end)

t.test("parameters are positional or named, and print as PyTorch prints them", function()
  t.equal(tostring(nn.LeakyReLU()), "LeakyReLU(negative_slope=0.01)")
  t.equal(tostring(nn.LeakyReLU(0.2)), "LeakyReLU(negative_slope=0.2)")
  t.equal(tostring(nn.GELU()), "GELU(approximate='none')")
  t.equal(tostring(nn.Softplus(2)), "Softplus(beta=2, threshold=20)")
  t.equal(tostring(nn.Hardtanh { max_val = 3 }), "Hardtanh(min_val=-1, max_val=3)")
  t.equal(tostring(nn.SiLU()), "SiLU()")
  t.equal(tostring(nn.LayerNorm { 3, 4 }), "LayerNorm({3, 4}, eps=1e-05, elementwise_affine=true)")
  t.equal(tostring(nn.Embedding(4, 3, { padding_idx = 1 })), "Embedding(4, 3, padding_idx=1)")
  t.equal(tostring(nn.Unflatten(2, { 3, -1 })), "Unflatten(dim=2, unflattened_size={3, -1})")
  local layer = nn.LeakyReLU()
  layer.negative_slope = 0.5
  t.equal(layer(ml.tensor { -2.0 }):tolist(), { -1 })
end)

t.test("mistakes are said in words", function()
  t.raises("nn.LeakyReLU: unknown option 'negative_slop': did you mean 'negative_slope'?", nn.LeakyReLU, { negative_slop = 1 })
  t.raises("nn.LeakyReLU: negative_slope is 'x', expected a number", nn.LeakyReLU, "x")
  t.raises("nn.LeakyReLU: got true as a positional argument: optional arguments are named: nn.LeakyReLU(..., { negative_slope = ",
    nn.LeakyReLU, 1, true)
  t.raises("nn.SiLU: got true, but takes no options", nn.SiLU, true)
  t.raises("nn.GELU: approximate is 'tan', expected one of 'none', 'tanh'; did you mean 'tanh'?", nn.GELU, "tan")
  t.raises("nn.Hardtanh: min_val is 2 and max_val 1, expected min_val below max_val", nn.Hardtanh, 2, 1)
  t.raises("celu: alpha is 0, expected a number other than 0", F.celu, ml.ones { 2 }, { alpha = 0 })
  t.raises("gelu: the input is i64, expected f32 or f64", nn.GELU(), ml.tensor { 1, 2 })
  t.raises("nn.LayerNorm: normalized_shape is missing", nn.LayerNorm)
  t.raises("nn.LayerNorm: normalized_shape is 1.5, expected a whole number", nn.LayerNorm, 1.5)
  t.raises("layer_norm: normalized_shape is 3x4, and the input is 2x4: its last sizes must be those", nn.LayerNorm { 3, 4 },
    ml.ones { 2, 4 })
  t.raises("layer_norm: the input is f64 but weight is f32", nn.LayerNorm(4), ml.ones({ 2, 4 }, { dtype = "f64" }))
  t.raises("layer_norm: weight is 2, expected normalized_shape, 4", F.layer_norm, ml.ones { 2, 4 }, 4, { weight = ml.ones { 2 } })
  t.raises("embedding: index 5 at place 2, expected 1 to 4", nn.Embedding(4, 2), ml.tensor { 1, 5 })
  t.raises("embedding: index 0 at place 1, expected 1 to 4", nn.Embedding(4, 2), ml.tensor { 0 })
  t.raises("embedding: the indices are f32, expected i64", nn.Embedding(4, 2), ml.ones { 2 })
  t.raises("padding_idx is 5, expected a row of the weight: 1 to 4, or -1 for the last", nn.Embedding, 4, 2, { padding_idx = 5 })
  t.raises("dimension 2 of the input 2x5 is 5, which cannot become {2, -1}", nn.Unflatten(2, { 2, -1 }), ml.ones { 2, 5 })
  t.raises("there is no dimension 3 in an input of 2 dimensions", nn.Unflatten(3, { 2 }), ml.ones { 2, 5 })
end)

t.done()
