-- Functions that a script hands over, and that do what nobody expects while they are called: they yield, raise, call what
-- calls them, close it, or put something else in its place. Each ends in an error or an answer, and afterwards everything
-- works as before; with sanitizers, without a report.
local t = dofile("tests/lua/harness.lua")
local make_pictures = dofile("tests/e2e/pictures.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local nn, optim, data, augment, autograd = ml.nn, ml.optim, ml.data, ml.augment, ml.autograd

local root = t.folder()
make_pictures(root .. "/pictures", 4)
local photo = core.image.load("tests/golden/pictures/cases/rgb.png")

local function x() return ml.full({ 2, 3 }, 0.5, { dtype = "f64", requires_grad = true }) end
local function net() return nn.Sequential { nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2) }:double() end
local function batches() return { { x():detach(), ml.tensor({ 1, 2 }, { dtype = "i64" }) } } end

-- What takes a function: make(f) gives call(), which has f called in the end; close(), where there is something to close; and
-- replace(). good: what f returns where it behaves.
local takes = {}
local function case(name, make, good) takes[#takes + 1] = { name = name, make = make, good = good or function() end } end

for _, name in ipairs { "register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook" } do
  case(name, function(f)
    local model = net()
    local handle = model[1][name](model[1], f)
    return function() model(x()):sum():backward() end, function() handle:remove() end,
      function() model[1] = nn.Linear(3, 4):double() end
  end)
end
case("tensor:register_hook", function(f)
  local at = x()
  local y = at * 2
  local handle = y:register_hook(f)
  return function() y:sum():backward { retain_graph = true } end, function() handle:remove() end,
    function() at.grad = ml.zeros({ 2, 3 }, { dtype = "f64" }) end
end)
case("Module:apply", function(f)
  local model = net()
  return function() model:apply(f) end, nil, function() model[1] = nn.Tanh() end
end)
case("a module's forward", function(f)
  local Own = nn.Module:subclass "Own"
  function Own.forward(_, input) f() return input * 2 end
  local own = Own()
  local model = nn.Sequential { nn.Linear(3, 3):double(), own }
  return function() model(x()):sum():backward() end, nil, function() model[2] = nn.Tanh() end
end)
case("autograd.Function forward", function(f)
  local Own = autograd.Function:subclass "Own"
  function Own.forward(_, v) f() return v * 2 end
  function Own.backward(_, g) return g * 2 end
  return function() Own.apply(x()):sum():backward() end, nil, function() Own.forward = function(_, v) return v end end
end)
case("autograd.Function backward", function(f)
  local Own, y = autograd.Function:subclass "Own", nil
  function Own.forward(_, v) return v * 2 end
  function Own.backward(_, g) f() return g * 2 end
  return function()
    y = Own.apply(x()):sum()
    y:backward()
  end, nil, function() Own.backward = nil end
end)
for _, name in ipairs { "no_grad", "enable_grad", "detect_anomaly" } do
  case(name, function(f) return function() autograd[name](f) end end)
end
case("checked gradients", function(f)
  return function() autograd.gradcheck(function(v) f() return v * 2 end, { x() }) end
end)
for _, rule in ipairs { "SGD", "LBFGS" } do
  case(rule .. ":step(closure)", function(f)
    local model = net()
    local optimizer = optim[rule](model:parameters(), { lr = 0.01 })
    return function()
      optimizer:step(function()
        f()
        optimizer:zero_grad()
        local loss = model(x()):square():sum()
        loss:backward()
        return loss
      end)
    end, nil, function() optimizer.param_groups[1].lr = 0.5 end
  end)
end
case("LambdaLR", function(f)
  local optimizer, quiet = optim.SGD(net():parameters(), { lr = 0.01 }), true
  local schedule = optim.lr_scheduler.LambdaLR(optimizer, function(epoch)
    if not quiet then f() end
    return 0.9 ^ epoch
  end)
  quiet = false
  return function() schedule:step() end, nil, function() optimizer.param_groups[1].lr = 0.5 end
end)
case("EMA:apply", function(f)
  local model = net()
  local average = optim.EMA(model, { decay = 0.5 })
  return function() average:apply(f) end, nil, function() model[1] = nn.Tanh() end
end)
case("AveragedModel avg_fn", function(f)
  local model = net()
  local average = optim.swa_utils.AveragedModel(model, { avg_fn = function(a) f() return a end })
  average:update_parameters(model)
  return function() average:update_parameters(model) end
end)
case("lr_finder's criterion", function(f)
  local model = net()
  local optimizer = optim.SGD(model:parameters(), { lr = 0.01 })
  return function()
    optim.lr_finder(model, function(y) f() return y:square():sum() end, optimizer, batches(), { num_iter = 4 })
  end
end)
case("study:optimize", function(f)
  local study = ml.search.study { space = { a = ml.search.uniform(0, 1) }, trials = 3 }
  return function()
    study:optimize(function(values) f() return values.a end)
    study = ml.search.study { space = { a = ml.search.uniform(0, 1) }, trials = 3 }
  end
end)
case("groups of a split", function(f)
  local set = data.ImageFolder(root .. "/pictures")
  return function()
    set:split { train = 0.5, val = 0.5, group = function(path) f() return path end }
  end, function() set:close() end
end)

-- A pipeline with a function, on its own and in a loader that is walked.
case("augment.Lambda", function(f)
  local step = augment.Compose { augment.Lambda(function(image) f() return image end) }
  return function() step(photo) end
end)
case("augment.Lambda in a loader", function(f)
  local set = data.ImageFolder(root .. "/pictures"):with(augment.Compose { augment.Resize(8, 8),
    augment.Lambda(function(image) f() return image end), augment.ToTensorV2() })
  local loader, walk
  local function call()
    loader = data.DataLoader(set, { batch_size = 4 })
    local following, state, first, closing = loader:batches()
    walk = closing
    local batch = following(state, first)
    while batch do batch = following(state, batch) end
  end
  return call, function()
    getmetatable(walk).__close(walk)
    loader:close()
    set:close()
    collectgarbage()
  end
end)
case("augment.Lambda in a loader that is called", function(f)
  local set = data.ImageFolder(root .. "/pictures"):with(augment.Compose { augment.Resize(8, 8),
    augment.Lambda(function(image) f() return image end), augment.ToTensorV2() })
  local loader = data.DataLoader(set, { batch_size = 4 })
  local again = false
  return function()
    for _ in loader do
      if again then break end
    end
  end, function() loader:close() end, function()
    again = true
    loader(nil, nil)
    collectgarbage()
  end
end)

-- Whether what everybody shares is as it was.
local reference
local function everything_works()
  t.ok(autograd.is_grad_enabled(), "gradients are recorded")
  local was = core.autograd.detect_anomaly(false)
  t.ok(not was, "nothing looks for NaN")
  ml.manual_seed(7)
  local model, at = net(), x()
  local seen = 0
  local handle = model:register_forward_hook(function() seen = seen + 1 end)
  model(at):square():sum():backward()
  handle:remove()
  t.equal(seen, 1, "hooks are called")
  local sum = ("%.17g"):format(at.grad:sum():item())
  reference = reference or sum
  t.equal(sum, reference, "gradients")
end
everything_works()

-- f does `does` the first time that it is called, and behaves from then on; the second call() is one that behaves.
local function with(case_, does)
  local call, close, replace, misbehaves
  local times, inside = 0, 0
  local function f()
    times = times + 1
    if misbehaves then
      misbehaves = false
      inside = inside + 1
      does { call = call, close = close, replace = replace }
    end
    return case_.good()
  end
  call, close, replace = case_.make(f)
  return { call = call, close = close, replace = replace, arm = function() misbehaves = true end,
           inside = function() return inside end }
end

local ways = {
  { "raises", function() error("on purpose", 0) end },
  { "raises a table", function() error({}) end },
  { "raises nil", function() error(nil) end },
  { "calls its caller", function(at) at.call() end },
  { "calls its caller, protected, and raises", function(at)
    pcall(at.call)
    error("on purpose", 0)
  end },
  { "closes its caller", function(at) if at.close then at.close() end end },
  { "closes its caller and collects, and calls it", function(at)
    if at.close then at.close() end
    collectgarbage()
    pcall(at.call)
  end },
  { "replaces its caller's parts", function(at)
    if at.replace then at.replace() end
    collectgarbage()
  end },
}

for _, one in ipairs(takes) do
  for _, way in ipairs(ways) do
    t.test(("%s: a function that %s"):format(one.name, way[1]), function()
      for _, in_coroutine in ipairs { false, true } do
        local it = with(one, way[2])
        it.arm()
        if in_coroutine then coroutine.resume(coroutine.create(it.call)) else pcall(it.call) end
        t.equal(it.inside(), 1, "it was called")
        everything_works()
        pcall(it.call)
        everything_works()
      end
    end)
  end
  t.test(one.name .. ": a function that yields", function()
    for _, goes_on in ipairs { false, true } do
      local it = with(one, coroutine.yield)
      it.arm()
      local threads = { coroutine.create(it.call) }
      coroutine.resume(threads[1])
      t.equal(it.inside(), 1, "it was called")
      everything_works()
      if not goes_on then threads[1] = nil
      elseif coroutine.status(threads[1]) == "suspended" then t.ok(coroutine.resume(threads[1])) end
      collectgarbage()
      pcall(it.call)
      everything_works()
    end
  end)
end

t.done()
