-- Experiments from beginning to end on a small data set: what they keep, what they refuse, what the report says.
local t = dofile("tests/lua/harness.lua")
local make_pictures = dofile("tests/e2e/pictures.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local nn, optim, sys, json = ml.nn, ml.optim, core.sys, core.json

local root = t.folder()
make_pictures(root .. "/pictures", 12)

local quietly = t.quietly

local count = 0
local function experiment(words, spec)
  count = count + 1
  spec = spec or {}
  spec.name = spec.name or "try" .. count
  spec.arguments = { "--data=" .. root .. "/pictures", "--out=" .. root .. "/runs", "--image_size=8", "--epochs=4",
                     "--no-keep_going",
                     "--seeds=1", "--batch_size=8", "--workers=0", table.unpack(words or {}) }
  local _, activity = quietly(ml.experiment, spec)
  return activity
end

local function model_of(run, p)
  return nn.Sequential {
    nn.Flatten(), nn.Linear(run.in_features, 16), nn.ReLU(), nn.Dropout(p or 0), nn.Linear(16, run.num_classes),
  }
end

local function train(run, o, lr)
  run.model = model_of(run)
  run.optimizer = optim.Adam(run.model:parameters(), { lr = lr or 1e-2 })
  return run:fit(o)
end

local function manifest(path) return json.decode(sys.read_file(path .. "/manifest.json")) end

-- What an experiment says before its first trial, on one line.
local function beginning(folder)
  local said = quietly(ml.experiment, { name = "say", arguments = { "--data=" .. folder, "--out=" .. root .. "/runs" } })
  return (said:gsub("%s+", " "))
end

t.test("what is not used of a folder is said at the beginning", function()
  local folder = root .. "/untidy"
  make_pictures(folder, 4)
  t.ok(not beginning(folder):find("not used", 1, true))
  sys.write_file(folder .. "/notes.txt", "x")
  sys.write_file(folder .. "/loose.png", "x")
  local class = ml.data.open(folder).classes[1]
  for _, name in ipairs { "a.heic", "b.heic" } do sys.write_file(("%s/%s/%s"):format(folder, class, name), "x") end
  local text = beginning(folder)
  t.ok(text:find("not used 1 picture outside of the class folders; 3 files not named as pictures "
    .. "(2 .heic, 1 .txt)", 1, true), text)
end)

t.test("folders that look like parts, but not all of them, are a warning", function()
  local folder = root .. "/almost"
  sys.make_folder(folder)
  make_pictures(root .. "/some", 2)
  for _, name in ipairs { "seg_train", "seg_test", "seg_other" } do
    sys.make_folder(folder .. "/" .. name)
    for i = 1, 2 do
      sys.write_file(("%s/%s/%d.png"):format(folder, name, i), sys.read_file(ml.data.open(root .. "/some"):path(i)))
    end
  end
  t.ok(beginning(folder):find("warning 'seg_test', 'seg_train' are called like parts of the data, but not all folders are: "
    .. "they are classes here", 1, true), beginning(folder))
end)

t.test("so are classes that have the same folders in them", function()
  local folder = root .. "/folds"
  for _, name in ipairs { "fold1", "fold2" } do
    sys.make_folder(folder)
    make_pictures(folder .. "/" .. name, 2)
  end
  local said = beginning(folder)
  t.ok(said:find("warning 'fold1', 'fold2' are the classes here, and each has the same folders in it", 1, true), said)
end)

t.test("a class of which nothing can be read is an error that names it", function()
  local folder = root .. "/dead"
  make_pictures(folder, 3)
  sys.make_folder(folder .. "/unreadable")
  sys.write_file(folder .. "/unreadable/1.png", "x")
  sys.write_file(folder .. "/unreadable/2.jpg", "<html>")
  t.raises("not one of the 2 pictures of class 'unreadable' can be read; the first: " .. folder
    .. "/unreadable/1.png: not a picture", beginning, folder)
end)

t.test("a run leaves its folder: manifest, metrics, weights, predictions, event file", function()
  local activity = experiment({ "--patience=0" })
  local path, history, model
  quietly(activity.trial, activity, "a/b", function(run)
    t.equal({ run.in_features, run.num_classes, run.channels, run.image_size, run.seed, run.trial },
      { 192, 3, 3, 8, 42, "a/b" })
    path, history = run.folder, train(run)
    model = run.model
    t.ok(rawequal(run.history, history))
  end)
  t.equal(path, activity.folder .. "/a_b/seed-42")
  t.equal(#history, 4)
  local names = table.concat(sys.list(path), " ")
  t.ok(names:find("^best.safetensors events.out.tfevents.* manifest.json metrics.jsonl predictions.npz$"), names)
  local m = manifest(path)
  t.equal({ m.status, m.trial, m.seed, m.options.epochs, m.result.best_epoch }, { "finished", "a/b", 42, 4, history.best.epoch })
  t.ok(m.data.fingerprint:find("^sha256:"))
  t.ok(m.script.text:find("what they keep, what they refuse", 1, true), "the script's text")
  local lines = {}
  for line in io.lines(path .. "/metrics.jsonl") do lines[#lines + 1] = json.decode(line) end
  t.equal(#lines, 4)
  t.equal(lines[4].epoch, 4)
  t.equal(lines[2].lr, 1e-2)
  t.near(lines[3].val_accuracy, history[3].val_accuracy)
  -- the model ends with the weights in the file, and they are the best epoch's
  local weights, about = ml.load_safetensors(path .. "/best.safetensors")
  for name, value in pairs(model:state_dict()) do t.ok(value:equal(weights[name]), name) end
  t.equal(about.epoch, tostring(history.best.epoch))
  local saved = core.io.npz_load(path .. "/predictions.npz")
  t.equal(saved.scores.shape, { #activity.data.val, 3 })
  t.near(saved.predictions:eq(saved.labels):sum():item() / #activity.data.val, history.best.val_accuracy)
  t.equal(saved.labels:min():item(), 0)
  t.equal(saved.samples:tolist()[1] + 1, activity.data.val:samples():tolist()[1])
  t.near(saved.scores:sum { dim = 2 }:tolist()[1], 1, 1e-5)
end)

t.test("early stopping ends the run after `patience` epochs, with the best weights", function()
  local activity = experiment({ "--epochs=30", "--patience=3" })
  quietly(activity.trial, activity, "a", function(run)
    local history = train(run)
    local best = 0
    for _, row in ipairs(history) do best = math.max(best, row.val_accuracy) end
    t.equal(history.best.val_accuracy, best)
    t.equal(#history, math.min(30, history.best.epoch + 3))
  end)
end)

t.test("the same seed gives the same run, another seed another", function()
  local bytes = {}
  for i, words in ipairs { { "--threads=1" }, { "--threads=2", "--workers=3" }, { "--seed=43" } } do
    local activity = experiment(words, { name = "same" })
    local path
    quietly(activity.trial, activity, "a", function(run)
      path = run.folder
      train(run)
    end)
    bytes[i] = sys.read_file(path .. "/best.safetensors")
  end
  t.ok(bytes[1] == bytes[2], "threads and workers change nothing")
  t.ok(bytes[1] ~= bytes[3], "the seed does")
  t.equal(sys.exists(root .. "/runs/same/a/seed-43"), "folder")
end)

t.test("a second run takes the folder over", function()
  local path
  for _, epochs in ipairs { 4, 2 } do
    local activity = experiment({ "--epochs=" .. epochs }, { name = "again" })
    quietly(activity.trial, activity, "a", function(run)
      path = run.folder
      train(run)
    end)
  end
  t.equal(#sys.list(path), 6)
  t.equal(manifest(path).options.epochs, 2)
end)

t.test("hooks are called at steps, epochs and the end", function()
  local activity = experiment()
  local steps, epochs, ends = 0, {}, 0
  quietly(activity.trial, activity, "a", function(run)
    run:on("step", function(_, _, loss)
      t.equal(math.type(loss), "float")
      steps = steps + 1
    end)
    run:on("epoch", function(epoch, row) epochs[epoch] = row.val_accuracy end)
    run:on("end", function(history) ends = #history end)
    t.raises("there is no event 'epochs': did you mean 'epoch'?", run.on, run, "epochs", print)
    t.raises("run:on: got a nil, expected a function", run.on, run, "epoch")
    train(run)
  end)
  t.equal({ steps, #epochs, ends }, { 4 * 4, 4, 4 })
end)

t.test("what the best weights answered in their epoch is measured again only where a hook may have changed it", function()
  local asked, files = {}, {}
  for i, hang in ipairs { false, function() end } do
    local activity = experiment({ "--epochs=6" }, { name = "answered" })
    quietly(activity.trial, activity, "a", function(run)
      if hang then run:on("epoch", hang) end
      local plain, batches = run.criterion, 0
      run.criterion = function(output, labels)
        if not ml.is_grad_enabled() then batches = batches + 1 end
        return plain(output, labels)
      end
      local history = train(run)
      asked[i] = { batches, history.best.epoch == #history }
      files[i] = { sys.read_file(run.folder .. "/best.safetensors"), sys.read_file(run.folder .. "/predictions.npz") }
      t.equal(run.answers.accuracy, history.best.val_accuracy)
      t.equal(run.answers.loss, history.best.val_loss)
      t.equal(run:evaluate().predictions:tolist(), run.answers.predictions:tolist())
    end)
  end
  t.equal(asked[2][1] - asked[1][1], 1) -- one batch of validation pictures
  t.equal(asked[2][2], asked[1][2])
  t.ok(files[1][1] == files[2][1] and files[1][2] == files[2][2], "to the same files")
end)

t.test("a loss that a hook changes is the one that the best weights are measured by", function()
  local activity = experiment({ "--epochs=3" })
  quietly(activity.trial, activity, "a", function(run)
    run:on("epoch", function() run.criterion = nn.CrossEntropyLoss { label_smoothing = 0.5 } end)
    local history = train(run)
    t.near(run.answers.loss, run:evaluate().loss, 1e-6)
    t.ok(run.answers.loss ~= history[1].val_loss)
  end)
end)

t.test("training pictures are measured once where the last epoch is the best one", function()
  for _, epochs in ipairs { 1, 6 } do
    local activity = experiment({ "--epochs=" .. epochs, "--patience=0" })
    quietly(activity.trial, activity, "a", function(run)
      local plain, counts = run.criterion, {}
      run.criterion = function(output, labels)
        if not ml.is_grad_enabled() then counts[#counts + 1] = #labels end
        return plain(output, labels)
      end
      local history, pictures = train(run), 0
      for _, some in ipairs(counts) do pictures = pictures + some end
      local times = history.best.epoch == epochs and 1 or 2
      t.equal(pictures, epochs * #activity.data.val + times * #activity.data.train)
    end)
  end
end)

t.test("weights that cannot be written end the run with an error that names their file", function()
  local activity, path = experiment({ "--epochs=3" }), nil
  t.raises("best.safetensors", quietly, activity.trial, activity, "a", function(run)
    path = run.folder
    sys.make_folder(path .. "/best.safetensors") -- what nothing can be renamed to
    train(run)
  end)
  t.equal(manifest(path).status, "failed")
  for _, name in ipairs(sys.list(path)) do t.ok(not name:find(".tmp.", 1, true), name) end
end)

t.test("a loss that is no number ends the run, keeps what was good, and the sweep goes on", function()
  local activity = experiment()
  local path
  local said = quietly(function()
    activity:trial("diverging", function(run)
      path = run.folder
      run.model = model_of(run)
      run.optimizer = optim.Adam(run.model:parameters(), { lr = 1e-2 })
      run:on("epoch", function(epoch)
        if epoch == 2 then run.model[2].weight:detach():fill_(0 / 0) end
      end)
      t.equal(#run:fit(), 2)
    end)
    activity:trial("fine", function(run) train(run) end)
    activity:report()
  end)
  t.ok(said:find("stopped because the loss became NaN (not a number) at step 1 of epoch 3", 1, true), said)
  t.ok(said:find("diverging  (1 of 1 run diverged)", 1, true), said)
  t.equal(manifest(path).status, "diverged")
  for _, value in pairs((ml.load_safetensors(path .. "/best.safetensors"))) do
    t.equal(value:eq(value):all():item(), true, "no NaN in the weights")
  end
end)

t.test("an error in a trial is recorded and raised", function()
  local activity = experiment()
  local path
  t.raises("my own mistake", quietly, activity.trial, activity, "a", function(run)
    path = run.folder
    error("my own mistake")
  end)
  t.equal(manifest(path).status, "failed")
  t.ok(manifest(path).reason:find("my own mistake", 1, true))
end)

t.test("mistakes are named", function()
  local activity = experiment()
  local n = 0
  local function in_trial(fn)
    n = n + 1
    return function() quietly(activity.trial, activity, "t" .. n, fn) end
  end
  t.raises("a run has no field 'optimiser' to set: did you mean 'optimizer'?", in_trial(function(run) run.optimiser = 1 end))
  t.raises("a run has no field 'colour' to set: there are model, optimizer, criterion, train,", in_trial(function(run)
    run.colour = 1
  end))
  t.raises("a run has no field 'num_class': did you mean 'num_classes'?", in_trial(function(run) return run.num_class end))
  t.raises("run.seed is not for the script to set", in_trial(function(run) run.seed = 1 end))
  t.raises("run.model is not set", in_trial(function(run) run:fit() end))
  t.raises("run.optimizer is not set", in_trial(function(run)
    run.model = model_of(run)
    run:fit()
  end))
  t.raises("did not train: call run:fit()", in_trial(function() end))
  t.raises("unknown option 'patients': did you mean 'patience'?", in_trial(function(run) train(run, { patients = 3 }) end))
  t.raises("epochs is 0, expected a whole number of at least 1", in_trial(function(run) train(run, { epochs = 0 }) end))
  t.raises("this run was trained already", in_trial(function(run)
    train(run)
    run:fit()
  end))
  t.raises("there is a trial 't1' already", activity.trial, activity, "t1", print)
  t.raises("would share the folder 't_1'", function()
    quietly(activity.trial, activity, "t/1", function(run) train(run) end)
    activity:trial("t:1", print)
  end)
  t.raises("expected the trial's name", activity.trial, activity, print)
  t.raises("expected a function that takes a run", activity.trial, activity, "x")
  t.raises("an experiment has no field 'trail': did you mean 'trial'?", function() return activity.trail end)
  t.raises("name is missing", ml.experiment, {})
  t.raises("unknown option 'nmae': did you mean 'name'?", ml.experiment, { nmae = "x" })
  t.raises("ml has no 'experimnt': did you mean 'experiment'?", function() return ml.experimnt end)
  t.raises("ml.nn has no 'Liner': did you mean 'Linear'?", function() return nn.Liner end)
  t.raises("ml.augment has no 'Resise': did you mean 'Resize'?", function() return ml.augment.Resise end)
end)

t.test("the options of the script and the common ones are read together", function()
  local activity = experiment({ "--p=0.5", "--augment" }, { options = { p = { 0, 0.1 }, patience = 7 } })
  t.equal(activity.options.p, { 0.5 })
  t.equal(activity.options.patience, 7)
  t.raises("there is no option 'patients': did you mean 'patience'?", function() return activity.options.patients end)
  quietly(activity.trial, activity, "a", function(run)
    t.ok(tostring(run.train_transform):find("HorizontalFlip", 1, true))
    t.ok(not tostring(run.val_transform):find("HorizontalFlip", 1, true))
    train(run)
  end)
end)

t.test("a last picture that is alone in its batch is left out of measuring as while training", function()
  local activity, counts = experiment({ "--epochs=1" }), {}
  quietly(activity.trial, activity, "norm", function(run)
    run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, 4), nn.BatchNorm1d(4), nn.Linear(4, run.num_classes) }
    run.optimizer = optim.SGD(run.model:parameters(), { lr = 0.01 })
    run:fit()
    local size = #run.val - 1
    for i, training in ipairs { true, false } do
      counts[i] = #run:evaluate({ training = training, batch_size = size }).labels - size
    end
  end)
  t.equal(counts, { 0, 1 })
end)

t.test("a loss with class weights is a weighted mean over the set, however it is cut", function()
  local activity, weights = experiment({ "--epochs=1", "--patience=0" }), ml.tensor { 1.0, 10.0, 50.0 }
  quietly(activity.trial, activity, "a", function(run)
    run.criterion = nn.CrossEntropyLoss { weight = weights }
    local row = train(run)[1]
    local all = run:evaluate()
    local expected = nn.functional.nll_loss(all.scores:log(), all.labels, { weight = weights }):item()
    for _, size in ipairs { 1, 2, 4, 256 } do t.near(run:evaluate({ batch_size = size }).loss, expected, 1e-5, "" .. size) end
    t.near(row.val_loss, expected, 1e-5)
  end)
end)

t.test("answers of a run tell its mistakes and what was confused", function()
  local activity, right = experiment({ "--epochs=2" }), nil
  quietly(activity.trial, activity, "a", function(run)
    train(run)
    right = run.answers.predictions:eq(run.answers.labels):long():tolist()
  end)
  local given, wrong, confused = activity:answers("a", 42), 0, 0
  for _, one in ipairs(right) do wrong = wrong + 1 - one end
  t.equal(#given.wrong, wrong)
  for i, one in ipairs(given.wrong) do
    t.ok(one.label ~= one.prediction and (i == 1 or given.wrong[i - 1].sure >= one.sure))
    t.equal(activity.data.all.targets[one.sample]:item(), one.label)
  end
  for _, pair in ipairs(given.confused) do confused = confused + pair.count end
  t.equal(confused, wrong)
  t.near(given.confusion:accuracy(), 1 - wrong / #right, 1e-12)
  t.equal({ given.seed, given.runs, activity:answers("a").seed }, { 42, 1, 42 })
  t.raises("activity:answers: no run of 'c' finished an epoch", activity.answers, activity, "c")
  t.raises("activity:answers: no run of 'b' with seed 42 finished an epoch", activity.answers, activity, "b", 42)
end)

t.test("an epoch of the script's own: its rows, patience, what it must return", function()
  local activity, seen = experiment({ "--epochs=6" }), {}
  local path
  local function with(rows)
    return function(run)
      run.model, path = model_of(run), run.folder
      run.optimizer = optim.SGD(run.model:parameters(), { lr = 0.25 })
      local history = run:fit { patience = 2, epoch = function(epoch)
        seen[#seen + 1] = epoch
        run.model[2].bias:detach():fill_(epoch)
        return rows[epoch]
      end }
      return history, run
    end
  end
  local function row(accuracy)
    return { train_loss = 1, train_accuracy = 0.5, val_loss = 2, val_accuracy = accuracy }
  end
  quietly(activity.trial, activity, "own", function(run)
    local history = with { row(0.3), row(0.4), row(0.4), row(0.2), row(0.9) } (run)
    t.equal({ #history, history.best.epoch, history[1].lr, history[2].val_accuracy }, { 4, 2, 0.25, 0.4 })
    t.equal(run.model[2].bias:min():item(), 2, "the best epoch's weights are back")
  end)
  t.equal(seen, { 1, 2, 3, 4 })
  t.equal(manifest(path).result.best_epoch, 2)
  local n = 0
  local function refused(text, rows)
    n = n + 1
    t.raises(text, quietly, activity.trial, activity, "refused" .. n, with(rows))
  end
  refused("run:fit: epoch returned a nil, expected a table of train_loss, train_accuracy, val_loss and val_accuracy", {})
  refused("train_loss of what epoch returned is a Tensor of one number, expected a number (a tensor of one element gives one "
    .. "with :item())", { { train_loss = ml.ones(2):sum() } })
  refused("val_loss of what epoch returned is a Sequential, expected a number",
    { { train_loss = 1, train_accuracy = 0, val_accuracy = 0, val_loss = nn.Sequential { nn.ReLU() } } })
  refused("val_loss of what epoch returned is nil, expected a number",
    { { train_loss = 1, train_accuracy = 0.5, val_accuracy = 0.5 } })
  refused("run:fit: val_accuracy of what epoch returned is 47.9, expected the share that was right, from 0 to 1: 47.9 percent "
    .. "are 0.479", { row(47.9) })
  refused("val_accuracy of what epoch returned is -0.5, expected the share that was right, from 0 to 1", { row(-0.5) })
  refused("train_accuracy of what epoch returned is 172, expected the share that was right, from 0 to 1",
    { { train_loss = 1, train_accuracy = 172, val_loss = 2, val_accuracy = 0.5 } })
  quietly(activity.trial, activity, "all right", with { row(1 + 1e-9), row(0), row(1) })
  refused("unknown option 'val_acuracy': did you mean 'val_accuracy'?", { { val_acuracy = 1 } })
  quietly(activity.trial, activity, "broken", with { row(0.3), row(0 / 0) })
  t.equal({ manifest(path).status, manifest(path).result.reason }, { "diverged", "val_accuracy became NaN in epoch 2" })
  quietly(activity.trial, activity, "infinite", function(run)
    path = run.folder
    run.model = model_of(run)
    run.optimizer = optim.SGD(run.model:parameters(), { lr = 0.1 })
    run.criterion = function(scores, labels)
      return nn.functional.cross_entropy(scores, labels) * (run.model.training and 1 or math.huge)
    end
    run:fit()
  end)
  t.equal(manifest(path).status, "diverged")
  local reason = manifest(path).result.reason
  t.ok(reason:find("^the validation loss became infinite in epoch 1: the weights are finite"), reason)
  t.raises("run:fit: epoch is 3, expected a function", quietly, activity.trial, activity, "no", function(run)
    run.model = model_of(run)
    run.optimizer = optim.SGD(run.model:parameters(), { lr = 0.1 })
    run:fit { epoch = 3 }
  end)
end)

t.test("math.random has a stream of its own in each run, the same for the same seed", function()
  local activity, drawn = experiment({ "--seeds=2", "--epochs=1" }), {}
  t.equal(activity.options.seed, 42)
  local first = math.random()
  ml.manual_seed(42)
  t.equal(math.random(), first, "a script's own draws follow --seed")
  for _, name in ipairs { "a", "b" } do
    quietly(activity.trial, activity, name, function(run)
      drawn[#drawn + 1] = math.random()
      train(run)
      math.random()
    end)
  end
  t.equal({ drawn[1], drawn[2] }, { drawn[3], drawn[4] })
  t.ok(drawn[1] ~= drawn[2], "other seeds, other numbers")
end)

t.test("grey IDX data works as photos do", function()
  local idx, pixels, labels = t.folder(), {}, {}
  for i = 1, 30 do
    pixels[i] = string.rep(string.char(i * 8), 16)
    labels[i] = string.char(i % 3)
  end
  sys.write_file(idx .. "/images-idx3-ubyte", string.pack(">I4I4I4I4", 0x803, 30, 4, 4) .. table.concat(pixels))
  sys.write_file(idx .. "/labels-idx1-ubyte", string.pack(">I4I4", 0x801, 30) .. table.concat(labels))
  local activity = experiment({ "--data=" .. idx, "--image_size=4", "--epochs=1" })
  quietly(activity.trial, activity, "a", function(run)
    t.equal({ run.channels, run.in_features, run.num_classes }, { 1, 16, 3 })
    train(run)
  end)
end)

t.test("the report has a table, sentences, files", function()
  local activity = experiment({ "--seeds=2" })
  local said = quietly(function()
    activity:trial("a", function(run) train(run) end)
    activity:trial("b", function(run) train(run, nil, 2e-2) end)
    activity:report()
  end)
  t.ok(said:find("\na  +%d+%.%d %%  +%d+%.%d to %d+%.%d"), said)
  t.ok(said:find("Differences that the data supports (trials compared in pairs", 1, true), said)
  local csv = sys.read_file(activity.folder .. "/results.csv")
  t.ok(csv:find("\na,42,finished,[01]%.?%d*,[01]%.?%d*,%d+,4,"), csv)
  t.equal(select(2, csv:gsub("\n", "")), 5)
  t.ok(sys.read_file(activity.folder .. "/results.md"):find("| trial | validation | 95 % interval |", 1, true))
end)

t.done()
