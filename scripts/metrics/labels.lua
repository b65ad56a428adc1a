--- mlprun.metrics.labels - what people write labels as: whole numbers, names, yes and no, or several for each sample.
local core = require "mlprun.core"
local raw, tensor, fail = core.metrics, core.tensor, core.sys.fail

local labels = {}

--- Labels as a list: numbers, or texts. Yes and no are 1 and 0.
function labels.list(values, who)
  if tensor.is_tensor(values) then
    if values:dim() > 1 and values:numel() ~= values:size(1) then
      fail(("%s: labels are %s, expected one for each sample"):format(who, table.concat(values.shape, "x")))
    end
    return values:reshape(-1):long():tolist()
  end
  if type(values) ~= "table" then
    local what = type(values) == "userdata" and tostring(values):match("^[^\n]*") or "a " .. type(values)
    fail(("%s: labels are %s, expected a list or a tensor"):format(who, what))
  end
  if type(values[1]) ~= "boolean" then return values end
  local list = {}
  for i, value in ipairs(values) do list[i] = value and 1 or 0 end
  return list
end

-- "number" or "string": what a list of labels is made of. An empty one is of numbers.
local function kind_of(values, what, who)
  if tensor.is_tensor(values) then return "number" end
  local kind = type(values[1])
  for i, value in ipairs(values) do
    if type(value) ~= kind or kind ~= "number" and kind ~= "string" then
      fail(("%s: %s %d is a %s, expected %s"):format(who, what, i, type(value), kind == "number" and "a number as before"
        or kind == "string" and "a text as before" or "whole numbers or texts"))
    end
  end
  return kind == "string" and "string" or "number"
end

--- The distinct ones of several lists, sorted.
function labels.distinct(...)
  local seen, list = {}, {}
  for _, values in ipairs { ... } do
    for _, value in ipairs(values) do
      if not seen[value] then seen[value], list[#list + 1] = true, value end
    end
  end
  table.sort(list)
  return list
end

--- The positions of `values` in a list without repetition.
function labels.places(values, list)
  local at, places = {}, {}
  for i, value in ipairs(list) do at[value] = i end
  for i, value in ipairs(values) do places[i] = at[value] or false end
  return places
end

local function plain(values, who)
  if tensor.is_tensor(values) and values:dim() == 1 and values.dtype ~= "bool" then return values end
  return labels.list(values, who)
end

-- The option `labels`: each once.
local function listed(given, who)
  if given == nil then return nil end
  local list = labels.list(given, who)
  if #list == 0 then fail(("%s: labels is empty, expected at least one label"):format(who)) end
  if #labels.distinct(list) < #list then fail(("%s: labels names a label twice"):format(who)) end
  return list
end

--- Counts answers. `o` has labels and sample_weight, or not.
---@return ConfusionMatrix, any[] values, integer[]? rows   the label of each class; the places of o.labels among them
function labels.confusion(truth, predictions, o, who)
  truth, predictions = plain(truth, who), plain(predictions, who)
  local only = listed(o.labels, who)
  local kind = kind_of(truth, "label", who)
  for what, list in pairs { predictions = predictions, ["the option labels"] = only } do
    if list and kind_of(list, what, who) ~= kind then
      fail(("%s: labels are %ss but %s has %ss: expected the same kind"):format(who, kind, what, kind_of(list, what, who)))
    end
  end
  if kind == "number" then
    local c, values = raw.confusion_of(truth, predictions, only, o.sample_weight)
    return c, values, only and labels.places(only, values)
  end
  local values = labels.distinct(truth, predictions, only or {})
  local c = raw.confusion_of(labels.places(truth, values), labels.places(predictions, values),
    only and labels.places(only, values), o.sample_weight)
  return c, values, only and labels.places(only, values)
end

--- Whether there are several labels for each sample: a matrix, or a list of rows.
function labels.is_matrix(values)
  if tensor.is_tensor(values) then return values:dim() == 2 and values:size(2) > 1 end
  return type(values) == "table" and type(values[1]) == "table"
end

local function indicator(values, what, who)
  if not labels.is_matrix(values) then
    fail(("%s: %s are one for each sample but the other side has several: expected two matrices of samples x labels")
      :format(who, what))
  end
  local matrix = (tensor.is_tensor(values) and values or tensor.tensor(values, { dtype = "f64" })):double()
  if not (matrix:eq(0) + matrix:eq(1)):all():item() then
    fail(("%s: %s have other numbers than 0 and 1: several labels for a sample are a row of 0 and 1"):format(who, what))
  end
  return matrix
end

--- Whether there are several labels for each sample, and then both sides as f64 tensors of samples x labels of 0 and 1.
function labels.several(truth, predictions, who)
  if not labels.is_matrix(truth) and not labels.is_matrix(predictions) then return false end
  local y, p = indicator(truth, "labels", who), indicator(predictions, "predictions", who)
  if y:size(1) ~= p:size(1) or y:size(2) ~= p:size(2) then
    fail(("%s: labels are %s but predictions are %s"):format(who, table.concat(y.shape, "x"), table.concat(p.shape, "x")))
  end
  return y, p
end

--- The option sample_weight for n samples as an f64 tensor; nil where there is none.
function labels.weights(given, n, who)
  if given == nil then return nil end
  local w = tensor.is_tensor(given) and given:double():reshape(-1) or tensor.tensor(given, { dtype = "f64" })
  if #w ~= n then fail(("%s: got %d labels and %d weights, expected as many"):format(who, n, #w)) end
  if n > 0 and not (w:isfinite() * w:ge(0)):all():item() then
    fail(("%s: sample_weight has a number that is negative or not finite"):format(who))
  end
  return w
end

--- Labels as the numbers of n columns of scores: they are these numbers, or texts in sorted order, or what `listed` has in
--- sorted order.
function labels.of_columns(values, n, only, who)
  local list = labels.list(values, who)
  if only == nil and kind_of(list, "label", who) == "number" then
    for i, label in ipairs(list) do
      if math.tointeger(label) == nil or label < 1 or label > n then
        fail(("%s: label %s of sample %d is none of the classes 1 to %d that the scores have%s"):format(who, tostring(label), i,
          n, label == 0 and ": pass labels = { 0, 1, ... } where they count from 0" or ""))
      end
    end
    return list
  end
  local order = only and listed(only, who) or labels.distinct(list)
  local sorted = labels.distinct(order)
  for i, value in ipairs(order) do
    if value ~= sorted[i] then
      fail(("%s: the option labels is not in sorted order, in which the columns of scores are"):format(who))
    end
  end
  if #order ~= n then
    fail(("%s: there are %d classes and %d columns of scores: pass labels = the classes of all columns"):format(who, #order, n))
  end
  local places = labels.places(list, order)
  for i, place in ipairs(places) do
    if not place then fail(("%s: label %s of sample %d is not among labels"):format(who, tostring(list[i]), i)) end
  end
  return places
end

return labels
