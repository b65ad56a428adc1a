--- mlprun.metrics.probability - what probabilities are worth, with scikit-learn's names and numbers: log loss, Brier score,
--- top-k accuracy; and calibration.
--
-- One number for each sample is the probability of the positive class of two, as in ranking.lua; n x classes are those of
-- the classes 1..n, or of texts in sorted order.
local core = require "mlprun.core"
local check = require("mlprun.options").check
local labels = require "mlprun.metrics.labels"
local scored = require "mlprun.metrics.scored"
local words = require "mlprun.base.words"
local raw, tensor, fail = core.metrics, core.tensor, core.sys.fail

local probability = {}

local EPS = { f32 = 2.0 ^ -23, f16 = 2.0 ^ -10, bf16 = 2.0 ^ -7 } -- from 1 to the next number

-- The probability of each sample's own class, as f64. The two columns of the positive class's probability are made here.
local function matrix_of(truth, scores, o, who)
  local matrix = scored.columns(scores, who)
  if matrix then
    scored.check_probabilities(matrix, who)
    return matrix, scored.numbers(truth, matrix, o.labels, who)
  end
  local p = (tensor.is_tensor(scores) and scores or tensor.tensor(scores, { dtype = "f64" })):double():reshape(-1)
  if o.labels then
    if #o.labels ~= 2 then
      fail(("%s: labels are %d and scores one number for each sample, expected two labels"):format(who, #o.labels))
    end
    o.pos_label = labels.distinct(labels.list(o.labels, who))[2]
  end
  local numbers = scored.positive(truth, o.pos_label, who)
  if #numbers ~= #p then fail(("%s: got %d labels and %d scores, expected as many"):format(who, #numbers, #p)) end
  if #p > 0 and (p:lt(0) + p:gt(1)):any():item() then
    fail(("%s: a score is not from 0 to 1: it has to be the probability of the positive class"):format(who))
  end
  for i, flag in ipairs(numbers) do numbers[i] = flag + 1 end
  return tensor.stack({ p * -1 + 1, p }, 2), numbers
end

-- The mean of a number of each sample, or with `sum` the sum, by weights where there are any.
local function reduced(each, o, sum, who)
  local weight = labels.weights(o.sample_weight, #each, who)
  if weight then each = each * weight end
  local all = each:sum():item()
  if sum then return all end
  return all / (weight and weight:sum():item() or #each)
end

--- The mean of -log(probability of the true class); probabilities are kept off 0 and 1 by the smallest step of their type.
---@param truth integer[]|string[]|Tensor   1 to the number of columns, or texts
---@param scores Tensor|number[]   n x classes of probabilities, or one for each sample: that of the positive class
---@param o? { normalize = true, labels: any[], sample_weight: number[] }
---@return number
function probability.log_loss(truth, scores, o)
  o = check(o, { "normalize", "labels", "sample_weight" }, "log_loss")
  local matrix, numbers = matrix_of(truth, scores, o, "log_loss")
  local chosen = matrix:gather(2, tensor.tensor(numbers, { dtype = "i64" }):reshape(-1, 1)):reshape(-1)
  local eps = tensor.is_tensor(scores) and EPS[scores.dtype] or 2.0 ^ -52
  return reduced(-chosen:clamp { min = eps, max = 1 - eps }:log(), o, o.normalize == false, "log_loss")
end

--- The mean of (probability - 1 for the true class, - 0 for the others) ^ 2 over the classes; of two classes half of it, which
--- is the square for one of them. scale_by_half says it the other way.
---@param truth integer[]|string[]|Tensor   two labels (or 1 to the number of columns, or texts)
---@param scores Tensor|number[]   one for each sample: that of the positive class; or n x classes of probabilities
---@param o? { pos_label: any, labels: any[], sample_weight: number[], scale_by_half: boolean }
---@return number
function probability.brier_score_loss(truth, scores, o)
  local who = "brier_score_loss"
  o = check(o, { "pos_label", "labels", "sample_weight", "scale_by_half" }, who)
  local matrix, numbers = matrix_of(truth, scores, o, who)
  local half = o.scale_by_half
  if half == nil or half == "auto" then half = matrix:size(2) == 2 end
  if type(half) ~= "boolean" then
    fail(("%s: scale_by_half is %s, expected true, false or 'auto'"):format(who, words.value(half)))
  end
  local difference = matrix - scored.flags(numbers, matrix:size(2))
  return reduced((difference * difference):sum { dim = 2 }, o, false, who) * (half and 0.5 or 1)
end

--- Share (or with normalize = false the number) of the samples whose class is among the k highest scores of its row. Among
--- equal scores the higher class comes first, as scikit-learn has it. One score for each sample is that of the positive class
--- of two, which k = 1 asks about: it is taken from above 0.5 on where all scores are from 0 to 1, else from above 0.
---@param truth Tensor|integer[]|string[]
---@param scores Tensor|number[]
---@param o? { k = 2, normalize = true, labels: any[], sample_weight: number[] }
---@return number
function probability.top_k_accuracy_score(truth, scores, o)
  local who = "top_k_accuracy_score"
  o = check(o, { "k", "normalize", "labels", "sample_weight" }, who)
  local matrix = scored.columns(scores, who)
  local normalize = o.normalize ~= false
  if matrix then
    local numbers = scored.numbers(truth, matrix, o.labels, who)
    return raw.top_k_accuracy(matrix, numbers, o.k or 2, normalize, o.sample_weight)
  end
  local s = (tensor.is_tensor(scores) and scores or tensor.tensor(scores, { dtype = "f64" })):double():reshape(-1)
  local numbers = scored.positive(truth, o.labels and labels.distinct(labels.list(o.labels, who))[2], who)
  for i, flag in ipairs(numbers) do numbers[i] = flag + 1 end
  local threshold = #s > 0 and s:min():item() >= 0 and s:max():item() <= 1 and 0.5 or 0
  local yes = s:gt(threshold):double()
  return raw.top_k_accuracy(tensor.stack({ yes * -1 + 1, yes }, 2), numbers, o.k or 2, normalize, o.sample_weight)
end

--- How far confidence is from being right (expected calibration error, Naeini et al. 2015): the samples are put into bins of
--- equal width by the probability of their predicted class, and the distance between mean confidence and accuracy is averaged
--- by the number (or the weight) of the samples in each bin.
---@param truth integer[]|string[]|Tensor   1 to the number of columns, or texts
---@param scores Tensor   n x classes of probabilities
---@param o? { n_bins = 10, labels: any[], sample_weight: number[] }
---@return number error, table[] bins   each bin: low, high, count, confidence, accuracy (the last two nil when it is empty)
function probability.calibration_error(truth, scores, o)
  o = check(o, { "n_bins", "labels", "sample_weight" }, "calibration_error")
  local n_bins = o.n_bins or 10
  if math.type(n_bins) ~= "integer" or n_bins < 1 or n_bins > 10000 then
    fail(("calibration_error: n_bins is %s, expected a whole number from 1"):format(words.value(n_bins)))
  end
  local matrix = scored.columns(scores, "calibration_error")
  if not matrix then fail("calibration_error: scores are one number for each sample, expected n x classes") end
  local numbers = scored.numbers(truth, matrix, o.labels, "calibration_error")
  scored.check_probabilities(matrix, "calibration_error")
  local weight = labels.weights(o.sample_weight, #numbers, "calibration_error")
  local weights, all = weight and weight:tolist(), 0
  local best, places = matrix:max { dim = 2 }
  local confidences, predictions, bins = best:tolist(), places:tolist(), {}
  for b = 1, n_bins do
    bins[b] = { low = (b - 1) / n_bins, high = b / n_bins, count = 0, confidence = 0, accuracy = 0 }
  end
  for i, confidence in ipairs(confidences) do -- a bin has its upper bound
    local bin, w = bins[math.max(1, math.min(n_bins, math.ceil(confidence * n_bins)))], weights and weights[i] or 1
    bin.count, bin.confidence, all = bin.count + w, bin.confidence + w * confidence, all + w
    bin.accuracy = bin.accuracy + (predictions[i] == numbers[i] and w or 0)
  end
  local sum = 0
  for _, bin in ipairs(bins) do
    sum = sum + math.abs(bin.confidence - bin.accuracy)
    bin.confidence = bin.count > 0 and bin.confidence / bin.count or nil
    bin.accuracy = bin.count > 0 and bin.accuracy / bin.count or nil
  end
  return sum / all, bins
end

return probability
