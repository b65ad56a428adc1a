-- Hooks of tensors and modules.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local nn = ml.nn
local golden = dofile("tests/golden/layers/values.lua").hooks
local make, near = dofile("tests/golden/layers/compare.lua")(t)

local function leaf(values)
  return ml.tensor(values, { dtype = "f64" }):requires_grad_()
end

-- Lets everything that nothing refers to go.
local function collect()
  collectgarbage()
  collectgarbage()
end

t.test("gradients that hooks see and change are PyTorch's", function()
  local model = nn.Sequential { nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2) }:double()
  local state, seen = {}, nil
  for name, value in pairs(golden.state) do state[name] = make(value) end
  model:load_state_dict(state)
  local x = make(golden.x):requires_grad_()
  model[2]:register_full_backward_hook(function(module, grad_input, grad_output)
    t.ok(rawequal(module, model[2]))
    seen = { input = grad_input[1]:clone(), output = grad_output[1]:clone() }
    return { grad_input[1] * 3 }
  end)
  model[3].weight:register_hook(function(g) return g * 2 end)
  model[1]:register_forward_pre_hook(function(_, input) return input[1] * 2 end)
  model[1]:register_forward_hook(function(_, _, output) return output + 1 end)
  local y = model(x)
  near(y, golden.y, 1e-12, "y")
  y:register_hook(function(g) return g + 1 end)
  y:square():sum():backward()
  near(seen.input, golden.seen.input, 1e-12, "grad_input")
  near(seen.output, golden.seen.output, 1e-12, "grad_output")
  near(x.grad, golden.dx, 1e-12, "dx")
  for name, p in model:named_parameters() do near(p.grad, golden.grads[name], 1e-12, name) end
end)

