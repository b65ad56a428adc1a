--- mlprun.experiment.precheck - mistakes that would show after hours of training, or never: looked for before the first step.
--
-- Settings are looked at; then a few pictures of both kinds go through the model as it is, and a gradient back. Hooks are not
-- called meanwhile. What cannot work is an error; what most likely is a mistake is said, and `mlprun check` takes it for an error
-- (doubts.strict).
local core = require "mlprun.core"
local sys = core.sys
local autograd = require "mlprun.autograd"
local data = require "mlprun.data"
local dice = require "mlprun.base.dice"
local doubts = require "mlprun.experiment.doubts"
local hooks = require "mlprun.nn.hooks"
local nn_module = require "mlprun.nn.module"
local repr = require "mlprun.nn.repr"
local settings = require "mlprun.experiment.settings"
local words = require "mlprun.base.words"

local precheck = {}

local LOOKED_AT = 8 -- pictures
local FLAT = 0.1 -- pictures whose first channel lies in less than this look all the same to a net
local APART = 1e-3 -- of the largest score: sums of other batches differ in their last bits
local DRAWS = 6 -- passes over the same pictures that would differ if something about them were random

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

-- Batches of one picture, when there are any: why, and what helps.
local function one_alone(f)
  local count, size = #(f.sampler or f.train), f.options.batch_size
  if size == 1 then return "--batch_size=1 gives it one picture at a time: pass --batch_size=2 or more" end
  if count == 1 then return "there is one training picture" end
  if count > size and count % size == 1 and f.options.drop_last == "no" then
    return "the last batch of an epoch is one picture, which --drop_last=no keeps: leave --drop_last at auto"
  end
end

-- Whether the model can do with one picture while it trains.
local function check_one_alone(f, images)
  local why = has_batch_statistics(f.model) and one_alone(f)
  if not why or f.batch_transform then return end
  local before = {}
  for name, value in pairs(f.model:state_dict()) do before[name] = value:clone() end
  f.model:train()
  local ok, failure = pcall(autograd.no_grad, function() return f.model(images:narrow(1, 1, 1)) end)
  f.model:load_state_dict(before)
  f.model:eval()
  if not ok and tostring(failure):find("more than 1 value per channel", 1, true) then
    doubts.refuse("run.model has BatchNorm, which cannot take statistics of one picture, and %s", why)
  end
end

-- ---- with a batch ----

local function check_output(fields, output)
  local shape = core.tensor.is_tensor(output) and output.shape
  if not shape then
    doubts.refuse("run.model gives %s, expected a tensor with %d numbers for each picture", words.value(output),
      fields.num_classes)
  elseif #shape ~= 2 or shape[2] ~= fields.num_classes then
    doubts.refuse("run.model gives an output of shape %s for %s, but there are %s: its last layer should have run.num_classes "
      .. "outputs", repr.shape_of(output), words.count(shape[1], "picture"), words.count(fields.num_classes, "class"))
  end
end

-- The scores that a loss takes: as they are, or as logarithms of probabilities.
local function check_scores(state, output)
  local criterion = state.fields.criterion
  local kind = nn_module.is_module(criterion) and criterion:class_name()
  local function off_one(values, dim) return (values:sum { dim = dim } - 1):abs():max():item() end
  if kind == "CrossEntropyLoss" and output:min():item() >= 0 and math.min(off_one(output, 1), off_one(output, 2)) < 1e-4 then
    doubts.say(state, "run.model ends with a Softmax, and CrossEntropyLoss applies another one: leave it out, or training is "
      .. "slow")
  elseif kind == "NLLLoss" and off_one(output:exp(), 2) > 1e-3 then
    doubts.say(state, "NLLLoss takes logarithms of probabilities, which run.model does not give: end it with "
      .. "nn.LogSoftmax(2), or use nn.CrossEntropyLoss()")
  end
end

-- What a net answers must not change from one look to the next, once it is no longer trained.
local function check_model_is_still(state, images, output)
  local again = autograd.no_grad(function() return state.fields.model(images) end)
  if core.tensor.is_tensor(again) and again:isfinite():all():item() and output:isfinite():all():item()
    and not again:eq(output):all():item()
  then
    doubts.say(state, "run.model answers otherwise each time it is asked, in evaluation mode too: a layer that is made in "
      .. "forward is never trained, and nn.functional.dropout takes { training = self.training }")
    return false
  end
  return true
end

-- The layer that works along the batch, as far as layers say so.
local function along_batch(model)
  for name, module in model:named_modules() do
    if module.built_in and nn_module.state(module).fields.dim == 1 then
      return (": the layer '%s' (%s) works along dimension 1"):format(name, module:class_name())
    end
  end
  return ""
end

