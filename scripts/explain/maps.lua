--- mlprun.explain.maps - what a net's answers for a few pictures follow from, by its gradients: the maps that fit the net, each
--- over the picture that it is about. TensorBoard's pictures and the page show the same.
local core = require "mlprun.core"
local gradients = require "mlprun.explain.gradients"
local models = require "mlprun.explain.models"
local pictures = require "mlprun.explain.pictures"

local maps = {}

--- The maps of answers: saliency, and Grad-CAM where the model has a Conv2d.
---@param model Module
---@param inputs Tensor[]     what the model got, channels x height x width each
---@param answers integer[]   the class, from 1, that each map is about
---@return table[] found     of each picture: { input (Image), { name, picture (Image) }, ... }
function maps.of_answers(model, inputs, answers)
  local x, target, by_name = core.tensor.stack(inputs), core.tensor.tensor(answers), {}
  by_name[1] = { "saliency", (gradients.saliency(model, x, target)) }
  if models.has_convolution(model) then by_name[2] = { "Grad-CAM", (gradients.grad_cam(model, x, target)) } end
  local found = {}
  for n = 1, #inputs do
    local below = pictures.of_input(x[n])
    found[n] = { input = below }
    for i, each in ipairs(by_name) do found[n][i] = { each[1], pictures.of_map(each[2][n], below) } end
  end
  return found
end

return maps
