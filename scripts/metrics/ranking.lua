--- mlprun.metrics.ranking - how well scores put positive samples first, with scikit-learn's names and numbers: ROC and
--- precision-recall.
--
-- Two classes: labels are two different values, the larger one (or pos_label) is positive, and scores are one number for
-- each sample. More classes: labels are 1..n, or texts in sorted order, and scores are n columns (such as
-- run.answers.scores). Several labels for each sample: labels are a matrix of 0 and 1 as large as that of scores.
local core = require "mlprun.core"
local check = require("mlprun.options").check
local labels = require "mlprun.metrics.labels"
local scored = require "mlprun.metrics.scored"
local words = require "mlprun.base.words"
local raw, tensor, fail = core.metrics.ranking, core.tensor, core.sys.fail

local ranking = {}

-- ---- means of one number for each class ----

-- `counts`: how many samples each class has, for "weighted". A class that has no number (NaN) makes the mean NaN.
local function averaged(numbers, counts, how)
  if how == "none" then return numbers end
  local sum, weights = 0, 0
  for class, number in ipairs(numbers) do
    local weight = how == "weighted" and counts[class] or 1
    if weight > 0 then sum, weights = sum + weight * number, weights + weight end
  end
  return sum / weights
end

local function check_average(how, allowed, who)
  for _, name in ipairs(allowed) do
    if how == name then return how end
  end
  fail(("%s: average is '%s', expected '%s' or '%s'"):format(who, tostring(how),
    table.concat(allowed, "', '", 1, #allowed - 1), allowed[#allowed]))
end

-- One number (of `measure`) for each column of a matrix of 0 and 1 and of scores, averaged.
local function of_columns(measure, flags, scores, weight, how)
  local function one(y, s, w) return measure(y:reshape(-1), s:reshape(-1), w and w:reshape(-1)) end
  local n, columns = flags:size(1), flags:size(2)
  if how == "micro" then
    return one(flags, scores, weight and weight:reshape(-1, 1):expand(n, columns):contiguous())
  end
  local numbers, counts = {}, {}
  if how == "samples" then
    for i = 1, n do numbers[i] = one(flags:select(1, i), scores:select(1, i)) end
    return averaged(numbers, weight and weight:tolist(), weight and "weighted" or "macro")
  end
  for k = 1, columns do
    local y = flags:select(2, k)
    numbers[k], counts[k] = one(y, scores:select(2, k), weight), (weight and y * weight or y):sum():item()
  end
  return averaged(numbers, counts, how)
end

-- Hand and Till: every pair of classes that occur, on the samples of these two.
local function one_against_one(numbers, scores, how)
  local sum, weights, present = 0, 0, labels.distinct(numbers)
  for i, a in ipairs(present) do
    for j = i + 1, #present do
      local b, rows, flags, other = present[j], {}, {}, {}
      for at, label in ipairs(numbers) do
        if label == a or label == b then
          rows[#rows + 1], flags[#flags + 1], other[#other + 1] = at, label == a and 1 or 0, label == b and 1 or 0
        end
      end
      local of_two = scores:index_select(1, tensor.tensor(rows, { dtype = "i64" }))
      local area = (raw.roc_auc(flags, of_two:select(2, a)) + raw.roc_auc(other, of_two:select(2, b))) / 2
      local weight = how == "weighted" and #rows / #numbers or 1
      sum, weights = sum + weight * area, weights + weight
    end
  end
  return sum / weights
end

local ALL = { "macro", "weighted", "micro", "none" }
local SEVERAL = { "macro", "weighted", "micro", "samples", "none" }

--- The area under the ROC curve: the probability that a positive sample has a higher score than a negative one. NaN where a
--- class does not occur; "ovo" takes the classes that do.
---@param truth integer[]|string[]|Tensor
---@param scores number[]|Tensor   one for each sample, or n x classes of probabilities
---@param o? { multi_class: string, average = "macro", labels: any[], pos_label: any, sample_weight: number[] }
---@return number
---@example metrics.roc_auc_score(answers.labels, answers.scores, { multi_class = "ovr" })
function ranking.roc_auc_score(truth, scores, o)
  local who = "roc_auc_score"
  o = check(o, { "multi_class", "average", "labels", "pos_label", "sample_weight" }, who)
  local how = o.average or "macro"
  local y, s = scored.several(truth, scores, who)
  if y then
    local weight = labels.weights(o.sample_weight, y:size(1), who)
    return of_columns(raw.roc_auc, y, s, weight, check_average(how, SEVERAL, who))
  end
  local matrix = scored.columns(scores, who)
  if not matrix then return raw.roc_auc(scored.positive(truth, o.pos_label, who), scores, o.sample_weight) end
  if o.multi_class ~= "ovr" and o.multi_class ~= "ovo" then
    fail(("%s: multi_class is %s, expected 'ovo' or 'ovr'"):format(who, o.multi_class ~= nil
      and words.value(o.multi_class) or "not given"))
  end
  local numbers = scored.numbers(truth, matrix, o.labels, who)
  scored.check_probabilities(matrix, who)
  if o.multi_class == "ovr" then
    local weight = labels.weights(o.sample_weight, #numbers, who)
    return of_columns(raw.roc_auc, scored.flags(numbers, matrix:size(2)), matrix, weight, check_average(how, ALL, who))
  end
  if o.sample_weight ~= nil then fail(who .. ": sample_weight is not defined for multi_class = 'ovo'") end
  return one_against_one(numbers, matrix, check_average(how, { "macro", "weighted" }, who))
end

--- The area under the precision-recall curve as a sum of steps: sum of (recall - recall before) * precision. 0 where no sample
--- is positive.
---@param truth integer[]|string[]|Tensor
---@param scores number[]|Tensor   one for each sample, or n x classes (each class against the rest)
---@param o? { average = "macro", labels: any[], pos_label: any, sample_weight: number[] }
---@return number
function ranking.average_precision_score(truth, scores, o)
  local who = "average_precision_score"
  o = check(o, { "average", "labels", "pos_label", "sample_weight" }, who)
  local how = check_average(o.average or "macro", SEVERAL, who)
  local y, s = scored.several(truth, scores, who)
  if not y then
    s = scored.columns(scores, who)
    if not s then return raw.average_precision(scored.positive(truth, o.pos_label, who), scores, o.sample_weight) end
    y = scored.flags(scored.numbers(truth, s, o.labels, who), s:size(2))
  end
  return of_columns(raw.average_precision, y, s, labels.weights(o.sample_weight, y:size(1), who), how)
end

-- Whether the curve bends at step i: what lies on a line between its neighbours adds nothing to a picture.
local function bends(tp, fp, i)
  return tp[i + 1] - 2 * tp[i] + tp[i - 1] ~= 0 or fp[i + 1] - 2 * fp[i] + fp[i - 1] ~= 0
end

--- The points of the ROC curve, from (0, 0) on, with falling thresholds (the first is infinite).
---@param truth Tensor|integer[]|string[]
---@param scores Tensor|number[]
---@param o? { pos_label: any, drop_intermediate = true, sample_weight: number[] }
---@return number[] false_positive_rate, number[] true_positive_rate, number[] thresholds
function ranking.roc_curve(truth, scores, o)
  o = check(o, { "pos_label", "drop_intermediate", "sample_weight" }, "roc_curve")
  local thresholds, tp, fp = raw.steps(scored.positive(truth, o.pos_label, "roc_curve"), scores, o.sample_weight)
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
---@param truth Tensor|integer[]|string[]
---@param scores Tensor|number[]
---@param o? { pos_label: any, sample_weight: number[] }
---@return number[] precision, number[] recall, number[] thresholds
function ranking.precision_recall_curve(truth, scores, o)
  o = check(o, { "pos_label", "sample_weight" }, "precision_recall_curve")
  local flags = scored.positive(truth, o.pos_label, "precision_recall_curve")
  local thresholds, tp, fp = raw.steps(flags, scores, o.sample_weight)
  local precision, recall, at, n = {}, {}, {}, #tp
  for i = n, 1, -1 do
    local k = n - i + 1
    precision[k], at[k] = tp[i] / (tp[i] + fp[i]), thresholds[i]
    recall[k] = tp[n] > 0 and tp[i] / tp[n] or 1.0
  end
  precision[n + 1], recall[n + 1] = 1.0, 0.0
  return precision, recall, at
end

return ranking
