-- luacheck: max line length 160
-- The collector at its most eager, objects closed early, used after that, and finalized in any order: also when the process
-- ends while loaders read ahead, epochs are half read and event files are open.
--
-- What a finalizer makes while the state is being closed is never finalized, so the cases make nothing there.
--
-- Each case is a child process, so that a crash is a failed test here: mlprun tests/lua/hostile_gc.lua --child CASE.
local core = require "mlprun.core"
local ml = require "mlprun"

-- ---- what the children do ----

local function pictures()
  for c, class in ipairs { "a", "b" } do
    core.sys.make_folder("pictures/" .. class)
    for i = 1, 8 do
      core.image.from_tensor(ml.randint(0, 255, { 4 + c, 4 + i, 3 }, { dtype = "u8" })):save(("pictures/%s/%d.png"):format(class, i))
    end
  end
  local aug = ml.augment
  return ml.data.open("pictures"):with(aug.Compose { aug.Resize(4, 4), aug.HorizontalFlip(), aug.Normalize(), aug.ToTensorV2() })
end

local function model_of()
  local nn = ml.nn
  return nn.Sequential { nn.Flatten(), nn.Linear(48, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 2) }
end

-- Everything once: a short training with its records.
local function train()
  local set, model, loss = pictures(), model_of(), ml.nn.CrossEntropyLoss()
  local optimizer = ml.optim.Adam(model:parameters(), { lr = 0.01 })
  local writer = ml.writers.SummaryWriter("run")
  local step = 0
  for _ = 1, 3 do
    local matrix = ml.metrics.ConfusionMatrix(set.classes)
    for x, y in ml.data.DataLoader(set, { batch_size = 4, workers = 2, shuffle = true }):batches() do
      optimizer:zero_grad()
      local out = model(x)
      local value = loss(out, y)
      value:backward()
      optimizer:step()
      step = step + 1
      writer:add_scalar("loss", value, step)
      writer:add_histogram("w", model[2].weight, step)
      matrix:add(out:argmax { dim = 2 }, y)
    end
    assert(matrix:total() == 16)
    assert(#tostring(matrix) > 0 and #tostring(model) > 0 and #matrix:report() > 0)
  end
  ml.save_safetensors("model.safetensors", model:state_dict())
  model:load_state_dict((ml.load_safetensors("model.safetensors")))
  core.json.decode(core.json.encode({ a = { 1, 2, { b = "c" } } }, { indent = 2 }))
  writer:close()
end

local function on_collection(fn) return setmetatable({}, { __gc = fn }) end

local function refused(fn, ...)
  local ok, message = pcall(fn, ...)
  assert(not ok and type(message) == "string", "a closed object was used")
end

local cases = {}

cases["a generational collector"] = function()
  collectgarbage("generational", 1, 1)
  train()
end

cases["a collector that never rests"] = function()
  collectgarbage("incremental", 1, 1000, 4)
  train()
end

cases["a full collection at every 100th instruction"] = function()
  local busy = false
  debug.sethook(function()
    if busy then return end
    busy = true
    collectgarbage()
    busy = false
  end, "", 100)
  local x = ml.randn(4, 5):requires_grad_()
  for _ = 1, 20 do
    local y = (x * 2 + 1):sum { dim = 2 }
    y:sum():backward()
    x.grad = nil
    assert(#ml.cat({ x, x }, 1) == 8)
    core.json.encode(core.json.decode('{"a":[1,{"b":null}]}'))
  end
  debug.sethook()
end

cases["finalizers that close what a binding works on"] = function()
  collectgarbage("generational", 1, 1)
  for _ = 1, 4000 do
    local a, b = ml.randn(3, 3):requires_grad_(), ml.randn(3, 3)
    local image = core.image.from_tensor(ml.zeros({ 2, 2, 3 }, { dtype = "u8" }))
    on_collection(function()
      a.grad = nil
      a:close()
      b:close()
      image:close()
    end)
    pcall(function()
      for _ = 1, 3 do
        a:matmul(b):sum():backward()
        assert(select("#", a.grad, a:tolist(), ml.cat { a, b }, a[{ 1, {} }], image:png(), image:resize(3, 3), ml.tensor({ 1, 2 })) > 0)
      end
    end)
  end
end

cases["finalizers that change the table which is encoded"] = function()
  collectgarbage("generational", 1, 1)
  for _ = 1, 3000 do
    local t = { a = 1, b = 2 }
    on_collection(function() for i = 1, 30 do t["key " .. i] = i end end)
    pcall(core.json.encode, t)
    local tensors, one = { a = ml.ones(1), b = ml.ones(1) }, ml.ones(1)
    on_collection(function() for i = 1, 30 do tensors["key " .. i] = one end end)
    pcall(core.io.npz_save, "x.npz", tensors)
  end
end

cases["metamethods that close what a binding works on"] = function()
  local t = ml.randn(3, 4)
  local options = setmetatable({}, { __index = function() t:close() end, __len = function() t:close() return 3 end })
  for _, name in ipairs { "sum", "mean", "max", "argmax", "sort", "backward", "clamp", "reshape", "permute", "add_", "expand" } do
    t = ml.randn(3, 4)
    pcall(t[name], t, options)
    pcall(t[name], t, 1, options)
    pcall(ml.augment.Resize(2, 2), ml.zeros({ 3, 3, 3 }, { dtype = "u8" }), options)
  end
end

cases["every object closed early, twice, and used after that"] = function()
  local set = pictures()
  local loader = ml.data.DataLoader(set, { batch_size = 2, workers = 2 })
  local step, epoch = loader:batches()
  step(epoch)
  set:close()
  loader:close()
  step(epoch) -- the epoch keeps what it needs
  epoch:close()
  refused(step, epoch)
  refused(function() return loader:batches() end)
  refused(function() return set:get(1) end)
  local writer = ml.writers.SummaryWriter("run")
  writer:close()
  refused(writer.add_scalar, writer, "a", 1, 1)
  local matrix = ml.metrics.ConfusionMatrix(3)
  matrix:close()
  refused(matrix.report, matrix)
  local a = ml.randn(3):requires_grad_()
  local b = a * 2
  a:close()
  b:sum():backward() -- the history keeps what it needs
  b:close()
  refused(function() return b + 1 end)
  local image = core.image.from_tensor(ml.zeros({ 2, 2, 3 }, { dtype = "u8" }))
  local flip = ml.augment.HorizontalFlip()
  local both = ml.augment.Compose { flip, flip }
  flip:close()
  both(image)
  image:close()
  refused(both, image)
  for _, object in ipairs { set, loader, epoch, writer, matrix, a, b, image, flip } do
    object:close()
    assert(tostring(object):find("closed", 1, true) or #tostring(object) > 0)
  end
end

local KEPT

local function leave_things_open()
  local set = pictures()
  local kept = {}
  for i = 1, 3 do
    local loader = ml.data.DataLoader(set, { batch_size = 1, workers = 2, shuffle = true })
    local step, epoch = loader:batches()
    for _ = 1, i do step(epoch) end
    local writer = ml.writers.SummaryWriter("run" .. i)
    writer:add_scalar("a", 1, 1)
    kept[i] = { loader, epoch, writer, ml.randn(3, 3):requires_grad_():sum(),
      on_collection(function() loader:close() writer:add_scalar("late", 1, 2) epoch:close() writer:close() end) }
  end
  KEPT = kept
  return KEPT
end

cases["the end of the script with loaders and writers at work"] = leave_things_open

cases["os.exit that closes the state with loaders and writers at work"] = function()
  leave_things_open()
  os.exit(0, true)
end

cases["os.exit that does not close the state with loaders and writers at work"] = function()
  leave_things_open()
  os.exit(0, false)
end

cases["a coroutine that is left with a loop over batches inside"] = function()
  local set = pictures()
  for _ = 1, 10 do
    local turn = coroutine.create(function()
      for x in ml.data.DataLoader(set, { batch_size = 1, workers = 1 }):batches() do coroutine.yield(x) end
    end)
    assert(coroutine.resume(turn))
    if math.random() < 0.5 then coroutine.close(turn) end
  end
end

cases["long chains of history, views and data sets"] = function()
  local x, view = ml.ones(1):requires_grad_(), ml.ones(2, 3)
  local y = x
  for _ = 1, 200000 do y = y + 1 end
  y:backward()
  for _ = 1, 200000 do view = view:t() end
  local set = pictures()
  for _ = 1, 20000 do set = set:with(nil) end
  for _ = 1, 2000 do set = set:subset { 1, 2, 3 } end
  assert(#set == 3 and set:get(1))
end

if arg[1] == "--child" then
  cases[arg[2]]()
  return
end

-- ---- the parent ----

local t = dofile("tests/lua/harness.lua")
local program, script = os.getenv "MLPRUN" or core.sys.real_path(arg[-1]), core.sys.real_path(arg[0])
local names = {}
for name in pairs(cases) do names[#names + 1] = name end
table.sort(names)

for _, name in ipairs(names) do
  t.test(name .. " does no harm", function()
    local folder = t.folder()
    local _, how, status = os.execute(("cd '%s' && timeout -s KILL 120 '%s' '%s' --child '%s' >out.txt 2>err.txt"):format(folder,
      program, script, name))
    local text = core.sys.read_file(folder .. "/err.txt")
    t.ok(how == "exit" and status == 0, ("%s %d: %s"):format(how, status, text:sub(-3000)))
  end)
end

t.done()
