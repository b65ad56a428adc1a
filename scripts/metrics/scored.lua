--- mlprun.metrics.scored - what goes with scores: which class is positive, columns of classes, several labels for a sample.
local core = require "mlprun.core"
local labels = require "mlprun.metrics.labels"
local tensor, fail = core.tensor, core.sys.fail

local scored = {}

--- Scores as f64 tensor of n x classes, or nil when they are one number for each sample.
function scored.columns(scores, who)
  if not tensor.is_tensor(scores) then
    if type(scores) ~= "table" then fail(("%s: scores are a %s, expected a tensor or a list"):format(who, type(scores))) end
    if type(scores[1]) ~= "table" then return nil end
    scores = tensor.tensor(scores, { dtype = "f64" })
  end
  if scores:dim() == 1 then return nil end
  if scores:dim() ~= 2 then fail(("%s: scores have %d dimensions, expected n x classes"):format(who, scores:dim())) end
  return scores:double()
end

--- 1 where a sample is of the positive class, else 0: that of pos_label; of labels 0 and 1, or -1 and 1, the 1, even where it
--- does not occur; of two other labels the larger one.
function scored.positive(truth, pos_label, who)
  local list = labels.list(truth, who)
  local present = labels.distinct(list)
  if type(pos_label) == "boolean" then pos_label = pos_label and 1 or 0 end
  if #present > 2 then
    fail(("%s: there are %d classes and one score for each sample: pass one column of scores for each class"):format(who,
      #present))
  end
  if pos_label == nil then
    local first, last = present[1], present[#present]
    if (first == 0 or first == -1) and #present == 1 then pos_label = 1
    elseif #present == 2 or first == 1 or #present == 0 then pos_label = last
    else
      fail(("%s: every label is %s: pass pos_label = the label of the positive class"):format(who, tostring(first)))
    end
  elseif #present == 2 and present[1] ~= pos_label and present[2] ~= pos_label then
    fail(("%s: pos_label %s does not occur"):format(who, tostring(pos_label)))
  end
  local flags = {}
  for i, label in ipairs(list) do flags[i] = label == pos_label and 1 or 0 end
  return flags
end

--- The numbers (from 1) of the columns that labels mean, as many as there are rows of scores.
function scored.numbers(truth, scores, only, who)
  local numbers = labels.of_columns(truth, scores:size(2), only, who)
  if #numbers ~= scores:size(1) then
    fail(("%s: got %d labels and %d rows of scores, expected as many"):format(who, #numbers, scores:size(1)))
  end
  return numbers
end

--- An f64 tensor of samples x classes, 1 at the class of each.
function scored.flags(numbers, classes)
  return tensor.tensor(numbers, { dtype = "i64" }):reshape(-1, 1):eq(tensor.arange(1, classes + 1)):double()
end

--- Several labels for each sample: both sides as f64 tensors of the same shape; nil where labels are one for each.
function scored.several(truth, scores, who)
  if not labels.is_matrix(truth) then return nil end
  local y = labels.several(truth, truth, who)
  local s = scored.columns(scores, who)
  if not s or s:size(1) ~= y:size(1) or s:size(2) ~= y:size(2) then
    fail(("%s: labels are %s, expected as many scores"):format(who, table.concat(y.shape, "x")))
  end
  return y, s
end

function scored.check_probabilities(scores, who)
  if (scores:sum { dim = 2 } - 1):abs():max():item() > 1e-5 then
    fail(("%s: target scores need to be probabilities for multi-class, they should sum up to 1.0 over classes: use "
      .. "nn.functional.softmax"):format(who))
  end
end

return scored
