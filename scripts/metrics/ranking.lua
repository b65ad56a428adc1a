--- mlprun.metrics.ranking - what scores are worth, with scikit-learn's names and numbers: ROC, precision-recall, log loss,
--- calibration.
--
-- Two classes: labels are two different whole numbers (or only one of them), the larger one (or pos_label) is positive, and
-- scores are one number for each sample. More classes: labels are 1..n and scores are n columns (such as run.answers.scores).
local core = require "mlprun.core"
local check = require("mlprun.options").check
local raw, tensor, fail = core.metrics.ranking, core.tensor, core.sys.fail

local ranking = {}

local function list(values) return tensor.is_tensor(values) and values:tolist() or values end

-- Scores as a tensor of n x classes, or nil when they are one number for each sample.
local function columns(scores, who)
  if not tensor.is_tensor(scores) then
    if type(scores) ~= "table" then fail(("%s: scores are a %s, expected a tensor or a list"):format(who, type(scores))) end
    if type(scores[1]) ~= "table" then return nil end
    scores = tensor.tensor(scores, { dtype = "f64" })
  end
  if scores:dim() == 1 then return nil end
  if scores:dim() ~= 2 then fail(("%s: scores have %d dimensions, expected n x classes"):format(who, scores:dim())) end
  return scores:double()
end

-- 1 where a sample is of the class.
local function is(labels, class)
  local flags = {}
  for i, label in ipairs(labels) do flags[i] = label == class and 1 or 0 end
  return flags
end

-- The flags of the positive class of two.
local function positive(labels, pos_label, who)
  labels = list(labels)
  local seen, count, largest = {}, 0, pos_label
  for _, label in ipairs(labels) do
    if not seen[label] then seen[label], count = true, count + 1 end
    if not pos_label and (not largest or label > largest) then largest = label end
  end
  if count > 2 then
    fail(("%s: there are %d classes and one score for each sample: pass one column of scores for each class"):format(who,
      count))
  end
  return is(labels, largest)
end

