--- metrics - confusion matrices, scikit-learn's scores under their own names, and statistics.
--
-- Labels are any whole numbers here (tensors or lists), true ones first, as in scikit-learn; a ConfusionMatrix counts
-- classes 1..n instead, predictions first, as a loss does: confusion:add(output:argmax { dim = 2 }, labels).
local core = require("mlprun.core")
local check = require("mlprun.options").check
local raw, fail = core.metrics, core.sys.fail

local metrics = {
  ConfusionMatrix = raw.ConfusionMatrix,
  stats = raw.stats,
  statistics = raw.stats,
}

--- The positions of `labels` in `values` (sorted, without repetition).
local function rows_of(labels, values)
  local at, rows = {}, {}
  for i, value in ipairs(values) do at[value] = i end
  for i, label in ipairs(labels) do rows[i] = at[label] end
  return rows
end

--- Share (or with normalize = false the number) of predictions that are right.
---@param labels Tensor|integer[]
---@param predictions Tensor|integer[]
---@param o? { normalize = true }
---@return number
function metrics.accuracy_score(labels, predictions, o)
  o = check(o, { "normalize" }, "accuracy_score")
  local c = raw.confusion_of(labels, predictions)
  if o.normalize ~= false then return c:accuracy() end
  return math.floor(c:accuracy() * c:total() + 0.5)
end

--- Mean recall of the classes that occur; `adjusted` puts chance at 0.
---@param labels Tensor|integer[]
---@param predictions Tensor|integer[]
---@param o? { adjusted = false }
---@return number
function metrics.balanced_accuracy_score(labels, predictions, o)
  o = check(o, { "adjusted" }, "balanced_accuracy_score")
  local c = raw.confusion_of(labels, predictions)
  local score, n = c:balanced_accuracy(), 0
  if not o.adjusted then return score end
  for _, support in ipairs(c:support()) do n = n + (support > 0 and 1 or 0) end
  return (score - 1 / n) / (1 - 1 / n)
end

--- Rows are true, columns predicted classes.
---@param labels Tensor|integer[]
---@param predictions Tensor|integer[]
---@param o? { labels: integer[], normalize: string }
---@return Tensor, integer[]   the matrix, and the label of each row
function metrics.confusion_matrix(labels, predictions, o)
  o = check(o, { "labels", "normalize" }, "confusion_matrix")
  local c, values = raw.confusion_of(labels, predictions, o.labels)
  if o.labels then
    if #o.labels == 0 then fail("confusion_matrix: labels is empty, expected at least one label") end
    c, values = c:select { rows = rows_of(o.labels, values) }, o.labels
  end
  return c:matrix { normalize = o.normalize }, values
end

--- scikit-learn's text, byte for byte; with output_dict a table (see ConfusionMatrix:report_table).
---@param labels Tensor|integer[]
---@param predictions Tensor|integer[]
---@param o? { labels: integer[], target_names: string[], digits = 2, zero_division = 0, output_dict = false }
---@return string|table
function metrics.classification_report(labels, predictions, o)
  o = check(o, { "labels", "target_names", "digits", "zero_division", "output_dict" }, "classification_report")
  local c, values = raw.confusion_of(labels, predictions, o.labels)
  local rows = o.labels and rows_of(o.labels, values)
  local n = #(rows or values)
  if o.target_names and #o.target_names ~= n then
    fail(("classification_report: number of classes, %d, does not match size of target_names, %d: name the classes that "
          .. "occur, or say with labels = {...} which ones are named"):format(n, #o.target_names))
  end
  if o.output_dict then
    if rows then fail("classification_report: output_dict together with labels is not supported") end
    local t = c:report_table { zero_division = o.zero_division }
    for i, name in ipairs(o.target_names or {}) do t[i].name = name end
    return t
  end
  return c:report { digits = o.digits, zero_division = o.zero_division, rows = rows, names = o.target_names }
end

local AVERAGES = { macro = true, weighted = true, micro = true }

--- precision_score and its siblings: `average` is "macro", "weighted", "micro", "none" (a list) or, with pos_label, "binary".
local function score(name, field)
  return function(labels, predictions, o)
    o = check(o, { "average", "pos_label", "zero_division" }, name)
    local c, values = raw.confusion_of(labels, predictions)
    if AVERAGES[o.average] then return c:average(o.average, { zero_division = o.zero_division })[field] end
    local each = c[field](c, { zero_division = o.zero_division })
    if o.average == "none" then return each, values end
    if o.average ~= nil and o.average ~= "binary" or o.pos_label == nil then
      fail(("%s: average is %s: choose 'macro', 'weighted', 'micro' or 'none', or pos_label = the label of the positive class")
           :format(name, o.average and ("'%s'"):format(tostring(o.average)) or "not given"))
    end
    local row = rows_of({ o.pos_label }, values)[1]
    if not row then fail(("%s: pos_label %s does not occur"):format(name, tostring(o.pos_label))) end
    return each[row]
  end
end

metrics.precision_score = score("precision_score", "precision")
metrics.recall_score = score("recall_score", "recall")
metrics.f1_score = score("f1_score", "f1")

---@param a Tensor|integer[]
---@param b Tensor|integer[]
---@param o? { weights: string }
---@return number
function metrics.cohen_kappa_score(a, b, o)
  o = check(o, { "weights" }, "cohen_kappa_score")
  return raw.confusion_of(a, b):kappa(o.weights)
end

---@param labels Tensor|integer[]
---@param predictions Tensor|integer[]
---@return number
function metrics.matthews_corrcoef(labels, predictions) return raw.confusion_of(labels, predictions):mcc() end

for _, part in ipairs { "ranking", "probability" } do
  for name, fn in pairs(require("mlprun.metrics." .. part)) do metrics[name] = fn end
end
metrics.temperature = require("mlprun.metrics.calibration").temperature

return metrics
