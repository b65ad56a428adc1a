-- What does BatchNorm change: the speed, the steadiness, the learning rates that work?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "batchnorm",
  about = "What does BatchNorm change: the speed, the steadiness, the learning rates that work?",
  options = { lrs = { 1e-3, 1e-2, 1e-1 }, epochs = 20, patience = 10, seeds = 3 },
  help = { lrs = "learning rates: one trial of each net for each" },
}

-- As in the practical work: after the linear layer, before the activation.
local function net(run, norm, p)
  local layers, d_in = { nn.Flatten() }, run.in_features
  for _, width in ipairs { 512, 256 } do
    layers[#layers + 1] = nn.Linear(d_in, width)
    if norm then layers[#layers + 1] = nn.BatchNorm1d(width) end
    layers[#layers + 1] = nn.ReLU()
    if p > 0 then layers[#layers + 1] = nn.Dropout(p) end
    d_in = width
  end
  layers[#layers + 1] = nn.Linear(d_in, run.num_classes)
  return nn.Sequential(layers)
end

for _, lr in ipairs(activity.options.lrs) do
  for _, kind in ipairs { { "plain", false, 0 }, { "BatchNorm", true, 0 }, { "BatchNorm + dropout 0.1", true, 0.1 } } do
    activity:trial(("%s, lr=%g"):format(kind[1], lr), function(run)
      run.model = net(run, kind[2], kind[3])
      run.optimizer = optim.Adam(run.model:parameters(), { lr = lr })
      run:fit()
    end)
  end
end

activity:report { columns = { "first", "reached", "steadiness", "train_loss" } }
