-- Convolution, pooling, BatchNorm2d and small CNNs against PyTorch's values (tests/golden/cnn), and by gradcheck.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local nn, F = ml.nn, ml.nn.functional
local golden = dofile("tests/golden/cnn/values.lua")
local make, near, check = dofile("tests/golden/layers/compare.lua")(t)

-- A copy of PyTorch's options.
local function copied(options)
  local o = {}
  for name, value in pairs(options) do o[name] = value end
  return o
end

-- The text of a set of options, for messages.
local function shown(c)
  local parts = {}
  for name, value in pairs(c.options) do
    parts[#parts + 1] = name .. "=" .. (type(value) == "table" and table.concat(value, "/") or tostring(value))
  end
  table.sort(parts)
  local x = c.case.inputs[1]
  return ("%s %s, %s"):format(table.concat(x.shape, "x"), x.dtype, table.concat(parts, ","))
end

t.test("convolutions and their gradients are PyTorch's, as functions and as layers", function()
  for i, c in ipairs(golden.convolutions) do
    local what = ("case %d: %s"):format(i, shown(c))
    check(what, c.case, function(x, weight, bias)
      local o = copied(c.options)
      o.bias = bias
      return F.conv2d(x, weight, o)
    end)
    local w, o = c.case.inputs[2], copied(c.options)
    o.bias, o.dtype = c.case.inputs[3] ~= nil, w.dtype
    local layer = nn.Conv2d(w.shape[2] * (o.groups or 1), w.shape[1], { w.shape[3], w.shape[4] }, o)
    local parameters = layer:parameters()
    t.equal(#parameters, #c.case.inputs - 1, what)
    for k, p in ipairs(parameters) do p:detach():copy_(make(c.case.inputs[k + 1])) end
    local x = make(c.case.inputs[1]):requires_grad_()
    local y, tolerance = layer(x), w.dtype == "f64" and 1e-12 or 2e-6
    near(y, c.case.output, tolerance, what)
    y:backward(make(c.case.dy))
    near(x.grad, c.case.grads[1], tolerance, what)
    for k, p in ipairs(parameters) do near(p.grad, c.case.grads[k + 1], tolerance, what) end
  end
end)

t.test("pooling and its gradients are PyTorch's, as functions and as layers", function()
  local classes, seen = { max_pool2d = nn.MaxPool2d, avg_pool2d = nn.AvgPool2d }, {}
  for i, c in ipairs(golden.pools) do
    local what = ("%s, case %d: %s"):format(c.name, i, shown(c))
    check(what, c.case, function(x) return F[c.name](x, c.kernel, c.options) end)
    check(what, c.case, classes[c.name](c.kernel, c.options))
    seen[c.name] = (seen[c.name] or 0) + 1
  end
  t.ok(seen.max_pool2d > 20 and seen.avg_pool2d > 20)
  for i, c in ipairs(golden.adaptive_pools) do
    check("adaptive, case " .. i, c.case, function(x) return F.adaptive_avg_pool2d(x, c.size) end)
    check("adaptive, case " .. i, c.case, nn.AdaptiveAvgPool2d(c.size))
  end
end)

t.test("batch norm of pictures is PyTorch's: output, gradients, running statistics", function()
  for i, c in ipairs(golden.batch_norms) do
    local o, what = copied(c.options), "case " .. i
    o.dtype = "f64"
    local layer = nn.BatchNorm2d(c.x.shape[2], o):train(c.training)
    local before = {}
    for name, value in pairs(c.before) do before[name] = make(value) end
    layer:load_state_dict(before)
    local x = make(c.x):requires_grad_()
    local y = layer(x)
    near(y, c.y, 1e-12, what)
    y:backward(make(c.dy))
    near(x.grad, c.dx, 1e-12, what .. ": gradient")
    for name, p in layer:named_parameters() do near(p.grad, c.grads[name], 1e-12, what .. ": " .. name) end
    local after = layer:state_dict()
    for name, value in pairs(c.after) do near(after[name], value, 1e-12, what .. ": " .. name) end
  end
end)

local function small_net(dtype)
  return nn.Sequential {
    nn.Conv2d(3, 6, 3, { padding = 1 }), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(6, 8, 3, { stride = 2, groups = 2, bias = false }), nn.BatchNorm2d(8), nn.ReLU(),
    nn.AvgPool2d(2, { stride = 1, padding = 1 }), nn.AdaptiveAvgPool2d { 2, 1 }, nn.Dropout2d(0), nn.Flatten(),
    nn.Linear(16, 4),
  }:to(dtype)
end

t.test("ten steps of a small CNN are PyTorch's: gradients, losses, weights, statistics", function()
  local c, model = golden.training, small_net("f64")
  t.equal(getmetatable(model:state_dict()).names, c.names)
  local state = {}
  for name, value in pairs(c.state) do state[name] = make(value) end
  model:load_state_dict(state)
  local optimizer = ml.optim.Adam(model:parameters(), { lr = 1e-2 })
  local x, labels = make(c.x), make(c.labels) + 1
  for step, loss in ipairs(c.losses) do
    optimizer:zero_grad()
    local y = model(x)
    local got = F.cross_entropy(y, labels)
    got:backward()
    if step == 1 then
      near(y, c.first.y, 1e-12, "output")
      for name, p in model:named_parameters() do near(p.grad, c.first.grads[name], 1e-12, name) end
    end
    t.near(got:item(), loss, 1e-9, "loss of step " .. step)
    optimizer:step()
  end
  for name, value in pairs(model:state_dict()) do near(value, c.after[name], 1e-8, name) end
end)

t.test("a CNN's state_dict that PyTorch saved loads by name and gives the same outputs", function()
  local c, model = golden.state, small_net("f32")
  t.equal(model:load_state_dict((ml.load_safetensors("tests/golden/cnn/state.safetensors"))),
    { missing_keys = {}, unexpected_keys = {} })
  t.equal(getmetatable(model:state_dict()).names, c.names)
  t.equal(model[2].num_batches_tracked:item(), c.seen)
  model:eval()
  near(model(make(c.x)), c.y, 1e-5, "outputs")
  local path = os.tmpname()
  ml.save_safetensors(path, model:state_dict())
  local again = small_net("f32"):eval()
  again:load_state_dict((ml.load_safetensors(path)))
  os.remove(path)
  t.ok(again(make(c.x)):equal(model(make(c.x))), "saved and loaded again")
end)

t.test("layers of pictures pass gradcheck in both modes, on dense and turned inputs", function()
  ml.manual_seed(3)
  for _, layer in ipairs { nn.Conv2d(2, 4, 3, { padding = 1, stride = { 2, 1 }, groups = 2 }), nn.Conv2d(2, 1, 1),
                           nn.Conv2d(2, 2, 2, { padding = "same", bias = false }), nn.MaxPool2d(2),
                           nn.MaxPool2d(3, { stride = 1, padding = 1, dilation = 1 }),
                           nn.AvgPool2d(2, { ceil_mode = true, count_include_pad = false, padding = 1 }),
                           nn.AdaptiveAvgPool2d { 2, 3 }, nn.BatchNorm2d(2, { momentum = 0 }), nn.Dropout2d(0.4) } do
    for _, training in ipairs { true, false } do
      layer:double():train(training)
      for how, lay in ipairs { function(x) return x end, function(x) return x:transpose(3, 4) end } do
        local x = ml.randn(how == 1 and { 2, 2, 4, 5 } or { 2, 2, 5, 4 }, { dtype = "f64", requires_grad = true })
        local inputs = layer:parameters()
        table.insert(inputs, 1, x)
        t.ok(ml.autograd.gradcheck(function(v)
          ml.manual_seed(7) -- the same channels are dropped each time
          return layer(lay(v))
        end, inputs), tostring(layer))
      end
    end
  end
end)

t.done()
