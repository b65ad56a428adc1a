--- mlprun.experiment.resume - what --resume finds in a run's folder.
--
-- A run that came to its end (finished or diverged) is taken over: its result comes from its manifest, metrics.jsonl and
-- predictions.npz. One that was stopped or killed goes on from its checkpoint (checkpoint.lua). Either only when it was the
-- same run: the same script, options, pictures and version; what does not change results (threads, workers, jobs, where
-- results go) may differ.
local core = require "mlprun.core"
local io_, json, sys = core.io, core.json, core.sys
local checkpoint = require "mlprun.experiment.checkpoint"

local resume = {}

local FREE = { data = true, seeds = true, threads = true, workers = true, jobs = true, out = true, resume = true,
               histograms = true }

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for key, value in pairs(a) do
    if not same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

-- The first thing in which two manifests' runs differ, in words; nil when they are the same run.
local function difference(a, b)
  local function of(m, part, field)
    if type(m[part]) == "table" then return m[part][field] end -- false is an answer too
  end
  if of(a, "versions", "mlprun") ~= of(b, "versions", "mlprun") then return "another version of mlprun made it" end
  if of(a, "script", "sha256") ~= of(b, "script", "sha256") then return "the script has changed since" end
  for _, field in ipairs { "fingerprint", "train", "val" } do
    if of(a, "data", field) ~= of(b, "data", field) then return "the pictures were others" end
  end
  for _, pair in ipairs { { a, b }, { b, a } } do
    for key, value in pairs(pair[1].options or {}) do
      if not FREE[key] and not same(value, of(pair[2], "options", key)) then return ("--%s was another"):format(key) end
    end
  end
end

local function history_of(path, best_epoch)
  local history = {}
  for line in io.lines(path .. "/metrics.jsonl") do history[#history + 1] = json.decode(line) end
  history.best = history[best_epoch]
  return history
end

--- What run:fit gave at the time; without a result in the manifest, what the history tells.
function resume.result_of(path, manifest)
  local result = manifest.result or {}
  result.history = history_of(path, result.best_epoch)
  result.epochs, result.path = result.epochs or #result.history, path
  if result.best_epoch then
    local answers = io_.npz_load(path .. "/predictions.npz")
    result.correct, result.labels = answers.predictions:eq(answers.labels), answers.labels + 1
  end
  for _, entry in ipairs(result.recorded or {}) do entry.value = entry.value or 0 / 0 end -- JSON has no NaN
  return result
end

--- What there is of the run that `manifest` describes: { result = } when it came to its end, { state = } when it was
--- stopped, { why = } when it has to begin anew.
function resume.look(path, manifest)
  local ok, before = pcall(function() return json.decode(sys.read_file(path .. "/manifest.json")) end)
  if not ok then return { why = "there is none" } end
  local why = difference(before, json.decode(json.encode(manifest)))
  if why then return { why = why } end
  if before.status == "finished" or before.status == "diverged" then
    local fine, result = pcall(resume.result_of, path, before)
    return fine and { result = result } or { why = "its files are not complete" }
  end
  local state, reason = checkpoint.load(path)
  return state and { state = state } or { why = reason }
end

return resume
