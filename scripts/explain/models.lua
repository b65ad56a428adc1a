--- mlprun.explain.models - what looking into a model begins with.
local core = require "mlprun.core"
local sys = core.sys
local is_module = require("mlprun.nn.module").is_module
local words = require "mlprun.base.words"

local models = {}

--- An error unless it is a model and a batch of pictures.
function models.check(model, input, who)
  if not is_module(model) then sys.fail(("%s: got a %s, expected a model"):format(who, type(model))) end
  if not core.tensor.is_tensor(input) then
    sys.fail(("%s: the input is a %s, expected a tensor: transform(image):unsqueeze(1)"):format(who, type(input)))
  end
  if #input.shape ~= 4 then
    sys.fail(("%s: the input is %s, expected pictures: n x channels x height x width; one picture: x:unsqueeze(1)"):format(who,
      table.concat(input.shape, "x")))
  end
end

--- The classes that are asked for, from 1: one for each row of scores.
---@param scores Tensor
---@param target nil|integer|Tensor
---@return Tensor
function models.targets(scores, target)
  if #scores.shape ~= 2 then
    sys.fail(("explain: the model gives %s, expected scores: n x classes"):format(table.concat(scores.shape, "x")))
  end
  if target == nil then return (scores:detach():argmax { dim = 2 }) end
  local n, classes = scores.shape[1], scores.shape[2]
  local list = core.tensor.is_tensor(target) and target or core.tensor.full({ n }, target, { dtype = "i64" })
  for _, class in ipairs(list:tolist()) do
    if class < 1 or class > classes then
      sys.fail(("explain: the class is %s, expected 1 to %d"):format(words.value(class), classes))
    end
  end
  if list.shape[1] ~= n then sys.fail(("explain: %d classes for %d pictures"):format(list.shape[1], n)) end
  return list
end

--- Whether feature maps are there to look at.
---@param model Module
function models.has_convolution(model)
  for module in model:modules() do
    if module:class_name() == "Conv2d" then return true end
  end
  return false
end

return models
