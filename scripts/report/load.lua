--- mlprun.report.load - runs as they lie in folders: <experiment>/<trial>/seed-<n>/manifest.json and what is beside it.
local core = require "mlprun.core"
local json, sys = core.json, core.sys
local resume = require "mlprun.experiment.resume"

local load_ = {}

local DEEPEST = 6

--- The manifest of a run's folder; nil when there is none that can be read.
function load_.manifest(path)
  local ok, manifest = pcall(function() return json.decode(sys.read_file(path .. "/manifest.json")) end)
  if ok and type(manifest) == "table" and type(manifest.experiment) == "string" and type(manifest.trial) == "string" then
    return manifest
  end
end

local function gather(path, depth, runs)
  local manifest = load_.manifest(path)
  if manifest then
    runs[#runs + 1] = { path = path, manifest = manifest }
    return
  end
  local ok, names = pcall(sys.list, path)
  if not ok or depth >= DEEPEST then return end
  for _, name in ipairs(names) do
    local below = path .. "/" .. name
    if name:sub(1, 1) ~= "." and sys.exists(below) == "folder" then gather(below, depth + 1, runs) end
  end
end

--- All runs at or below a folder, in the order in which they were started.
---@return table[]   { path, manifest }
function load_.runs(path)
  path = path:gsub("(.)/+$", "%1")
  local kind = sys.exists(path)
  if kind ~= "folder" then
    sys.fail(kind and ("'%s' is a file, expected the folder of an experiment, such as runs/dropout"):format(path)
      or ("there is no folder '%s'"):format(path))
  end
  local runs = {}
  gather(path, 0, runs)
  table.sort(runs, function(a, b)
    local x, y = tostring(a.manifest.started), tostring(b.manifest.started)
    if x ~= y then return x < y end
    return a.path < b.path
  end)
  return runs
end

--- Runs by experiment, each as experiment/summary.lua takes it: a list of { name, trials, manifest (of the first run) }.
function load_.experiments(runs)
  local list, by_name = {}, {}
  for _, run in ipairs(runs) do
    local m = run.manifest
    local experiment = by_name[m.experiment]
    if not experiment then
      experiment = { name = m.experiment, trials = {}, manifest = m, by_name = {} }
      by_name[m.experiment], list[#list + 1] = experiment, experiment
    end
    local trial = experiment.by_name[m.trial]
    if not trial then
      trial = { name = m.trial, runs = {} }
      experiment.by_name[m.trial], experiment.trials[#experiment.trials + 1] = trial, trial
    end
    local ok, result = pcall(resume.result_of, run.path, m)
    result = ok and result or { history = {}, epochs = 0 }
    result.seed, result.status, result.path = m.seed, m.status, run.path
    trial.runs[#trial.runs + 1] = result
  end
  for _, experiment in ipairs(list) do
    for _, trial in ipairs(experiment.trials) do
      table.sort(trial.runs, function(a, b) return (a.seed or 0) < (b.seed or 0) end)
    end
  end
  return list
end

return load_
