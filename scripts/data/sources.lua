--- mlprun.data.sources - data sets that are made from tensors and from lists of files.
local core = require "mlprun.core"
local options = require "mlprun.options"
local targets = require "mlprun.data.targets"
local words = require "mlprun.base.words"
local sys = core.sys

local sources = {}

-- Several labels for each sample.
local function several(samples, rows, names)
  local width = #rows[1]
  if type(names) ~= "table" then
    if names ~= nil and names ~= width then
      sys.fail(("data.TensorDataset: classes is %s but there are %d labels for each sample"):format(tostring(names), width))
    end
    names = {}
    for k = 1, width do names[k] = tostring(k) end
  end
  if #names ~= width or width == 0 then
    sys.fail(("data.TensorDataset: %d names for %d labels"):format(#names, width))
  end
  for i, row in ipairs(rows) do
    if #row ~= width then sys.fail(("data.TensorDataset: sample %d has %d labels, the first has %d"):format(i, #row, width)) end
    for k, value in ipairs(row) do
      if value == true or value == false then value = value and 1 or 0 end
      if value ~= 0 and value ~= 1 then
        sys.fail(("data.TensorDataset: label %d of sample %d is %s, expected 0 or 1"):format(k, i, words.value(value)))
      end
      row[k] = math.tointeger(value)
    end
  end
  local labels, titles, has = targets.combinations(rows, names)
  local set = core.data.tensors(samples, core.tensor.tensor(labels, { dtype = "i64" }), titles)
  core.data.set_targets(set, names, has)
  return set
end

--- A data set of the rows of a tensor (of any shape and type) and one label for each.
---
--- Without a transform a DataLoader's batches are rows as they are. Transforms need u8 pictures of n x 1 or 3 x height x
--- width. The tensor is shared, not copied, when it is contiguous.
---@param samples Tensor   n x ...
---@param labels Tensor|integer[]   n labels from 1; or several for each: n x labels of 0 and 1
---@param o? { classes: string[]|integer }   of the classes, or of the labels that each sample has several of
---@return Dataset
function sources.TensorDataset(samples, labels, o)
  o = options.check(o, { "classes" }, "data.TensorDataset")
  if not core.tensor.is_tensor(samples) then
    sys.fail(("data.TensorDataset: got a %s, expected a tensor of samples"):format(type(samples)))
  end
  if core.tensor.is_tensor(labels) and labels:dim() == 2 then labels = labels:tolist() end
  if type(labels) == "table" and type(labels[1]) == "table" then return several(samples, labels, o.classes) end
  if type(labels) == "table" then labels = core.tensor.tensor(labels, { dtype = "i64" }) end
  if not core.tensor.is_tensor(labels) then
    sys.fail(("data.TensorDataset: got a %s, expected labels, one for each sample"):format(type(labels)))
  end
  local names = o.classes
  if type(names) ~= "table" then
    local count = names
    if count == nil then count = labels:numel() > 0 and math.max(1, math.tointeger(labels:max():item()) or 1) or 1 end
    if math.type(count) ~= "integer" or count < 1 or count > 1 << 20 then
      sys.fail(("data.TensorDataset: classes is %s, expected names or a number of them"):format(words.value(count)))
    end
    names = {}
    for i = 1, count do names[i] = tostring(i) end
  end
  return core.data.tensors(samples, labels, names)
end

sources.CSV = require("mlprun.data.csv").CSV

return sources
