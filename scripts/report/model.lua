--- mlprun.report.model - a trained net and what it needs to answer for new pictures, from best.safetensors: ml.load_model.
local core = require "mlprun.core"
local json, sys = core.json, core.sys
local answers = require "mlprun.report.answers"
local description = require "mlprun.nn.description"
local load_ = require "mlprun.report.load"
local options = require "mlprun.options"
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

-- The file that a path means: itself, the one in a run's folder, or that of an experiment's best run.
local function weights_at(path)
  if sys.exists(path) == "file" then return path end
  local own = path .. "/" .. WEIGHTS
  if sys.exists(own) == "file" then return own end
  if load_.manifest(path) then sys.fail(("the run in '%s' has no %s: no epoch of it was finished"):format(path, WEIGHTS)) end
  local best = answers.best_run(experiment_in(path))
  if not best then sys.fail(("no run in '%s' finished"):format(path)) end
  return best.path .. "/" .. WEIGHTS
end

local function transform_of(text)
  local calls = {}
  for name, fn in pairs(core.augment) do
    if type(fn) == "function" then calls["augment." .. name] = fn end
  end
  return written.read(text, calls)
end

-- What the file says about the net beside its weights.
local function read_card(path, metadata)
  if not metadata.classes or not metadata.transform then
    sys.fail(("'%s' has weights, but does not say how pictures become numbers: expected the best.safetensors of a run of this "
      .. "version"):format(path))
  end
  return {
    path = path, classes = json.decode(metadata.classes), transform = transform_of(metadata.transform),
    image_size = math.tointeger(tonumber(metadata.image_size)), channels = math.tointeger(tonumber(metadata.channels)),
    draft = math.tointeger(tonumber(metadata.draft)), experiment = metadata.experiment, trial = metadata.trial,
    seed = math.tointeger(tonumber(metadata.seed)), val_accuracy = tonumber(metadata.val_accuracy),
    options = json.decode(metadata.options), script = metadata.script,
  }
end

--- A trained net, in evaluation mode, and what is known about it. Nothing that is stored runs: layers of mlprun.nn are made
--- again from a description. A net with a class of the script's own is given as `model`, and gets the weights.
---@param path string   the folder of a run, of an experiment (its best run), or a best.safetensors
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
    sys.fail(("'%s': %s, which no file can hold: make the net in a script and give it: ml.load_model(path, { model = net })")
      :format(path, tostring(metadata.no_network)))
  end
  return description.build(metadata.network, tensors), about
end

return model
