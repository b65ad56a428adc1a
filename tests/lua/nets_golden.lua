-- What PyTorch computes (tests/golden/nets/values.lua, made by make.py beside it) against ours.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local nn, optim = require "mlprun.nn", require "mlprun.optim"
local tensor = core.tensor
local golden = dofile("tests/golden/nets/values.lua")

local function make(v)
  local x = tensor.tensor(v.data, { dtype = v.dtype })
  return x:reshape(v.shape)
end

local function near(got, expected, tolerance, what)
  t.equal(got.shape, expected.shape, what .. ": shape")
  t.equal(got.dtype, expected.dtype, what .. ": dtype")
  local scale = 1 -- the tolerance is relative to the largest value
  for _, value in ipairs(expected.data) do
    if value == value and math.abs(value) < math.huge then scale = math.max(scale, math.abs(value)) end
  end
  t.near(got:reshape(got:numel()):tolist(), expected.data, tolerance * scale, what)
end

-- Labels count from 0 in the file.
local function labels(v)
  return make(v) + 1
end

-- Runs fn on the inputs of a case and compares result and gradients.
local function check(name, case, fn, tolerance)
  local inputs = {}
  for i, v in ipairs(case.inputs) do inputs[i] = make(v):requires_grad_() end
  local y = fn(table.unpack(inputs))
  near(y, case.output, tolerance, name)
  if not case.dy then return end
  y:backward(make(case.dy))
  for i, grad in ipairs(case.grads) do near(inputs[i].grad, grad, tolerance, name .. ": gradient " .. i) end
end

local special = {
  maximum_ties = function(a, b) return a:maximum(b) end,
  max_all_ties = function(a) return a:max() end,
  min_all_ties = function(a) return a:min() end,
  max_dim_ties = function(a) return (a:max { dim = 2 }) end,
  prod_zero = function(a) return a:prod { dim = 2 } end,
  cumsum = function(a) return a:cumsum(2) end,
  clamp = function(a) return a:clamp(-1, 1) end,
}

for name, case in pairs(golden.operations) do
  t.test(name .. " and its gradient are PyTorch's", function()
    check(name, case, special[name] or function(a, b) return a[name](a, b) end, 1e-12)
  end)
end

local layers = {
  linear = nn.functional.linear, linear_batches = nn.functional.linear, linear_vector = nn.functional.linear,
  softmax = function(x) return nn.functional.softmax(x, 2) end,
  log_softmax = function(x) return nn.functional.log_softmax(x, -1) end,
}
for name, case in pairs(golden.other_layers) do
  t.test("the layer " .. name .. " and its gradients are PyTorch's", function() check(name, case, layers[name], 1e-12) end)
end

