--- mlprun.report.model - a trained net and what it needs to answer for new pictures, from best.safetensors: ml.load_model.
local core = require "mlprun.core"
local json, sys = core.json, core.sys
local answered = require "mlprun.report.answered"
local description = require "mlprun.nn.description"
local load_ = require "mlprun.report.load"
local options = require "mlprun.options"
local words = require "mlprun.base.words"
local written = require "mlprun.base.written"

local model = {}

local WEIGHTS = "best.safetensors"

-- The one experiment at or below a folder.
local function experiment_in(path)
  local folders = load_.folders(load_.runs(path))
  if #folders == 0 then sys.fail(("there are no runs in '%s': expected the folder of a run or of an experiment"):format(path)) end
  if #folders > 1 then
    sys.fail(("there are %d experiments in '%s', such as '%s': name one of them"):format(#folders, path, folders[1]))
  end
  return load_.experiment(folders[1])
end

-- The runs of an experiment whose weights are there.
local function with_weights(results)
  local trials = {}
  for i, trial in ipairs(results.trials) do
    trials[i] = { name = trial.name, runs = {} }
    for _, run in ipairs(trial.runs) do
      if sys.exists(run.path .. "/" .. WEIGHTS) then table.insert(trials[i].runs, run) end
    end
  end
  return { trials = trials }
end

-- The file of the best run of those whose weights were kept; nil where there is none.
local function best_weights(results)
  local best = answered.best_run(with_weights(results))
  return best and best.path .. "/" .. WEIGHTS
end

--- The same of an experiment, and why its net cannot be made from it alone, such as "Block is a class of the script's own";
--- nil where it can.
---@param results table   see experiment/summary.lua
---@return string? path, string? why
function model.of_best(results)
  local path = best_weights(results)
  if not path then return nil end
  local _, metadata = core.io.safetensors_load(path)
  return path, not metadata.network and tostring(metadata.no_network) or nil
end

-- Why a run has no weights.
local function refuse_run(path, manifest)
  if type(manifest.result) ~= "table" or not manifest.result.best_epoch then
    sys.fail(("the run in '%s' has no %s: no epoch of it was finished"):format(path, WEIGHTS))
  end
  local trial, kept = path:match("^(.*)/[^/]*$") or ".", nil
  for _, name in ipairs(sys.list(trial)) do
    if sys.exists(("%s/%s/%s"):format(trial, name, WEIGHTS)) then kept = ("%s/%s"):format(trial, name) end
  end
  sys.fail(("the weights of the run in '%s' were not kept: %s"):format(path, kept and ("those of its trial's best seed are in "
    .. "'%s', and --keep=all keeps all"):format(kept) or "--keep=best keeps those of each trial's best seed, --keep=all all"))
end

-- The file that a path means: itself, the one in a run's folder, or that of an experiment's best run.
local function weights_at(path)
  if sys.exists(path) == "file" then return path end
  local own = path .. "/" .. WEIGHTS
  if sys.exists(own) == "file" then return own end
  local manifest = load_.manifest(path)
  if manifest then refuse_run(path, manifest) end
  local results = experiment_in(path)
  local best = best_weights(results)
  if not best and answered.best_run(results) then
    sys.fail(("no run in '%s' has weights: they were not kept, as --keep=best and --keep=all do"):format(path))
  elseif not best then
    sys.fail(("no run in '%s' finished"):format(path))
  end
  return best
end

local function transform_of(text)
  local calls = {}
  for name, fn in pairs(core.augment) do
    if type(fn) == "function" then calls["augment." .. name] = fn end
  end
  return written.read(text, calls)
end

-- The temperature that the probabilities of new pictures take: 1, which changes nothing, where none was fitted, and where the
-- fitted one did not lower the error on the pictures that it was not fitted to.
local function temperature_of(metadata)
  local plain, calibrated = tonumber(metadata.calibration_error), tonumber(metadata.calibrated_error)
  return plain and calibrated and calibrated < plain and tonumber(metadata.temperature) or 1
end

-- What the file says about the net beside its weights.
local function read_card(path, metadata)
  if not metadata.classes or not metadata.transform then
    sys.fail(("'%s' has weights, but does not say how pictures become numbers: expected the best.safetensors of a run of this "
      .. "version"):format(path))
  end
  return {
    path = path, classes = json.decode(metadata.classes), multilabel = metadata.multilabel == "true",
    transform = transform_of(metadata.transform),
    image_size = math.tointeger(tonumber(metadata.image_size)), channels = math.tointeger(tonumber(metadata.channels)),
    draft = math.tointeger(tonumber(metadata.draft)), experiment = metadata.experiment, trial = metadata.trial,
    seed = math.tointeger(tonumber(metadata.seed)), val_accuracy = tonumber(metadata.val_accuracy),
    options = json.decode(metadata.options), script = metadata.script, temperature = temperature_of(metadata),
    calibration_error = tonumber(metadata.calibration_error), calibrated_error = tonumber(metadata.calibrated_error),
    files = metadata.files and json.decode(metadata.files) or {},
  }
end

-- "; its script needs net.lua too"
local function files_words(about)
  local list = {}
  for i, file in ipairs(about.files) do list[i] = ("'%s'"):format(file.path) end
  return #list > 0 and ("; its script needs files of its own: %s"):format(words.list(list)) or ""
end

--- A trained net, in evaluation mode, and what is known about it. Nothing that is stored runs: layers of mlprun.nn are made
--- again from a description. A net with a class of the script's own is given as `model`, and gets the weights.
---@param path string   the folder of a run, of an experiment (its best run of those whose weights were kept), or a
---  best.safetensors
---@param o? { model: Module }
---@return Module model, table about
function model.load(path, o)
  if type(path) ~= "string" then
    sys.fail(("ml.load_model: got a %s, expected the folder of a run"):format(type(path)))
  end
  o = options.check(o, { "model" }, "ml.load_model")
  path = weights_at(path:gsub("(.)/+$", "%1"))
  local tensors, metadata = core.io.safetensors_load(path)
  local about = read_card(path, metadata)
  if o.model then
    o.model:load_state_dict(tensors)
    o.model:eval()
    return o.model, about
  end
  if not metadata.network then
    sys.fail(("'%s': %s, which no file can hold: make the net in a script and give it: ml.load_model(path, { model = net })%s")
      :format(path, tostring(metadata.no_network), files_words(about)))
  end
  return description.build(metadata.network, tensors), about
end

return model