local function check_classes(labels, scores, who)
  local n = scores:size(2)
  if #labels ~= scores:size(1) then
    fail(("%s: got %d labels and %d rows of scores, expected as many"):format(who, #labels, scores:size(1)))
  end
  for i, label in ipairs(labels) do
    if math.type(label) ~= "integer" or label < 1 or label > n then
      fail(("%s: label %s of sample %d is none of the classes 1 to %d that the scores have"):format(who, tostring(label), i, n))
    end
  end
  return n
end

local function check_probabilities(scores, who)
  if (scores:sum { dim = 2 } - 1):abs():max():item() > 1e-5 then
    fail(("%s: target scores need to be probabilities for multi-class, they should sum up to 1.0 over classes: use "
      .. "nn.functional.softmax"):format(who))
  end
end

-- The mean of one number for each class: plain, by how often each class occurs, or the numbers themselves.
local function averaged(numbers, labels, how, who)
  if how == "none" then return numbers end
  local sum, weights = 0, 0
  local counts = {}
  for _, label in ipairs(labels) do counts[label] = (counts[label] or 0) + 1 end
  for class, number in ipairs(numbers) do
    local weight = how == "weighted" and (counts[class] or 0) or 1
    if how ~= "weighted" and how ~= "macro" then
      fail(("%s: average is '%s', expected 'macro', 'weighted' or 'none'"):format(who, tostring(how)))
    end
    if weight > 0 then sum, weights = sum + weight * number, weights + weight end
  end
  return sum / weights
end

-- Hand and Till: every pair of classes, on the samples of these two.
local function one_against_one(labels, scores, n, how, who)
  local sum, weights = 0, 0
  for a = 1, n do
    for b = a + 1, n do
      local rows, flags = {}, {}
      for i, label in ipairs(labels) do
        if label == a or label == b then rows[#rows + 1], flags[#flags + 1] = i, label == a and 1 or 0 end
      end
      if #rows == 0 then return 0 / 0 end
      local of_two = scores:index_select(1, tensor.tensor(rows, { dtype = "i64" }))
      local other = {}
      for i, flag in ipairs(flags) do other[i] = 1 - flag end
      local area = (raw.roc_auc(flags, of_two:select(2, a)) + raw.roc_auc(other, of_two:select(2, b))) / 2
      if how ~= "macro" and how ~= "weighted" then
        fail(("%s: average is '%s', expected 'macro' or 'weighted' with multi_class = 'ovo'"):format(who, tostring(how)))
      end
      local weight = how == "weighted" and #rows / #labels or 1
      sum, weights = sum + weight * area, weights + weight
    end
  end
  return sum / weights
end

--- The area under the ROC curve: the probability that a positive sample has a higher score than a negative one. NaN where a
--- class does not occur.
---@param labels integer[]|Tensor
---@param scores number[]|Tensor   one for each sample, or n x classes of probabilities
---@param o? { multi_class: string, average = "macro", pos_label: integer }
---@return number
---@example metrics.roc_auc_score(answers.labels, answers.scores, { multi_class = "ovr" })
function ranking.roc_auc_score(labels, scores, o)
  local who = "roc_auc_score"
  o = check(o, { "multi_class", "average", "pos_label" }, who)
  local matrix = columns(scores, who)
  if not matrix then return raw.roc_auc(positive(labels, o.pos_label, who), scores) end
  if o.multi_class ~= "ovr" and o.multi_class ~= "ovo" then
    fail(("%s: multi_class is %s, expected 'ovo' or 'ovr'"):format(who, o.multi_class and ("'%s'"):format(
      tostring(o.multi_class)) or "not given"))
  end
  labels = list(labels)
  local n, how = check_classes(labels, matrix, who), o.average or "macro"
  check_probabilities(matrix, who)
  if o.multi_class == "ovo" then return one_against_one(labels, matrix, n, how, who) end
  local areas = {}
  for class = 1, n do areas[class] = raw.roc_auc(is(labels, class), matrix:select(2, class)) end
  return averaged(areas, labels, how, who)
end

--- The area under the precision-recall curve as a sum of steps: sum of (recall - recall before) * precision.
---@param labels integer[]|Tensor
---@param scores number[]|Tensor   one for each sample, or n x classes (each class against the rest)
---@param o? { average = "macro", pos_label: integer }
---@return number
function ranking.average_precision_score(labels, scores, o)
  local who = "average_precision_score"
  o = check(o, { "average", "pos_label" }, who)
  local matrix = columns(scores, who)
  if not matrix then return raw.average_precision(positive(labels, o.pos_label, who), scores) end
  labels = list(labels)
  local each = {}
  for class = 1, check_classes(labels, matrix, who) do
    each[class] = raw.average_precision(is(labels, class), matrix:select(2, class))
  end
  return averaged(each, labels, o.average or "macro", who)
end

-- Whether the curve bends at step i: what lies on a line between its neighbours adds nothing to a picture.
local function bends(tp, fp, i)
  return tp[i + 1] - 2 * tp[i] + tp[i - 1] ~= 0 or fp[i + 1] - 2 * fp[i] + fp[i - 1] ~= 0
end

--- The points of the ROC curve, from (0, 0) on, with falling thresholds (the first is infinite).
---@param labels Tensor|integer[]
---@param scores Tensor|number[]
---@param o? { pos_label: integer, drop_intermediate = true }
---@return number[] false_positive_rate, number[] true_positive_rate, number[] thresholds
function ranking.roc_curve(labels, scores, o)
  o = check(o, { "pos_label", "drop_intermediate" }, "roc_curve")
  local thresholds, tp, fp = raw.steps(positive(labels, o.pos_label, "roc_curve"), scores)
  local n = #tp
  local fpr, tpr, at = { fp[n] > 0 and 0.0 or 0 / 0 }, { tp[n] > 0 and 0.0 or 0 / 0 }, { math.huge }
  for i = 1, n do
    if o.drop_intermediate == false or n <= 2 or i == 1 or i == n or bends(tp, fp, i) then
      fpr[#fpr + 1], tpr[#tpr + 1], at[#at + 1] = fp[i] / fp[n], tp[i] / tp[n], thresholds[i]
    end
  end
  return fpr, tpr, at
end

--- The points of the precision-recall curve, with rising thresholds; the last point, precision 1 at recall 0, has none.
---@param labels Tensor|integer[]
---@param scores Tensor|number[]
---@param o? { pos_label: integer }
---@return number[] precision, number[] recall, number[] thresholds
function ranking.precision_recall_curve(labels, scores, o)
  o = check(o, { "pos_label" }, "precision_recall_curve")
  local thresholds, tp, fp = raw.steps(positive(labels, o.pos_label, "precision_recall_curve"), scores)
  local precision, recall, at, n = {}, {}, {}, #tp
  for i = n, 1, -1 do
    local k = n - i + 1
    precision[k], at[k] = tp[i] / (tp[i] + fp[i]), thresholds[i]
    recall[k] = tp[n] > 0 and tp[i] / tp[n] or 1.0
  end
  precision[n + 1], recall[n + 1] = 1.0, 0.0
  return precision, recall, at
end

--- The mean of -log(probability of the true class); probabilities are kept off 0 and 1 by the smallest step of their type.
---@param labels integer[]|Tensor   1 to the number of columns
---@param scores Tensor   n x classes of probabilities
---@param o? { normalize = true }
---@return number
function ranking.log_loss(labels, scores, o)
  o = check(o, { "normalize" }, "log_loss")
  local matrix = columns(scores, "log_loss")
  if not matrix then fail("log_loss: scores are one number for each sample, expected n x classes of probabilities") end
  labels = list(labels)
  check_classes(labels, matrix, "log_loss")
  check_probabilities(matrix, "log_loss")
  local chosen = matrix:gather(2, tensor.tensor(labels, { dtype = "i64" }):reshape(-1, 1))
  local eps = tensor.is_tensor(scores) and scores.dtype == "f32" and 2.0 ^ -23 or 2.0 ^ -52
  local sum = -chosen:clamp { min = eps, max = 1 - eps }:log():sum():item()
  return o.normalize == false and sum or sum / #labels
end

--- How far confidence is from being right (expected calibration error, Naeini et al. 2015): the samples are put into bins of
--- equal width by the probability of their predicted class, and the distance between mean confidence and accuracy is averaged
--- by the number of samples in each bin.
---@param labels integer[]|Tensor   1 to the number of columns
---@param scores Tensor   n x classes of probabilities
---@param o? { n_bins = 10 }
---@return number error, table[] bins   each bin: low, high, count, confidence, accuracy (the last two nil when it is empty)
function ranking.calibration_error(labels, scores, o)
  o = check(o, { "n_bins" }, "calibration_error")
  local n_bins = o.n_bins or 10
  if math.type(n_bins) ~= "integer" or n_bins < 1 or n_bins > 10000 then
    fail(("calibration_error: n_bins is %s, expected a whole number from 1"):format(tostring(n_bins)))
  end
  local matrix = columns(scores, "calibration_error")
  if not matrix then fail("calibration_error: scores are one number for each sample, expected n x classes") end
  labels = list(labels)
  check_classes(labels, matrix, "calibration_error")
  check_probabilities(matrix, "calibration_error")
  local best, places = matrix:max { dim = 2 }
  local confidences, predictions, bins = best:tolist(), places:tolist(), {}
  for b = 1, n_bins do
    bins[b] = { low = (b - 1) / n_bins, high = b / n_bins, count = 0, confidence = 0, accuracy = 0 }
  end
  for i, confidence in ipairs(confidences) do -- a bin has its upper bound
    local bin = bins[math.max(1, math.min(n_bins, math.ceil(confidence * n_bins)))]
    bin.count, bin.confidence = bin.count + 1, bin.confidence + confidence
    bin.accuracy = bin.accuracy + (predictions[i] == labels[i] and 1 or 0)
  end
  local sum = 0
  for _, bin in ipairs(bins) do
    sum = sum + math.abs(bin.confidence - bin.accuracy)
    bin.confidence = bin.count > 0 and bin.confidence / bin.count or nil
    bin.accuracy = bin.count > 0 and bin.accuracy / bin.count or nil
  end
  return sum / #labels, bins
end

return ranking
