-- RMSprop, Adagrad, Adadelta, NAdam and Lion as objects: state, groups, messages; gradients over several batches; the search
-- for values that are not finite.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local nn, optim = require "mlprun.nn", require "mlprun.optim"
local tensor = core.tensor

local RULES = {
  RMSprop = { lr = 0.1, momentum = 0.9, centered = true },
  Adagrad = { lr = 0.1, lr_decay = 0.1, initial_accumulator_value = 0.5 },
  Adadelta = { lr = 0.5 }, NAdam = { lr = 0.1 }, RAdam = { lr = 0.1, betas = { 0.8, 0.9 } },
  Adamax = { lr = 0.1 }, Lion = { lr = 0.1, weight_decay = 0.1 },
}

local function parameter(value, n)
  return nn.Parameter(tensor.full({ n or 1 }, value, { dtype = "f32" }))
end

local function step(o, p, g)
  p.grad = tensor.full({ p:numel() }, g, { dtype = "f32" })
  o:step()
end

t.test("state goes on where it was saved, in copies", function()
  for name, options in pairs(RULES) do
    local a, b = parameter(1, 3), parameter(1, 3)
    local one, two = optim[name]({ a }, options), optim[name]({ b })
    step(one, a, 0.7)
    step(one, a, -0.3)
    b:detach():copy_(a)
    two:load_state_dict(one:state_dict())
    for _, g in ipairs { 0.2, -0.5 } do
      step(one, a, g)
      step(two, b, g)
    end
    t.ok(a:detach():equal(b:detach()), name)
    t.ok(not a:detach():equal(tensor.ones { 3 }), name)
  end
end)