t.test("cross entropy and its gradient are PyTorch's with every option", function()
  for i, case in ipairs(golden.losses) do
    local o = {}
    for key, value in pairs(case.options) do o[key] = value end
    if o.weight then o.weight = make(o.weight) end
    if o.ignore_index then o.ignore_index = o.ignore_index + 1 end
    local x = make(case.x):requires_grad_()
    local target = case.target.dtype == "i64" and labels(case.target) or make(case.target)
    local loss = nn.CrossEntropyLoss(o)(x, target)
    near(loss, case.loss, 2e-6, "case " .. i)
    loss:backward(make(case.dy))
    near(x.grad, case.grad, 2e-6, "gradient of case " .. i)
  end
  t.ok(#golden.losses >= 40, "the file has its cases")
end)

t.test("batch norm, its gradients and its running statistics are PyTorch's", function()
  for i, case in ipairs(golden.batch_norms) do
    local bn = nn.BatchNorm1d(3, case.options)
    if case.weight then
      bn.weight:detach():copy_(make(case.weight))
      bn.bias:detach():copy_(make(case.bias))
    end
    for k, step in ipairs(case.steps) do
      local what = ("case %d, step %d"):format(i, k)
      bn:train(step.training):zero_grad()
      local x = make(step.x):requires_grad_()
      local y = bn(x)
      near(y, step.y, 5e-6, what)
      y:backward(make(step.dy))
      near(x.grad, step.dx, 2e-5, what .. ": dx")
      if step.dweight then
        near(bn.weight.grad, step.dweight, 2e-5, what .. ": dweight")
        near(bn.bias.grad, step.dbias, 2e-5, what .. ": dbias")
      end
      if step.running_mean then
        near(bn.running_mean, step.running_mean, 1e-6, what .. ": running_mean")
        near(bn.running_var, step.running_var, 1e-6, what .. ": running_var")
      end
    end
  end
end)

t.test("20 steps of every optimizer follow PyTorch's", function()
  local given = golden.optimizers
  for i, case in ipairs(given.cases) do
    local p = make(given.start):requires_grad_()
    local optimizer = optim[case.name]({ p }, case.options)
    for k, g in ipairs(given.gradients) do
      p.grad = make(g)
      optimizer:step()
      near(p, case.path[k], 2e-6, ("%s, case %d, step %d"):format(case.name, i, k))
    end
  end
end)

t.test("optimizers follow PyTorch on one parameter of 1", function()
  for i, case in ipairs(golden.optimizers.one) do
    local p = tensor.ones({ 1 }):requires_grad_()
    local optimizer = optim[case.name]({ p }, case.options)
    for k, g in ipairs { 1, 0.5, -0.2 } do
      p.grad = tensor.full({ 1 }, g, { dtype = "f32" })
      optimizer:step()
      t.near(p:item(), case.values[k], 1e-6, ("%s, case %d, step %d"):format(case.name, i, k))
    end
  end
end)

t.test("ten Adam steps of a BatchNorm and Dropout(0) MLP follow PyTorch's losses", function()
  local given = golden.training
  local model = nn.Sequential {
    nn.Flatten(), nn.Linear(12, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0), nn.Linear(16, 8), nn.BatchNorm1d(8),
    nn.ReLU(), nn.Dropout(0), nn.Linear(8, 5),
  }
  t.equal(getmetatable(model:state_dict()).names, given.names, "names of the state")
  local start = {}
  for name, v in pairs(given.start) do start[name] = make(v) end
  model:load_state_dict(start)
  local optimizer = optim.Adam(model:parameters(), { lr = 1e-2 })
  local criterion = nn.CrossEntropyLoss()
  local x, y = make(given.x), labels(given.labels)
  for i = 1, 10 do
    optimizer:zero_grad()
    local loss = criterion(model(x[i]), y[i])
    loss:backward()
    optimizer:step()
    t.near(loss:item(), given.losses[i], 1e-5, "loss of step " .. i)
  end
  -- A bias before batch norm has a gradient of 0 but for rounding, and Adam gives rounding the size of its step: those
  -- biases wander, and the running means with them, without any effect on the loss.
  local wander = { ["1.bias"] = true, ["5.bias"] = true, ["2.running_mean"] = true, ["6.running_mean"] = true }
  for name, value in pairs(model:state_dict()) do
    if not wander[name] then near(value, given["end"][name], 1e-4, name) end
  end
end)

t.test("gradients are clipped as PyTorch clips them", function()
  for i, case in ipairs(golden.clipping.cases) do
    local parameters = {}
    for k, g in ipairs(golden.clipping.grads) do
      parameters[k] = tensor.zeros(g.shape):requires_grad_()
      parameters[k].grad = make(g)
    end
    local norm = nn.utils.clip_grad_norm_(parameters, case.max_norm, { norm_type = case.norm_type })
    t.near(norm, case.norm, 1e-5, "norm of case " .. i)
    for k, p in ipairs(parameters) do near(p.grad, case.clipped[k], 1e-6, "case " .. i) end
  end
end)

t.test("gains are PyTorch's", function()
  for name, gain in pairs(golden.gains) do t.near(nn.init.calculate_gain(name), gain, 1e-12, name) end
end)

t.done()
