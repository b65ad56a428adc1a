-- Which transform of the training pictures helps: each alone, all of them, none?
local ml = require "mlprun"
local nn, optim, augment = ml.nn, ml.optim, ml.augment

local activity = ml.experiment {
  name = "augmentation",
  about = "Which transform of the training pictures helps: each alone, all of them, none?",
  options = { epochs = 30, patience = 10, lr = 1e-3, seeds = 3 },
  help = { lr = "learning rate of Adam" },
}

local flip, light = augment.HorizontalFlip { p = 0.5 }, augment.RandomBrightnessContrast { p = 0.2 }
local shift, blur = augment.ShiftScaleRotate { p = 0.5 }, augment.MotionBlur { p = 0.2 }
local fog = augment.RandomFog { p = 0.2 }
local kinds = {
  { "as they are" },
  { "flip", flip }, { "light", light }, { "shift, scale, rotate", shift },
  { "motion blur", blur }, { "fog", fog },
  { "flip + light + shift", flip, light, shift },
  { "all", flip, light, shift, blur, fog },
}

for _, kind in ipairs(kinds) do
  activity:trial(kind[1], function(run)
    local size, steps = run.image_size, { table.unpack(kind, 2) }
    table.insert(steps, 1, augment.Resize(size, size))
    steps[#steps + 1] = augment.Normalize(run.channels == 1 and { mean = { 0.5 }, std = { 0.5 } } or nil)
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

activity:report { columns = { "train_loss" }, conclude = function(trials, found)
  local narrowest, none = found:most("final_gap", nil, true), trials["as they are"]
  return ("%s; %s; the gap between training and validation after the last epoch is %s points without a "
    .. "transform and narrowest with %s (%s)."):format(found:highest(),
    found:established("as they are", "the pictures as they are"),
    found.points(found.value(none, "final_gap")), narrowest.name, found.points(narrowest.final_gap))
end }
