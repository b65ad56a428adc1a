-- optim.EMA, swa_utils and lr_finder: worked numbers, what is put back, messages.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local function filled(value)
  local model = nn.Linear(2, 1)
  for _, p in ipairs(model:parameters()) do p:detach():fill_(value) end
  return model
end

local function first(model)
  return model.bias:item()
end

t.test("an EMA follows the weights, with its warm-up too", function()
  local model = filled(1)
  local ema, warm = optim.EMA(model, { decay = 0.75 }), optim.EMA(model, { decay = 0.75, warmup = true })
  model.bias:detach():fill_(2)
  ema:update()
  warm:update()
  t.near(ema:state_dict().averages.bias:item(), 1.25, 1e-6)
  t.near(warm:state_dict().averages.bias:item(), 1 + 9 / 11, 1e-6) -- decay (1 + 1) / (10 + 1)
  t.equal(ema.num_updates, 1)
  t.equal(tostring(ema), "EMA(decay=0.75) of 2 parameters after 1 updates")
end)

t.test("EMA:apply puts the averages in and the weights back, also after an error", function()
  local model = filled(1)
  local ema = optim.EMA(model, { decay = 0 })
  model.bias:detach():fill_(3)
  local inside, more = ema:apply(function(x) return first(model), x end, "given")
  t.equal({ inside, more }, { 1.0, "given" })
  t.equal(first(model), 3)
  t.raises("oops", ema.apply, ema, function() error("oops") end)
  t.equal(first(model), 3)
  ema:copy_to(model)
  t.equal(first(model), 1)
end)

t.test("the state of an EMA goes on in another, in copies", function()
  local one, two = filled(1), filled(5)
  local a, b = optim.EMA(one, { decay = 0.5 }), optim.EMA(two)
  one.bias:detach():fill_(2)
  a:update()
  b:load_state_dict(a:state_dict())
  t.equal({ b.decay, b.num_updates }, { 0.5, 1 })
  a:update()
  t.equal(b:state_dict().averages.bias:item(), 1.5)
  t.raises("there is no average of the right size for parameter 'weight'", b.load_state_dict, b,
    { averages = {}, num_updates = 1 })
  t.raises("expects a table with 'averages'", b.load_state_dict, b, 3)
end)

t.test("running statistics are averaged with the weights that they belong to", function()
  local model = nn.Sequential { nn.Linear(2, 3), nn.BatchNorm1d(3) }
  local ema = optim.EMA(model, { decay = 0.75 })
  local norm = model[2]
  norm.running_mean:fill_(4)
  norm.num_batches_tracked:fill_(7)
  ema:update()
  norm.running_mean:fill_(8)
  local state = ema:state_dict()
  t.equal(state.buffers["1.running_mean"]:tolist(), { 1, 1, 1 }) -- 0, and a quarter of the way to 4
  t.equal(state.buffers["1.num_batches_tracked"]:item(), 7)
  t.equal(ema:apply(function() return norm.running_mean:tolist() end), { 1, 1, 1 })
  t.equal(norm.running_mean:tolist(), { 8, 8, 8 })
  local other = optim.EMA(nn.Sequential { nn.Linear(2, 3), nn.BatchNorm1d(3) })
  other:load_state_dict(state)
  t.equal(other:state_dict().buffers["1.running_mean"]:tolist(), { 1, 1, 1 })
  state.buffers = nil -- of a version that had none
  ema:load_state_dict(state)
  t.equal(ema:state_dict().buffers["1.running_mean"]:tolist(), { 8, 8, 8 })
  state.buffers = {}
  t.raises("there is no average of the right size for buffer '1.running_mean'", ema.load_state_dict, ema, state)
  ema:copy_to(model)
  t.equal(norm.running_mean:tolist(), { 8, 8, 8 })
end)

t.test("averages explain what they cannot take", function()
  t.raises("optim.EMA: decay is 2, expected 0 to 1", optim.EMA, filled(1), { decay = 2 })
  t.raises("optim.EMA: got a number, expected a model", optim.EMA, 3)
  t.raises("optim.EMA: unknown option 'deacy': did you mean 'decay'?", optim.EMA, filled(1), { deacy = 1 })
  local ema = optim.EMA(filled(1))
  t.raises("no parameter like 'weight'", ema.copy_to, ema, nn.Linear(3, 1))
  t.raises("an EMA has no field 'udpate': did you mean 'update'?", function() return ema.udpate end)
  local swa = optim.swa_utils
  t.raises("only one of avg_fn and multi_avg_fn", swa.AveragedModel, filled(1), { avg_fn = print, multi_avg_fn = print })
  local average = swa.AveragedModel(filled(1))
  t.raises("the model is not like the one that is averaged", average.update_parameters, average, nn.Linear(3, 1))
end)

t.test("an averaged model is a copy with parameters of its own", function()
  local model = nn.Sequential { nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1) }
  local average = optim.swa_utils.AveragedModel(model)
  t.equal(#average:parameters(), #model:parameters())
  local x = ml.randn(4, 2)
  model:eval()
  average:eval()
  t.ok(average(x):detach():equal(model(x):detach()))
  model[1].weight:detach():fill_(0)
  t.ok(not average(x):detach():equal(model(x):detach()))
  average(x):sum():backward()
  t.ok(model[1].weight.grad == nil and average.module[1].weight.grad ~= nil)
  t.ok(average:state_dict()["module.0.weight"] ~= nil)
end)