t.test("names of state are PyTorch's", function()
  local names = {
    RMSprop = "grad_avg momentum_buffer square_avg step", Adagrad = "step sum", Adadelta = "acc_delta square_avg step",
    NAdam = "exp_avg exp_avg_sq mu_product step", Lion = "exp_avg", RAdam = "exp_avg exp_avg_sq step",
    Adamax = "exp_avg exp_inf step", Rprop = "prev step step_size",
  }
  for name, expected in pairs(names) do
    local p = parameter(1)
    local o = optim[name]({ p }, RULES[name])
    step(o, p, 1)
    local keys = {}
    for key in pairs(o:state_dict().state[1]) do keys[#keys + 1] = key end
    table.sort(keys)
    t.equal(table.concat(keys, " "), expected)
  end
end)

t.test("groups have their own options, and can be added", function()
  for name in pairs(RULES) do
    local a, b, c = parameter(1), parameter(1), parameter(1)
    local o = optim[name]({ { params = { a } }, { params = { b }, lr = 0 } }, { lr = 0.5 })
    o:add_param_group { params = { c }, lr = 0 }
    for _, p in ipairs { a, b, c } do p.grad = tensor.ones { 1 } end
    o:step()
    t.ok(a:item() < 1 and b:item() == 1 and c:item() == 1, name)
    o:zero_grad()
    t.ok(a.grad == nil and c.grad == nil)
  end
end)

t.test("Lion does not move a weight without gradient and momentum, and shows a NaN", function()
  local p = parameter(1)
  local o = optim.Lion({ p }, { lr = 0.1 })
  step(o, p, 0)
  t.equal(p:item(), 1)
  step(o, p, 0 / 0)
  t.ok(p:item() ~= p:item())
end)

t.test("options outside their domain are named with their limits", function()
  local p = parameter(1)
  t.raises("optim.RMSprop: alpha is -1, expected a number of at least 0", optim.RMSprop, { p }, { alpha = -1 })
  t.raises("optim.RMSprop: momentum is -1, expected a number of at least 0", optim.RMSprop, { p }, { momentum = -1 })
  t.raises("optim.RMSprop: unknown option 'centred': did you mean 'centered'?", optim.RMSprop, { p }, { centred = true })
  t.raises("optim.Adagrad: lr_decay is -1", optim.Adagrad, { p }, { lr_decay = -1 })
  t.raises("initial_accumulator_value is -1, expected", optim.Adagrad, { p }, { initial_accumulator_value = -1 })
  t.raises("optim.Adadelta: rho is 1.5, expected 0 to 1", optim.Adadelta, { p }, { rho = 1.5 })
  t.raises("optim.NAdam: momentum_decay is -1", optim.NAdam, { p }, { momentum_decay = -1 })
  t.raises("optim.NAdam: betas[2] is 1, expected 0 <= betas[2] < 1", optim.NAdam, { p }, { betas = { 0.9, 1 } })
  t.raises("optim.Lion: lr is nan, expected a number of at least 0", optim.Lion, { p }, { lr = math.abs(0 / 0) })
  t.raises("optim.Rprop: etas is {1, 1.2}, expected one below and one above 1", optim.Rprop, { p }, { etas = { 1, 1.2 } })
  t.raises("optim.Rprop: etas[1] is 0, expected a number above 0", optim.Rprop, { p }, { etas = { 0, 1.2 } })
  t.raises("step_sizes is {2, 1}: the low end comes first", optim.Rprop, { p }, { step_sizes = { 2, 1 } })
  t.raises("optim.Lion: betas is 0.9, expected a list of two numbers", optim.Lion, { p }, { betas = 0.9 })
  local o = optim.Lion({ p })
  o.param_groups[1].lr = "fast"
  p.grad = tensor.ones { 1 }
  t.raises("Lion: lr is 'fast', expected a number of at least 0 (learning rate)", o.step, o)
  o.param_groups[1].lr, o.param_groups[1].betas = 1, { 0.9 }
  t.raises("Lion: betas is {0.9}, expected a list of two numbers", o.step, o)
end)

t.test("the state of another optimizer is refused, and leaves this one as it was", function()
  local function state_of(name, n)
    local p = parameter(1, n)
    local o = optim[name]({ p }, RULES[name])
    step(o, p, 1)
    return o:state_dict()
  end
  for _, from in ipairs(core.optim.names()) do
    for _, to in ipairs(core.optim.names()) do
      local o = optim[to]({ parameter(1, 3) })
      local before = tostring(o)
      if from == to or from .. to == "AdamAdamW" or from .. to == "AdamWAdam" then
        o:load_state_dict(state_of(from, 3))
      else
        t.raises("the state to load is another optimizer's", o.load_state_dict, o, state_of(from, 3))
        t.equal(tostring(o), before)
      end
    end
  end
  local lion = optim.Lion({ parameter(1, 3) })
  t.raises("optim.Lion: the state to load is another optimizer's: its groups have eps, and the options of Lion are lr, betas, "
    .. "weight_decay and maximize", lion.load_state_dict, lion, state_of("Adam", 3))
  local sgd, state = optim.SGD({ parameter(1, 3) }), optim.SGD({ parameter(1) }):state_dict()
  state.state[1] = { exp_avg = tensor.ones { 3 } }
  t.raises("it has exp_avg for parameter 1, and SGD keeps momentum_buffer", sgd.load_state_dict, sgd, state)
  state.state[1] = { momentum_buffer = 1 }
  t.raises("momentum_buffer of parameter 1 in the state to load is a number, expected a tensor", sgd.load_state_dict, sgd, state)
  state.state[1], state.param_groups[1].lr = nil, -1
  t.raises("optim.SGD: lr is -1, expected a number of at least 0", sgd.load_state_dict, sgd, state)
  t.raises("exp_avg of parameter 1 in the state to load is f32 2, but the parameter is f32 3: the state is another model's",
    lion.load_state_dict, lion, state_of("Lion", 2))
end)

t.test("gradients of two half batches add up to those of the whole", function()
  tensor.manual_seed(1)
  local x, labels = tensor.randn { 8, 4 }, tensor.randint(1, 4, { 8 })
  local function trained(parts)
    tensor.manual_seed(2)
    local model, criterion = nn.Linear(4, 3), nn.CrossEntropyLoss()
    local o = optim.SGD(model:parameters(), { lr = 0.5 })
    local n = 8 // parts
    for i = 1, parts do
      local loss = criterion(model(x[{ { (i - 1) * n + 1, i * n } }]), labels[{ { (i - 1) * n + 1, i * n } }])
      local share = loss * (1 / parts)
      share:backward()
    end
    o:step()
    return model.weight:detach():tolist()
  end
  t.near(trained(2), trained(1), 1e-6)
  t.near(trained(4), trained(1), 1e-6)
end)

t.test("the first tensor that is not finite is found", function()
  local find = core.optim.first_nonfinite
  for _, dtype in ipairs { "f32", "f64" } do
    local a, b = tensor.ones({ 200000 }, { dtype = dtype }), tensor.full({ 3, 2 }, -1e30, { dtype = dtype })
    t.ok(find { a, b } == nil)
    for _, bad in ipairs { 0 / 0, math.huge, -math.huge } do
      b[{ 3, 2 }]:fill_(bad)
      t.equal(find { a, b }, 2)
      t.equal(find { a, b:transpose(1, 2) }, 2)
      a[150000]:fill_(bad)
      t.equal(find { a, b }, 1)
      a[150000]:fill_(0)
    end
    b:fill_(dtype == "f32" and 3.4028234e38 or 1.7976931348623157e308)
    t.ok(find { a, b } == nil)
  end
  t.ok(find {} == nil)
  t.ok(find { tensor.zeros({ 3 }, { dtype = "i64" }), tensor.zeros { 0 } } == nil)
  t.raises("item 2 of the list is a number, expected a tensor", find, { tensor.ones { 1 }, 1 })
end)

t.test("the first gradient that is not finite is found, by the number of its parameter", function()
  local a, b, c = parameter(1), parameter(1), parameter(0 / 0)
  b.grad = tensor.ones { 1 }
  t.ok(core.optim.grad_first_nonfinite { a, b, c } == nil)
  c.grad = tensor.full({ 1 }, math.huge, { dtype = "f32" })
  t.equal(core.optim.grad_first_nonfinite { a, b, c }, 3)
end)

t.test("clipping leaves gradients below the limit alone, and shows a norm that is not finite", function()
  local a, b = parameter(1, 40), parameter(1, 3)
  a.grad, b.grad = tensor.ones { 40 }, tensor.full({ 3 }, 2, { dtype = "f32" })
  t.near(nn.utils.clip_grad_norm_({ a, b }, 100), math.sqrt(52), 1e-6)
  t.equal(a.grad[1]:item(), 1)
  t.near(nn.utils.clip_grad_norm_({ a, b }, 1), math.sqrt(52), 1e-6)
  t.near(b.grad[1]:item(), 2 / math.sqrt(52), 1e-6)
  a.grad = tensor.full({ 40 }, math.huge, { dtype = "f32" })
  t.raises("the total norm of order 2 for the gradients is non-finite (inf), so it cannot be clipped",
    nn.utils.clip_grad_norm_, { a, b }, 1, { error_if_nonfinite = true })
  t.near(b.grad[1]:item(), 2 / math.sqrt(52), 1e-6)
  t.equal(nn.utils.clip_grad_norm_({ a, b }, 1), math.huge)
  t.ok(a.grad[1]:item() ~= a.grad[1]:item() and b.grad[1]:item() == 0) -- inf * 0, and 2 * 0, as in PyTorch
  t.raises("clip_grad_value_: clip_value is nil, expected a number", nn.utils.clip_grad_value_, { a })
  t.raises("clip_value is -1, expected 0 or more", nn.utils.clip_grad_value_, { a }, -1)
end)

t.done()
