-- What earlier processes left: unreadable is not absent, nothing of a user's is removed, every write is checked.
local t = dofile("tests/lua/harness.lua")
local make_pictures = dofile("tests/e2e/pictures.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local leftovers = require "mlprun.experiment.leftovers"
local load_ = require "mlprun.report.load"
local studied = require "mlprun.experiment.studied"
local watch = require "mlprun.experiment.watch"
local nn, optim, sys = ml.nn, ml.optim, core.sys

local root = t.folder()
make_pictures(root .. "/pictures", 12)

local function fit(name, words)
  local path
  local said = t.quietly(function()
    local activity = ml.experiment { name = name, arguments = { "--data=" .. root .. "/pictures", "--out=" .. root .. "/runs",
      "--image_size=8", "--epochs=3", "--no-keep_going", "--seeds=1", "--workers=0", "--patience=0", table.unpack(words or {}) } }
    path = activity.folder .. "/a/seed-42"
    activity:trial("a", function(run)
      run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, run.num_classes) }
      run.optimizer = optim.SGD(run.model:parameters(), { lr = 0.01 })
      run:fit()
    end)
  end)
  return path, said
end

-- Calls fn while opening a file whose path ends so gives these results.
local function with_open(ending, results, fn)
  local open = io.open
  io.open = function(path, mode) -- luacheck: ignore
    if path:sub(-#ending) == ending then return table.unpack(results(open, path), 1, 3) end
    return open(path, mode)
  end
  local ok, why = pcall(fn)
  io.open = open -- luacheck: ignore
  return ok, tostring(why)
end

t.test("a file that cannot be read now stops the run, and nothing is changed", function()
  for _, name in ipairs { "manifest.json", "predictions.npz", "metrics.jsonl" } do
    local path = fit("unreadable")
    local weights = sys.read_file(path .. "/best.safetensors")
    for _, why in ipairs { "Input/output error", "Too many open files", "Permission denied" } do
      local ok, message = with_open(name, function(_, at) return { nil, at .. ": " .. why, 5 } end, function()
        fit("unreadable", { "--resume" })
      end)
      t.equal(ok, false)
      t.ok(message:find(("seed-42/%s: %s: nothing was changed"):format(name, why), 1, true), message)
    end
    t.equal(sys.read_file(path .. "/best.safetensors"), weights)
    t.ok(select(2, fit("unreadable", { "--resume" })):find("taken over", 1, true), "the next time it is there")
  end
end)

t.test("a search reads runs while another process begins them anew", function()
  local run = root .. "/search/0001/seed-42"
  sys.make_folder(run)
  sys.write_file(root .. "/search/0001/values.json", '{"number":1,"values":{"lr":0.5}}')
  local function look(name, when)
    sys.write_file(run .. "/manifest.json", '{"status":"running"}')
    sys.write_file(run .. "/metrics.jsonl", '{"epoch":1,"val_accuracy":0.5}\n{"epoch":2,"val_ac')
    local trial
    local study = studied(root .. "/search", { epochs = 3 }, watch("val_accuracy", "auto"), { 42 })
    t.equal({ with_open(name, function(open, path)
      if when == "before" then sys.remove(path) end
      local results = table.pack(open(path))
      sys.remove(path)
      return results
    end, function() trial = study:look()[1] end) }, { true, "nil" })
    return trial.epochs
  end
  t.equal({ look("metrics.jsonl", "before"), look("metrics.jsonl", "behind") }, { 0, 1 })
  t.equal({ look("manifest.json", "before"), look("manifest.json", "behind") }, { 0, 1 })
end)

t.test("what begins anew with --resume is moved aside", function()
  local path = fit("aside")
  local weights = sys.read_file(path .. "/best.safetensors")
  local _, said = fit("aside", { "--resume", "--batch_size=7" })
  t.ok(said:find("begins anew: --batch_size was another; what was there is in " .. path .. ".old", 1, true), said)
  t.equal(sys.read_file(path .. ".old/best.safetensors"), weights)
  fit("aside", { "--resume", "--batch_size=8" })
  t.equal(sys.exists(path .. ".old-2/best.safetensors"), "file")
  t.equal(#load_.runs(root .. "/runs/aside"), 1, "it is no run of the experiment any more")
end)

t.test("manifests that are none are skipped with a word", function()
  for i, text in ipairs { "5", "null", '"text"', '{"experiment":"odd","trial":"a","seed":"text"}', "{" } do
    local path = ("%s/odd/a/seed-%d"):format(root, i)
    sys.make_folder(path)
    sys.write_file(path .. "/manifest.json", text)
  end
  local said = t.quietly(function() t.equal(#load_.runs(root .. "/odd"), 0) end)
  t.equal(select(2, said:gsub("manifest.json' is not a run's manifest: skipped", "")), 5)
  local path = fit("damaged")
  sys.write_file(path .. "/manifest.json", "5")
  local _, words = fit("damaged", { "--resume" })
  t.ok(words:find("begins anew: its manifest is damaged; what was there is in", 1, true), words)
end)

t.test("a manifest that cannot be read just now ends a report, and is not called something else", function()
  fit("unheard")
  local read = sys.read_file
  sys.read_file = function(path)
    if path:find("seed-42/manifest.json", 1, true) then error(path .. ": Input/output error", 0) end
    return read(path)
  end
  local ok, message = pcall(load_.experiment, root .. "/runs/unheard")
  sys.read_file = read
  t.equal(ok, false)
  t.ok(tostring(message):find("runs/unheard/a/seed-42/manifest.json: Input/output error", 1, true), tostring(message))
  sys.make_folder(root .. "/none")
  t.raises(("no run in '%s/none' can be read"):format(root), load_.experiment, root .. "/none")
end)

t.test("each line of metrics.jsonl is checked", function()
  local function full(open) return { open("/dev/full", "a") } end
  local ok, message = with_open("/metrics.jsonl", full, function() fit("full") end)
  t.equal(ok, false)
  t.ok(message:find("runs/full/a/seed-42/metrics.jsonl': No space left on device", 1, true), message)
end)

t.test("what dead processes began to write is removed, what living ones write is not", function()
  local path = fit("unfinished")
  local dead, alive = "last.safetensors.tmp.4999999.0", ("results.csv.tmp.%d.3"):format(sys.pid())
  for _, folder in ipairs { path, root .. "/runs/unfinished" } do
    for _, name in ipairs { dead, alive, "my.tmp" } do sys.write_file(folder .. "/" .. name, "x") end
  end
  fit("unfinished")
  for _, folder in ipairs { path, root .. "/runs/unfinished" } do
    t.equal({ sys.exists(folder .. "/" .. dead), sys.exists(folder .. "/" .. alive), sys.exists(folder .. "/my.tmp") },
      { nil, "file", "file" })
  end
  t.equal(leftovers.readable(path .. "/nothing"), false)
end)

t.done()
