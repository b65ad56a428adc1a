--- mlprun.experiment.evaluate - a model's answers for a set of pictures.
local core = require "mlprun.core"
local defer = require "mlprun.base.defer"
local sys = core.sys
local autograd = require "mlprun.autograd"
local answering = require "mlprun.experiment.answering"
local is_module = require("mlprun.nn.module").is_module
local until_stop = require "mlprun.experiment.until_stop"

local evaluate = {}

local WEIGHTED = { CrossEntropyLoss = true, NLLLoss = true } -- losses whose mean divides by the weights of the labels

--- What the loss of a batch weighs in the loss of all: its pictures, or the weights of their classes where the criterion has
--- some. So the mean over a set does not depend on how it is cut into batches.
function evaluate.weigher(criterion)
  local weighted = is_module(criterion) and WEIGHTED[criterion:class_name()] and criterion.reduction == "mean"
  local weight = weighted and criterion.weight or nil
  return function(labels) return weight and weight:index_select(1, labels):sum():item() or #labels end
end

--- How the losses of batches are added up where it is not by pictures, in words; nil where it is.
function evaluate.weigher_words(criterion)
  if not (is_module(criterion) and WEIGHTED[criterion:class_name()] and criterion.weight) then return nil end
  return "losses of batches are added up by the weights of their labels, so that the loss of a set does not depend on the batches"
end

--- Loss and accuracy over a loader, in evaluation mode and without gradients. Returns nil when a stop was requested.
---@param collect? fun(output: mlprun.Tensor, labels: mlprun.Tensor, indices: mlprun.Tensor)
---@return { loss: number, accuracy: number, count: integer }?
---@param training? boolean   as while training: dropout at work, the batch's own statistics (and none of them kept)
---@param stops? boolean      also while it collects
function evaluate.run(model, criterion, loader, collect, training, stops)
  local before
  if training then
    before = {}
    for name, value in pairs(model:state_dict()) do before[name] = value:clone() end
  end
  local _ <close> = defer(function()
    if before then model:load_state_dict(before) end
    model:eval()
  end)
  model:train(training or false)
  return autograd.no_grad(function()
    local loss, weight, correct, count, weigh = 0, 0, 0, 0, evaluate.weigher(criterion)
    for images, labels, indices in until_stop(loader) do
      if (stops or not collect) and sys.stop_requested() then return nil end
      local output = model(images)
      local own = weigh(labels)
      if own > 0 then loss, weight = loss + criterion(output, labels):item() * own, weight + own end
      correct = correct + answering.right(output, labels)
      count = count + #labels
      if collect then collect(output, labels, indices) end
    end
    if sys.gave_up() then return nil end
    return { loss = loss / weight, accuracy = correct / count, count = count }
  end)
end

--- The same, with what the model gave: batches, each { output, labels, indices }.
---@param stops? boolean   nil is returned then when a stop was requested
function evaluate.outputs(model, criterion, loader, training, stops)
  local batches = {}
  local result = evaluate.run(model, criterion, loader, function(...) batches[#batches + 1] = { ... } end, training, stops)
  if result then result.batches = batches end
  return result
end

--- Every answer in what evaluate.outputs gave, as a new table: beside loss, accuracy and count there are tensors labels,
--- predictions, samples (positions in what was opened), scores (probabilities), logits (what the net gave) and correct (1 where
--- right); rows, where pictures have several labels: see answering.reader.
---@param set Dataset   of the loader
function evaluate.read(measured, set)
  local tensor, read = core.tensor, answering.reader(set)
  local scores, outputs, labels, predictions, indices, rows = {}, {}, {}, {}, {}, {}
  for i, batch in ipairs(measured.batches) do
    outputs[i], indices[i] = batch[1], batch[3]
    labels[i], predictions[i], scores[i], rows[i] = read(batch[1], batch[2])
  end
  local result = { loss = measured.loss, accuracy = measured.accuracy, count = measured.count, rows = rows }
  result.scores, result.logits = tensor.cat(scores), tensor.cat(outputs)
  result.labels, result.predictions = tensor.cat(labels), tensor.cat(predictions)
  result.samples = set:samples():index_select(1, tensor.cat(indices))
  result.correct = result.predictions:eq(result.labels)
  return result
end

--- The answers of a model for the pictures of a loader; nil when storage did not answer and a stop was requested.
function evaluate.answers(model, criterion, loader, training)
  local measured = evaluate.outputs(model, criterion, loader, training)
  return measured and evaluate.read(measured, loader.dataset)
end

return evaluate
