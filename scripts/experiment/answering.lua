--- mlprun.experiment.answering - how what a net gives becomes an answer for each picture.
--
-- One label for each picture: the class with the highest score. Several: the labels whose score is above 0, which is a
-- probability above 1/2. What is true of a picture is then one of the combinations of labels that the data has, and the answer
-- one of them or another one; it is right where all labels are. Their numbers stand for both in tables, files and pages, so
-- that accuracy is the share of pictures of which every label is right, and the confusions are those of combinations.
local core = require "mlprun.core"
local classification = require "mlprun.metrics.classification"

local answering = {}

local OTHER = "another combination"

--- The names of answers: the classes, or the combinations and one for those that no picture has.
---@param set Dataset
---@return string[]
function answering.names(set)
  if not set.multilabel then return set.classes end
  local _, names = set:combinations()
  names[#names + 1] = OTHER
  return names
end

--- The loss that fits the labels, unless a script has one.
function answering.criterion(set)
  local nn = require "mlprun.nn"
  return set.multilabel and nn.BCEWithLogitsLoss() or nn.CrossEntropyLoss()
end

-- Rows of 0 and 1 as numbers of combinations; one behind the last for others.
local function numbered(rows, has)
  local n = rows:size(1)
  local same = rows:to("u8"):unsqueeze(2):eq(has:unsqueeze(1)):all { dim = 3 }
  local other = core.tensor.ones({ n, 1 }, { dtype = "bool" })
  return core.tensor.cat({ same, other }, 2):to("u8"):argmax { dim = 2 }
end

--- How many answers for a batch are right.
---@param labels Tensor   as the batch has them
function answering.right(output, labels)
  if labels:dim() == 1 then return output:argmax({ dim = 2 }):eq(labels):sum():item() end
  return output:gt(0):eq(labels:gt(0.5)):all({ dim = 2 }):sum():item()
end

-- The probabilities of the combinations, of labels that are taken for independent, and of all others together.
local function of_combinations(output, has)
  local yes, no = core.nn.logsigmoid(output), core.nn.logsigmoid(-output)
  local table_ = has:to(output.dtype)
  local sums = yes:matmul(table_:transpose(1, 2)) + no:matmul((1 - table_):transpose(1, 2))
  local p = sums:exp()
  return core.tensor.cat({ p, (1 - p:sum { dim = 2, keepdim = true }):clamp { min = 0 } }, 2)
end

--- A function (output, labels) -> numbers of the labels, numbers of the answers, probabilities of all answers, and for several
--- labels the rows of both.
---@param set Dataset
function answering.reader(set)
  if not set.multilabel then
    return function(output, labels) return labels, output:argmax { dim = 2 }, core.nn.softmax(output, 2) end
  end
  local _, _, has = set:combinations()
  return function(output, labels)
    local said = output:gt(0)
    return numbered(labels, has), numbered(said, has), of_combinations(output, has), { labels, said:to("u8") }
  end
end

--- What several labels are measured by beside the accuracy, as columns of the experiment's table: scikit-learn's numbers.
---@param rows? Tensor[][]   of each batch, as the reader gives them; nil or empty: one label for each picture
---@return table[]   entries as run:record makes them
function answering.measures(rows)
  if not rows or #rows == 0 then return {} end
  local truth, said = {}, {}
  for i, pair in ipairs(rows) do truth[i], said[i] = pair[1], pair[2] end
  truth, said = core.tensor.cat(truth), core.tensor.cat(said)
  if truth:size(2) < 2 then return {} end
  local list = {}
  for i, average in ipairs { "micro", "macro" } do
    list[i] = { name = "f1_" .. average, format = "percent",
                value = classification.f1_score(truth, said, { average = average }) }
  end
  list[#list + 1] = { name = "hamming_loss", format = "percent", value = classification.hamming_loss(truth, said) }
  return list
end

--- Refuses sets of one run whose combinations have other numbers: they come from different sources.
function answering.check(fields)
  if not fields.train.multilabel then return end
  local known = table.concat(answering.names(fields.train), "\0")
  for _, part in ipairs { "val", "test" } do
    local set = fields[part]
    if set and (not set.multilabel or table.concat(answering.names(set), "\0") ~= known) then
      core.sys.fail(("run:fit: run.%s has not the combinations of labels that run.train has: take all parts from one data set, "
        .. "such as a CSV file with a column split"):format(part))
    end
  end
end

return answering
