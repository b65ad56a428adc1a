--- mlprun.explain.gradients - what a model's scores follow from, by their gradients: saliency and Grad-CAM.
local core = require "mlprun.core"
local sys = core.sys
local autograd = require "mlprun.autograd"
local defer = require "mlprun.base.defer"
local models = require "mlprun.explain.models"
local modes = require "mlprun.nn.modes"

local gradients = {}

-- Gradients go through the model and leave its parameters alone; the returned value puts them back.
local function only_through(model)
  local asked = {}
  for _, p in ipairs(model:parameters()) do
    if p.requires_grad then
      asked[#asked + 1] = p
      p:requires_grad_(false)
    end
  end
  return defer(function()
    for _, p in ipairs(asked) do p:requires_grad_(true) end
  end)
end

-- The scores of the classes are summed up and followed back: rows do not mix in evaluation mode.
local function follow(model, x, target)
  return autograd.enable_grad(function()
    local scores = model(x)
    local classes = models.targets(scores, target)
    scores:gather(2, classes:reshape(-1, 1)):sum():backward()
    return classes
  end)
end

--- How much the score of a class changes with each pixel: the size of its gradient, the largest over the channels (Simonyan et
--- al., 2013).
---@param model Module
---@param input Tensor   n x channels x height x width
---@param target? integer|Tensor   the class, or one for each picture; what the model answers unless given
---@return Tensor map   n x height x width
---@return Tensor classes   which they are
function gradients.saliency(model, input, target)
  models.check(model, input, "explain.saliency")
  local _ <close> = modes.evaluating(model)
  local _ <close> = only_through(model)
  local x = input:detach():clone():requires_grad_(true)
  local classes = follow(model, x, target)
  return (x.grad:abs():max { dim = 2 }), classes
end

-- The layer that is looked at: a module, its name, or the last convolution.
local function layer_of(model, asked)
  local last
  for name, module in model:named_modules() do
    if rawequal(module, asked) or name == asked and name ~= "" then return module end
    if module:class_name() == "Conv2d" then last = module end
  end
  if asked ~= nil then
    local name = type(asked) == "table" and asked:class_name() or tostring(asked)
    sys.fail(("explain.grad_cam: the model has no layer '%s'"):format(name))
  end
  return last or sys.fail("explain.grad_cam: the model has no Conv2d: Grad-CAM is for convolutional nets; "
    .. "explain.saliency and explain.occlusion look into any")
end

-- The matrix that reads `out` places between `size` ones, as interpolate(mode = "bilinear") does.
local function between(out, size)
  local m = core.tensor.zeros { out, size }
  for i = 0, out - 1 do
    local at = math.max(0, (i + 0.5) * size / out - 0.5)
    local below = math.min(math.floor(at), size - 1)
    local above, share = math.min(below + 1, size - 1), at - below
    m[i + 1][below + 1] = m[i + 1][below + 1]:item() + 1 - share
    m[i + 1][above + 1] = m[i + 1][above + 1]:item() + share
  end
  return m
end

--- Where the features of a convolution speak for a class: its channels, weighted by the mean gradient of the score, added up,
--- and what is above 0 brought to the input's size (Selvaraju et al., 2017).
---@param model Module
---@param input Tensor
---@param target? integer|Tensor
---@param layer? Module|string   the model's last Conv2d unless given
---@return Tensor map   n x height x width
---@return Tensor classes
function gradients.grad_cam(model, input, target, layer)
  models.check(model, input, "explain.grad_cam")
  local _ <close> = modes.evaluating(model)
  local _ <close> = only_through(model)
  local features
  local hook = layer_of(model, layer):register_forward_hook(function(_, _, output)
    output:retain_grad()
    features = output
  end)
  local _ <close> = defer(function() hook:remove() end)
  local classes = follow(model, input:detach():clone():requires_grad_(true), target)
  if not features then sys.fail("explain.grad_cam: the layer took no part in the model's answer") end
  if #features.shape ~= 4 then
    sys.fail(("explain.grad_cam: the layer gives %s, expected feature maps: n x channels x height x width"):format(
      table.concat(features.shape, "x")))
  end
  local weights = features.grad:mean { dim = { 3, 4 }, keepdim = true }
  local map = (features:detach() * weights):sum { dim = 2 }:relu()
  local height, width = input.shape[3], input.shape[4]
  return between(height, map.shape[2]):matmul(map):matmul(between(width, map.shape[3]):t():contiguous()), classes
end

return gradients
