-- Optimizers as objects: groups, options, state, messages; memory over a long loop.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local nn, optim = require "mlprun.nn", require "mlprun.optim"
local tensor = core.tensor

local function parameter(value, n)
  return nn.Parameter(tensor.full({ n or 1 }, value, { dtype = "f32" }))
end

t.test("groups have their own options, the others are the optimizer's", function()
  local a, b = parameter(1), parameter(1)
  local o = optim.SGD({ { params = { a } }, { params = { b }, lr = 1 } }, { lr = 0.1 })
  a.grad, b.grad = tensor.ones { 1 }, tensor.ones { 1 }
  o:step()
  t.near(a:item(), 0.9, 1e-6)
  t.near(b:item(), 0, 1e-6)
  t.equal(o.param_groups[1].lr, 0.1)
  o.param_groups[1].lr = 0.5
  o:step()
  t.near(a:item(), 0.4, 1e-6)
  local c = parameter(1)
  o:add_param_group { params = c, momentum = 0.9 }
  t.equal(#o.param_groups, 3)
  t.equal(o.param_groups[3].lr, 0.1)
end)

t.test("parameters without a gradient are left alone, decay and state included", function()
  local a, b = parameter(1), parameter(1)
  local o = optim.AdamW({ a, b }, { lr = 0.1, weight_decay = 0.5 })
  a.grad = tensor.ones { 1 }
  o:step()
  t.equal(b:item(), 1)
  t.ok(o.state[b] == nil and o.state[a].step == 1)
end)

t.test("zero_grad forgets, or fills with zeros when asked", function()
  local a = parameter(1)
  local o = optim.SGD({ a })
  a.grad = tensor.ones { 1 }
  o:zero_grad { set_to_none = false }
  t.equal(a.grad:item(), 0)
  o:zero_grad()
  t.ok(a.grad == nil)
  t.raises("unknown option 'set_to_nil': did you mean 'set_to_none'?", o.zero_grad, o, { set_to_nil = true })
end)

t.test("state goes on where it was saved", function()
  for _, name in ipairs { "SGD", "Adam", "AdamW" } do
    local options = name == "SGD" and { lr = 0.1, momentum = 0.9 } or { lr = 0.1, amsgrad = true }
    local a, b = parameter(1, 3), parameter(1, 3)
    local one, two = optim[name]({ a }, options), optim[name]({ b }, {})
    local function step(o, p, g)
      p.grad = tensor.full({ 3 }, g, { dtype = "f32" })
      o:step()
    end
    step(one, a, 0.7)
    step(one, a, -0.3)
    b:detach():copy_(a)
    two:load_state_dict(one:state_dict())
    t.equal(two.param_groups[1].lr, 0.1)
    step(one, a, 0.2)
    step(two, b, 0.2)
    t.ok(a:detach():equal(b:detach()), name)
    t.ok(#one:state_dict().param_groups[1].params == 1)
  end
  local o = optim.SGD({ parameter(1) })
  t.raises("different number of parameter groups: 0, expected 1", o.load_state_dict, o, { state = {}, param_groups = {} })
  t.raises("doesn't match the size of optimizer's group 1: 0 parameters, expected 1", o.load_state_dict, o,
    { state = {}, param_groups = { { params = {} } } })
  t.raises("expects a table with 'state' and 'param_groups'", o.load_state_dict, o, {})
end)

t.test("a step takes a closure and returns its loss", function()
  local a = parameter(3)
  local o = optim.SGD({ a }, { lr = 0.5 })
  local loss = o:step(function()
    o:zero_grad()
    local l = (a * a):sum()
    l:backward()
    return l
  end)
  t.equal(loss:item(), 9)
  t.near(a:item(), 0, 1e-6)
end)

t.test("a rule of one's own is a class with an update", function()
  local Plain = optim.Optimizer:subclass("Plain", { options = { "lr" }, defaults = { lr = 0.5 } })
  function Plain:update(p, state, group) -- luacheck: ignore self state
    p:sub_(p.grad * group.lr)
  end
  local a = parameter(1)
  local o = Plain({ a })
  a.grad = tensor.ones { 1 }
  o:step()
  t.equal(a:item(), 0.5)
  t.raises("optim.Plain: unknown option 'rate': known are lr", Plain, { a }, { rate = 1 })
end)

t.test("wrong options are named with their limits", function()
  local a = parameter(1)
  t.raises("optim.SGD: lr is -1, expected a number of at least 0", optim.SGD, { a }, { lr = -1 })
  t.raises("optim.SGD: momentum is -1, expected a number of at least 0", optim.SGD, { a }, { momentum = -1 })
  t.raises("optim.SGD: weight_decay is -1, expected a number of at least 0", optim.SGD, { a }, { weight_decay = -1 })
  t.raises("optim.SGD: Nesterov momentum requires a momentum and zero dampening", optim.SGD, { a }, { nesterov = true })
  t.raises("optim.Adam: betas[1] is 1, expected 0 <= betas[1] < 1", optim.Adam, { a }, { betas = { 1.0, 0.9 } })
  t.raises("optim.Adam: betas is 0.9, expected a list of two numbers", optim.Adam, { a }, { betas = 0.9 })
  t.raises("optim.Adam: eps is -1, expected a number of at least 0", optim.Adam, { a }, { eps = -1 })
  t.raises("optim.Adam: unknown option 'learning_rate'", optim.Adam, { a }, { learning_rate = 1 })
  t.raises("optim.Adam: got 0.1 as a positional argument: optional arguments are named: optim.Adam(..., { lr = 0.1 })",
    optim.Adam, { a }, 0.1)
end)

t.test("what is not a list of parameters is explained", function()
  local a = parameter(1)
  t.raises("optim.Adam: optimizer got an empty parameter list", optim.Adam, {})
  t.raises("optim.Adam: got a module, expected its parameters: pass model:parameters()", optim.Adam, nn.Linear(2, 2))
  t.raises("optim.Adam: got a tensor, expected a list", optim.Adam, a)
  t.raises("optim.Adam: got one parameter group, expected a list of them", optim.Adam, { params = { a } })
  t.raises("optim.Adam: parameter 2 is a number", optim.Adam, { a, 5 })
  t.raises("optim.Adam: parameter 1 is the result of an operation", optim.Adam, { a * 2 })
  t.raises("some parameters appear in more than one parameter group", optim.Adam, { { params = { a } }, { params = { a } } })
  t.raises("parameter 2 is in its group twice", optim.Adam, { a, a })
  t.raises("an optimizer Adam has no field 'setp': did you mean 'step'?", function() return optim.Adam({ a }).setp end)
end)

t.test("an optimizer prints its groups", function()
  t.equal(tostring(optim.Adam({ parameter(1) })), "Adam (\nParameter Group 1: 1 parameters\n    lr: 0.001\n"
    .. "    betas: { 0.9, 0.999 }\n    eps: 1e-08\n    weight_decay: 0\n    amsgrad: false\n    maximize: false\n)")
end)

t.test("clipping by value and its messages", function()
  local a = parameter(1, 2)
  a.grad = tensor.tensor({ 5, -0.5 }, { dtype = "f32" })
  nn.utils.clip_grad_value_({ a }, 1)
  t.equal(a.grad:tolist(), { 1, -0.5 })
  t.equal(nn.utils.clip_grad_norm_({ parameter(1) }, 1), 0)
  a.grad = tensor.tensor({ 0 / 0, 1 }, { dtype = "f32" })
  t.raises("is non-finite", nn.utils.clip_grad_norm_, { a }, 1, { error_if_nonfinite = true })
  t.raises("max_norm is nil, expected a number", nn.utils.clip_grad_norm_, { a })
  t.raises("max_norm is a table, expected a number", nn.utils.clip_grad_norm_, { a }, { max_norm = 1 })
  t.raises("max_norm is a Tensor of shape 2, expected a number", nn.utils.clip_grad_norm_, { a }, a)
  t.raises("clip_grad_norm_: got 2 as a positional argument", nn.utils.clip_grad_norm_, { a }, 1, 2)
end)

t.test("a long training loop stays flat", function()
  tensor.manual_seed(1)
  local model = nn.Sequential { nn.Linear(64, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Dropout(0.3), nn.Linear(128, 5) }
  local optimizer = optim.Adam(model:parameters(), { lr = 1e-3 })
  local criterion = nn.CrossEntropyLoss()
  local labels = tensor.randint(1, 6, { 32 })
  local most = 0 -- a step makes about 0.3 MB: without their release 600 steps would hold 180 MB
  for i = 1, 600 do
    local x = tensor.randn { 32, 64 }
    optimizer:zero_grad()
    local loss = criterion(model(x), labels)
    loss:backward()
    optimizer:step()
    if i % 10 == 0 then most = math.max(most, core.sys.memory().tensors) end
  end
  t.ok(most < 40e6, ("tensors hold up to %d bytes"):format(most))
end)

t.done()
