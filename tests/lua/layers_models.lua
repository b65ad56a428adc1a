-- Models with residual connections and branches, containers, and PyTorch's files of weights (tests/golden/layers).
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local nn = ml.nn
local golden = dofile("tests/golden/layers/values.lua")
local make, near = dofile("tests/golden/layers/compare.lua")(t)

local Residual = nn.Module:subclass("Residual")
function Residual:__init()
  self.stem = nn.Linear(6, 8)
  self.blocks = nn.ModuleList()
  for _ = 1, 2 do
    self.blocks:append(nn.Sequential { nn.LayerNorm(8), nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8) })
  end
  self.head = nn.Linear(8, 3)
end
function Residual:forward(x)
  x = self.stem(x)
  for _, block in ipairs(self.blocks) do x = x + block(x) end
  return self.head(x)
end

local Branches = nn.Module:subclass("Branches")
function Branches:__init()
  self.branches = nn.ModuleDict {
    { "wide", nn.Sequential { nn.Linear(6, 10), nn.SiLU() } },
    { "narrow", nn.Sequential { nn.Linear(6, 2), nn.Tanh(), nn.Linear(2, 4) } },
  }
  self.balance = nn.Parameter(ml.tensor({ 0.3 }, { dtype = "f32" }))
  self.head = nn.Linear(14, 3)
end
function Branches:forward(x)
  local wide, narrow = self.branches.wide(x), self.branches["narrow"](x)
  return self.head(ml.cat({ wide * self.balance, narrow * (1 - self.balance) }, 2))
end

for name, class in pairs { Residual = Residual, Branches = Branches } do
  t.test("a model of one's own with " .. name:lower() .. " computes what PyTorch's does, and its gradients", function()
    local c, model = golden.models[name], class():double()
    t.equal(getmetatable(model:state_dict()).names, c.names)
    local state = {}
    for key, value in pairs(c.state) do state[key] = make(value) end
    model:load_state_dict(state)
    local x = make(c.x):requires_grad_()
    local y = model(x)
    near(y, c.y, 1e-12, "y")
    local loss = nn.CrossEntropyLoss()(y, make(c.labels) + 1)
    t.near(loss:item(), c.loss, 1e-12, "loss")
    loss:backward()
    near(x.grad, c.dx, 1e-12, "dx")
    local count = 0
    for key, p in model:named_parameters() do
      near(p.grad, c.grads[key], 1e-12, key)
      count = count + 1
    end
    t.equal(count, #c.names)
    t.ok(tostring(model):find(name .. "(", 1, true))
  end)
end

t.test("a state_dict that PyTorch saved loads by name into the same Sequential", function()
  local function same()
    return nn.Sequential {
      nn.Flatten(), nn.Linear(12, 10), nn.BatchNorm1d(10), nn.ReLU(), nn.Dropout(0.2), nn.Linear(10, 6), nn.LayerNorm(6),
      nn.GELU(), nn.Linear(6, 4),
    }
  end
  local c = golden.state
  local state, metadata = ml.load_safetensors("tests/golden/layers/state.safetensors")
  t.equal(metadata, { format = "pt" })
  local model = same()
  t.equal(getmetatable(model:state_dict()).names, c.names)
  t.equal(model:load_state_dict(state), { missing_keys = {}, unexpected_keys = {} })
  t.equal(model[3].num_batches_tracked.dtype, "i64")
  t.equal(model[3].num_batches_tracked.shape, {})
  t.equal(model[3].num_batches_tracked:item(), c.seen)
  model:eval()
  near(model(make(c.x)):detach(), c.y, 1e-5, "outputs")
  local path = t.folder() .. "/again.safetensors"
  ml.save_safetensors(path, model:state_dict())
  local again = same()
  again:load_state_dict((ml.load_safetensors(path)))
  t.ok(again:eval()(make(c.x)):equal(model(make(c.x))), "and saved again it is the same")
end)

t.test("a ModuleDict has names, an order, and modules that are found", function()
  local a, b, c = nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 1)
  local dict = nn.ModuleDict { zebra = a, ape = b }
  t.equal(dict:keys(), { "ape", "zebra" })
  t.equal(#dict, 2)
  dict.cat = c
  t.equal(dict:keys(), { "ape", "zebra", "cat" })
  t.ok(rawequal(dict["zebra"], a) and rawequal(dict:values()[3], c))
  t.ok(dict:contains("cat") and not dict:contains("dog"))
  t.equal(#dict:parameters(), 4)
  t.ok(rawequal(dict:pop("zebra"), a))
  t.equal(dict:keys(), { "ape", "cat" })
  dict:update { { "dog", a }, { "ape", c } }
  t.equal(dict:keys(), { "ape", "cat", "dog" })
  local count = 0
  for name, module in dict:items() do
    t.ok(rawequal(dict[name], module))
    count = count + 1
  end
  t.equal(count, 3)
  dict:clear()
  t.equal(#dict, 0)
  t.equal(#nn.ModuleDict(), 0)
  t.raises("pop: the ModuleDict has no module 'cat'", dict.pop, dict, "cat")
  t.raises("nn.ModuleDict: 'keys' is the name of something that every ModuleDict has", nn.ModuleDict, { keys = a })
  t.raises("nn.ModuleDict: 'x' is 5, expected a module", nn.ModuleDict, { x = 5 })
  t.raises("nn.ModuleDict: entry 1 has no name", nn.ModuleDict, { a })
  t.raises("nn.ModuleDict takes one table", nn.ModuleDict, a)
  t.raises("has no field 'zebr'", function() return dict.zebr end)
  t.raises("ModuleDict has no forward", dict, ml.ones { 1 })
end)

t.done()
