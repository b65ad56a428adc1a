-- Does it matter whether pictures are normalised, and with whose statistics?
local ml = require "mlprun"
local nn, optim, augment = ml.nn, ml.optim, ml.augment

local activity = ml.experiment {
  name = "normalize",
  about = "Does it matter whether pictures are normalised, and with whose statistics?",
  options = { epochs = 20, patience = 10, lr = 1e-3, seeds = 3 },
  help = { lr = "learning rate of Adam" },
}

-- Mean and spread of this data set, without those pictures that are for validation alone or for the test.
local own = activity.data.train:statistics()
local function shown(list)
  local words = {}
  for i, value in ipairs(list) do words[i] = ("%.3f"):format(value) end
  return table.concat(words, ", ")
end
print(("pictures to learn from: mean %s; standard deviation %s"):format(shown(own.mean), shown(own.std)))

local function same(value) local list = {} for i = 1, #own.mean do list[i] = value end return list end
local kinds = {
  { "0 to 255, as they are", { mean = same(0), std = same(1), max_pixel_value = 1 } },
  { "0 to 1", { mean = same(0), std = same(1) } },
  { "-1 to 1", { mean = same(0.5), std = same(0.5) } },
  { "own mean and deviation", "own" }, -- of the training pictures of each run
}
if #own.mean == 3 then table.insert(kinds, { "ImageNet's (default)", {} }) end

for _, kind in ipairs(kinds) do
  activity:trial(kind[1], function(run)
    local size, scaling = run.image_size, kind[2]
    if scaling == "own" then
      local numbers = run.train:statistics()
      scaling = { mean = numbers.mean, std = numbers.std }
    end
    local transform = augment.Compose {
      augment.Resize(size, size), augment.Normalize(scaling), augment.ToTensorV2(),
    }
    run.train_transform, run.val_transform = transform, transform
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), nn.ReLU(),
      nn.Linear(512, 256), nn.ReLU(),
      nn.Linear(256, run.num_classes),
    }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr })
    run:fit()
  end)
end

activity:report { columns = { "first", "reached" }, conclude = function(trials, found)
  local raw, others = trials[1], {}
  for i = 2, #trials do others[i - 1] = trials[i].name end
  local top = found:most("accuracy", others)
  return ("%s; after one epoch %s against %s; %s."):format(top and found:says(top.name, raw.name) or "-",
    found.percent(top and top.first), found.percent(raw.first), found:established("0 to 1"))
end }
