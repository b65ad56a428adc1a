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
  local function norm_of(width) return norm and nn.BatchNorm1d(width) or nn.Identity() end
  return nn.Sequential {
    nn.Flatten(),
    nn.Linear(run.in_features, 512), norm_of(512), nn.ReLU(), nn.Dropout(p),
    nn.Linear(512, 256), norm_of(256), nn.ReLU(), nn.Dropout(p),
    nn.Linear(256, run.num_classes),
  }
end

local kinds = { { "plain", false, 0 }, { "BatchNorm", true, 0 }, { "BatchNorm + dropout 0.1", true, 0.1 } }
local lrs, wanted = activity.options.lrs, {}
local function named(kind, lr) return ("%s, lr=%g"):format(kind, lr) end
for _, lr in ipairs(lrs) do
  for i, kind in ipairs(kinds) do
    activity:trial(named(kind[1], lr), function(run)
      run.model = net(run, kind[2], kind[3])
      run.optimizer = optim.Adam(run.model:parameters(), { lr = lr })
      local history = run:fit()
      local fifth = history[math.min(5, #history)] -- the same epoch everywhere: best ones are not comparable
      if fifth then run:record("training loss, epoch 5", fifth.train_loss) end
    end)
    if i > 1 then wanted[#wanted + 1] = { named("plain", lr), named(kind[1], lr) } end
  end
end

local columns = { "first", "reached", "steadiness" }
activity:report { columns = columns, pairs = wanted, conclude = function(trials, found)
  local parts, first = {}, wanted[1]
  for k, kind in ipairs(kinds) do
    local name, names, works = kind[1], {}, {}
    for i, lr in ipairs(lrs) do names[i] = named(name, lr) end
    local best, highest = found:most("accuracy", names)
    for _, lr in ipairs(lrs) do -- within 5 points of this net's best, in every run
      local t = trials[named(name, lr)]
      if best and t.accuracy and t.accuracy >= highest - 0.05 and t.done == t.runs and #t.notes == 0 then
        works[#works + 1] = ("%g"):format(lr)
      end
    end
    parts[k] = best and ("%s stays within 5 points of its best at lr %s ("
      .. "%s, %.1f epochs to 95 %% of it, %s points of change per epoch, training loss %s)"):format(name,
      found.list(works), found.percent(highest), best.reached, found.points(best.steadiness or 0),
      found.number(found.value(best, "training loss, epoch 5"))) or name .. " finished no epoch"
  end
  return ("%s; at the first learning rate %s."):format(table.concat(parts, "; "),
    found:says(first[2], first[1]))
end }
