-- Schedules of learning rates: messages, state, schedules of one's own, several together.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim
local lr = optim.lr_scheduler

local function sgd(options)
  return optim.SGD({ nn.Parameter(core.tensor.ones { 1 }) }, options or { lr = 1 })
end

local function group(o)
  return o.param_groups[1]
end

t.test("unknown options, missing and further arguments are explained", function()
  local o = sgd()
  t.raises("optim.lr_scheduler.StepLR: unknown option 'gama': did you mean 'gamma'?", lr.StepLR, o, 3, { gama = 1 })
  t.raises("StepLR: step_size is required, and positional: StepLR(optimizer, step_size)", lr.StepLR, o)
  t.raises("StepLR: step_size is required, and positional", lr.StepLR, o, { step_size = 3 })
  t.raises("StepLR: got 0.5 as a positional argument: optional arguments are named", lr.StepLR, o, 3, 0.5)
  t.raises("ExponentialLR: gamma is required", lr.ExponentialLR, o)
  t.raises("SequentialLR: schedulers is required, and positional: SequentialLR(optimizer, schedulers, milestones)",
    lr.SequentialLR, o, { schedulers = {}, milestones = {} })
  t.raises("StepLR: the first argument is a number, expected an optimizer", lr.StepLR, 1, 2)
  t.raises("the first argument is a table, expected an optimizer", lr.StepLR, optim.SGD, 2)
  t.raises("ml.optim.lr_scheduler has no 'CosineAnealingLR': did you mean 'CosineAnnealingLR'?",
    function() return lr.CosineAnealingLR end)
  t.equal(group(o).lr, 1)
  t.ok(group(o).initial_lr == nil)
end)

t.test("arguments outside their domain are explained", function()
  local o = sgd()
  t.raises("step_size is 0, expected a whole number of at least 1", lr.StepLR, o, 0)
  t.raises("milestones is a number, expected a list", lr.MultiStepLR, o, 30)
  t.raises("milestone 2 is 1.5, expected a whole number", lr.MultiStepLR, o, { 1, 1.5 })
  t.raises("factor is 0, expected more than 0 and at most 1", lr.ConstantLR, o, { factor = 0 })
  t.raises("start_factor is 0, expected more than 0 and at most 1", lr.LinearLR, o, { start_factor = 0 })
  t.raises("end_factor is 2, expected 0 to 1", lr.LinearLR, o, { end_factor = 2 })
  t.raises("total_iters is 0, expected a whole number of at least 1", lr.LinearLR, o, { total_iters = 0 })
  t.raises("gamma is 'fast', expected a number", lr.ExponentialLR, o, "fast")
  t.raises("power is -1, expected a number of at least 0", lr.PolynomialLR, o, { power = -1 })
  t.raises("T_max is 0, expected a number of epochs above 0", lr.CosineAnnealingLR, o, 0)
  t.raises("T_0 is 0, expected a whole number of at least 1", lr.CosineAnnealingWarmRestarts, o, 0)
  local long = lr.CosineAnnealingWarmRestarts(o, 2, { T_mult = math.maxinteger })
  for _ = 1, 6 do long:step() end
  t.near(o.param_groups[1].lr, 1, 1e-6) -- the second period began, and lasts for ever
  t.raises("lr_lambda is number, expected a function", lr.LambdaLR, o, 3)
  t.raises("expected 1 lr_lambdas, one for each group, but got 2", lr.LambdaLR, o, { math.sin, math.cos })
  t.raises("lr_lambda returned a nil for epoch 0, expected a number", lr.LambdaLR, o, function() end)
  t.raises("group 1 has no initial_lr, so last_epoch must be -1", lr.StepLR, sgd(), 3, { last_epoch = 5 })
  t.raises("last_epoch is -2, expected a whole number", lr.StepLR, o, 3, { last_epoch = -2 })
end)

