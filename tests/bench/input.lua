-- input.lua FOLDER [smoke] - one round of input rates on a class folder, in images a second: cold decoding and resizing, warm
-- epochs with the practical work's augmentation, and each transform alone.
local ml = require "mlprun"
local core = require "mlprun.core"
local augment, data, clock = ml.augment, ml.data, core.sys.clock
local path, smoke = arg[1], arg[2] == "smoke"

local folder = data.open(path)

local function epoch(loader)
  local began, count = clock(), 0
  for _, labels in loader:batches() do count = count + #labels end
  return count / (clock() - began)
end

local function put(name, rate) print(("input/%s images/s\t%.6g"):format(name, rate)) end

local size = { augment.Resize(64, 64) }
local finish = { augment.Normalize(), augment.ToTensorV2() }
local function pipeline(steps)
  local all = {}
  for _, list in ipairs { size, steps, finish } do table.move(list, 1, #list, #all + 1, all) end
  return augment.Compose(all)
end

for _, workers in ipairs { 0, 2 } do
  local loader = data.DataLoader(folder:with(augment.Compose(size)), { batch_size = 32, workers = workers, cache = false })
  put(("cold decode and resize, workers %d"):format(workers), epoch(loader))
end

local report = pipeline { augment.HorizontalFlip { p = 0.5 }, augment.RandomBrightnessContrast { p = 0.2 },
                          augment.ShiftScaleRotate { p = 0.5 } }
local function warm(name, transform, workers, rounds)
  local loader = data.DataLoader(folder:with(transform), { batch_size = 32, workers = workers, shuffle = true })
  epoch(loader)
  local best = 0
  for _ = 1, smoke and 1 or rounds do best = math.max(best, epoch(loader)) end
  put(("warm, %s, workers %d"):format(name, workers), best)
end
for _, workers in ipairs { 0, 2 } do warm("augmented as in the practical work", report, workers, 5) end
for _, entry in ipairs {
  { "no transform", {} }, { "HorizontalFlip", { augment.HorizontalFlip { p = 1 } } },
  { "RandomBrightnessContrast", { augment.RandomBrightnessContrast { p = 1 } } },
  { "ShiftScaleRotate", { augment.ShiftScaleRotate { p = 1 } } }, { "MotionBlur", { augment.MotionBlur { p = 1 } } },
  { "RandomFog", { augment.RandomFog { p = 1 } } }, { "GaussNoise", { augment.GaussNoise { p = 1 } } },
} do warm(entry[1], pipeline(entry[2]), 0, 2) end
