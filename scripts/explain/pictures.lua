--- mlprun.explain.pictures - maps and weights as pictures.
local core = require "mlprun.core"
local sys, tensor, image = core.sys, core.tensor, core.image

local pictures = {}

-- From nothing to much: dark violet, red, orange, light yellow.
local RAMP = { { 0, 0, 4 }, { 87, 16, 110 }, { 188, 55, 84 }, { 249, 142, 9 }, { 252, 255, 164 } }

-- The colours of shares (n, from 0 on), n x 3.
local function colours(shares)
  local ramp, at = tensor.tensor(RAMP, { dtype = "f64" }), shares:clamp { max = 1 } * (#RAMP - 1) + 1
  local below = at:floor():clamp { max = #RAMP - 1 }
  local first = below:to("i64")
  local a, b = ramp:index_select(1, first), ramp:index_select(1, first + 1)
  return a + (b - a) * (at - below):unsqueeze(2)
end

--- A map as an Image: its largest value is light; what is 0 or below is dark. over: the picture below it, in grey, which the
--- map covers where it is high.
---@param map Tensor   height x width
---@param over? Image
---@return Image
function pictures.of_map(map, over)
  if not tensor.is_tensor(map) or #map.shape ~= 2 then
    sys.fail("explain.picture: expected a map of height x width, such as explain.saliency(net, x)[1]")
  end
  local height, width = map.shape[1], map.shape[2]
  local shares = map:detach():to("f64"):reshape(-1) / math.max(map:max():item(), 1e-30)
  shares = tensor.where(shares:gt(0), shares, tensor.zeros_like(shares)) -- no number is dark too
  local levels = colours(shares)
  if over then
    local grey = over:resize(width, height):convert(1):tensor():to("f64"):reshape(-1, 1) * 0.6
    levels = grey + (levels - grey) * (shares + 0.15):clamp({ max = 1 }):unsqueeze(2)
  end
  return image.from_tensor((levels + 0.5):floor():to("u8"):reshape(height, width, 3), { layout = "HWC" })
end

--- What a model got as a picture again: stretched from its least to its greatest value.
---@param x Tensor   channels x height x width
---@return Image
function pictures.of_input(x)
  local low, high = x:min():item(), x:max():item()
  local levels = ((x:detach() - low) / math.max(high - low, 1e-12) * 255):round():to("u8")
  return image.from_tensor(levels:permute(2, 3, 1):contiguous(), { layout = "HWC" })
end

-- The shape of a picture with so many numbers: colour or grey, square; nil when there is none.
local function shape_of(numbers)
  for _, channels in ipairs { 3, 1 } do
    local side = math.floor(math.sqrt(numbers / channels) + 0.5)
    if channels * side * side == numbers then return { channels, side, side } end
  end
end

-- The first layer with weights that pictures go into, and the shape of what one of its units looks at.
local function first_layer(model)
  for name, module in model:named_modules() do
    local class = module:class_name()
    if class == "Conv2d" then
      local weight = module.weight
      return name, weight, { weight.shape[2], weight.shape[3], weight.shape[4] }
    elseif class == "Linear" then
      return name, module.weight, shape_of(module.weight.shape[2])
    end
  end
end

--- The weights of each unit of a model's first layer, as pictures: middle grey is 0, and the largest of a unit is full light or
--- dark.
---@param model Module
---@param most integer   how many units
---@param shape? integer[]   channels, height, width of what the layer sees, where it is not a square
---@return Image[] images, string name   of the layer
function pictures.of_weights(model, most, shape)
  local name, weight, found = first_layer(model)
  if not name then sys.fail("explain.weights: the model has no Conv2d and no Linear") end
  shape = shape or found
  if not shape then
    sys.fail(("explain.weights: %d weights are no square picture: say shape = { channels, height, width }"):format(
      weight.shape[2]))
  end
  if shape[1] ~= 1 and shape[1] ~= 3 then
    sys.fail(("explain.weights: layer '%s' sees %d channels, and a picture has 1 or 3"):format(name, shape[1]))
  end
  local images = {}
  for i = 1, math.min(most, weight.shape[1]) do
    local w = weight:detach()[i]:reshape(shape)
    local largest = math.max(w:abs():max():item(), 1e-30)
    local levels = ((w / largest + 1) * 127.5):round():clamp(0, 255):to("u8")
    images[i] = image.from_tensor(levels:permute(2, 3, 1):contiguous(), { layout = "HWC" })
  end
  return images, name
end

return pictures
