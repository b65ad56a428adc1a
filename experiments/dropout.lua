-- How much dropout does a small MLP want, and how patient must early stopping be with it?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "dropout",
  about = "How much dropout does a small MLP want, and how patient must early stopping be with it?",
  options = { p = { 0, 0.1, 0.2, 0.5 }, epochs = 60, patience = 10, lr = 1e-3, seeds = 3 },
  help = { p = "shares of activations to drop: one trial for each", lr = "learning rate of Adam" },
}

for _, p in ipairs(activity.options.p) do
  activity:trial("dropout=" .. p, function(run)
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), nn.ReLU(), nn.Dropout(p),
      nn.Linear(512, 256), nn.ReLU(), nn.Dropout(p),
      nn.Linear(256, run.num_classes),
    }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr })
    run:fit()
  end)
end

activity:report()