t.test("update_bn computes running statistics over the loader", function()
  ml.manual_seed(3)
  local model = nn.Sequential { nn.BatchNorm1d(2) }
  local list = { { ml.randn(6, 2) + 3 }, { ml.randn(6, 2) + 5 } }
  model:eval()
  optim.swa_utils.update_bn(list, model)
  local mean = (list[1][1]:mean { dim = 1 } + list[2][1]:mean { dim = 1 }) / 2
  t.near(model[1].running_mean:tolist(), mean:tolist(), 1e-5)
  t.equal({ model[1].momentum, model.training }, { 0.1, false })
  t.equal(model[1].num_batches_tracked:item(), 2)
end)

-- ---- lr_finder ----

local function task()
  ml.manual_seed(5)
  local model = nn.Sequential { nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 3) }
  local batches = {}
  for i = 1, 7 do
    local x = ml.randn(16, 4)
    batches[i] = { x, x[{ {}, { 1, 3 } }]:argmax { dim = 2 } }
  end
  return model, nn.CrossEntropyLoss(), batches
end

t.test("lr_finder finds where the loss falls, and puts everything back", function()
  local model, criterion, batches = task()
  local optimizer = optim.Adam(model:parameters(), { lr = 0.003 })
  local function step()
    model:train()
    optimizer:zero_grad()
    criterion(model(batches[1][1]), batches[1][2]):backward()
    optimizer:step()
  end
  step()
  local before, random = {}, ml.get_rng_state()
  for name, value in pairs(model:state_dict()) do before[name] = value:clone() end
  model:eval()
  local found = optim.lr_finder(model, criterion, optimizer, batches, { end_lr = 100 })
  t.ok(not model.training)
  t.equal(ml.get_rng_state(), random)
  t.equal(optimizer.param_groups[1].lr, 0.003)
  for name, value in pairs(model:state_dict()) do t.ok(value:equal(before[name]), name) end
  t.ok(found.suggestion > 1e-3 and found.suggestion < 1, ("the suggestion is %s"):format(found.suggestion))
  t.ok(#found.lr == #found.loss and #found.loss == #found.raw_loss and #found.lr > 50)
  t.equal(found.lr[1], 1e-7)
  t.near(found.lr[12] / found.lr[11], 1e9 ^ (1 / 99), 1e-9)
  for _, p in ipairs(model:parameters()) do t.ok(p.grad == nil) end
  step() -- goes on as a run without the search does
  local other, _, _ = task()
  local again = optim.Adam(other:parameters(), { lr = 0.003 })
  model, optimizer = other, again
  step()
  local kept = {}
  for name, value in pairs(before) do kept[name] = value end
  for name, value in pairs(model:state_dict()) do t.ok(value:equal(kept[name]), name) end
end)

t.test("lr_finder ends when the loss explodes, and begins the loader again when it ends", function()
  local model, criterion, batches = task()
  local optimizer = optim.SGD(model:parameters(), { lr = 1 })
  local found = optim.lr_finder(model, criterion, optimizer, batches, { start_lr = 1, end_lr = 1e12, num_iter = 60 })
  t.ok(found.diverged and #found.lr < 60, "it diverged")
  found = optim.lr_finder(model, criterion, optimizer, batches, { num_iter = 11, end_lr = 1e-3, step_mode = "linear" })
  t.ok(not found.diverged and #found.lr == 11)
  t.near(found.lr[6], (1e-7 + 1e-3) / 2, 1e-12)
  t.near(found.loss[1], found.raw_loss[1], 1e-12)
end)

t.test("lr_finder puts back after an error, and names what is wrong", function()
  local model, criterion, batches = task()
  local optimizer = optim.SGD(model:parameters(), { lr = 1 })
  local weights = model[1].weight:detach():clone()
  batches[3] = { ml.randn(16, 5), batches[1][2] }
  t.raises("linear expects 4 features and got 5", optim.lr_finder, model, criterion, optimizer, batches, { start_lr = 0.1 })
  t.ok(weights:equal(model[1].weight:detach()))
  t.equal(optimizer.param_groups[1].lr, 1)
  t.raises("the loader gave no batch", optim.lr_finder, model, criterion, optimizer, {})
  t.raises("the loader is a number", optim.lr_finder, model, criterion, optimizer, 5)
  t.raises("the model is a number, expected a module", optim.lr_finder, 1, criterion, optimizer, batches)
  t.raises("the criterion is a nil", optim.lr_finder, model, nil, optimizer, batches)
  t.raises("the third argument is a table, expected an optimizer", optim.lr_finder, model, criterion, batches, optimizer)
  t.raises("unknown option 'max_lr'", optim.lr_finder, model, criterion, optimizer, batches, { max_lr = 1 })
  t.raises("end_lr is 0.1, expected more than start_lr, 1", optim.lr_finder, model, criterion, optimizer, batches,
    { start_lr = 1, end_lr = 0.1 })
  t.raises("num_iter is 1, expected a whole number of at least 2", optim.lr_finder, model, criterion, optimizer, batches,
    { num_iter = 1 })
end)

t.done()