-- What a net answers for a picture must not change with the pictures beside it: accuracy would follow from the batch size.
local function check_pictures_are_apart(state, images, output)
  local model, count = state.fields.model, images:size(1)
  for module in model:modules() do
    if nn_module.state(module).fields.track_running_stats == false then return end -- asked for
  end
  if count < 2 or not output:isfinite():all():item() then return end
  local fewer = autograd.no_grad(function() return model(images:narrow(1, 1, count // 2)) end)
  local off = (fewer - output:narrow(1, 1, count // 2)):abs():max():item()
  if off > APART * output:abs():max():item() then
    doubts.say(state, "what run.model answers for a picture depends on the others of its batch%s; dimension 1 is the batch, "
      .. "and PyTorch's dim=1 is dimension 2 here", along_batch(model))
  end
end

local function check_contrast(state, images)
  if #images.shape ~= 4 then return end -- a transform of the script's own made something else of them
  local channel = images:select(2, 1)
  local low, high = channel:min():item(), channel:max():item()
  if high - low < FLAT then
    doubts.say(state, "the pictures reach run.model with almost no contrast (%.3g to %.3g): Normalize takes mean and std as "
      .. "shares of 1, not of 255", low, high)
  end
end

-- The first pictures of a set, and their labels; nothing when none can be read.
local function some_pictures(state, set, transform, epoch)
  local few = data.DataLoader(set:with(transform), { batch_size = LOOKED_AT, seed = state.fields.seed })
  few:set_epoch(epoch or 1)
  local next_batch, of, from, closing = few:batches()
  local _ <close> = closing
  local images, labels = next_batch(of, from)
  if images and #labels > 0 then return images, labels end
end

local function check_validation_is_still(state, images)
  local f = state.fields
  if rawequal(f.val_transform, state.usual_val_transform) or not core.tensor.is_tensor(images) then return end
  for epoch = 2, DRAWS do
    local again = some_pictures(state, f.val, f.val_transform, epoch)
    if table.concat(again.shape, "x") ~= table.concat(images.shape, "x") or not again:eq(images):all():item() then
      return doubts.say(state, "run.val_transform changes validation pictures at random, so that epochs are measured on other "
        .. "pictures: random steps belong into run.train_transform")
    end
  end
end

local CLASSLESS = { MSELoss = true, L1Loss = true, SmoothL1Loss = true, HuberLoss = true, BCELoss = true,
                    BCEWithLogitsLoss = true }

local function loss_of(fields, output, labels)
  local ok, loss = pcall(fields.criterion, output, labels)
  local kind = nn_module.is_module(fields.criterion) and fields.criterion:class_name() or "a function"
  if not ok and (type(loss) ~= "string" or sys.stop_requested()) then error(loss, 0) end
  if not ok then
    doubts.refuse("run.criterion (%s) cannot compare the output with the labels: %s%s", kind, loss:gsub("^[^\n]-:%d+: ", ""),
      CLASSLESS[kind] and not fields.train.multilabel
        and "; labels are numbers of classes, which nn.CrossEntropyLoss() takes" or "")
  elseif not core.tensor.is_tensor(loss) or loss:numel() ~= 1 then
    doubts.refuse("run.criterion (%s) gives %s, expected a loss of one number", kind, words.value(loss))
  elseif not loss.requires_grad then
    doubts.refuse("the loss does not depend on the parameters of run.model: there is a detach(), an item() or a no_grad on "
      .. "the way")
  end
  return loss
end

local function check_gradients(state, model)
  local unused, first, some = {}, nil, false
  for name, p in model:named_parameters() do
    if p.requires_grad then
      local flows = core.optim.grad_flows(p) -- a gradient of many numbers is not made for that
      if flows == nil then unused[#unused + 1] = name
      elseif #p.shape > 1 and not first then first = { name = name, flows = flows } end
      some = some or flows
    end
  end
  if #unused > 0 then
    doubts.say(state, "the parameter '%s'%s of run.model takes no part in its output, and is never learnt", unused[1],
      #unused > 1 and (" and %d more"):format(#unused - 1) or "")
  elseif some and first and not first.flows then
    doubts.say(state, "no gradient reaches '%s': weights behind it that begin at 0, or units that are all saturated or off",
      first.name)
  end
end

-- Levels that nobody has made numbers of.
local function refuse_forward(images, failure)
  if core.tensor.is_tensor(images) and images.dtype == "u8" and tostring(failure):find("u8", 1, true) then
    doubts.refuse("the pictures reach run.model as levels (u8): the transform lacks augment.Normalize(), augment.ToTensorV2() at "
      .. "its end (%s)", tostring(failure):gsub("^[^\n]-:%d+: ", ""))
  end
  error(failure, 0)
end

-- The way back, for training pictures. Targets that the script makes itself are of a kind that nobody knows here.
local function look_backward(state)
  local f = state.fields
  local images, labels = some_pictures(state, f.train, f.train_transform)
  if not images or f.batch_transform then return end
  for _, p in ipairs(f.model:parameters()) do
    if p.grad then return end -- the script has plans with them
  end
  local ok, output = pcall(f.model, images)
  if not ok then refuse_forward(images, output) end
  check_output(f, output)
  loss_of(f, output, labels):backward()
  check_gradients(state, f.model)
  for _, p in ipairs(f.model:parameters()) do p.grad = nil end
end

local function look_at_batches(state)
  local f = state.fields
  f.model:eval()
  local images = some_pictures(state, f.val, f.val_transform)
  if images then
    local ok, output = pcall(autograd.no_grad, function() return f.model(images) end)
    if not ok then refuse_forward(images, output) end
    check_output(f, output)
    check_scores(state, output)
    if check_model_is_still(state, images, output) then check_pictures_are_apart(state, images, output) end
    check_contrast(state, images)
    check_validation_is_still(state, images)
    check_one_alone(f, images)
  end
  look_backward(state)
end

--- Looks at a run before its first step.
function precheck.look(state)
  settings.look(state)
  local before = dice.state()
  hooks.without(look_at_batches, state)
  dice.restore(before)
  settings.check_transforms(state) -- last: what a batch shows says more
end

return precheck
