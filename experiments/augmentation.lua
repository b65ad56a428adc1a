-- Which transform of the training pictures helps: each alone, all of them, none?
local ml = require "mlprun"
local nn, optim, augment = ml.nn, ml.optim, ml.augment

local activity = ml.experiment {
  name = "augmentation",
  about = "Which transform of the training pictures helps: each alone, all of them, none?",
  options = { epochs = 30, patience = 10, lr = 1e-3, seeds = 3 },
  help = { lr = "learning rate of Adam" },
}

local kinds = {
  { "none" },
  { "flip", augment.HorizontalFlip { p = 0.5 } },
  { "light", augment.RandomBrightnessContrast { p = 0.2 } },
  { "shift, scale, rotate", augment.ShiftScaleRotate { p = 0.5 } },
  { "motion blur", augment.MotionBlur { p = 0.2 } },
  { "fog", augment.RandomFog { p = 0.2 } },
  { "flip + light + shift", augment.HorizontalFlip { p = 0.5 }, augment.RandomBrightnessContrast { p = 0.2 },
    augment.ShiftScaleRotate { p = 0.5 } },
}

for _, kind in ipairs(kinds) do
  activity:trial(kind[1], function(run)
    local size, steps = run.image_size, { table.unpack(kind, 2) }
    table.insert(steps, 1, augment.Resize(size, size))
    steps[#steps + 1] = run.channels == 1 and augment.Normalize { mean = { 0.5 }, std = { 0.5 } } or augment.Normalize()
    steps[#steps + 1] = augment.ToTensorV2()
    run.train_transform = augment.Compose(steps)
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

activity:report { columns = { "train_loss" } }
