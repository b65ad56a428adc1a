-- ml.save and ml.load, and small functions with PyTorch's names: split, chunk, softmax, random_split, read_image, add_figure.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local nn, optim, data = ml.nn, ml.optim, ml.data
local root = t.folder()

t.test("what was saved comes back with its types", function()
  local value = { 1, 2.5, "text", true, { [3] = "three", nested = { ml.ones { 2, 3 }, 1 / 0 } }, name = ml.tensor { 1, 2 } }
  ml.save(value, root .. "/value")
  local back = ml.load(root .. "/value")
  t.equal(back[1], 1)
  t.equal(math.type(back[1]), "integer")
  t.equal(back[2], 2.5)
  t.equal(back[3], "text")
  t.equal(back[4], true)
  t.equal(back[5][3], "three")
  t.equal(back[5].nested[1] == ml.ones { 2, 3 }, true)
  t.equal(back[5].nested[2], 1 / 0)
  t.equal(back.name.dtype, "i64")
end)

t.test("training goes on from saved states to the same bits", function()
  local function train(model, optimizer, steps)
    for _ = 1, steps do
      optimizer:zero_grad()
      model(ml.ones { 3, 4 }):square():mean():backward()
      optimizer:step()
    end
  end
  ml.manual_seed(1)
  local model = nn.Linear(4, 2)
  local optimizer = optim.Adam(model:parameters(), { lr = 0.1 })
  train(model, optimizer, 3)
  ml.save({ model = model:state_dict(), optimizer = optimizer:state_dict() }, root .. "/state")
  train(model, optimizer, 3)
  local other = nn.Linear(4, 2)
  local again = optim.Adam(other:parameters(), { lr = 0.5 })
  local state = ml.load(root .. "/state")
  other:load_state_dict(state.model)
  again:load_state_dict(state.optimizer)
  train(other, again, 3)
  t.equal(other.weight == model.weight, true)
end)

t.test("what cannot be saved or loaded is said", function()
  local model = nn.Sequential { nn.Linear(4, 2) }
  local optimizer = optim.Adam(model:parameters())
  t.raises("ml.save: an object of Sequential cannot be saved: save its state_dict(), which load_state_dict() puts into another "
    .. "one; a run of an experiment writes best.safetensors, of which ml.load_model makes the whole net", ml.save, model,
    root .. "/m")
  t.raises("ml.save: an object of Linear at 'net.first' cannot be saved", ml.save, { net = { first = model[1] } }, root .. "/m")
  t.raises("ml.save: an object of Adam at 'optimizer' cannot be saved: save its state_dict()", ml.save, { optimizer = optimizer },
    root .. "/m")
  t.raises("cannot be saved: save its state_dict()", ml.save, optim.lr_scheduler.StepLR(optimizer, 5), root .. "/m")
  t.raises("a function cannot be saved", function() ml.save({ print }, root .. "/f") end)
  t.raises("expected a value and a path", function() ml.save({ 1 }) end)
  t.raises("nothing", function() ml.load(root .. "/nothing") end)
  ml.save_safetensors(root .. "/plain", { w = ml.ones { 2 } })
  t.raises("not written by ml.save", function() ml.load(root .. "/plain") end)
end)

t.test("tensors are split", function()
  local x = ml.arange(10)
  local parts = x:split(4)
  t.equal({ #parts[1], #parts[2], #parts[3] }, { 4, 4, 2 })
  t.equal(parts[3]:tolist(), { 8, 9 })
  t.equal(#x:split { 3, 7 }, 2)
  t.equal(#x:chunk(3), 3)
  t.equal(ml.zeros { 2, 6 }:split(3, { dim = 2 })[2].shape, { 2, 3 })
  t.raises("the sizes add up to 6, and dimension 1 has 10 places", function() x:split { 3, 3 } end)
  t.raises("the sizes add up to 30, and dimension 1 has 10 places", function() x:split { 30 } end)
  t.raises("expected a whole number", function() x:split(0) end)
  local w = ml.ones({ 4 }, { requires_grad = true })
  w:split(2)[2]:sum():backward()
  t.equal(w.grad:tolist(), { 0, 0, 1, 1 })
end)

t.test("dimensions may be options", function()
  local x = ml.tensor { { 1.0, 2.0 }, { 3.0, 5.0 } }
  t.equal(nn.functional.softmax(x, { dim = 2 }) == x:softmax(2), true)
  t.near(x:log_softmax(1):exp():sum { dim = 1 }:tolist(), { 1, 1 })
  t.raises("did you mean 'dim'", function() nn.functional.softmax(x, { dmi = 2 }) end)
  t.equal(ml.zeros { 2, 3, 4 }:flatten { start_dim = 2 }.shape, { 2, 12 })
  t.equal(ml.zeros { 2, 3, 4 }:flatten { end_dim = 2 }.shape, { 6, 4 })
end)

t.test("random_split leaves nothing out and has nothing twice", function()
  local set = data.TensorDataset(ml.zeros { 11, 2 }, ml.randint(1, 3, { 11 }))
  local a, b, c = data.random_split(set, { 0.5, 0.3, 0.2 }, { seed = 3 })
  t.equal(#a + #b + #c, 11)
  local seen = {}
  for _, part in ipairs { a, b, c } do
    for _, i in ipairs(part:samples():tolist()) do
      t.equal(seen[i], nil)
      seen[i] = true
    end
  end
  local again = data.random_split(set, { 0.5, 0.3, 0.2 }, { seed = 3 })
  t.equal(again:samples():tolist(), a:samples():tolist())
  a, b = data.random_split(set, { 10, 1 })
  t.equal({ #a, #b }, { 10, 1 })
  t.raises("expected 1, or the 11 samples", function() data.random_split(set, { 5, 5 }) end)
end)

t.test("one picture, and figures for TensorBoard", function()
  ml.plot.plot({ 1, 2, 3 }, { file = root .. "/x.png" })
  local image = data.read_image(root .. "/x.png", { channels = 1 })
  t.equal(image.channels, 1)
  t.raises("none.png", function() data.read_image(root .. "/none.png") end)
  local writer = ml.writers.SummaryWriter(root .. "/runs")
  writer:add_figure("curve", ml.plot.plot { 1, 2, 3 }, 1)
  t.raises("expected a figure", function() writer:add_figure("curve", 3) end)
  writer:close()
end)

t.test("a thread writes what the caller writes", function()
  local saved = require "mlprun.saved"
  local state = { step = 3, name = "net", weights = { ml.randn(300, 40), ml.arange(7) } }
  saved.save(root .. "/at_once", state)
  local saving = saved.begin(root .. "/meanwhile", state, "ml.save")
  saving:wait()
  local core = require "mlprun.core"
  t.equal(core.sys.read_file(root .. "/meanwhile"), core.sys.read_file(root .. "/at_once"))
  t.raises("none/x", function() saved.begin(root .. "/none/x", state, "ml.save"):wait() end)
  t.raises("who: a function cannot be saved", function() saved.begin(root .. "/x", { print }, "who") end)
end)

t.test("a table that contains itself is named", function()
  local inner = { 1 }
  local outer = { a = inner, b = inner } -- twice is no circle
  ml.save(outer, root .. "/twice")
  t.equal(ml.load(root .. "/twice").b[1], 1)
  local circle = { a = {} }
  circle.a.c = circle
  t.raises("the table contains itself, at 'a.c'", function() ml.save(circle, root .. "/x") end)
end)

t.done()
