--- mlprun.experiment.precheck - mistakes that would show after hours of training, or never: looked for before the first step.
--
-- One batch of the pictures that measure goes through the model as it is. What cannot work is an error; what most likely is a
-- mistake is said, and `mlprun check` takes it for an error (precheck.strict).
local core = require "mlprun.core"
local sys = core.sys
local autograd = require "mlprun.autograd"
local data = require "mlprun.data"
local is_module = require("mlprun.nn.module").is_module
local repr = require "mlprun.nn.repr"
local words = require "mlprun.base.words"

local precheck = { strict = false }

local LOOKED_AT = 8 -- pictures
local FLAT = 0.1 -- pictures whose first channel lies in less than this look all the same to a net

local function doubt(state, text)
  if precheck.strict then sys.fail("run:fit: " .. text) end
  state:tell(text)
end

-- ---- before anything is computed ----

local function check_optimizer(fields)
  local own, groups = {}, type(fields.optimizer) == "table" and fields.optimizer.param_groups
  if not groups then return end
  for _, p in ipairs(fields.model:parameters()) do own[p] = true end
  local count = 0
  for _, group in ipairs(groups) do
    for _, p in ipairs(group.params) do
      if own[p] then return end
      count = count + 1
    end
  end
  sys.fail(("run:fit: run.optimizer holds %s, none of which is run.model's: make it with run.model:parameters()"):format(
    words.count(count, "parameter")))
end

--- Whether a model computes with the statistics of a batch while it trains.
local function has_batch_statistics(model)
  for _, module in model:named_modules() do
    if module:class_name():find("^BatchNorm") then return true end
  end
  return false
end

--- Whether the last batch of an epoch is left out: as --drop_last says, or when it would be one picture and the model
--- computes with the statistics of a batch.
---@param count integer   pictures in an epoch
function precheck.drop_last(state, count)
  local f = state.fields
  local asked, size = f.options.drop_last, f.options.batch_size
  if asked ~= "auto" then return asked == "yes" end
  if size == 1 or count <= size or count % size ~= 1 or not has_batch_statistics(f.model) then return false end
  state:tell("the last batch of an epoch would be one picture, of which BatchNorm cannot take statistics: it is left out "
    .. "(--drop_last)")
  return true
end

-- ---- with a batch ----

local function check_output(fields, output)
  local shape = core.tensor.is_tensor(output) and output.shape
  if not shape then
    sys.fail(("run:fit: run.model gives %s, expected a tensor with %d numbers for each picture"):format(words.value(output),
      fields.num_classes))
  elseif #shape ~= 2 or shape[2] ~= fields.num_classes then
    sys.fail(("run:fit: run.model gives an output of shape %s for %s, but there are %s: its last layer should have "
      .. "run.num_classes outputs"):format(repr.shape_of(output), words.count(shape[1], "picture"),
      words.count(fields.num_classes, "class")))
  end
end

local function check_softmax(state, output)
  local criterion = state.fields.criterion
  if not (is_module(criterion) and criterion:class_name() == "CrossEntropyLoss") then return end
  local off = (output:sum { dim = 2 } - 1):abs():max():item()
  if off < 1e-4 and output:min():item() >= 0 then
    doubt(state, "run.model ends with a Softmax, and CrossEntropyLoss applies another one: leave it out, or training is slow")
  end
end

local function check_contrast(state, images)
  if #images.shape ~= 4 then return end -- a transform of the script's own made something else of them
  local channel = images:select(2, 1)
  local low, high = channel:min():item(), channel:max():item()
  if high - low < FLAT then
    doubt(state, ("the pictures reach run.model with almost no contrast (%.3g to %.3g): Normalize takes mean and std as shares "
      .. "of 1, not of 255"):format(low, high))
  end
end

local function some_pictures(fields)
  local few = data.DataLoader(fields.val:with(fields.val_transform), { batch_size = LOOKED_AT, seed = fields.seed })
  local next_batch, of, from, epoch = few:batches()
  local _ <close> = epoch
  return (next_batch(of, from))
end

--- Looks at a run before its first step.
function precheck.look(state)
  local f = state.fields
  check_optimizer(f)
  local before = core.tensor.get_rng_state()
  f.model:eval()
  local images = some_pictures(f)
  if images then
    local output = autograd.no_grad(function() return f.model(images) end)
    check_output(f, output)
    check_softmax(state, output)
    check_contrast(state, images)
  end
  core.tensor.set_rng_state(before)
end

return precheck
