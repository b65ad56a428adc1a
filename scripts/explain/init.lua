--- ml.explain - looking into a model: what its first layer has learned, and what its answers follow from.
--
--   net, about = ml.load_model("runs/mlp_vs_cnn")
--   x = about.transform(ml.data.read_image("holiday.jpg")):unsqueeze(1)
--   print(explain.show(net, x, { classes = about.classes }))
local core = require "mlprun.core"
local sys = core.sys
local gradients = require "mlprun.explain.gradients"
local models = require "mlprun.explain.models"
local names = require "mlprun.base.names"
local occlusion = require "mlprun.explain.occlusion"
local options = require "mlprun.options"
local pictures = require "mlprun.explain.pictures"
local plot = require "mlprun.plot"

local explain = {}

--- How much the score of a class changes with each pixel: the size of its gradient, the largest over the channels.
---@param model Module
---@param input Tensor   n x channels x height x width, as the model takes it
---@param o? { target: integer }   the class, from 1, or a tensor with one for each picture; what the model answers unless given
---@return Tensor map   n x height x width
---@return Tensor classes
function explain.saliency(model, input, o)
  o = options.check(o, { "target" }, "explain.saliency")
  return gradients.saliency(model, input, o.target)
end

--- What the score of a class loses when a window of the picture is covered: the mean over the windows that cover a pixel.
---@param model Module
---@param input Tensor
---@param o? { target: integer, window: integer, stride: integer, value = 0 }   window: pixels a side, an eighth of the picture
---  unless given; stride: half of the window; value: what covers
---@return Tensor map
---@return Tensor classes
function explain.occlusion(model, input, o)
  o = options.check(o, { "target", "window", "stride", "value" }, "explain.occlusion")
  return occlusion(model, input, o.target, o)
end

--- Where a convolution's features speak for a class.
---@param model Module
---@param input Tensor
---@param o? { target: integer, layer: Module|string }   layer: the model's last Conv2d unless given
---@return Tensor map
---@return Tensor classes
function explain.grad_cam(model, input, o)
  o = options.check(o, { "target", "layer" }, "explain.grad_cam")
  return gradients.grad_cam(model, input, o.target, o.layer)
end

--- A map as an Image, over a picture in grey where one is given.
---@param map Tensor   height x width
---@param o? { over: Image }
---@return Image
function explain.picture(map, o)
  o = options.check(o, { "over" }, "explain.picture")
  return pictures.of_map(map, o.over)
end

--- The weights of a model's first layer as pictures, one for each unit: grey is 0.
---@param model Module
---@param o? { most = 64, shape: integer[], file: string }   shape: channels, height, width, where it is not a square
---@return Figure
function explain.weights(model, o)
  o = options.check(o, { "most", "shape", "file" }, "explain.weights")
  local images, name = pictures.of_weights(model, o.most or 64, o.shape)
  return plot.image_grid(images, { most = #images, cell = 64, file = o.file,
    title = ("weights of layer '%s': %d units"):format(name, #images) })
end

local METHODS = { "saliency", "occlusion", "grad_cam" }

--- Pictures as the model sees them, each with its maps beside it. Grad-CAM is among them where the model has a Conv2d.
---@param model Module
---@param input Tensor
---@param o? { target: integer, methods: string[], classes: string[], file: string }
---@return Figure
---@example explain.show(net, x, { classes = about.classes })
function explain.show(model, input, o)
  o = options.check(o, { "target", "methods", "classes", "file" }, "explain.show")
  local methods = o.methods or (models.has_convolution(model) and METHODS or { "saliency", "occlusion" })
  local images, labels, maps, classes = {}, {}, {}, nil
  for i, method in ipairs(methods) do
    local problem = names.problem(method, METHODS, "method")
    if problem then sys.fail("explain.show: " .. problem) end
    maps[i], classes = explain[method](model, input, { target = o.target })
  end
  for n, class in ipairs(classes and classes:tolist() or {}) do
    local below = pictures.of_input(input[n])
    images[#images + 1], labels[#labels + 1] = below, o.classes and tostring(o.classes[class]) or ("class %d"):format(class)
    for i, method in ipairs(methods) do
      images[#images + 1], labels[#labels + 1] = pictures.of_map(maps[i][n], below), method
    end
  end
  return plot.image_grid(images, { labels = labels, columns = #methods + 1, most = #images, cell = 128, file = o.file })
end

return explain
