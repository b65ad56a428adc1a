-- Gradients that are made when somebody looks: a training loop gives the same bits whether anybody looks or not, with
-- every rule and everything that scripts do between backward and step.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local function problem()
  ml.manual_seed(5)
  local model = nn.Sequential { nn.Linear(70, 30), nn.ReLU(), nn.Dropout(0.2), nn.Linear(30, 20), nn.Tanh(), nn.Linear(20, 4) }
  return model, ml.randn { 9, 70 }, ml.randint(1, 5, { 9 }), nn.CrossEntropyLoss()
end

-- The parameters after a few steps, as one list of tensors; between(model, x, step) runs between backward and step.
local function train(make, between, before)
  local model, x, labels, criterion = problem()
  local optimizer = make(model)
  for step = 1, 4 do
    if before then before(optimizer, model, step) else optimizer:zero_grad() end
    criterion(model(x), labels):backward()
    if between then between(model, x, step) end
    optimizer:step()
  end
  return model:parameters()
end

local function same(a, b, what)
  for i = 1, #a do t.ok((a[i]:eq(b[i])):all():item(), ("%s: parameter %d differs"):format(what, i)) end
end

local function look(model)
  for _, p in ipairs(model:parameters()) do assert(p.grad:numel() == p:numel()) end
end

local rules = {
  SGD = { lr = 0.1 }, Adam = { lr = 0.01 }, AdamW = { lr = 0.01, weight_decay = 0.1, amsgrad = true },
  RMSprop = { lr = 0.01, momentum = 0.5, centered = true }, Adagrad = { lr = 0.1, weight_decay = 0.01 },
  Adadelta = { lr = 1 }, NAdam = { lr = 0.01 }, Lion = { lr = 0.01, weight_decay = 0.1 },
}

t.test("every rule gives the same bits with and without a look at the gradients", function()
  for name, options in pairs(rules) do
    local function make(model) return optim[name](model:parameters(), options) end
    same(train(make), train(make, look), name)
  end
  local function momentum(model)
    return optim.SGD(model:parameters(), { lr = 0.1, momentum = 0.9, nesterov = true, weight_decay = 0.01 })
  end
  same(train(momentum), train(momentum, look), "momentum")
end)

local function adam(model) return optim.Adam(model:parameters(), { lr = 0.01 }) end

t.test("a batch that is overwritten after backward changes nothing", function()
  local batch, kept
  local function spoil(model, x, step)
    if not batch then batch, kept = x, x:clone() end
    x:fill_(step)
    if step % 2 == 0 then look(model) end
  end
  local function restore(optimizer)
    optimizer:zero_grad()
    if batch then batch:copy_(kept) end
  end
  same(train(adam, spoil, restore), train(adam), "overwritten")
end)

t.test("accumulated gradients are the same as those that somebody looked at in between", function()
  local function every_other(optimizer, model, step)
    if step % 2 == 1 then optimizer:zero_grad() else look(model) end
  end
  local function blind(optimizer, _, step)
    if step % 2 == 1 then optimizer:zero_grad() end
  end
  same(train(adam, nil, every_other), train(adam, nil, blind), "accumulated")
end)

t.test("zero_grad with zeros and without give the same steps", function()
  local function zeros(optimizer, model, step)
    optimizer:zero_grad { set_to_none = false }
    if step > 1 then t.equal(model:parameters()[1].grad:abs():sum():item(), 0) end
  end
  same(train(adam), train(adam, nil, zeros), "zeros")
  same(train(adam), train(adam, nil, function(_, model) model:zero_grad() end), "model:zero_grad")
end)

t.test("clipping changes the gradient that the step takes", function()
  local function clip(model) t.ok(nn.utils.clip_grad_norm_(model:parameters(), 0.01) > 0.01) end
  local function by_hand(model)
    local total = 0
    for _, p in ipairs(model:parameters()) do total = total + (p.grad * p.grad):sum():item() end
    local factor = 0.01 / (math.sqrt(total) + 1e-6)
    for _, p in ipairs(model:parameters()) do p.grad = p.grad * factor end
  end
  local function sgd(model) return optim.SGD(model:parameters(), { lr = 1 }) end
  local a, b, free = train(sgd, clip), train(sgd, by_hand), train(sgd)
  for i = 1, #a do t.ok((a[i] - b[i]):abs():max():item() < 1e-6) end
  t.ok((a[1] - free[1]):abs():max():item() > 1e-4)
end)

t.test("a gradient that a script keeps outlives zero_grad, and is still there after the step", function()
  local model, x, labels, criterion = problem()
  local optimizer = adam(model)
  criterion(model(x), labels):backward()
  local kept = model[1].weight.grad
  local values = kept:clone()
  optimizer:step()
  t.ok(rawequal(model[1].weight.grad, kept) or model[1].weight.grad:eq(values):all():item())
  optimizer:zero_grad()
  t.ok(model[1].weight.grad == nil)
  t.ok(kept:eq(values):all():item())
  criterion(model(x), labels):backward()
  optimizer:step()
  t.ok(model[4].weight.grad ~= nil, "nobody looked before the step; the gradient is there after it")
  t.ok(kept:eq(values):all():item())
end)

t.test("frozen weights get no gradient, and the others get the same as before", function()
  local function freeze(model)
    model[1].weight:requires_grad_(false)
    return optim.SGD(model:parameters(), { lr = 0.1 })
  end
  local first = problem()
  local a, b = train(freeze), train(freeze, function(model)
    t.ok(model[1].weight.grad == nil)
    t.ok(model[4].weight.grad ~= nil)
  end)
  same(a, b, "frozen")
  t.ok(a[1]:eq(first[1].weight):all():item())
end)

t.test("hooks of a weight and of its layer's output see gradients and change them", function()
  local seen = 0
  local function with_hook(model)
    model[4].weight:register_hook(function(grad)
      seen = seen + 1
      return grad * 0
    end)
    return optim.SGD(model:parameters(), { lr = 0.1 })
  end
  local first = problem()
  local a = train(with_hook)
  t.equal(seen, 4)
  t.ok(a[3]:eq(first[4].weight):all():item(), "the hook has stopped the weight")
  t.ok(a[1]:ne(first[1].weight):any():item())
end)

t.test("an error between backward and step leaves everything usable", function()
  local model, x, labels, criterion = problem()
  local optimizer = adam(model)
  criterion(model(x), labels):backward()
  t.ok(not pcall(function() model(ml.randn { 2, 3 }) end))
  t.ok(not pcall(function() model[1].weight.grad = ml.randn { 2 } end))
  optimizer:step()
  local other, y, targets, loss = problem()
  local plain = adam(other)
  loss(other(y), targets):backward()
  look(other)
  plain:step()
  same(model:parameters(), other:parameters(), "after errors")
end)

t.test("a rule written in Lua sees the gradient", function()
  local Plain = optim.Optimizer:subclass("Plain", { options = { "lr" }, defaults = { lr = 0.1 } })
  function Plain.update(_, p, _, group) p:sub_(p.grad * group.lr) end
  local a = train(function(model) return Plain(model:parameters()) end)
  local b = train(function(model) return optim.SGD(model:parameters(), { lr = 0.1 }) end)
  for i = 1, #a do t.ok((a[i] - b[i]):abs():max():item() < 1e-6) end
end)

t.done()
