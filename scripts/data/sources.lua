--- mlprun.data.sources - data sets that are made from tensors and from lists of files.
local core = require "mlprun.core"
local options = require "mlprun.options"
local sys = core.sys

local sources = {}

--- A data set of the rows of a tensor (of any shape and type) and one label for each.
---
--- Without a transform a DataLoader's batches are rows as they are. Transforms need u8 pictures of n x 1 or 3 x height x
--- width. The tensor is shared, not copied, when it is contiguous.
---@param samples Tensor   n x ...
---@param labels Tensor|integer[]   n labels from 1
---@param o? { classes: string[]|integer }
---@return Dataset
function sources.TensorDataset(samples, labels, o)
  o = options.check(o, { "classes" }, "data.TensorDataset")
  if not core.tensor.is_tensor(samples) then
    sys.fail(("data.TensorDataset: got a %s, expected a tensor of samples"):format(type(samples)))
  end
  if type(labels) == "table" then labels = core.tensor.tensor(labels, { dtype = "i64" }) end
  if not core.tensor.is_tensor(labels) then
    sys.fail(("data.TensorDataset: got a %s, expected labels, one for each sample"):format(type(labels)))
  end
  if labels.dtype == "u8" then labels = labels:long() end
  local names = o.classes
  if type(names) ~= "table" then
    local count = names
    if count == nil then count = labels:numel() > 0 and math.max(1, math.tointeger(labels:max():item()) or 1) or 1 end
    if math.type(count) ~= "integer" or count < 1 or count > 1 << 20 then
      sys.fail(("data.TensorDataset: classes is %s, expected names or a number of them"):format(tostring(count)))
    end
    names = {}
    for i = 1, count do names[i] = tostring(i) end
  end
  return core.data.tensors(samples, labels, names)
end

sources.CSV = require("mlprun.data.csv").CSV

return sources
