-- When the schedule of a run is stepped, with what, and what decides which epoch is best.
local t = dofile("tests/lua/harness.lua")
local make_pictures = dofile("tests/e2e/pictures.lua")
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim
local schedules = optim.lr_scheduler

local root = t.folder()
make_pictures(root .. "/pictures", 12)

local count = 0
-- Runs one trial; returns what fn(run) returns, and what was said.
local function trial(words, fn)
  count = count + 1
  local given
  local said = t.quietly(function()
    local activity = ml.experiment { name = "try" .. count, arguments = { "--data=" .. root .. "/pictures",
      "--out=" .. root .. "/runs", "--no-keep_going",
      "--image_size=8", "--epochs=4", "--seeds=1", "--batch_size=6", "--workers=0", "--patience=0",
      table.unpack(words) } }
    activity:trial("a", function(run)
      run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, run.num_classes) }
      run.optimizer = optim.SGD(run.model:parameters(), { lr = 0.01 })
      given = fn(run)
    end)
  end)
  return given, said
end

-- Runs with an epoch of its own, whose rows have these values of `name`; returns the history.
local function with_curve(words, name, curve, set)
  return trial({ "--epochs=" .. #curve, table.unpack(words) }, function(run)
    if set then set(run) end
    return run:fit { epoch = function(epoch)
      local row = { train_loss = 1, train_accuracy = 0.5, val_loss = 1, val_accuracy = 0.5 }
      row[name] = curve[epoch]
      return row
    end }
  end)
end

t.test("OneCycleLR is stepped after each training step: rates of PyTorch 2.13", function()
  local history, said = trial({ "--epochs=6" }, function(run)
    t.equal((#run.train + 5) // 6, 5)
    run.scheduler = schedules.OneCycleLR(run.optimizer, 0.01, { epochs = 6, steps_per_epoch = 5 })
    return run:fit()
  end)
  local rates = {}
  for i, row in ipairs(history) do rates[i] = row.lr end
  t.near(rates, { 0.00703688, 0.00977786, 0.00750001, 0.00388742, 0.000868843, 5.58856e-05 }, 1e-8)
  t.ok(said:find("a: OneCycleLR is stepped after each training step\n", 1, true), said)
end)

t.test("an interval can be chosen, and a schedule in another one decides for both", function()
  local by_step = trial({ "--epochs=1" }, function(run)
    run.scheduler, run.scheduler_interval = schedules.ExponentialLR(run.optimizer, 0.5), "step"
    return run:fit()
  end)
  t.near(by_step[1].lr, 0.01 * 0.5 ^ 5, 1e-12)
  trial({ "--epochs=2" }, function(run)
    local warm = schedules.LinearLR(run.optimizer, { start_factor = 0.5, total_iters = 3 })
    local cycle = schedules.OneCycleLR(run.optimizer, 0.01, { total_steps = 10 })
    run.scheduler = schedules.SequentialLR(run.optimizer, { warm, cycle }, { 3 })
    run:fit()
    t.equal(run.scheduler.last_epoch, 10)
  end)
end)

t.test("in an epoch of the script's own it steps a schedule for steps, and one that it forgets is said", function()
  local function own(steps, set)
    return trial({ "--epochs=2" }, function(run)
      run.scheduler = schedules.OneCycleLR(run.optimizer, 0.01, { total_steps = 10 })
      if set then set(run) end
      return run:fit { epoch = function()
        for _ = 1, steps do
          run.optimizer:step()
          run.scheduler:step()
        end
        return { train_loss = 1, train_accuracy = 0.5, val_loss = 1, val_accuracy = 0.5 }
      end }
    end)
  end
  local says = "a: OneCycleLR goes by training steps, which a loop of your own takes: it has to call run.scheduler:step() behind "
    .. "run.optimizer:step()\n"
  local forgotten = "a: OneCycleLR was not stepped in epoch 1, so that the rate stays: a loop of your own has to call "
    .. "run.scheduler:step() behind run.optimizer:step()\n"
  local _, said = own(0)
  t.ok(said:find(says, 1, true) and said:find(forgotten, 1, true), said)
  t.equal(select(2, said:gsub("was not stepped", "")), 1, "once")
  t.ok(not said:find("is stepped after each", 1, true), said)
  local history
  history, said = own(4)
  t.ok(said:find(says, 1, true) and not said:find("was not stepped", 1, true), said)
  t.ok(history[1].lr ~= history[2].lr)
  _, said = own(0, function(run) run.scheduler_interval = "epoch" end)
  t.ok(said:find("a: OneCycleLR is stepped after each epoch\n", 1, true) and not said:find("was not stepped", 1, true), said)
  _, said = own(0, function(run) run:on("epoch", function() run.scheduler:step() end) end)
  t.ok(not said:find("was not stepped", 1, true), said)
end)

t.test("ReduceLROnPlateau gets what its mode means", function()
  local function rates(o, name, curve, words)
    local history = with_curve(words or {}, name, curve, function(run)
      run.scheduler = schedules.ReduceLROnPlateau(run.optimizer, o)
    end)
    local list = {}
    for i, row in ipairs(history) do list[i] = row.lr end
    return list
  end
  local rising = { 0.1, 0.2, 0.3, 0.4 }
  t.near(rates({ mode = "max", patience = 0 }, "val_accuracy", rising), { 0.01, 0.01, 0.01, 0.01 }, 1e-12)
  t.near(rates({ patience = 0 }, "val_loss", { 1, 1, 0.5, 0.5 }), { 0.01, 0.01, 0.001, 0.001 }, 1e-12)
  t.near(rates({ patience = 0 }, "train_loss", { 1, 1, 0.5, 0.5 }, { "--monitor=train_loss" }), { 0.01, 0.01, 0.001, 0.001 },
    1e-12)
  t.raises("run.scheduler is a ReduceLROnPlateau with mode = \"max\", but validation loss, which is watched, is better when it "
    .. "is lower", rates, { mode = "max" }, "val_loss", { 1 }, { "--monitor=val_loss" })
end)

t.test("schedules that cannot work are refused before training", function()
  local function refused(text, set)
    t.raises(text, trial, {}, function(run)
      set(run)
      run:on("step", function() error("a step was taken") end)
      run:fit()
    end)
  end
  refused("run.scheduler is made for 19 steps, but the run has up to 20", function(run)
    run.scheduler = schedules.OneCycleLR(run.optimizer, 0.01, { total_steps = 19 })
  end)
  refused("run.scheduler is made for 3 steps, but the run has up to 4 (it is stepped after each epoch)", function(run)
    run.scheduler, run.scheduler_interval = schedules.OneCycleLR(run.optimizer, 0.01, { total_steps = 3 }), "epoch"
  end)
  refused("run.scheduler sets the rates of another optimizer", function(run)
    run.scheduler = schedules.StepLR(optim.SGD(run.model:parameters(), { lr = 1 }), 2)
  end)
  refused("run.scheduler_interval: there is no interval of a schedule 'steps': did you mean 'step'?", function(run)
    run.scheduler, run.scheduler_interval = schedules.StepLR(run.optimizer, 2), "steps"
  end)
  refused("but ReduceLROnPlateau looks at the numbers of an epoch", function(run)
    run.scheduler, run.scheduler_interval = schedules.ReduceLROnPlateau(run.optimizer), "step"
  end)
  refused("run.scheduler_interval: there is no interval of a schedule 'batch'", function(run)
    run.scheduler_interval = "batch" -- without a schedule too
  end)
  refused("run.scheduler is 3, expected a schedule", function(run) run.scheduler = 3 end)
end)

t.test("a schedule that is longer than the run, or turns in it, is said", function()
  local function said_of(make, ...)
    local _, said = trial({ "--epochs=4", ... }, function(run)
      run.scheduler = make(run)
      return run:fit()
    end)
    return said
  end
  local function has(text, said) t.ok(said:find(text, 1, true), said) end
  local function cycle(run) return schedules.OneCycleLR(run.optimizer, 0.01, { total_steps = 21 }) end
  has("a: OneCycleLR is made for 21 steps (total_steps), but the run has at most 20: it ends before the schedule does",
    said_of(cycle))
  has("the run has at most 7", said_of(cycle, "--max_steps=7"))
  has("a: CosineAnnealingLR is made for 9 epochs (T_max), but the run has at most 4", said_of(function(run)
    return schedules.CosineAnnealingLR(run.optimizer, 9)
  end))
  has("has its lowest rate after 2 epochs (T_max), and the run has up to 4: the rate rises again then", said_of(function(run)
    return schedules.CosineAnnealingLR(run.optimizer, 2)
  end))
  local function warm(total, T_max)
    return function(run)
      return schedules.SequentialLR(run.optimizer, { schedules.LinearLR(run.optimizer, { total_iters = total }),
        schedules.CosineAnnealingLR(run.optimizer, T_max) }, { 2 })
    end
  end
  has("a: CosineAnnealingLR has its lowest rate after 1 epoch (T_max), and its turn in SequentialLR has up to 2: the rate rises",
    said_of(warm(2, 1)))
  local said = said_of(warm(3, 4)) -- a line for each
  has("a: LinearLR is made for 3 epochs (total_iters), but its turn in SequentialLR has at most 2: it ends before", said)
  has("a: CosineAnnealingLR is made for 4 epochs (T_max), but its turn in SequentialLR has at most 2: it ends before", said)
  for _, make in ipairs { warm(2, 2), warm(1, 2), function(run) return schedules.CosineAnnealingLR(run.optimizer, 4) end,
      function(run) return schedules.LinearLR(run.optimizer, { total_iters = 2 }) end } do
    said = said_of(make)
    t.ok(not said:find("run has", 1, true), said)
  end
end)

t.test("what is watched decides which epoch is best and when patience runs out", function()
  local falling = { 5, 4, 4.5, 3.9, 3.95, 3.96, 1 }
  local history, said = with_curve({ "--monitor=val_loss", "--patience=2" }, "val_loss", falling)
  t.equal({ #history, history.best.epoch }, { 6, 4 })
  said = said:gsub("%s+", " ")
  t.ok(said:find("stopped after 2 epochs without a better validation loss", 1, true), said)
  t.ok(said:find("the weights of the epoch with the lowest validation loss are kept", 1, true), said)
  history = with_curve({ "--monitor=val_loss", "--patience=2", "--min_delta=0.2" }, "val_loss", falling)
  t.equal({ #history, history.best.epoch }, { 4, 4 }) -- 3.9 is the best, and too little better than 4
  history = with_curve({}, "train_accuracy", { 0.3, 0.9, 0.4 }, function(run) run.monitor = "train_accuracy" end)
  t.equal(history.best.epoch, 2)
end)

t.test("what run:record leaves can be watched, and is in the row", function()
  local values = { 0.5, 0.1, 0.7, 0.2 }
  local function fit(words, name)
    return trial(words, function(run)
      run:on("epoch", function(epoch) run:record(name, values[epoch]) end)
      return run:fit()
    end)
  end
  local history = fit({ "--monitor=my f1" }, "my f1")
  t.equal({ history.best.epoch, history[2]["my f1"] }, { 3, 0.1 })
  t.equal(fit({ "--monitor=spread", "--mode=min" }, "spread").best.epoch, 2)
  t.raises("monitor is 'my f', which no epoch will have: did you mean 'my f1'?", fit, { "--monitor=my f", "--mode=max" }, "my f1")
  t.raises("monitor is 'my f12', which epoch 1 has not: did you mean 'my f1'?", fit, { "--monitor=my f12", "--mode=max" },
    "my f1")
  local function refused(text, words, name, set)
    t.raises(text, trial, words, function(run)
      if set then set(run) end
      run:on("step", function() error("a step was taken") end)
      run:on("epoch", function() run:record(name, 1) end)
      run:fit()
    end)
  end
  refused("monitor is 'val_acc', which no epoch will have: did you mean 'val_accuracy'?", { "--monitor=val_acc" }, "x")
  refused("monitor is 'vall_loss', which no epoch will have: did you mean 'val_loss'?", { "--monitor=vall_loss" }, "x")
  refused("monitor is 'nope', which no epoch will have: there are train_accuracy", { "--monitor=nope", "--mode=max" }, "x")
  refused("run.monitor is 'nope', expected train_accuracy, ", {}, "x", function(run) run.monitor = "nope" end)
  refused("run.scheduler is a ReduceLROnPlateau with mode = \"min\", but validation accuracy, which is watched",
    { "--monitor=val_accuracy" }, "x", function(run)
      run.scheduler = schedules.ReduceLROnPlateau(run.optimizer, { mode = "min" })
    end)
  local names = { "my", "own" }
  t.equal(trial({ "--monitor=my-own", "--mode=max" }, function(run) -- a name that is put together
    run:on("epoch", function(epoch) run:record(table.concat(names, "-"), -epoch) end)
    return run:fit()
  end).best.epoch, 1)
  t.equal(trial({ "--mode=min" }, function(run) -- --mode says it for run.monitor too
    run.monitor = "spread"
    run:on("epoch", function(epoch) run:record("spread", values[epoch]) end)
    return run:fit()
  end).best.epoch, 2)
  t.equal(trial({ "--monitor=kurtosis of the weights", "--mode=max" }, function(run)
    return run:record_weights():fit()
  end)[1]["kurtosis of the weights"] ~= nil, true)
  t.raises("a run has no field 'mode' to set: run.monitor_mode is", trial, {}, function(run) run.mode = "max" end)
  t.raises("run.monitor_mode is 'min', but val_accuracy is better when it is higher", trial, {}, function(run)
    run.monitor, run.monitor_mode = "val_accuracy", "min"
    run:fit()
  end)
end)

t.test("a number that is watched is that of its epoch: one that was recorded before decides nothing", function()
  local history
  local function fit(before, epochs, words)
    return trial({ "--monitor=score", "--epochs=3", table.unpack(words or {}) }, function(run)
      if before then run:record("score", 0.5) end
      run:on("step", function(epoch) if epochs[epoch] == "step" then run:record("score", epoch) end end)
      run:on("epoch", function(epoch)
        history = epoch
        if epochs[epoch] == "epoch" then run:record("score", epoch) end
      end)
      return run:fit()
    end)
  end
  t.raises("monitor is 'score', which epoch 2 has not: it was recorded before, and what decides has to be recorded in every "
    .. "epoch (the last value once more, where there is no new one)", fit, false, { "epoch" }, { "--patience=1" })
  t.equal(history, 2)
  t.raises("monitor is 'score', which epoch 1 has not: it was recorded before", fit, true, {})
  local rows = fit(true, { "epoch", "step", "epoch" })
  t.equal({ rows[1].score, rows[2].score, rows[3].score }, { 1, 2, 3 })
end)

t.test("a misspelt name to watch is answered with the nearest", function()
  local field, why = require("mlprun.experiment.watch").problem("val_los", "auto")
  t.equal(field, "monitor")
  t.equal(why, "expected train_accuracy, train_loss, val_accuracy, val_loss, or a name that run:record leaves, with --mode=max "
    .. "or --mode=min where it does not say which way is better: did you mean 'val_loss'?")
end)

t.done()
