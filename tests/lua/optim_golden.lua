-- Optimizers, schedules and averages against PyTorch (tests/golden/optim/make.py).
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local nn, optim = require "mlprun.nn", require "mlprun.optim"
local tensor = core.tensor
local golden = dofile("tests/golden/optim/values.lua")

local function largest(list)
  local most = 0
  for _, x in ipairs(list) do most = math.max(most, math.abs(x)) end
  return most
end

for _, dtype in ipairs { "f64", "f32" } do
  t.test("20 steps of every rule follow PyTorch's in " .. dtype, function()
    local given = golden.optimizers
    for i, case in ipairs(given.cases) do
      local p = nn.Parameter(tensor.tensor(given.start, { dtype = dtype }))
      local optimizer = optim[case.name]({ p }, case.options)
      for step, g in ipairs(given.gradients) do
        p.grad = tensor.tensor(g, { dtype = dtype })
        optimizer:step()
        local expected = case.path[(step - 1) // given.every + 1]
        if (step - 1) % given.every == 0 then
          local tolerance = dtype == "f64" and 1e-12 or 1e-6 * largest(expected)
          t.near(p:detach():tolist(), expected, tolerance, ("case %d, %s, step %d"):format(i, case.name, step))
        end
      end
    end
  end)
end

-- ---- schedules ----

local lr = optim.lr_scheduler

local function optimizer_of(rule, options)
  local a, b = nn.Parameter(tensor.ones { 1 }), nn.Parameter(tensor.ones { 1 })
  local o = { lr = 1.0 }
  for key, value in pairs(options or {}) do o[key] = value end
  return optim[rule or "SGD"]({ { params = { a } }, { params = { b }, lr = 0.3 } }, o)
end

local function rates(o)
  return { o.param_groups[1].lr, o.param_groups[2].lr }
end

-- The rates of the whole path; halfway, a second schedule takes over from the state of the first.
local function follows(path, build, what, metrics)
  local o = optimizer_of()
  local s = build(o)
  t.near(rates(o), path[1], 1e-12, what .. ", at construction")
  for i = 2, #path do
    if i == #path // 2 then
      local other = optimizer_of()
      local again = build(other)
      other:load_state_dict(o:state_dict())
      again:load_state_dict(core.json.decode(core.json.encode(s:state_dict())))
      o, s = other, again
    end
    if metrics then s:step(metrics[i - 1] or 0 / 0) else s:step() end
    t.near(rates(o), path[i], 1e-12, ("%s, step %d"):format(what, i - 1))
    t.equal(s:get_last_lr(), rates(o), what)
  end
end

t.test("50 steps of schedules by formula follow PyTorch's, with a change of objects halfway", function()
  for i, case in ipairs(golden.schedules.plain) do
    follows(case.path, function(o)
      local arguments = { o }
      for k, value in ipairs(case.arguments) do arguments[k + 1] = value end
      arguments[#arguments + 1] = case.options
      return lr[case.name](table.unpack(arguments))
    end, ("case %d, %s"):format(i, case.name))
  end
end)

t.test("combined schedules and those from functions follow PyTorch's", function()
  local build = {
    warmup_cosine = function(o)
      return lr.SequentialLR(o, { lr.LinearLR(o, { start_factor = 0.1, total_iters = 5 }), lr.CosineAnnealingLR(o, 45) }, { 5 })
    end,
    three = function(o)
      return lr.SequentialLR(o, { lr.ConstantLR(o, { factor = 0.1, total_iters = 2 }), lr.ExponentialLR(o, 0.9),
        lr.StepLR(o, 4) }, { 3, 20 })
    end,
    restarts_after_warmup = function(o)
      return lr.SequentialLR(o, { lr.LinearLR(o, { start_factor = 0.2, total_iters = 4 }),
        lr.CosineAnnealingWarmRestarts(o, 6, { T_mult = 2 }) }, { 4 })
    end,
    chained = function(o)
      return lr.ChainedScheduler { lr.ConstantLR(o, { factor = 0.1, total_iters = 20 }), lr.ExponentialLR(o, 0.9) }
    end,
    chained_cosine = function(o)
      return lr.ChainedScheduler { lr.LinearLR(o, { start_factor = 0.5, total_iters = 8 }), lr.CosineAnnealingLR(o, 30) }
    end,
    lambda = function(o)
      return lr.LambdaLR(o, { function(e) return 0.95 ^ e end, function(e) return 1 / (1 + e) end })
    end,
    multiplicative = function(o) return lr.MultiplicativeLR(o, function(e) return e % 2 == 1 and 0.9 or 1.05 end) end,
    lambda_after = function(o)
      return lr.SequentialLR(o, { lr.ExponentialLR(o, 0.8), lr.LambdaLR(o, function(e) return 0.5 ^ e end) }, { 10 })
    end,
  }
  for name, path in pairs(golden.schedules.chains) do follows(path, build[name], name) end
end)

t.test("ReduceLROnPlateau follows PyTorch's", function()
  for i, case in ipairs(golden.schedules.plateau) do
    follows(case.path, function(o) return lr.ReduceLROnPlateau(o, case.options) end, "case " .. i, golden.schedules.metrics)
  end
end)

t.test("OneCycleLR follows PyTorch's rates and momenta, for SGD and Adam", function()
  for i, case in ipairs(golden.schedules.cycles) do
    local o = optimizer_of(case.rule, case.rule_options)
    local s = lr.OneCycleLR(o, { 0.5, 2.0 }, case.options)
    for step, path in ipairs(case.path) do
      if step > 1 then s:step() end
      local momenta = {}
      for k, group in ipairs(o.param_groups) do momenta[k] = group.betas and group.betas[1] or group.momentum end
      t.near(rates(o), path, 1e-12, ("case %d, step %d"):format(i, step - 1))
      t.near(momenta, case.momentum[step], 1e-12, ("case %d, momentum, step %d"):format(i, step - 1))
    end
  end
end)

-- ---- averages ----

t.test("averages of models follow PyTorch's", function()
  local function run(options)
    local model = nn.Linear(2, 2)
    model.weight:detach():copy_(tensor.tensor { { 1, 2 }, { 3, 4 } })
    model.bias:detach():copy_(tensor.tensor { 5, 6 })
    local average = optim.swa_utils.AveragedModel(model, options)
    local values = {}
    for i = 1, 5 do
      for _, p in ipairs(model:parameters()) do p:detach():mul_(1.5):add_(i / 4) end
      average:update_parameters(model)
      values[i] = {}
      for k, p in ipairs(average.module:parameters()) do values[i][k] = p:detach():reshape(p:numel()):tolist() end
    end
    t.equal(average.n_averaged:item(), 5)
    return values
  end
  local swa = optim.swa_utils
  t.near(run(), golden.averages.swa, 1e-5)
  t.near(run { avg_fn = function(a, v, n) return a + (v - a) / (n + 1) end }, golden.averages.swa, 1e-5)
  t.near(run { multi_avg_fn = swa.get_ema_multi_avg_fn(0.9) }, golden.averages.ema, 1e-5)
  t.near(run { multi_avg_fn = swa.get_ema_multi_avg_fn(0.25) }, golden.averages.fast, 1e-5)
end)

t.done()
