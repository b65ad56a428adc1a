-- What does a small CNN gain over the MLP, also on pictures that are shifted or rotated?
local ml = require "mlprun"
local nn, optim, augment = ml.nn, ml.optim, ml.augment

local activity = ml.experiment {
  name = "mlp_vs_cnn",
  about = "What does a small CNN gain over the MLP, also on pictures that are shifted or rotated?",
  options = { epochs = 20, patience = 10, lr = 1e-3, seeds = 3, shift = 0.2, angle = 30 },
  help = { shift = "largest shift of the moved validation pictures, as a share of their size",
           angle = "largest rotation of the turned ones, in degrees", lr = "learning rate of Adam" },
}

local nets = {
  MLP = function(run)
    return nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), nn.ReLU(),
      nn.Linear(512, 256), nn.ReLU(),
      nn.Linear(256, run.num_classes),
    }
  end,
  CNN = function(run)
    return nn.Sequential {
      nn.Conv2d(run.channels, 16, 3, { padding = 1 }), nn.ReLU(), nn.MaxPool2d(2),
      nn.Conv2d(16, 32, 3, { padding = 1 }), nn.ReLU(), nn.MaxPool2d(2),
      nn.Conv2d(32, 64, 3, { padding = 1 }), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(),
      nn.Linear(64 * 4 * 4, run.num_classes),
    }
  end,
}

-- The same validation pictures, each moved in its own way: the same way for both nets.
local function moved(run, option, most)
  local o = { border_mode = "reflect_101", p = 1, [option] = { -most, most } }
  local grey = run.channels == 1 and { mean = { 0.5 }, std = { 0.5 } } or nil
  local resize = augment.Resize(run.image_size, run.image_size)
  local steps = { resize, augment.Affine(o), augment.Normalize(grey), augment.ToTensorV2() }
  return run:evaluate { transform = augment.Compose(steps) }.accuracy
end

for _, name in ipairs { "MLP", "CNN" } do
  activity:trial(name, { net = name }, function(run)
    run.model = nets[name](run)
    run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr })
    run:fit()
    run:record("parameters", run.model:num_parameters(), "count")
    run:record("shifted", moved(run, "translate_percent", run.options.shift), "percent")
    run:record("rotated", moved(run, "rotate", run.options.angle), "percent")
  end)
end

activity:report { conclude = function(trials, found)
  local a, b, of = trials.MLP, trials.CNN, found.value
  if not (a and b and a.recorded and b.recorded) then return "not both nets were trained." end
  return ("%s, on shifted pictures %s, on rotated ones %s; it has %.2g times the parameters and takes %.2g "
    .. "times as long per epoch."):format(found:says("CNN", "MLP"),
    found:by("shifted", "max"):says("CNN", "MLP", "it"), found:by("rotated", "max"):says("CNN", "MLP", "it"),
    of(b, "parameters") / of(a, "parameters"), (b.seconds / b.epochs) / (a.seconds / a.epochs))
end }
