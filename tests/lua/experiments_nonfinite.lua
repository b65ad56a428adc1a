-- The guard against numbers that are none: put into layer k on the way forward or back, it names that layer.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local nonfinite = require "mlprun.experiment.nonfinite"
local stopping = require "mlprun.experiment.stopping"
local nn = ml.nn

local LAYERS = 4

local root = t.folder()
dofile("tests/e2e/pictures.lua")(root .. "/pictures", 12)

-- A layer that passes x on, and breaks numbers as `how` says.
local Breaking = nn.Module:subclass("Breaking")
function Breaking:__init(how) self.how = how end
function Breaking:forward(x)
  if self.how == "forward" then return x * (0 / 0) end
  if self.how == "backward" then return x + (x * 0):sqrt() end -- adds 0; the root's slope at 0 is infinite, times 0: NaN
  return x
end

local function net(k, how)
  local layers = {}
  for i = 1, LAYERS do
    layers[#layers + 1] = nn.Linear(6, 6)
    layers[#layers + 1] = Breaking(i == k and how or "")
    layers[#layers + 1] = nn.Dropout(0.3)
  end
  return nn.Sequential(layers)
end

local function step_of(model, images)
  local step = { model = model, criterion = nn.CrossEntropyLoss(), images = images or ml.randn(5, 6),
                 targets = ml.tensor({ 1, 2, 3, 4, 5 }, { dtype = "i64" }), zero_grad = true,
                 random = core.tensor.get_rng_state() }
  model:train()
  return step
end

t.test("the layer whose output broke is named", function()
  for k = 1, LAYERS do
    local why, hint = nonfinite.explain_loss(step_of(net(k, "forward")))
    t.equal(why, ("layer '%d' (Breaking) gave the first output that is not finite"):format(3 * k - 2))
    t.ok(hint:find("look at what that layer computes", 1, true), hint)
  end
end)

t.test("the layer whose gradient broke is named", function()
  for k = 1, LAYERS do
    local why = nonfinite.explain_gradient(step_of(net(k, "backward")))
    t.equal(why, ("layer '%d' (Breaking) gave the first gradient that is not finite"):format(3 * k - 2))
  end
end)

t.test("the input, the weights and the loss function are told apart from the layers", function()
  local why, hint = nonfinite.explain_loss(step_of(net(), ml.full({ 5, 6 }, 1 / 0)))
  t.equal(why, "the pictures that went in were not finite")
  t.ok(hint:find("Normalize", 1, true), hint)
  local model = net()
  model[4].weight:detach():fill_(0 / 0)
  why, hint = nonfinite.explain_loss(step_of(model))
  t.equal(why, "the parameter '3.weight' (Linear) is not finite any more")
  t.ok(hint:find("learning rate", 1, true) and hint:find("clip", 1, true), hint)
  local step = step_of(net())
  step.criterion = function(output) return (output * 0 - 1):log():sum() end
  why = nonfinite.explain_loss(step)
  t.equal(why, "all layers gave finite outputs: the loss function made it")
  step.criterion = function(output) return (output * 0):sqrt():sum() end
  t.equal((nonfinite.explain_gradient(step)), "the loss function gave the first gradient that is not finite")
end)

t.test("weights that have run away are named with their size", function()
  local model = net()
  model[7].weight:detach():fill_(2e38)
  local why, hint = nonfinite.explain_loss(step_of(model))
  t.equal(why, "layer '6' (Linear) gave the first output that is not finite; numbers in '6.weight' (Linear) have grown to 2e+38")
  t.ok(hint:find("^lower the learning rate, or clip"), hint)
end)

t.test("histograms that cannot be drawn do not end the sweep", function()
  local said = t.quietly(function()
    local activity = ml.experiment { name = "huge", arguments = { "--data=" .. root .. "/pictures", "--image_size=8",
      "--out=" .. root .. "/runs", "--epochs=1", "--seeds=1", "--workers=0", "--histograms" } }
    activity:trial("huge", function(run)
      run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, run.num_classes) }
      run.optimizer = ml.optim.SGD(run.model:parameters(), { lr = 0.01 })
      run:on("step", function() run.model[2].weight:detach():fill_(1e30) end)
      run:fit()
    end)
  end)
  t.ok(said:find("huge, seed 42: ", 1, true), said)
end)

t.test("a gradient that is finite alone is put down to those before it, or to whoever changed it", function()
  local step = step_of(net())
  t.ok(nonfinite.explain_gradient(step):find("something else changed it", 1, true))
  step.zero_grad = false
  local why, hint = nonfinite.explain_gradient(step)
  t.ok(why:find("those of the steps before were added", 1, true), why)
  t.ok(hint:find("set the gradients to zero", 1, true), hint)
end)

t.test("looking leaves no hooks behind, and draws what the step drew", function()
  local model = net(2, "forward")
  local step = step_of(model)
  nonfinite.explain_loss(step)
  nonfinite.explain_gradient(step)
  local plain = net()
  step = step_of(plain)
  local before = plain(step.images)
  local seen
  local handle = plain[12]:register_forward_hook(function(_, _, output) seen = output:detach():clone() end)
  nonfinite.explain_loss(step)
  t.ok(seen:equal(before:detach()), "the same dropout masks")
  handle:remove()
end)

t.test("is_sound looks at weights and buffers", function()
  local model = nn.Sequential { nn.Linear(2, 2), nn.BatchNorm1d(2) }
  t.equal(nonfinite.is_sound(model), true)
  model[2].running_mean:fill_(1 / 0)
  t.equal(nonfinite.is_sound(model), false)
end)

-- ---- the same in a sweep ----

t.test("a run that breaks at once keeps its weights, is shown as it is, and the next trial runs", function()
  local path, before
  local said = t.quietly(function()
    local activity = ml.experiment { name = "breaks", arguments = { "--data=" .. root .. "/pictures", "--image_size=8",
      "--out=" .. root .. "/runs", "--epochs=3", "--seeds=1", "--batch_size=8", "--workers=0" } }
    for _, how in ipairs { "forward", "backward", "none" } do
      activity:trial(how, function(run)
        run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, 6), Breaking(how), nn.Linear(6, run.num_classes) }
        run.optimizer = ml.optim.SGD(run.model:parameters(), { lr = 0.01 })
        if how == "backward" then path, before = run.folder, run.model[2].weight:detach():clone() end
        run:fit()
      end)
    end
    activity:report()
  end)
  said = said:gsub("%s+", " ")
  t.ok(said:find("the loss became NaN (not a number) at step 1 of epoch 1: layer '2' (Breaking) gave the first output", 1, true),
    said)
  t.ok(said:find("was not finite at step 1 of epoch 1: layer '2' (Breaking) gave the first gradient", 1, true), said)
  t.ok(said:find("no epoch was finished: the weights before it are kept", 1, true), said)
  t.ok(said:find("forward (1 of 1 run diverged) - - - - - - 0", 1, true), said)
  t.ok(said:find(" none %d+%.%d %%"), said)
  t.ok(said:find("forward, seed 42: stopped because the loss became NaN", 1, true), "the reason is in the report")
  local weights, about = ml.load_safetensors(path .. "/best.safetensors")
  t.ok(weights["1.weight"]:equal(before), "the last good weights are kept")
  t.equal({ about.epoch, about.val_accuracy }, { "0", nil })
