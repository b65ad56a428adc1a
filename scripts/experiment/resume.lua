--- mlprun.experiment.resume - what --resume finds in a run's folder.
--
-- A run that came to its end (finished or diverged) is taken over: its result comes from its manifest, metrics.jsonl and
-- predictions.npz. One that was stopped or killed goes on from its checkpoint (checkpoint.lua). Either only when it was the
-- same run: the same script, options, pictures and version; what does not change results (threads, workers, jobs, where
-- results go) may differ.
local core = require "mlprun.core"
local io_, json, sys = core.io, core.json, core.sys
local checkpoint = require "mlprun.experiment.checkpoint"
local leftovers = require "mlprun.experiment.leftovers"
local likeness = require "mlprun.experiment.likeness"

local resume = {}

-- What --resume says of a run that it cannot take over, by what likeness.lua calls it.
local WORDS = {
  version = "another version of mlprun made it", script = "the script has changed since", pictures = "the pictures were others",
  groups = "the groups of pictures were others", option = "--%s was another",
}

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
--- stopped, { why = } when it has to begin anew. Files that are there and cannot be read are an error: they may be, soon.
function resume.look(path, manifest)
  if not leftovers.readable(path .. "/manifest.json") then return { why = "there is none" } end
  local ok, before = pcall(function() return json.decode(sys.read_file(path .. "/manifest.json")) end)
  if not ok or type(before) ~= "table" then return { why = "its manifest is damaged" } end
  for _, name in ipairs { "metrics.jsonl", "predictions.npz", "last.safetensors" } do leftovers.readable(path .. "/" .. name) end
  local what, key = likeness.difference(before, json.decode(json.encode(manifest)))
  if what then return { why = WORDS[what]:format(key) } end
  if before.status == "finished" or before.status == "diverged" then
    local fine, result = pcall(resume.result_of, path, before)
    return fine and { result = result } or { why = "its files are not complete" }
  end
  local state, reason = checkpoint.load(path)
  return state and { state = state } or { why = reason }
end

return resume
