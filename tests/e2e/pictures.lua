-- pictures.lua - makes a small data set: class folders of 8x8 PNG files, coloured by class, with noise. As a program:
-- mlprun tests/e2e/pictures.lua FOLDER [PER_CLASS]. As a library: dofile(...)(folder, per_class).
local core = require "mlprun.core"
local sys, tensor, image = core.sys, core.tensor, core.image

local CLASSES = { apple = { 0.8, 0.2, 0.2 }, banana = { 0.8, 0.8, 0.2 }, plum = { 0.4, 0.1, 0.6 } }

local function make(folder, per_class)
  tensor.manual_seed(7)
  for _, class in ipairs { "apple", "banana", "plum" } do
    sys.make_folder(folder .. "/" .. class)
    local colour = tensor.tensor(CLASSES[class]):reshape(1, 1, 3)
    for i = 1, per_class do
      local noisy = (colour + tensor.randn(1, 1, 3) * 0.3 + tensor.randn(8, 8, 3) * 0.3):clamp { min = 0, max = 1 }
      image.from_tensor((noisy * 255):byte()):save(("%s/%s/%02d.png"):format(folder, class, i))
    end
  end
  return folder
end

if arg[0]:find("pictures%.lua$") then make(arg[1], tonumber(arg[2] or "20")) end
return make
