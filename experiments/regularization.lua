-- Dropout, BatchNorm, weight decay and their mixtures: which really differ from the plain net?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "regularization",
  about = "Dropout, BatchNorm, weight decay and their mixtures: which really differ from the plain net?",
  options = { epochs = 60, patience = 10, lr = 1e-3, seeds = 3, augment = true },
  help = { lr = "learning rate of Adam" },
}

-- name, dropout, BatchNorm, weight decay
local techniques = {
  { "plain", 0, false, 0 },
  { "dropout 0.5", 0.5, false, 0 }, { "dropout 0.2", 0.2, false, 0 }, { "dropout 0.1", 0.1, false, 0 },
  { "BatchNorm", 0, true, 0 }, { "BatchNorm + dropout 0.1", 0.1, true, 0 },
  { "decay 1e-4", 0, false, 1e-4 }, { "decay 1e-4 + dropout 0.1", 0.1, false, 1e-4 },
  { "decay 1e-3 + dropout 0.1", 0.1, false, 1e-3 },
}

for _, technique in ipairs(techniques) do
  local name, p, norm, decay = table.unpack(technique)
  local function norm_of(width) return norm and nn.BatchNorm1d(width) or nn.Identity() end
  activity:trial(name, function(run)
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), norm_of(512), nn.ReLU(), nn.Dropout(p),
      nn.Linear(512, 256), norm_of(256), nn.ReLU(), nn.Dropout(p),
      nn.Linear(256, run.num_classes),
    }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr, weight_decay = decay })
    run:fit()
  end)
end

activity:report { columns = { "reached", "steadiness" }, conclude = function(_, found)
  local best, lowest = found:most("accuracy"), found:most("accuracy", nil, true)
  local soonest, latest = found:most("best_epoch", nil, true), found:most("best_epoch")
  return ("all lie within %s points, from %s (%s) to %s (%s); %s; %s is at its best soonest (epoch %.1f), %s "
    .. "latest (%.1f)."):format(found.points(best.accuracy - lowest.accuracy), lowest.name,
    found.percent(lowest.accuracy), best.name, found.percent(best.accuracy),
    found:established("plain", "the plain net"), soonest.name, soonest.best_epoch, latest.name,
    latest.best_epoch)
end }
