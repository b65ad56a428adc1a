-- gather.lua FOLDER [TRIALS [SEEDS]] - a sweep that was trained elsewhere: one run is trained, and stands in the places of all of
-- them, with their names. `mlprun tests/bench/gather.lua FOLDER` makes it, and again with --no-train gathers it:
--   mlprun tests/bench/gather.lua /tmp/sweep 500 20
--   /usr/bin/time -v mlprun tests/bench/gather.lua /tmp/sweep 500 20 --no-train
local ml = require "mlprun"
local core = require "mlprun.core"
local json, sys = core.json, core.sys

local root = arg[1] or "/tmp/sweep"
local trials, seeds = math.tointeger(tonumber(arg[2] or 500)), math.tointeger(tonumber(arg[3] or 20))
local gathers = arg[#arg] == "--no-train"
if not gathers then dofile("tests/e2e/pictures.lua")(root .. "/pictures", 840) end

local function experiment(...)
  local activity = ml.experiment { name = "sweep", arguments = { "--data=" .. root .. "/pictures", "--out=" .. root .. "/runs",
    "--image_size=8", "--epochs=30", "--patience=0", "--keep=none", "--seeds=" .. seeds, ... } }
  for i = 1, trials do
    activity:trial("width=" .. i, function(run)
      run.model = ml.nn.Sequential { ml.nn.Flatten(), ml.nn.Linear(run.in_features, run.num_classes) }
      run.optimizer = ml.optim.SGD(run.model:parameters(), { lr = 0.01 })
      run:fit()
    end)
  end
  return activity
end

-- The files of the first run, as those of all others.
local function copy(folder)
  local from = folder .. "/width=1/seed-42/"
  local manifest = json.decode(sys.read_file(from .. "manifest.json"))
  for i = 1, trials do
    for seed = 42, 41 + seeds do
      local to = ("%s/width=%d/seed-%d/"):format(folder, i, seed)
      sys.make_folder(to)
      manifest.trial, manifest.number, manifest.seed = "width=" .. i, i, seed
      if to ~= from then
        local file <close> = assert(io.open(to .. "manifest.json", "w"))
        file:write(json.encode(manifest, { indent = 2 }))
        sys.link(from .. "metrics.jsonl", to .. "metrics.jsonl")
        sys.link(from .. "predictions.npz", to .. "predictions.npz")
      end
    end
  end
end

if gathers then
  experiment("--no-train"):report()
else
  local activity = experiment("--runs=1")
  activity:report()
  copy(activity.folder)
end
