-- LBFGS and CyclicLR against PyTorch's (tests/golden/optim/make_lbfgs.py), then state and messages.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim
local golden = dofile("tests/golden/optim/lbfgs.lua")

local function problem(options)
  local x = ml.tensor({ 3, 1, -2 }, { dtype = "f64", requires_grad = true })
  local optimizer = optim.LBFGS({ x }, options)
  local target, weight = ml.tensor({ 1, -2, 0.5 }, { dtype = "f64" }), ml.tensor({ 1, 10, 3 }, { dtype = "f64" })
  return x, optimizer, function()
    optimizer:zero_grad()
    local loss = ((x - target) ^ 2 * weight):sum() + (x[1] * x[2] - x[3]) ^ 2
    loss:backward()
    return loss
  end
end

t.test("steps of LBFGS are PyTorch's, with and without a line search", function()
  for i, c in ipairs(golden.lbfgs) do
    local x, optimizer, closure = problem(next(c.options) and c.options or nil)
    for step, expected in ipairs(c.path) do
      local loss = optimizer:step(closure)
      local got = x:tolist()
      table.insert(got, 1, loss:item())
      t.near(got, expected, 1e-9, ("case %d, step %d"):format(i, step))
    end
    t.equal(optimizer.state[x].func_evals, c.evals, "evaluations of case " .. i)
  end
end)

t.test("LBFGS goes on from its state", function()
  local o = { max_iter = 2, line_search_fn = "strong_wolfe" }
  local x, optimizer, closure = problem(o)
  optimizer:step(closure)
  local y, other, again = problem(o)
  y:detach():copy_(x:detach())
  other:load_state_dict(optimizer:state_dict())
  optimizer:step(closure)
  other:step(again)
  t.ok(x:eq(y):all():item())
end)

t.test("LBFGS says what it needs", function()
  local _, optimizer = problem()
  t.raises("optim.LBFGS: step takes a function that computes the loss again", optimizer.step, optimizer)
  t.raises("line_search_fn is 'wolfe', expected 'strong_wolfe' or none", optim.LBFGS, { ml.ones { 1 } },
    { line_search_fn = "wolfe" })
  t.raises("max_iter is 0, expected a whole number of at least 1", optim.LBFGS, { ml.ones { 1 } }, { max_iter = 0 })
  t.raises("it has no groups of parameters", optim.LBFGS, { { params = { ml.ones { 1 } } }, { params = { ml.ones { 1 } } } })
end)

t.test("CyclicLR goes PyTorch's way up and down", function()
  for i, c in ipairs(golden.cyclic) do
    local optimizer = optim.SGD({ nn.Parameter(ml.ones { 1 }) }, { lr = 1, momentum = 0.5 })
    local schedule = optim.lr_scheduler.CyclicLR(optimizer, 0.1, 1.0, c.options)
    for step, expected in ipairs(c.path) do
      local group = optimizer.param_groups[1]
      t.near({ group.lr, group.momentum }, expected, 1e-12, ("case %d, step %d"):format(i, step))
      optimizer:step()
      schedule:step()
    end
  end
  local paths = { -- torch.optim.lr_scheduler.CyclicLR with the same functions
    cycle = { function(x) return 1 / x end, { 0.1, 0.55, 1.0, 0.7, 0.4, 0.1, 0.325, 0.55, 0.4 }, 0.875 },
    iterations = { function(x) return 0.9 ^ x end,
                   { 0.1, 0.505, 0.829, 0.5374, 0.29683, 0.1, 0.33914845, 0.53046721, 0.358280326 }, 0.87342795 },
  }
  for mode, c in pairs(paths) do
    local optimizer = optim.SGD({ nn.Parameter(ml.ones { 1 }) }, { lr = 1, momentum = 0.5 })
    local schedule = optim.lr_scheduler.CyclicLR(optimizer, 0.1, 1.0, { step_size_up = 2, step_size_down = 3, scale_fn = c[1],
      scale_mode = mode })
    for step, rate in ipairs(c[2]) do
      t.near(optimizer.param_groups[1].lr, rate, 1e-12, mode .. " " .. step)
      if step == 7 then t.near(optimizer.param_groups[1].momentum, c[3], 1e-12) end
      schedule:step()
    end
  end
  local adam = optim.Adam({ nn.Parameter(ml.ones { 1 }) })
  optim.lr_scheduler.CyclicLR(adam, 0.1, 1.0, { step_size_up = 2 }):step()
  t.near(adam.param_groups[1].betas[1], 0.85, 1e-12)
  t.raises("mode is 'square', expected 'triangular'", optim.lr_scheduler.CyclicLR, adam, 0.1, 1, { mode = "square" })
  t.raises("scale_mode is 'steps', expected 'cycle' or 'iterations'", optim.lr_scheduler.CyclicLR, adam, 0.1, 1,
    { scale_fn = math.sqrt, scale_mode = "steps" })
end)

t.test("warm restarts take parts of epochs", function()
  for _, c in ipairs(golden.restarts) do
    local optimizer = optim.SGD({ nn.Parameter(ml.ones { 1 }) }, { lr = 1 })
    local schedule = optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 2, { T_mult = c.T_mult })
    for i, rate in ipairs(c.path) do
      schedule:step((i - 1) / 4)
      t.near(optimizer.param_groups[1].lr, rate, 1e-12, "step " .. i)
    end
    t.raises("step takes an epoch of at least 0, got -1", schedule.step, schedule, -1)
  end
end)

t.done()
