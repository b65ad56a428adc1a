--- mlprun.metrics.classification - scores of answers, with scikit-learn's names and numbers.
--
-- Labels are whole numbers, texts, or yes and no, one for each sample: the true ones first. Several labels for each sample
-- are two matrices of samples x labels of 0 and 1 instead, and labels are then numbers of columns.
local core = require "mlprun.core"
local check = require("mlprun.options").check
local labels = require "mlprun.metrics.labels"
local words = require "mlprun.base.words"
local raw, tensor, fail = core.metrics, core.tensor, core.sys.fail

local classification = {}

-- ---- tallies: hits, truth, predicted ----

local function columns_of(only, n, who)
  if only == nil then return nil end
  for _, column in ipairs(only) do
    if math.type(column) ~= "integer" or column < 1 or column > n then
      fail(("%s: labels has %s, expected numbers of columns from 1 to %d"):format(who, tostring(column), n))
    end
  end
  return tensor.tensor(only, { dtype = "i64" })
end

-- Both matrices with the columns that are asked for, and the weights.
local function matrices(y, p, o, who)
  local only = columns_of(o.labels, y:size(2), who)
  if only then y, p = y:index_select(2, only), p:index_select(2, only) end
  return y, p, labels.weights(o.sample_weight, y:size(1), who)
end

-- Of each label over the samples (dim 1), or of each sample over the labels (dim 2).
local function tallies_of(y, p, weight, dim)
  if weight and dim == 1 then weight = weight:reshape(-1, 1) else weight = 1 end
  return (y * p * weight):sum { dim = dim }, (y * weight):sum { dim = dim }, (p * weight):sum { dim = dim }
end

local AVERAGES = { macro = true, weighted = true, micro = true, samples = true, none = true }

-- The positive class of two, for average = "binary": said, or 1 where labels are 0 and 1.
local function positive_of(values, o, who)
  local positive = o.pos_label
  if type(positive) == "boolean" then positive = positive and 1 or 0 end
  if positive ~= nil then return positive end
  for _, value in ipairs(values) do
    if value ~= 0 and value ~= 1 then
      fail(("%s: average is %s: choose 'macro', 'weighted', 'micro' or 'none', or pos_label = the label of the positive class")
           :format(who, o.average and ("'%s'"):format(tostring(o.average)) or "not given"))
    end
  end
  return 1
end

-- What raw.scores is called with for one label for each sample, and the label of each number.
local function single(truth, predictions, o, who)
  local c, values, rows = labels.confusion(truth, predictions, o, who)
  if o.average == "samples" then
    fail(("%s: average is 'samples', which needs several labels for each sample: a matrix of 0 and 1"):format(who))
  end
  if AVERAGES[o.average] then return o.average, rows and o.labels or values, c:tallies { rows = rows } end
  local positive = positive_of(values, o, who)
  local row = labels.places({ positive }, values)[1]
  if not row and #values > 1 then fail(("%s: pos_label %s does not occur"):format(who, tostring(positive))) end
  if not row then return "micro", { positive }, { 0 }, { 0 }, { 0 } end -- the samples are all of the other class
  return "micro", { positive }, c:tallies { rows = { row } }
end

local function several(y, p, o, who)
  if not AVERAGES[o.average] then
    fail(("%s: average is %s: there are several labels for each sample: choose 'macro', 'weighted', 'micro', 'samples' or 'none'")
      :format(who, o.average and ("'%s'"):format(tostring(o.average)) or "not given"))
  end
  local weight
  y, p, weight = matrices(y, p, o, who)
  local values = {}
  for i = 1, y:size(2) do values[i] = o.labels and o.labels[i] or i end
  if o.average == "samples" then
    local hits, truths, predicted = tallies_of(y, p, nil, 2)
    return "samples", values, hits, truths, predicted, weight
  end
  return o.average, values, tallies_of(y, p, weight, 1)
end

