-- State that outlives a change: another type, a module in two places, files of older PyTorch.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local function names_of(map)
  local list = {}
  for name in pairs(map) do list[#list + 1] = name end
  return list
end

t.test("an optimizer that was made before goes on after double()", function()
  local model = nn.Linear(2, 1)
  local weight, optimizer = model.weight, optim.SGD(model:parameters(), { lr = 0.5 })
  model(ml.ones { 1, 2 }):sum():backward()
  model:double()
  t.ok(rawequal(model.weight, weight) and weight.requires_grad and weight.is_leaf)
  t.equal({ weight.dtype, weight.grad.dtype, model.bias.dtype }, { "f64", "f64", "f64" })
  local before = weight:detach():clone()
  optimizer:zero_grad()
  model(ml.ones({ 1, 2 }, { dtype = "f64" })):sum():backward()
  optimizer:step()
  t.near((before - weight):tolist(), { { 0.5, 0.5 } }, 1e-12)
  local adam = optim.Adam(model:parameters())
  adam:step()
  model:float()
  model(ml.ones { 1, 2 }):sum():backward()
  t.raises("Adam: the parameter is f32 1x2 but its state is f64 1x2", adam.step, adam)
end)

t.test("a module in two places has a name for each, and one parameter", function()
  local shared = nn.Linear(2, 2)
  local model = nn.Sequential { shared, nn.ReLU(), shared }
  t.equal(names_of(model:state_dict()), { "0.weight", "0.bias", "2.weight", "2.bias" })
  t.equal(#model:parameters(), 2)
  local other = nn.Sequential { nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2) }
  t.equal(#other:load_state_dict(model:state_dict()).missing_keys, 0)
  t.ok(other[3].weight:equal(shared.weight))
  t.equal(model:double():state_dict()["2.weight"].dtype, "f64")
end)

t.test("a batch norm of old files has no count", function()
  local norm = nn.BatchNorm1d(2)
  norm(ml.rand { 4, 2 })
  local old = {}
  for name, value in pairs(nn.BatchNorm1d(2):state_dict()) do old[name] = value end
  old.num_batches_tracked = nil
  t.equal(norm:load_state_dict(old).missing_keys, {})
  t.near(norm.running_mean:tolist(), { 0, 0 })
  t.equal(norm.num_batches_tracked:item(), 1)
  old.running_var = nil
  t.raises('Missing key(s) in state_dict: "running_var"', norm.load_state_dict, norm, old)
end)

t.done()
