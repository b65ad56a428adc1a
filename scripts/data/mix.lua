--- mlprun.data.mix - MixUp and CutMix: transforms of batches, with the names and meaning of torchvision.transforms.v2.
--
--   local mixup = data.MixUp { alpha = 0.2, num_classes = 10 }
--   for images, labels in loader:batches() do
--     images, labels = mixup(images, labels)         -- labels become probabilities, n x classes
--     local loss = criterion(model(images), labels)  -- which nn.CrossEntropyLoss takes as they are
--
-- Draws come from the generator behind ml.manual_seed, one for each batch in the order of the batches.
local core = require "mlprun.core"
local options = require "mlprun.options"
local words = require "mlprun.base.words"
local sys = core.sys

local mix = {}

local function read(o, who)
  o = options.check(o, { alpha = 1.0, num_classes = false }, who)
  if type(o.alpha) ~= "number" or not (o.alpha > 0 and o.alpha <= 1e6) then
    sys.fail(("%s: alpha is %s, expected a number above 0"):format(who, words.value(o.alpha)))
  end
  if o.num_classes and (math.type(o.num_classes) ~= "integer" or o.num_classes < 1 or o.num_classes > 1 << 20) then
    sys.fail(("%s: num_classes is %s, expected how many classes there are"):format(who, words.value(o.num_classes)))
  end
  return o
end

local function check_batch(who, images, labels)
  if not core.tensor.is_tensor(images) or not core.tensor.is_tensor(labels) then
    sys.fail(("%s: got %s and %s, expected the images and the labels of a batch"):format(who, type(images), type(labels)))
  end
end

local function class(name, apply)
  local meta = { __name = name }
  function meta.__call(self, images, labels)
    check_batch(name, images, labels)
    return apply(self, images, labels)
  end
  function meta.__tostring(self)
    return ("%s(alpha=%s, num_classes=%s)"):format(name, options.shown(self.alpha), self.num_classes or "nil")
  end
  return function(o)
    o = read(o, "data." .. name)
    return setmetatable({ alpha = o.alpha, num_classes = o.num_classes or nil }, meta)
  end
end

--- Each image of a batch is mixed with the one before it: lam * image + (1 - lam) * before, with one lam of
--- Beta(alpha, alpha) for the batch; labels likewise. Zhang et al., 2018.
---@param o? { alpha: number, num_classes: integer }   1.0; needed unless labels are probabilities already
---@return function   (images, labels) -> images, probabilities (n x classes), lam; images must be floats
mix.MixUp = class("MixUp", function(self, images, labels)
  local lam = core.data.draw_lambda(self.alpha)
  local mixed, targets = core.data.mixup(images, labels, self.num_classes or 0, lam)
  return mixed, targets, lam
end)

--- A box of each image comes from the image before it; labels are mixed in proportion to its area, of which 1 - lam with
--- lam of Beta(alpha, alpha) is asked for. Yun et al., 2019.
---@param o? { alpha: number, num_classes: integer }   1.0; needed unless labels are probabilities already
---@return function   (images, labels) -> images, probabilities (n x classes), the share that is left of each image
mix.CutMix = class("CutMix", function(self, images, labels)
  if images:dim() ~= 4 then
    sys.fail(("CutMix: the images have %d dimensions, expected n x channels x height x width"):format(images:dim()))
  end
  local height, width = images:size(3), images:size(4)
  local x1, y1, x2, y2 = core.data.draw_box(core.data.draw_lambda(self.alpha), width, height)
  local mixed, targets = core.data.cutmix(images, labels, self.num_classes or 0, x1, y1, x2, y2)
  return mixed, targets, 1 - (x2 - x1) * (y2 - y1) / (width * height)
end)

return mix
