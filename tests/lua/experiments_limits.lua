-- What ends a run before its last epoch, and calls that are out of place.
local t = dofile("tests/lua/harness.lua")
local make_pictures = dofile("tests/e2e/pictures.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local limits = require "mlprun.experiment.limits"
local nn, optim, sys, json = ml.nn, ml.optim, core.sys, core.json

local root = t.folder()
make_pictures(root .. "/pictures", 12)

local count = 0
local function experiment(words)
  count = count + 1
  return ml.experiment { name = "try" .. count, arguments = { "--data=" .. root .. "/pictures", "--out=" .. root .. "/runs",
    "--no-keep_going",
    "--image_size=8", "--epochs=4", "--seeds=1", "--batch_size=6", "--workers=0", "--patience=0", table.unpack(words or {}) } }
end

local function prepare(run)
  run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, run.num_classes) }
  run.optimizer = optim.SGD(run.model:parameters(), { lr = 0.01 })
  return run
end

-- Runs one trial, after set(run); returns its history, its manifest and what was said.
local function trial(words, set, o)
  local history, path
  local said = t.quietly(function()
    experiment(words):trial("a", function(run)
      set(prepare(run))
      history, path = run:fit(o), run.folder
    end)
  end)
  return history, json.decode(sys.read_file(path .. "/manifest.json")), said
end

local function steps_of(words)
  local steps = 0
  local history, manifest, said = trial(words, function(run) run:on("step", function() steps = steps + 1 end) end)
  return steps, #history, manifest, said
end

t.test("times are read", function()
  local given = {}
  for i, text in ipairs { "20m", "1h30m", "90s", "90", "0.5h", "" } do given[i] = limits.seconds(text) end
  t.equal(given, { 1200, 5400, 90, 90, 1800, 0 })
  for _, text in ipairs { "20 m", "m", "1d", "-3s", "0s", "1.2.3s" } do t.equal(limits.seconds(text), nil, text) end
end)

t.test("--max_steps ends the run in the middle of an epoch, which is measured", function()
  local steps, epochs, manifest, said = steps_of { "--max_steps=7" } -- 5 in an epoch
  t.equal({ steps, epochs, manifest.status, manifest.result.best_epoch ~= nil }, { 7, 2, "finished", true })
  t.equal(manifest.result.ended, "--max_steps: 7 steps were taken")
  t.ok(said:find("(ended: --max_steps: 7 steps were taken)", 1, true), said)
  t.ok(said:gsub("%s+", " "):find("each run ends after 7 steps at the latest", 1, true), said)
  t.equal((steps_of { "--max_steps=100" }), 20)
end)

t.test("--max_time ends the run", function()
  local _, epochs, manifest = steps_of { "--max_time=0.000001s" }
  t.equal(epochs, 1)
  t.ok(manifest.result.ended:find("^%-%-max_time: .* were over at step 1 of epoch 1$"), manifest.result.ended)
  local history = trial({ "--max_time=0.000001s" }, function() end, { epoch = function()
    return { train_loss = 1, train_accuracy = 0.5, val_loss = 1, val_accuracy = 0.5 }
  end })
  t.equal(#history, 1, "a loop of the script's own, after its epoch")
end)

t.test("run:stop and a false from an epoch's function end the run, with a reason", function()
  local history, manifest = trial({}, function(run)
    run:on("step", function(epoch, step) if epoch == 2 and step == 3 then run:stop("worse than the median") end end)
  end)
  t.equal({ #history, manifest.status, manifest.result.ended }, { 2, "finished", "worse than the median" })
  history, manifest = trial({}, function(run) run:on("epoch", function(epoch) return epoch < 3 end) end)
  t.equal({ #history, manifest.result.ended }, { 3, "a function at \"epoch\" returned false after epoch 3" })
end)

t.test("calls that are out of place say what to do", function()
  local function refused(text, set)
    t.raises(text, trial, {}, set)
  end
  refused("run:stop: this run is not being trained", function(run) run:stop() end)
  refused("run:stop: got 3, expected a reason in words", function(run) run:stop(3) end)
  refused("this run is being trained: a function that it calls cannot train it too", function(run)
    run:on("epoch", function() run:fit() end)
  end)
  t.raises("activity:trial: 'b' begins inside trial 'a'", t.quietly, function()
    local activity = experiment()
    activity:trial("a", function() activity:trial("b", function() end) end)
  end)
  t.raises("A longer one is the same experiment with more epochs, which resume makes go on", t.quietly, function()
    experiment():trial("a", function(run)
      prepare(run):fit()
      run:fit()
    end)
  end)
  t.raises("--max_steps counts the steps of the usual loop", trial, { "--max_steps=3" }, function() end,
    { epoch = function() end })
end)

t.test("results.csv has the losses, the folder and what run:record left", function()
  local activity
  t.quietly(function()
    activity = experiment()
    for _, name in ipairs { "a", "b" } do
      activity:trial(name, function(run)
        prepare(run):fit()
        run:record(name == "a" and "norm, end" or "broken", name == "a" and 2.5 or 0 / 0)
      end)
    end
    activity:report()
  end)
  local lines = {}
  for line in sys.read_file(activity.folder .. "/results.csv"):gmatch("[^\n]+") do lines[#lines + 1] = line end
  t.ok(lines[1]:find("seconds,val_loss,train_loss,path,final_gap,first,steadiness,\"norm, end\",broken$"), lines[1])
  t.ok(lines[2]:find("^a,42,.*,[%d.]+,[%d.]+,[^,]+/a/seed%-42,.*,2.5,$"), lines[2])
  t.ok(lines[3]:find("^b,42,.*/b/seed%-42,.*,,nan$"), lines[3])
end)

t.test("a name that tables and event files cannot hold is refused before anything is trained", function()
  local began = 0
  local function train() began = began + 1 end
  for _, name in ipairs { "\xff", "caf\xe9", "\xed\xa0\x80", "a\xc3" } do
    local _, activity = t.quietly(experiment)
    t.raises("is not UTF-8", activity.trial, activity, name, train)
    t.raises("is not UTF-8", activity.trial, activity, name, { lr = 1 }, train)
  end
  t.equal(began, 0)
end)

t.done()