t.test("step takes a value in ReduceLROnPlateau and nowhere else", function()
  local o = sgd()
  t.raises("step takes no argument: only ReduceLROnPlateau takes the value", function() lr.StepLR(o, 3):step(0.5) end)
  local plateau = lr.ReduceLROnPlateau(o, { patience = 0 })
  t.raises("step takes the value that is watched, such as the validation loss", plateau.step, plateau)
  t.ok(plateau.needs_metric and not lr.StepLR(sgd(), 3).needs_metric)
  plateau:step(core.tensor.ones { 1 })
  plateau:step(1)
  t.near(plateau:get_last_lr(), { 0.1 }, 1e-12)
  t.raises("factor is 1, expected 0 to less than 1", lr.ReduceLROnPlateau, o, { factor = 1 })
  t.raises("mode is 'maximum', expected 'min' or 'max'", lr.ReduceLROnPlateau, o, { mode = "maximum" })
  t.raises("threshold_mode is 'x', expected 'rel' or 'abs'", lr.ReduceLROnPlateau, o, { threshold_mode = "x" })
  t.raises("min_lr has 2 values, the optimizer has 1 groups", lr.ReduceLROnPlateau, o, { min_lr = { 0, 1 } })
end)

t.test("OneCycleLR says what it needs, and when it is over", function()
  local o = sgd()
  t.raises("give total_steps, or epochs and steps_per_epoch", lr.OneCycleLR, o, 1, { epochs = 3 })
  t.raises("total_steps is 2.5, expected a whole number of at least 1", lr.OneCycleLR, o, 1, { total_steps = 2.5 })
  t.raises("pct_start is 2, expected 0 to 1", lr.OneCycleLR, o, 1, { total_steps = 3, pct_start = 2 })
  t.raises("anneal_strategy is 'cosine', expected 'cos' or 'linear'", lr.OneCycleLR, o, 1,
    { total_steps = 3, anneal_strategy = "cosine" })
  t.raises("max_lr has 2 values, the optimizer has 1 groups", lr.OneCycleLR, o, { 1, 2 }, { total_steps = 3 })
  local ada = optim.Adagrad({ nn.Parameter(core.tensor.ones { 1 }) })
  t.raises("Adagrad has neither momentum nor betas: pass { cycle_momentum = false }", lr.OneCycleLR, ada, 1, { total_steps = 3 })
  local s = lr.OneCycleLR(o, 1, { total_steps = 3 })
  for _ = 1, 3 do s:step() end
  t.raises("tried to step 4 times. The specified number of total steps is 3", s.step, s)
  for _, total in ipairs { 1, 2, 10 } do -- where phases have no length
    local made = lr.OneCycleLR(sgd(), 1, { total_steps = total, pct_start = 0.1 })
    for _ = 1, total do
      made:step()
      t.ok(made:get_last_lr()[1] == made:get_last_lr()[1], "the rate is a number")
    end
  end
end)

t.test("schedules of schedules check their parts", function()
  local o, other = sgd(), sgd()
  local step = lr.StepLR(o, 3)
  t.raises("2 schedules need 1 milestones between them, got 2", lr.SequentialLR, o, { step, step }, { 1, 2 })
  t.raises("schedulers is empty, expected a list of at least one schedule", lr.SequentialLR, o, {}, {})
  t.raises("item 2 is a number, expected a schedule", lr.SequentialLR, o, { step, 5 }, { 1 })
  t.raises("item 2, StepLR, belongs to another optimizer", lr.SequentialLR, o, { step, lr.StepLR(other, 3) }, { 1 })
  t.raises("milestone 2 is 3, expected a whole number of epochs above 5", lr.SequentialLR, o, { step, step, step }, { 5, 3 })
  t.raises("item 1 is a ReduceLROnPlateau, whose step takes a value", lr.ChainedScheduler, { lr.ReduceLROnPlateau(o) })
  t.raises("ChainedScheduler: schedulers is empty", lr.ChainedScheduler, {})
  t.raises("ChainedScheduler: schedulers is a nil", lr.ChainedScheduler)
end)

