--- mlprun.experiment.resume - what --resume finds in a run's folder.
--
-- A run that came to its end (finished or diverged) is taken over: its result comes from its manifest, metrics.jsonl and
-- predictions.npz. One that was stopped or killed goes on from its checkpoint (checkpoint.lua). Either only when it was the
-- same run: the same script, options, pictures and version; what does not change results (threads, workers, jobs, where
-- results go) may differ. So may the number of epochs, as far as what there is fits it.
local core = require "mlprun.core"
local io_, json, sys = core.io, core.json, core.sys
local checkpoint = require "mlprun.experiment.checkpoint"
local course = require "mlprun.experiment.course"
local leftovers = require "mlprun.experiment.leftovers"
local likeness = require "mlprun.experiment.likeness"
local passing = require "mlprun.base.passing"
local shared = require "mlprun.base.shared"

local resume = {}

-- What --resume says of a run that it cannot take over, by what likeness.lua calls it.
local WORDS = {
  version = "another version of mlprun made it", script = "the script has changed since", pictures = "the pictures were others",
  groups = "the groups of pictures were others", option = "--%s was another",
}

--- In what a run is another one than `manifest` describes, in words; nil when it is the same.
---@param except? table   names of options that do not count
function resume.difference(before, manifest, except)
  local what, key = likeness.difference(before, manifest, except)
  if not what and (before.fold ~= manifest.fold or before.deal ~= manifest.deal) then what = "pictures" end
  return what and WORDS[what]:format(key)
end

-- Lines as one list: a call for each line is a fourth of reading them.
local function history_of(path)
  local lines = sys.read_file(path .. "/metrics.jsonl"):gsub("\n(.)", ",%1")
  return course.of(json.decode("[" .. lines .. "]", course.NAN))
end

--- A recorded number as a manifest holds it, which is JSON: infinities are texts there, NaN is null.
function resume.written(value) return math.abs(value) == math.huge and ("%g"):format(value) or value end

-- The number that was so written.
local function number_of(value)
  if type(value) == "number" then return value end
  return value == "inf" and math.huge or value == "-inf" and -math.huge or 0 / 0
end

-- What a result needs of predictions.npz; the scores are most of the file.
local ANSWERS = { "labels", "predictions", "samples", "test_labels", "test_predictions", "test_samples" }

--- What run:fit gave at the time; without a result in the manifest, what the history tells.
function resume.result_of(path, manifest)
  local result = manifest.result or {}
  result.history = history_of(path)
  result.epochs, result.path = result.epochs or result.history.epochs, path
  if result.best_epoch then
    local answers = io_.npz_load(path .. "/predictions.npz", { only = ANSWERS })
    for prefix, wanted in pairs { [""] = true, test_ = answers.test_labels ~= nil } do
      if wanted then
        local labels = answers[prefix .. "labels"]
        result[prefix .. "correct"] = answers[prefix .. "predictions"]:eq(labels)
        result[prefix .. "labels"] = shared.tensor(labels + 1)
        result[prefix .. "samples"] = shared.tensor(answers[prefix .. "samples"] + 1)
      end
    end
  end
  for _, entry in ipairs(result.recorded or {}) do entry.value = number_of(entry.value) end
  for key, value in pairs(result) do
    if value == json.null then result[key] = 0 / 0 end
  end
  return result
end

-- What a run that came to its end is worth where it may have another number of epochs.
local function ended(path, before, from, to)
  local fine, result = passing.pcall(resume.result_of, path, before)
  if not fine then return { why = "its files are not complete" } end
  if from == to then return { result = result } end
  if result.epochs > to then return { why = WORDS.option:format("epochs") } end
  if not result.used_up then return { result = result, epochs = from } end
  local state = checkpoint.load(path)
  return state and { state = state } or { why = "--epochs was another, and there was no room for its last state (--keep_last)" }
end

-- The same of one that was stopped.
local function stopped(path, to)
  local state, reason = checkpoint.load(path)
  if not state then
    return { why = reason, empty = leftovers.text(path .. "/metrics.jsonl") == "" }
  end
  if (state.ending and state.ending.epochs or state.epoch) > to then return { why = WORDS.option:format("epochs") } end
  return { state = state }
end

--- What there is of the run that `manifest` describes: { result = } when it came to its end (with `epochs`, how many it was to
--- have, where they are not the same), { state = } when it was stopped or has more epochs now, { why = } when it has to begin
--- anew. state.other_epochs: how many it was to have, where they are not the same. empty: it had not finished an epoch.
--- kernels: what is to be said where other ones computed it. Files that are there and cannot be read are an error: they may be,
--- soon.
function resume.look(path, manifest)
  if not leftovers.readable(path .. "/manifest.json") then return { why = "there is none" } end
  local ok, before = passing.pcall(function() return json.decode(sys.read_file(path .. "/manifest.json")) end)
  if not ok or type(before) ~= "table" then return { why = "its manifest is damaged" } end
  for _, name in ipairs { "metrics.jsonl", "predictions.npz", "last.safetensors" } do leftovers.readable(path .. "/" .. name) end
  local difference = resume.difference(before, json.decode(json.encode(manifest)), { epochs = true })
  if difference then return { why = difference } end
  local from, to = before.options.epochs, manifest.options.epochs
  local is_over = before.status == "finished" or before.status == "diverged"
  local found = is_over and ended(path, before, from, to) or not is_over and stopped(path, to)
  local ending = found.state and found.state.ending -- of fewer epochs, where it was killed soon after it had got more of them
  local had = ending and ending.used_up and ending.epochs or from
  if found.state and had ~= to then found.state.other_epochs = had end
  found.kernels = likeness.other_kernels(before, manifest)
  return found
end

--- A run that ended before its epochs did is taken over for another number of them: its manifest says so.
---@param path string       of the run
---@param options table     of now
function resume.adopt(path, options)
  local manifest = json.decode(sys.read_file(path .. "/manifest.json"))
  manifest.options.epochs = options.epochs
  sys.write_file(path .. "/manifest.json", json.encode(manifest, { indent = 2 }) .. "\n")
end

return resume
