--- mlprun.experiment.card - what best.safetensors says of a net beside its weights: all that prediction needs.
--
-- The texts of its metadata. Nothing in them differs between equal runs: no times, no paths, no number of threads.
local core = require "mlprun.core"
local description = require "mlprun.nn.description"
local likeness = require "mlprun.experiment.likeness"
local json = core.json

local card = {}

--- What a run's net needs, as texts by name: classes and options (JSON), image_size, channels, draft, transform (as it prints
--- itself), multilabel ("true": a picture has any of the classes), network (see nn/description.lua) or no_network
--- (why it has none), model (as it prints itself), script, files (JSON: those that the script needs beside itself), and after
--- measuring temperature, calibration_error, calibrated_error.
---@param fields table    of the run, see experiment/run.lua
---@param options table   of the trial
---@param script? table   text and files
---@param calibration? table   see metrics/calibration.lua
---@return table<string, string>
function card.of(fields, options, script, calibration)
  local kept = {}
  for key, value in pairs(options) do
    if likeness.counts(key) then kept[key] = value end
  end
  local network, why = description.of(fields.model)
  local measured = calibration or {}
  local function number(value) return value and ("%.9g"):format(value) or nil end
  return {
    classes = json.encode(json.array(table.move(fields.classes, 1, #fields.classes, 1, {}))), options = json.encode(kept),
    image_size = ("%d"):format(fields.image_size), channels = ("%d"):format(fields.channels),
    draft = ("%d"):format(options.draft or 0), transform = tostring(fields.val_transform),
    multilabel = fields.train and fields.train.multilabel and "true" or nil,
    network = network, no_network = why, model = tostring(fields.model), script = script and script.text or nil,
    files = script and #script.files > 0 and json.encode(script.files) or nil, temperature = number(measured.temperature),
    calibration_error = number(measured.error), calibrated_error = number(measured.calibrated_error),
  }
end

return card
