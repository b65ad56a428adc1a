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
local shift, blur, fog = augment.ShiftScaleRotate { p = 0.5 }, augment.MotionBlur { p = 0.2 }, augment.RandomFog { p = 0.2 }
local kinds = {
  { "as they are" },
  { "flip", flip }, { "light", light }, { "shift, scale, rotate", shift }, { "motion blur", blur }, { "fog", fog },
  { "flip + light + shift", flip, light, shift },
  { "all", flip, light, shift, blur, fog },
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

activity:report { columns = { "train_loss" }, conclude = function(trials, found)
  local best, better, worse = found:most("accuracy"), found:against("as they are")
  local narrowest = found:most("final_gap", nil, true)
  if not best then return "nothing was measured." end
  return ("%s is highest (%s); established to be better than the pictures as they "
    .. "are: %s, worse: %s; the gap between training and validation after the last epoch is %s points without a transform and "
    .. "narrowest with %s (%s)."):format(best.name,
    found.percent(best.accuracy), #better > 0 and found.list(better) or "nothing", #worse > 0 and found.list(worse) or
    "nothing", found.points(found.value(trials["as they are"], "final_gap")), narrowest.name,
    found.points(narrowest.final_gap))
end }