t.test("a chain inside of a sequence begins at its beginning", function()
  for _, at in ipairs { 1, 2 } do
    local o = sgd()
    local chain = lr.ChainedScheduler { lr.ConstantLR(o, { factor = 0.5, total_iters = 2 }), lr.ExponentialLR(o, 0.9) }
    local list = { chain }
    table.insert(list, 3 - at, lr.ConstantLR(o, { factor = 0.1, total_iters = 100 }))
    local s = lr.SequentialLR(o, list, { 4 })
    local path = { group(o).lr }
    for i = 2, 8 do
      s:step()
      path[i] = group(o).lr
    end
    local own = { 0.5, 0.45, 0.81, 0.729 }
    local expected = at == 1 and { own[1], own[2], own[3], own[4], 0.1, 0.1, 0.1, 0.1 }
      or { 0.1, 0.1, 0.1, 0.1, own[1], own[2], own[3], own[4] }
    t.near(path, expected, 1e-12)
  end
end)

t.test("a plateau takes its turn in a sequence", function()
  local o = sgd()
  local s = lr.SequentialLR(o, { lr.LinearLR(o, { start_factor = 0.5, total_iters = 2 }),
    lr.ReduceLROnPlateau(o, { factor = 0.1, patience = 0 }) }, { 2 })
  local first, path = group(o).lr, {}
  for i, value in ipairs { 9, 8, 5, 5, 4, 4 } do
    s:step(value)
    path[i] = group(o).lr
  end
  -- The warm-up ends at 2 (the second value); 5 is the first that is watched, the second 5 and the second 4 are no better.
  t.near(path, { 1.5 * first, 1.5 * first, 1.5 * first, 0.15 * first, 0.15 * first, 0.015 * first }, 1e-12)
  t.raises("step takes the value that its ReduceLROnPlateau watches", s.step, s)
  local again = lr.SequentialLR(o, { lr.LinearLR(o, { start_factor = 0.5, total_iters = 2 }),
    lr.ReduceLROnPlateau(o, { factor = 0.1, patience = 0 }) }, { 2 })
  again:load_state_dict(s:state_dict())
  group(o).lr = path[6]
  again:step(3)
  t.near(group(o).lr, path[6], 1e-12)
  t.raises("they cannot take turns", lr.SequentialLR, o, { lr.OneCycleLR(o, 1, { total_steps = 5, cycle_momentum = false }),
    lr.ReduceLROnPlateau(o) }, { 5 })
end)

t.test("the state of another schedule is refused", function()
  local o = sgd()
  local step, cosine = lr.StepLR(o, 3), lr.CosineAnnealingLR(o, 5)
  t.raises("the state has a number '", step.load_state_dict, step, cosine:state_dict())
  t.raises("it is another schedule's", step.load_state_dict, step, cosine:state_dict())
  t.raises("load_state_dict expects a table, as state_dict gives", step.load_state_dict, step, 5)
  local sequence = lr.SequentialLR(o, { step }, {})
  t.raises("got the state of no schedules, expected 1", sequence.load_state_dict, sequence, step:state_dict())
end)

t.test("adding a group after the schedule is an error that says so", function()
  local o = sgd()
  local s = lr.StepLR(o, 1)
  o:add_param_group { params = nn.Parameter(core.tensor.ones { 1 }) }
  t.raises("the optimizer has 2 groups but had 1 when the schedule was made: add groups first", s.step, s)
end)

t.test("a schedule of one's own is a class with rates", function()
  local Halving = lr.LRScheduler:subclass("Halving", { arguments = { "every" } })
  function Halving:rates()
    return self:each(function(base) return base * 0.5 ^ (self.last_epoch // self.every) end)
  end
  local o = sgd()
  local s = Halving(o, 2)
  s:step()
  s:step()
  t.equal(group(o).lr, 0.5)
  local Empty = lr.LRScheduler:subclass("Empty")
  t.raises("schedule Empty has no rates", Empty, o)
end)

t.test("schedules print, and misspelt fields are errors", function()
  local o = sgd()
  t.equal(tostring(lr.StepLR(o, 3)), "StepLR(step_size=3, gamma=0.1)")
  t.equal(tostring(lr.SequentialLR(o, { lr.StepLR(o, 3) }, {})), "SequentialLR(\n  StepLR(step_size=3, gamma=0.1)\n)")
  t.raises("a schedule StepLR has no field 'get_lst_lr': did you mean 'get_last_lr'?",
    function() return lr.StepLR(o, 3).get_lst_lr end)
end)

t.done()
