--- mlprun.writers.pr_curve - precision and recall at many thresholds, as TensorBoard's plugin takes them.
local core = require "mlprun.core"
local words = require "mlprun.base.words"
local sys = core.sys

local MOST = 127 -- thresholds that the plugin takes
local SMALL = 1e-7

local function list_of(values, what)
  local list = core.tensor.is_tensor(values) and values:flatten(1):tolist() or values
  if type(list) ~= "table" then sys.fail(("add_pr_curve: %s is a %s, expected a tensor or a list"):format(what, type(values))) end
  return list
end

--- The counts as a tensor of 6 x thresholds: true and false positives, true and false negatives, precision, recall.
---@param labels Tensor|number[]        1 where the class is there, 0 elsewhere
---@param predictions Tensor|number[]   probabilities of the class
---@param o { num_thresholds: integer?, weights: (Tensor|number[])? }
---@return Tensor
return function(labels, predictions, o)
  labels, predictions = list_of(labels, "labels"), list_of(predictions, "predictions")
  local weights, n = o.weights and list_of(o.weights, "weights"), o.num_thresholds or MOST
  if #labels ~= #predictions or weights and #weights ~= #labels then
    sys.fail(("add_pr_curve: %d labels, but %d predictions%s"):format(#labels, #predictions,
      weights and (" and %d weights"):format(#weights) or ""))
  end
  if math.type(n) ~= "integer" or n < 2 then
    sys.fail(("add_pr_curve: num_thresholds is %s, expected 2 or more"):format(words.value(n)))
  end
  n = math.min(n, MOST)
  local rows = {}
  for row = 1, 6 do
    rows[row] = {}
    for i = 1, n do rows[row][i] = 0.0 end
  end
  local tp, fp, tn, fn, precision, recall = table.unpack(rows)
  for i, p in ipairs(predictions) do
    local label, weight = labels[i] == true and 1 or labels[i] or 0, weights and weights[i] or 1
    if type(p) ~= "number" or p < 0 or p > 1 or p ~= p then
      sys.fail(("add_pr_curve: prediction %d is %s, expected a probability from 0 to 1"):format(i, words.value(p)))
    end
    if label ~= 0 and label ~= 1 then
      sys.fail(("add_pr_curve: label %d is %s, expected 1 where the class is there, and 0"):format(i, words.value(labels[i])))
    end
    local bucket = math.floor(p * (n - 1)) + 1
    tp[bucket], fp[bucket] = tp[bucket] + label * weight, fp[bucket] + (1 - label) * weight
  end
  for i = n - 1, 1, -1 do tp[i], fp[i] = tp[i] + tp[i + 1], fp[i] + fp[i + 1] end
  for i = 1, n do
    tn[i], fn[i] = fp[1] - fp[i], tp[1] - tp[i]
    precision[i], recall[i] = tp[i] / math.max(SMALL, tp[i] + fp[i]), tp[i] / math.max(SMALL, tp[i] + fn[i])
  end
  return core.tensor.tensor(rows, { dtype = "f32" })
end
