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

local kinds, pairs_ = { { "plain", false, 0 }, { "BatchNorm", true, 0 }, { "BatchNorm + dropout 0.1", true, 0.1 } }, {}
local function named(kind, lr) return ("%s, lr=%g"):format(kind, lr) end
for _, lr in ipairs(activity.options.lrs) do
  for i, kind in ipairs(kinds) do
    activity:trial(named(kind[1], lr), function(run)
      run.model = net(run, kind[2], kind[3])
      run.optimizer = optim.Adam(run.model:parameters(), { lr = lr })
      local history = run:fit()
      local fifth = history[math.min(5, #history)] -- the same epoch everywhere: best epochs are not comparable
      if fifth then run:record("training loss, epoch 5", fifth.train_loss) end
    end)
    if i > 1 then pairs_[#pairs_ + 1] = { named("plain", lr), named(kind[1], lr) } end
  end
end

activity:report { columns = { "first", "reached", "steadiness" }, pairs = pairs_, conclude = function(trials, found)
  local parts = {}
  for _, kind in ipairs(kinds) do
    local names, works = {}, {}
    for i, lr in ipairs(activity.options.lrs) do names[i] = named(kind[1], lr) end
    local best, highest = found:most("accuracy", names)
    for i, lr in ipairs(activity.options.lrs) do -- within 5 points of this net's best, in every run
      local trial = trials[names[i]]
      if best and trial.accuracy and trial.accuracy >= highest - 0.05 and trial.done == trial.runs and #trial.notes == 0 then
        works[#works + 1] = ("%g"):format(lr)
      end
    end
    parts[#parts + 1] = not best and kind[1] .. " finished no epoch" or
      ("%s stays within 5 points of its best at lr %s (%s, %.1f epochs to 95 %% of it, %s points of change per epoch, training "
      .. "loss %s)"):format(kind[1], found.list(works), found.percent(highest), best.reached, found.points(best.steadiness or 0),
        found.number(found.value(best, "training loss, epoch 5")))
  end
  return ("%s; at the first learning rate %s."):format(table.concat(parts, "; "),
    found:says(pairs_[1][2], pairs_[1][1]))
end }
