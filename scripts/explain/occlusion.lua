--- mlprun.explain.occlusion - which parts of a picture an answer needs: a window is covered, at one place after the other, and
--- what the score of the class loses is written where it lay (Zeiler and Fergus, 2013).
local core = require "mlprun.core"
local sys = core.sys
local autograd = require "mlprun.autograd"
local models = require "mlprun.explain.models"
local modes = require "mlprun.nn.modes"
local words = require "mlprun.base.words"

-- Where windows begin, from 0: the last one may hang over the end.
local function places(size, window, stride)
  local list = {}
  for i = 0, math.ceil(math.max(0, size - window) / stride) do list[i + 1] = i * stride end
  return list
end

local function whole(value, name, most)
  if math.type(value) ~= "integer" or value < 1 or value > most then
    sys.fail(("explain.occlusion: %s is %s, expected a whole number from 1 to %d"):format(name, words.value(value), most))
  end
  return value
end

--- The mean loss of the score over the windows that covered a pixel.
---@param model Module
---@param input Tensor   n x channels x height x width
---@param target? integer|Tensor
---@param o { window: integer?, stride: integer?, value: number? }   pixels a side (an eighth of the picture), from window to
---  window (half of one), what covers (0: the mean level of normalised pictures)
---@return Tensor map   n x height x width
---@return Tensor classes
return function(model, input, target, o)
  models.check(model, input, "explain.occlusion")
  local n, height, width = input.shape[1], input.shape[3], input.shape[4]
  local window = whole(o.window or math.max(1, math.min(height, width) // 8), "window", math.min(height, width))
  local stride = whole(o.stride or math.max(1, window // 2), "stride", window)
  local _ <close> = modes.evaluating(model)
  return autograd.no_grad(function()
    local scores = model(input)
    local classes = models.targets(scores, target)
    local at = classes:reshape(-1, 1)
    local whole_scores = scores:gather(2, at):reshape(-1)
    local sums, counts = core.tensor.zeros { n, height, width }, core.tensor.zeros { height, width }
    for _, top in ipairs(places(height, window, stride)) do
      local rows = math.min(window, height - top)
      for _, left in ipairs(places(width, window, stride)) do
        local columns = math.min(window, width - left)
        local covered = input:detach():clone()
        covered:narrow(3, top + 1, rows):narrow(4, left + 1, columns):fill_(o.value or 0)
        local lost = whole_scores - model(covered):gather(2, at):reshape(-1)
        sums:narrow(2, top + 1, rows):narrow(3, left + 1, columns):add_(lost:reshape(n, 1, 1))
        counts:narrow(1, top + 1, rows):narrow(2, left + 1, columns):add_(1)
      end
    end
    return sums / counts, classes
  end)
end