t.test("a hook of a leaf sees the sum of all ways, once, and what it returns is accumulated", function()
  local w, seen = leaf { 1, 2 }, {}
  local handle = w:register_hook(function(g) seen[#seen + 1] = g:tolist() return g * 10 end)
  local function pass() (w * 3 + w * w + w):sum():backward() end
  pass()
  t.equal(seen, { { 6, 8 } })
  t.equal(w.grad:tolist(), { 60, 80 })
  pass()
  t.equal(w.grad:tolist(), { 120, 160 })
  handle:remove()
  handle:remove()
  pass()
  t.equal(#seen, 2)
  t.equal(w.grad:tolist(), { 126, 168 })
  w:register_hook(function() return nil end)
  w:backward(ml.tensor({ 1, 1 }, { dtype = "f64" }))
  t.equal(w.grad:tolist(), { 127, 169 })
end)

t.test("a gradient that somebody holds is not written over by the derivative that it goes through", function()
  local w = ml.tensor({ -1.0, 2.0, -3.0, 4.0 }, { dtype = "f32" }):requires_grad_()
  local h = (w * 3):retain_grad()
  local kept, given = nil, ml.tensor({ 1, 2, 3, 4 }, { dtype = "f32" })
  local y = nn.functional.relu(h)
  local z = (y * 2):retain_grad()
  y:register_hook(function(g) kept = g end)
  local twice = nn.functional.relu(z) -- z's gradient is kept, and goes on through * 2 and relu
  twice:backward(given)
  t.equal(given:tolist(), { 1, 2, 3, 4 })
  t.equal(kept:tolist(), { 0, 4, 0, 8 })
  t.equal(z.grad:tolist(), { 0, 2, 0, 4 })
  t.equal(h.grad:tolist(), { 0, 4, 0, 8 })
  t.equal(w.grad:tolist(), { 0, 12, 0, 24 })
  local x = ml.tensor({ -1, 1 }, { dtype = "f32" }):requires_grad_()
  local a = x * 1
  ;(nn.functional.relu(a) + a:neg() + a:exp():log()):sum():backward() -- one gradient to three
  t.near(x.grad[1]:item(), 0, 1e-6)
  t.near(x.grad[2]:item(), 1, 1e-6)
end)

t.test("a hook of a result sees its whole gradient, lives with the tape, and retain_grad comes after it", function()
  local w, seen = leaf { 2 }, {}
  local function forward()
    local y = (w * 2):retain_grad()
    y:register_hook(function(g) seen[#seen + 1] = g:item() return g / 2 end)
    y:register_hook(function(g) seen[#seen + 1] = g:item() end)
    return y * y + y, y
  end
  local z, y = forward()
  z:backward { retain_graph = true }
  t.equal(seen, { 9, 4.5 })
  t.equal(y.grad:item(), 4.5)
  t.equal(w.grad:item(), 9)
  z:backward()
  t.equal(#seen, 4)
  local only = forward()
  collect() -- nothing but the tape holds y now
  only:backward()
  t.equal(#seen, 6)
end)

t.test("functions of hooks go when nothing can call them any more", function()
  local w = leaf { 1 }
  local alive = setmetatable({}, { __mode = "k" })
  local function hook()
    local kept = {}
    alive[kept] = true
    return function() return kept[1] end
  end
  do
    local y = w * 2
    y:register_hook(hook()) -- goes with y
    local z = w * 3
    local own = hook()
    z:register_hook(function() own() return z and nil end) -- refers to z itself: the pass frees it
    z:backward()
    local handle = w:register_hook(hook())
    handle:remove()
    for _ = 1, 20 do w:register_hook(hook()):remove() end
  end
  collect()
  t.ok(next(alive) == nil, "all functions were let go")
end)

t.test("errors in hooks arrive as they were, and the pass can be repeated", function()
  local w, thrown = leaf { 1 }, { code = 7 }
  local y = w * 2
  local handle = y:register_hook(function() error(thrown) end)
  local ok, value = pcall(y.backward, y, { retain_graph = true })
  t.ok(not ok and rawequal(value, thrown))
  t.ok(w.grad == nil and ml.is_grad_enabled())
  handle:remove()
  y:backward()
  t.equal(w.grad:item(), 2)
  local message = t.raises("boo", function()
    local v = w * 2
    v:register_hook(function() error("boo") end)
    v:backward()
  end)
  t.ok(message:find("^tests/lua/layers_hooks.lua:%d+: boo$"), message)
  local inside = w * 2
  inside:register_hook(function() (w * 3):backward() end)
  t.raises("a hook cannot begin a pass backward while another is under way", inside.backward, inside)
  t.ok(not coroutine.wrap(function() return pcall(inside.backward, inside) end)(), "in a coroutine too")
end)

t.test("hooks that take things away while a pass runs do no harm", function()
  for how = 1, 5 do
    local w, v = leaf { 1, 2 }, leaf { 3, 4 }
    local y = w * v
    local other = w:register_hook(function(g) return g end)
    local actions = {
      function() w:detach_() end,
      function() v:detach_() w:close() end,
      function() other:remove() other:close() end,
      function() y:detach_() y:close() collect() end,
      function() w.grad = ml.ones({ 2 }, { dtype = "f64" }) end,
    }
    y:register_hook(function() actions[how]() end)
    v:register_hook(function() if how == 1 then v:detach_() end end)
    local sum = (y * y):sum()
    y = how == 4 and y or nil
    sum:backward()
    collect()
  end
end)

t.test("hooks record nothing, and cannot leave recording on", function()
  local w = leaf { 2 }
  local recorded
  local y = w * 2
  y:register_hook(function(g)
    recorded = (w * g).requires_grad
    require("mlprun.core").autograd.set_grad_enabled(true)
    return g * w
  end)
  y:backward()
  t.ok(recorded == false)
  t.equal(w.grad:item(), 4)
  t.ok(not w.grad.requires_grad and ml.is_grad_enabled())
end)

t.test("forward hooks are called in order, see lists of arguments, and replace", function()
  local Pair = nn.Module:subclass("Pair")
  function Pair.forward(_, a, b) return a + b, a - b end
  local pair, log = Pair(), {}
  local function logged(name)
    return function(module, input, output)
      t.ok(rawequal(module, pair))
      log[#log + 1] = name .. #input .. (type(output) == "table" and #output or "")
    end
  end
  pair:register_forward_pre_hook(logged "a")
  local handle = pair:register_forward_pre_hook(logged "b", { prepend = true })
  pair:register_forward_hook(logged "c")
  pair:register_forward_pre_hook(function(_, input) return { input[1] * 10, input[2] } end)
  local sum, difference = pair(ml.ones { 1 }, ml.ones { 1 })
  t.equal({ sum:item(), difference:item() }, { 11, 9 })
  t.equal(log, { "b2", "a2", "c22" })
  handle:remove()
  pair:register_forward_hook(function(_, _, output) return { output[2], output[1], 7 } end)
  local first, second, third = pair(ml.ones { 1 }, ml.ones { 1 })
  t.equal({ first:item(), second:item(), third }, { 9, 11, 7 })
  t.equal(log, { "b2", "a2", "c22", "a2", "c22" })
end)

t.test("a forward hook collects activations, and a hook may remove itself", function()
  local model, shapes = nn.Sequential { nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2) }, {}
  for i, layer in ipairs(model) do
    local handle
    handle = layer:register_forward_hook(function(_, _, output)
      shapes[i] = output.shape
      handle:remove()
    end)
  end
  model(ml.ones { 5, 4 })
  t.equal(shapes, { { 5, 3 }, { 5, 3 }, { 5, 2 } })
  shapes = {}
  model(ml.ones { 5, 4 })
  t.equal(shapes, {})
end)

t.test("backward hooks see each use of a module, also without gradients of inputs, and nothing in no_grad", function()
  local layer, calls = nn.Linear(2, 2), {}
  local handle = layer:register_full_backward_hook(function(_, grad_input, grad_output)
    calls[#calls + 1] = { grad_input[1] and grad_input[1].shape or false, grad_output[1].shape }
  end)
  local x = ml.ones { 3, 2 }
  layer(x):sum():backward()
  t.equal(calls, { { false, { 3, 2 } } })
  layer(layer(x)):sum():backward()
  t.equal(#calls, 3)
  t.equal(calls[2], { { 3, 2 }, { 3, 2 } })
  t.equal(calls[3], { false, { 3, 2 } })
  ml.no_grad(function() t.ok(not layer(x).requires_grad) end)
  handle:remove()
  layer(x):sum():backward()
  t.equal(#calls, 3)
end)

t.test("backward hooks see the module's share of an input that others use too", function()
  local x, seen = leaf { 1, 2 }, nil
  local module = nn.Tanh()
  module:register_full_backward_hook(function(_, grad_input) seen = grad_input[1]:tolist() return grad_input[1] * 0 end)
  local result = module(x * 0) + x * 5
  result:sum():backward()
  t.equal(seen, { 1, 1 })
  t.equal(x.grad:tolist(), { 5, 5 })
  local Sum = nn.Module:subclass("Sum")
  function Sum.forward(_, a, b) return a * 2 + b * 3 end
  local sum, both = Sum(), nil
  sum:register_full_backward_hook(function(_, grad_input) both = { grad_input[1]:tolist(), grad_input[2]:tolist() } end)
  local y = leaf { 1, 1 }
  sum(x, y):sum():backward()
  t.equal(both, { { 2, 2 }, { 3, 3 } })
  sum:register_full_backward_hook(function(_, grad_input) return grad_input end)
  t.raises("can replace the gradient of the input only where there is one input", function() sum(x, y):sum():backward() end)
end)

t.test("mistakes are said in words", function()
  local w, layer = leaf { 1 }, nn.ReLU()
  t.raises("expected a function of the gradient", w.register_hook, w, 3)
  t.raises("register_hook: this tensor does not require a gradient", w.register_hook, ml.ones { 1 }, print)
  local function returned(value)
    return function()
      local v = w * 2
      v:register_hook(function() return value end)
      v:backward()
    end
  end
  t.raises("register_hook: the function returned a string, expected a tensor or nothing", returned "x")
  t.raises("register_hook: the function returned a f64 2 for a gradient that is f64 1", returned(leaf { 1, 2 }))
  t.raises("register_hook: the function returned a f32 1 for a gradient that is f64 1", returned(ml.ones { 1 }))
  t.raises("register_forward_hook: got number, expected a function", layer.register_forward_hook, layer, 3)
  t.raises("unknown option 'prepand': did you mean 'prepend'?", layer.register_forward_hook, layer, print, { prepand = true })
  t.raises("register_forward_hook was called without its object", nn.Module.register_forward_hook, {}, print)
  layer:register_forward_hook(function() error("in the hook", 0) end)
  t.raises("layer '0' (ReLU): in the hook", nn.Sequential { layer }, ml.ones { 1 })
end)

t.done()
