-- table.lua - makes table.json: 200 settings of five hyperparameters, each trained for 60 epochs with three seeds, so that
-- methods of search are compared in seconds (replay.lua). About two minutes: mlprun tests/golden/search/table.lua
--
-- The default pictures at 8 x 8 pixels, 600 to learn from and 400 that count; a net of one hidden layer, AdamW. Of each epoch is
-- kept how many of the 400 were answered rightly.
local ml = require "mlprun"
local core = require "mlprun.core"
local nn, optim, search = ml.nn, ml.optim, ml.search

local SETTINGS, SEEDS, EPOCHS, TRAIN, VALIDATION, BATCH, SIZE = 200, 3, 60, 600, 400, 32, 8

local space = { lr = search.log_uniform(1e-4, 1), width = search.int(4, 128, { log = true }), p = search.uniform(0, 0.6),
                weight_decay = search.log_uniform(1e-6, 1), activation = search.choice { "ReLU", "Tanh" } }

local set = ml.data.open(ml.data.default())
local augment = ml.augment
local loader = ml.data.DataLoader(set:with(augment.Compose { augment.Resize(SIZE, SIZE), augment.Normalize(),
  augment.ToTensorV2() }), { batch_size = TRAIN + VALIDATION, shuffle = true, workers = 0 })
ml.manual_seed(1)
local x, y
for images, labels in loader:batches() do
  if not x then x, y = images:reshape(#labels, -1), labels end
end
local function rows(from, to) return { { from, to } } end
local val_x, val_y = x[rows(TRAIN + 1, TRAIN + VALIDATION)], y[rows(TRAIN + 1, TRAIN + VALIDATION)]

local function train(values, seed)
  ml.manual_seed(seed)
  local model = nn.Sequential { nn.Linear(3 * SIZE * SIZE, values.width), nn[values.activation](), nn.Dropout(values.p),
                                nn.Linear(values.width, #set.classes) }
  local optimizer = optim.AdamW(model:parameters(), { lr = values.lr, weight_decay = values.weight_decay })
  local criterion, rights = nn.CrossEntropyLoss(), {}
  for epoch = 1, EPOCHS do
    model:train()
    local order = ml.randperm(TRAIN)
    for from = 1, TRAIN, BATCH do
      local some = order[rows(from, math.min(from + BATCH - 1, TRAIN))]
      optimizer:zero_grad()
      criterion(model(x:index_select(1, some)), y:index_select(1, some)):backward()
      optimizer:step()
    end
    model:eval()
    rights[epoch] = ml.no_grad(function() return model(val_x):argmax({ dim = 2 }):eq(val_y):sum():item() end)
  end
  return rights
end

local study = search.study { space = space, method = "random", trials = SETTINGS, seed = 1 }
local lines = {}
for i = 1, SETTINGS do
  local values, curves = study:ask().values, {}
  for seed = 1, SEEDS do curves[seed] = train(values, seed) end
  lines[i] = core.json.encode { values = values, rights = curves }
  io.stderr:write(("\r%d of %d"):format(i, SETTINGS))
end
core.sys.write_file("tests/golden/search/table.json", ('{"pictures":%d,"epochs":%d,"settings":[\n%s\n]}\n'):format(
  VALIDATION, EPOCHS, table.concat(lines, ",\n")))