-- All scores of an average, or of each label; beside them the labels.
local function scores_of(truth, predictions, o, who)
  if o.average ~= nil and o.average ~= "binary" and not AVERAGES[o.average] then
    fail(("%s: average is '%s', expected 'binary', 'macro', 'weighted', 'micro', 'samples' or 'none'"):format(who,
      tostring(o.average)))
  end
  local beta = o.beta or 1
  if type(beta) ~= "number" or beta ~= beta or beta < 0 then
    fail(("%s: beta is %s, expected a number of at least 0"):format(who, words.value(beta)))
  end
  if o.zero_division ~= nil and type(o.zero_division) ~= "number" then
    fail(("%s: zero_division is %s, expected a number: what 0 / 0 is"):format(who, words.value(o.zero_division)))
  end
  local y, p = labels.several(truth, predictions, who)
  local how, values, hits, truths, predicted, weight
  if y then how, values, hits, truths, predicted, weight = several(y, p, o, who)
  else how, values, hits, truths, predicted = single(truth, predictions, o, who) end
  return raw.scores(hits, truths, predicted, how, beta, o.zero_division or 0, weight), how == "none" and values or nil
end

local OPTIONS = { "average", "labels", "pos_label", "sample_weight", "zero_division" }

-- One field of the scores, or with average = "none" a list of it and the labels.
local function score(who, field, more)
  local known = { table.unpack(OPTIONS) }
  known[#known + 1] = more
  return function(truth, predictions, o)
    o = check(o, known, who)
    if more == "beta" and o.beta == nil then
      fail("fbeta_score: beta is not given: how many times recall weighs as much as precision, such as { beta = 2 }")
    end
    local found, values = scores_of(truth, predictions, o, who)
    if not values then return found[field] end
    local list = {}
    for i, each in ipairs(found) do list[i] = each[field] end
    return list, values
  end
end

classification.precision_score = score("precision_score", "precision")
classification.recall_score = score("recall_score", "recall")
classification.f1_score = score("f1_score", "f")
classification.fbeta_score = score("fbeta_score", "f", "beta")
classification.jaccard_score = score("jaccard_score", "jaccard")

--- Precision, recall, F and the number of samples: four lists, or with average three numbers.
---@param truth Tensor|integer[]|string[]
---@param predictions Tensor|integer[]|string[]
---@param o? { beta = 1, average = "none", labels: any[], pos_label: any, sample_weight: number[], zero_division = 0 }
---@return number[]|number, number[]|number, number[]|number, number[]?
function classification.precision_recall_fscore_support(truth, predictions, o)
  local who = "precision_recall_fscore_support"
  o = check(o, { "beta", table.unpack(OPTIONS) }, who)
  o.average = o.average or "none"
  local found = scores_of(truth, predictions, o, who)
  if o.average ~= "none" then return found.precision, found.recall, found.f, nil end
  local lists = { precision = {}, recall = {}, f = {}, support = {} }
  for i, each in ipairs(found) do
    for name, list in pairs(lists) do list[i] = each[name] end
  end
  return lists.precision, lists.recall, lists.f, lists.support
end

-- ---- single numbers ----

-- The weight of the samples that are right, and of all: with several labels for a sample all of them have to be.
local function right_and_all(truth, predictions, o, who)
  local y, p = labels.several(truth, predictions, who)
  if not y then
    local c = labels.confusion(truth, predictions, o, who)
    return c:accuracy(), c:total()
  end
  local weight = labels.weights(o.sample_weight, y:size(1), who)
  local right = y:ne(p):sum { dim = 2 }:eq(0):double()
  if weight then return (right * weight):sum():item() / weight:sum():item(), weight:sum():item() end
  return right:mean():item(), y:size(1)
end

local function counted(share, all, o)
  if o.normalize ~= false then return share end
  local sum = share * all
  return math.type(all) == "integer" and math.floor(sum + 0.5) or sum
end

--- Share (or with normalize = false the number) of answers that are right; with several labels for a sample all of them.
---@param truth Tensor|integer[]|string[]
---@param predictions Tensor|integer[]|string[]
---@param o? { normalize = true, sample_weight: number[] }
---@return number
function classification.accuracy_score(truth, predictions, o)
  o = check(o, { "normalize", "sample_weight" }, "accuracy_score")
  local share, all = right_and_all(truth, predictions, o, "accuracy_score")
  return counted(share, all, o)
end

--- Share (or with normalize = false the number) of samples that are not right.
---@param truth Tensor|integer[]|string[]
---@param predictions Tensor|integer[]|string[]
---@param o? { normalize = true, sample_weight: number[] }
---@return number
function classification.zero_one_loss(truth, predictions, o)
  o = check(o, { "normalize", "sample_weight" }, "zero_one_loss")
  local share, all = right_and_all(truth, predictions, o, "zero_one_loss")
  return counted(1 - share, all, o)
end

--- Share of the labels that are wrong: with one label for each sample, of the samples.
---@param truth Tensor|integer[]|string[]
---@param predictions Tensor|integer[]|string[]
---@param o? { sample_weight: number[] }
---@return number
function classification.hamming_loss(truth, predictions, o)
  o = check(o, { "sample_weight" }, "hamming_loss")
  local y, p = labels.several(truth, predictions, "hamming_loss")
  if not y then return 1 - labels.confusion(truth, predictions, o, "hamming_loss"):accuracy() end
  local wrong, weight = y:ne(p):double():mean { dim = 2 }, labels.weights(o.sample_weight, y:size(1), "hamming_loss")
  if weight then return (wrong * weight):sum():item() / weight:sum():item() end
  return wrong:mean():item()
end

--- Mean recall of the classes that occur; `adjusted` puts chance at 0.
---@param truth Tensor|integer[]|string[]
---@param predictions Tensor|integer[]|string[]
---@param o? { adjusted = false, sample_weight: number[] }
---@return number
function classification.balanced_accuracy_score(truth, predictions, o)
  o = check(o, { "adjusted", "sample_weight" }, "balanced_accuracy_score")
  local c = labels.confusion(truth, predictions, o, "balanced_accuracy_score")
  local balanced, n = c:balanced_accuracy(), 0
  if not o.adjusted then return balanced end
  for _, support in ipairs(c:support()) do n = n + (support > 0 and 1 or 0) end
  return (balanced - 1 / n) / (1 - 1 / n)
end

---@param a Tensor|integer[]|string[]
---@param b Tensor|integer[]|string[]
---@param o? { weights: string, labels: any[], sample_weight: number[] }
---@return number
function classification.cohen_kappa_score(a, b, o)
  o = check(o, { "weights", "labels", "sample_weight" }, "cohen_kappa_score")
  local c, _, rows = labels.confusion(a, b, o, "cohen_kappa_score")
  return (rows and c:select { rows = rows } or c):kappa(o.weights)
end

---@param truth Tensor|integer[]|string[]
---@param predictions Tensor|integer[]|string[]
---@param o? { sample_weight: number[] }
---@return number
function classification.matthews_corrcoef(truth, predictions, o)
  o = check(o, { "sample_weight" }, "matthews_corrcoef")
  return labels.confusion(truth, predictions, o, "matthews_corrcoef"):mcc()
end

-- ---- matrices ----

--- Rows are true, columns predicted classes.
---@param truth Tensor|integer[]|string[]
---@param predictions Tensor|integer[]|string[]
---@param o? { labels: any[], normalize: string, sample_weight: number[] }
---@return Tensor, any[]   the matrix, and the label of each row
function classification.confusion_matrix(truth, predictions, o)
  o = check(o, { "labels", "normalize", "sample_weight" }, "confusion_matrix")
  if labels.several(truth, predictions, "confusion_matrix") then
    fail("confusion_matrix: there are several labels for each sample: multilabel_confusion_matrix has a matrix for each label")
  end
  local c, values, rows = labels.confusion(truth, predictions, o, "confusion_matrix")
  if rows then c, values = c:select { rows = rows }, o.labels end
  return c:matrix { normalize = o.normalize }, values
end

--- For each label (with samplewise for each sample) the matrix {{ true negatives, false positives }, { false negatives, true
--- positives }}.
---@param truth Tensor|integer[]|string[]
---@param predictions Tensor|integer[]|string[]
---@param o? { labels: any[], sample_weight: number[], samplewise = false }
---@return Tensor   n x 2 x 2
function classification.multilabel_confusion_matrix(truth, predictions, o)
  local who = "multilabel_confusion_matrix"
  o = check(o, { "labels", "sample_weight", "samplewise" }, who)
  local y, p = labels.several(truth, predictions, who)
  local hits, truths, predicted, all
  if y then
    local weight
    y, p, weight = matrices(y, p, o, who)
    hits, truths, predicted = tallies_of(y, p, weight, o.samplewise and 2 or 1)
    all = o.samplewise and y:size(2) or weight and weight:sum():item() or y:size(1)
    if o.samplewise and weight then
      hits, truths, predicted, all = hits * weight, truths * weight, predicted * weight, all * weight
    end
  else
    if o.samplewise then fail(who .. ": samplewise needs several labels for each sample: a matrix of 0 and 1") end
    local c, _, rows = labels.confusion(truth, predictions, o, who)
    local function f64(list) return tensor.tensor(list, { dtype = "f64" }) end
    local h, t, q = c:tallies { rows = rows }
    hits, truths, predicted, all = f64(h), f64(t), f64(q), c:total()
  end
  local missed, false_alarms = truths - hits, predicted - hits
  local rest = (hits + missed + false_alarms) * -1 + all
  local matrix = tensor.stack({ rest, false_alarms, missed, hits }, 2):reshape(-1, 2, 2)
  return o.sample_weight and matrix or matrix:long()
end

-- ---- the report ----

local function names_of(values, o)
  local who = "classification_report"
  if o.target_names and #o.target_names ~= #values then
    fail(("%s: number of classes, %d, does not match size of target_names, %d: name the classes that "
          .. "occur, or say with labels = {...} which ones are named"):format(who, #values, #o.target_names))
  end
  local texts = {}
  for i, value in ipairs(o.target_names or values) do texts[i] = tostring(value) end
  return texts
end

-- A list of the lines of classes, and the averages by name.
local function report_lines(truth, predictions, o)
  local averages, lines = {}, {}
  local function of(how)
    return scores_of(truth, predictions, { average = how, labels = o.labels, sample_weight = o.sample_weight,
      zero_division = o.zero_division }, "classification_report")
  end
  local found, values = of "none"
  for i, name in ipairs(names_of(values, o)) do
    lines[i] = found[i]
    lines[i].name = name
  end
  for _, how in ipairs { "micro", "macro", "weighted" } do averages[how] = of(how) end
  return lines, averages, of
end

local function as_table(lines, averages, weighted)
  local result = {}
  local function entry(s)
    local support = weighted and s.support or math.tointeger(s.support) or s.support
    return { name = s.name, precision = s.precision, recall = s.recall, f1 = s.f, support = support }
  end
  for i, line in ipairs(lines) do result[i] = entry(line) end
  for how, s in pairs(averages) do result[how] = type(s) == "table" and entry(s) or s end
  return result
end

local function several_report(truth, predictions, o)
  local lines, averages, of = report_lines(truth, predictions, o)
  averages.samples = of "samples"
  if o.output_dict then return as_table(lines, averages, o.sample_weight) end
  local classes, total = #lines, averages.micro.support
  for _, how in ipairs { "micro", "macro", "weighted", "samples" } do
    local line = averages[how]
    line.name, line.support = how .. " avg", total
    lines[#lines + 1] = line
  end
  return raw.report_text(lines, classes, o.digits or 2, o.sample_weight ~= nil)
end

--- scikit-learn's text, byte for byte; with output_dict a table (see ConfusionMatrix:report_table), with micro in place of
--- accuracy where labels leaves out a class that occurs.
---@param truth Tensor|integer[]|string[]
---@param predictions Tensor|integer[]|string[]
---@param o? { labels: any[], target_names: string[], digits = 2, sample_weight: number[], zero_division = 0,
---  output_dict = false }
---@return string|table
function classification.classification_report(truth, predictions, o)
  local who = "classification_report"
  o = check(o, { "labels", "target_names", "digits", "sample_weight", "zero_division", "output_dict" }, who)
  if labels.several(truth, predictions, who) then return several_report(truth, predictions, o) end
  local c, values, rows = labels.confusion(truth, predictions, o, who)
  local texts = names_of(rows and o.labels or values, o)
  if not o.output_dict then
    return c:report { digits = o.digits, zero_division = o.zero_division, rows = rows, names = texts }
  end
  local lines, averages = report_lines(truth, predictions, o)
  if averages.micro.support == c:total() then averages.micro, averages.accuracy = nil, c:accuracy() end
  return as_table(lines, averages, o.sample_weight)
end

return classification
