-- Mistakes that are found before the first step, and a last batch of one picture.
local t = dofile("tests/lua/harness.lua")
local make_pictures = dofile("tests/e2e/pictures.lua")
local ml = require "mlprun"
local doubts = require "mlprun.experiment.doubts"
local precheck = require "mlprun.experiment.precheck"
local nn, optim, augment = ml.nn, ml.optim, ml.augment

local root = t.folder()
make_pictures(root .. "/pictures", 12)

local count = 0
-- Runs a trial that set(run) prepares; returns what was said, and how many steps were taken.
local function trial(set, words)
  count = count + 1
  local steps = 0
  local said = t.quietly(function()
    local activity = ml.experiment { name = "try" .. count, arguments = { "--data=" .. root .. "/pictures",
      "--out=" .. root .. "/runs", "--image_size=8", "--epochs=1", "--seeds=1", "--workers=0", "--no-keep_going",
      table.unpack(words or {}) } }
    activity:trial("a", function(run)
      run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, run.num_classes) }
      set(run)
      run.optimizer = run.optimizer or optim.SGD(run.model:parameters(), { lr = 0.01 })
      run:on("step", function() steps = steps + 1 end)
      run:fit()
    end)
  end)
  return said, steps
end

local function refused(text, set)
  t.raises(text, trial, function(run)
    set(run)
    run:on("backward", function() error("a step was begun") end)
  end)
end

t.test("what cannot work is refused", function()
  for _, outputs in ipairs { 2, 8 } do
    refused(("run.model gives an output of shape 7x%d for 7 pictures, but there are 3 classes"):format(outputs), function(run)
      run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, outputs) }
    end)
  end
  refused("run.model gives an output of shape 7x3x8x8", function(run)
    run.model = nn.Conv2d(3, 3, 1)
  end)
  refused("run.optimizer holds 2 parameters, none of which is run.model's", function(run)
    run.optimizer = optim.SGD(nn.Linear(2, 2):parameters(), { lr = 1 })
  end)
end)

local function doubtful(text, set)
  t.ok(trial(set):gsub("%s+", " "):find(text, 1, true), text)
  doubts.strict = true
  local ok, why = pcall(refused, text, set)
  doubts.strict = false
  t.ok(ok, why)
end

t.test("what most likely is a mistake is said, and refused by mlprun check", function()
  for _, dim in ipairs { 1, 2, -1, -2 } do
    doubtful("run.model ends with a Softmax, and CrossEntropyLoss applies another one", function(run)
      run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, run.num_classes), nn.Softmax(dim) }
    end)
  end
  doubtful("Normalize takes mean and std as shares of 1, not of 255", function(run)
    local flat = augment.Normalize { mean = { 123.7, 116.3, 103.5 }, std = { 58.4, 57.1, 57.4 } }
    run.val_transform = augment.Compose { augment.Resize(8, 8), flat, augment.ToTensorV2() }
  end)
  t.ok(not trial(function() end):find("a: ", 1, true), "a sound one is not doubted")
end)

-- A net of one function between two layers.
local function net_of(run, between)
  local Net = nn.Module:subclass("Net")
  function Net:__init(...)
    self.first, self.last = nn.Linear(run.in_features, 6), nn.Linear(6, run.num_classes)
    if select("#", ...) > 0 then self.between = ... end
  end
  function Net:forward(x)
    local h = self.first(x:flatten(2))
    return self.last(between and between(h) or self.between(h))
  end
  return Net
end

t.test("a picture's answer that depends on the others of its batch is said", function()
  local depends = "what run.model answers for a picture depends on the others of its batch"
  for _, layer in ipairs { nn.Softmax(1), nn.LogSoftmax(1) } do
    doubtful(("%s: the layer '2' (%s) works along dimension 1; dimension 1 is the batch"):format(depends, layer:class_name()),
      function(run)
        run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, 6), layer, nn.Linear(6, run.num_classes) }
      end)
  end
  for _, between in ipairs { function(h) return h:softmax(1) end, function(h) return nn.functional.log_softmax(h, -2) end,
    function(h) return h - h:mean { dim = 1, keepdim = true } end } do
    doubtful(depends .. "; dimension 1 is the batch, and PyTorch's dim=1 is dimension 2 here", function(run)
      run.model = net_of(run, between)()
    end)
  end
  doubtful(depends .. ": the layer '2' (LogSoftmax) works along dimension 1", function(run)
    run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, run.num_classes), nn.LogSoftmax(1) }
  end)
end)

t.test("what stays within a picture is not doubted", function()
  local function attention(h) -- 2 x n x 3: along a dimension of each picture's own
    local parts = h:reshape(-1, 2, 3):transpose(1, 2)
    return (parts * parts:softmax(1)):transpose(1, 2):reshape(-1, 6)
  end
  local function sound(name, set)
    local said = trial(set)
    t.ok(not said:find("a: ", 1, true), name .. ": " .. said)
  end
  sound("a softmax along what comes first", function(run) run.model = net_of(run, attention)() end)
  sound("a softmax of a row", function(run) run.model = net_of(run)(nn.Softmax(2)) end)
  sound("a norm", function(run) run.model = net_of(run)(nn.BatchNorm1d(6)) end)
  sound("a norm by the batch, which is asked for", function(run)
    run.model = net_of(run)(nn.BatchNorm1d(6, { track_running_stats = false }))
  end)
end)

t.test("looking changes nothing that is random", function()
  local a, b = {}, {}
  local look = precheck.look
  for _, list in ipairs { a, b } do
    if list == b then precheck.look = function() end end
    trial(function(run)
      run.model = nn.Sequential { nn.Flatten(), nn.Dropout(0.5), nn.Linear(run.in_features, run.num_classes) }
      run:on("end", function(history) list[1] = history[1].train_loss end)
    end)
  end
  precheck.look = look
  t.equal(a, b)
end)

t.test("a last batch of one picture is left out where the model has the statistics of batches", function()
  local function with_norm(run)
    run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, 4), nn.BatchNorm1d(4), nn.Linear(4, run.num_classes) }
  end
  local said, steps = trial(with_norm, { "--batch_size=14" }) -- 29 pictures
  t.equal(steps, 2)
  t.ok(said:gsub("%s+", " "):find("the last batch of an epoch would be one picture", 1, true), said)
  t.equal(select(2, trial(function() end, { "--batch_size=14" })), 3, "without BatchNorm it counts")
  t.equal(select(2, trial(with_norm, { "--batch_size=9" })), 4, "two pictures are enough")
  t.equal(select(2, trial(with_norm, { "--batch_size=9", "--drop_last=yes" })), 3)
  t.raises("run.model has BatchNorm, which cannot take statistics of one picture, and the last batch of an epoch is one picture, "
    .. "which --drop_last=no keeps", trial, with_norm, { "--batch_size=14", "--drop_last=no" })
  t.raises("--batch_size=1 gives it one picture at a time: pass --batch_size=2 or more", trial, with_norm, { "--batch_size=1" })
  t.equal(select(2, trial(function(run) -- of pictures it can
    run.model = nn.Sequential { nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(run.in_features, run.num_classes) }
    run.optimizer = optim.SGD(run.model:parameters(), { lr = 0.1 })
  end, { "--batch_size=1" })), 29)
end)

t.done()
