-- Makes the photos of the manual: mlprun tests/manual/pictures.lua FOLDER. Three classes of 40 pictures, 64x64: a shape of a
-- random size and place in a random colour, on a noisy ground.
local core = require "mlprun.core"
local sys, tensor, image = core.sys, core.tensor, core.image
local folder = arg[1]
local SIDE = 64

tensor.manual_seed(3)
local rows = tensor.arange(SIDE):float():reshape(SIDE, 1):expand(SIDE, SIDE)
local columns = tensor.arange(SIDE):float():reshape(1, SIDE):expand(SIDE, SIDE)
local shapes = {
  ball = function(x, y, r) return (rows - y):square():add((columns - x):square()):lt(r * r) end,
  bar = function(x, y, r) return (rows - y):abs():lt(r / 3):float():mul((columns - x):abs():lt(r * 1.6):float()):gt(0) end,
  box = function(x, y, r) return (rows - y):abs():maximum((columns - x):abs()):lt(r):byte() end,
}
local function between(low, high) return low + (high - low) * tensor.rand { 1 }:item() end

for _, class in ipairs { "ball", "bar", "box" } do
  sys.make_folder(folder .. "/" .. class)
  for i = 1, 40 do
    local mask = shapes[class](between(20, 44), between(20, 44), between(8, 18)):float():unsqueeze(3)
    local colour = tensor.rand { 1, 1, 3 } * 255
    local ground = tensor.rand { 1, 1, 3 } * 160 + tensor.randn { SIDE, SIDE, 3 } * 25
    local pixels = (mask * colour + (mask * -1 + 1) * ground):clamp(0, 255):byte()
    image.from_tensor(pixels):save(("%s/%s/%02d.png"):format(folder, class, i))
  end
end