end)

-- ---- other patiences from one curve ----

local function curve(accuracies)
  local rows = {}
  for i, accuracy in ipairs(accuracies) do rows[i] = { epoch = i, val_accuracy = accuracy, seconds = 2 } end
  return rows
end

t.test("a long curve tells where each shorter patience would have stopped", function()
  local history = curve { 0.3, 0.5, 0.4, 0.5, 0.45, 0.6, 0.2, 0.2, 0.2, 0.7, 0.1 }
  local two, four, ten = stopping.replay(history, 2), stopping.replay(history, 4), stopping.replay(history, 10)
  t.equal({ two.epochs, two.best_epoch, two.accuracy, two.seconds, two.stopped }, { 4, 2, 0.5, 8, true })
  t.equal({ four.epochs, four.best_epoch, four.accuracy, four.stopped }, { 11, 10, 0.7, false })
  t.equal({ stopping.replay(history, 3).epochs, stopping.replay(history, 3).accuracy }, { 5, 0.5 })
  t.equal({ ten.epochs, ten.best_epoch, ten.accuracy, ten.stopped }, { 11, 10, 0.7, false })
end)

t.test("it is the run that would have been trained", function()
  local histories, shorter = {}, nil
  local said = t.quietly(function()
    local activity = ml.experiment { name = "patient", arguments = { "--data=" .. root .. "/pictures", "--image_size=8",
      "--out=" .. root .. "/runs", "--epochs=12", "--seeds=1", "--batch_size=8", "--workers=0" } }
    for _, patience in ipairs { 0, 2 } do
      activity:trial("patience " .. patience, function(run)
        run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, 8), nn.ReLU(), nn.Dropout(0.2),
                                    nn.Linear(8, run.num_classes) }
        run.optimizer = ml.optim.Adam(run.model:parameters(), { lr = 1e-2 })
        t.raises("call run:fit() first", run.with_patience, run, 2)
        histories[patience] = run:fit()
        if patience == 0 then
          shorter = run:with_patience(2)
          run:record_patience(2)
        end
        t.raises("got 0, expected a number of epochs", run.with_patience, run, 0)
      end, { patience = patience })
    end
    activity:report()
  end)
  t.ok(said:find(("%.1f %%%% +%d +%%d"):format(100 * shorter.accuracy, shorter.epochs)), said)
  t.equal({ shorter.epochs, shorter.best_epoch, shorter.accuracy },
    { #histories[2], histories[2].best.epoch, histories[2].best.val_accuracy })
end)

t.done()
