-- What a trial says it sets: its runs, their records and tables have it.
local t = dofile("tests/lua/harness.lua")
local make_pictures = dofile("tests/e2e/pictures.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local hparams = require "mlprun.experiment.hparams"
local nn, optim, sys, json = ml.nn, ml.optim, core.sys, core.json

local root = t.folder()
make_pictures(root .. "/pictures", 12)

local function begun(name, more)
  local words = { "--data=" .. root .. "/pictures", "--out=" .. root .. "/runs", "--image_size=8", "--epochs=1", "--seeds=1",
                  "--workers=0", more }
  local _, activity = t.quietly(ml.experiment,
    { name = name, arguments = words, options = { p = 0, ps = { 0, 0.5 }, lr = 0.01 } })
  return activity
end

local function train(run)
  run.model = nn.Sequential { nn.Flatten(), nn.Dropout(run.options.p), nn.Linear(run.in_features, run.num_classes) }
  run.optimizer = optim.SGD(run.model:parameters(), { lr = run.options.lr })
  run:fit()
end

local function manifest_of(activity, trial)
  return json.decode(sys.read_file(("%s/%s/seed-42/manifest.json"):format(activity.folder, trial)))
end

t.test("values reach the run; the name of an option gives it this value", function()
  local activity, seen = begun("reach"), nil
  t.quietly(activity.trial, activity, "a", { p = 0.5, init = "he" }, function(run)
    seen = run.values
    t.equal(run.options.p, 0.5)
    train(run)
  end)
  t.equal(seen, { p = 0.5, init = "he" })
  local manifest = manifest_of(activity, "a")
  t.equal(manifest.values, { p = 0.5, init = "he" })
  t.equal(manifest.own, { p = 0.5 })
  t.equal(manifest.options.p, 0.5)
end)

t.test("the manifest says where, with what and on what it was trained", function()
  local activity = begun("manifest")
  t.quietly(activity.trial, activity, "a", { p = 0 }, train)
  local manifest = manifest_of(activity, "a")
  t.equal(manifest.working_folder, sys.real_path("."))
  t.ok(manifest.model:find("Dropout(p=0", 1, true) and manifest.model:find("Linear(in_features=192, out_features=3", 1, true))
  t.ok(manifest.optimizer:find("SGD", 1, true) and manifest.criterion:find("CrossEntropyLoss", 1, true))
  t.ok(manifest.transforms.val:find("Resize(8, 8)", 1, true))
  for _, library in ipairs { "openblas", "libpng", "zlib", "mlprun", "lua" } do
    t.ok(type(manifest.versions[library]) == "string" and manifest.versions[library] ~= "", library)
  end
  t.equal(type(manifest.host.cpu), "string")
end)

t.test("predictions.npz has the files of the pictures, as they lie in the folder", function()
  local activity = begun("files")
  t.quietly(activity.trial, activity, "a", { p = 0 }, train)
  local saved = ml.load_npz(activity.folder .. "/a/seed-42/predictions.npz")
  t.equal(#saved.files, saved.labels.shape[1])
  local classes = activity.data.classes
  for i, file in ipairs(saved.files) do
    t.equal(file:match("^([^/]+)/"), classes[saved.labels[i]:item() + 1])
    t.equal(sys.exists(root .. "/pictures/" .. file), "file")
  end
end)

t.test("TensorBoard's table has values, options and what was used", function()
  local fields = { options = { p = 0.5, epochs = 3, csv_path = "", threads = 2, sizes = { 1, 2 } }, trial = "a", seed = 42,
                   model = nn.Linear(2, 1), criterion = nn.MSELoss() }
  fields.optimizer = optim.Adam(fields.model:parameters(), { lr = 0.1, weight_decay = 0.5 })
  t.equal(hparams.of(fields, { init = "he" }), { trial = "a", seed = 42, p = 0.5, epochs = 3, init = "he", lr = 0.1,
    weight_decay = 0.5, optimizer = "Adam", criterion = "MSELoss", parameters = 3 })
end)

t.test("results.csv has a column for each value", function()
  local activity = begun("table")
  t.quietly(activity.trial, activity, "a", { p = 0, init = "he" }, train)
  t.quietly(activity.trial, activity, "b", { p = 0.5 }, train)
  t.quietly(activity.report, activity)
  local lines = {}
  for line in io.lines(activity.folder .. "/results.csv") do lines[#lines + 1] = line end
  t.ok(lines[1]:find(",init,p$"), lines[1])
  t.ok(lines[2]:find(",he,0$"), lines[2])
  t.ok(lines[3]:find(",,0.5$"), lines[3])
end)

t.test("mistakes are one sentence", function()
  local activity = begun("wrong")
  t.raises("expected a function that takes a run", activity.trial, activity, "a", { p = 1 })
  t.raises("got a number, expected what trial 'a' sets", activity.trial, activity, "a", 3, train)
  t.raises("'p' is a table", activity.trial, activity, "a", { p = { 1 } }, train)
end)

t.done()
