-- scale.lua FOLDER - time to the first batch of a large class folder, what its index takes, and the rate behind it.
local ml = require "mlprun"
local core = require "mlprun.core"
local augment, data, sys = ml.augment, ml.data, core.sys

local before, began = sys.memory().resident, sys.clock()
local folder = data.open(arg[1])
local opened, index = sys.clock() - began, sys.memory().resident - before
local transform = augment.Compose { augment.Resize(64, 64), augment.Normalize(), augment.ToTensorV2() }
local loader = data.DataLoader(folder:with(transform), { batch_size = 32, shuffle = true, cache = false })
local count, first = 0, nil
for _, labels in loader:batches() do
  first = first or sys.clock() - began
  count = count + #labels
  if count >= 4000 then break end
end
local name = ("%d files"):format(#folder)
print(("scale/%s/index s\t%.6g"):format(name, opened))
print(("scale/%s/index MB\t%.6g"):format(name, index / 1048576))
print(("scale/%s/first batch s\t%.6g"):format(name, first))
print(("scale/%s/decode images/s\t%.6g"):format(name, count / (sys.clock() - began - opened)))
print(("scale/%s/resident MB\t%.6g"):format(name, sys.memory().resident / 1048576))
