-- What does patience buy: accuracy against time?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "early_stopping",
  about = "What does patience buy: accuracy against time?",
  options = { patiences = { 1, 3, 5, 10, 20 }, epochs = 60, dropout = 0.2, lr = 1e-3, seeds = 3 },
  help = { patiences = "epochs without an improvement: one trial for each",
           dropout = "share of activations to drop", lr = "learning rate of Adam" },
}

for _, patience in ipairs(activity.options.patiences) do
  activity:trial("patience=" .. patience, function(run)
    local p = run.options.dropout
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), nn.ReLU(), nn.Dropout(p),
      nn.Linear(512, 256), nn.ReLU(), nn.Dropout(p),
      nn.Linear(256, run.num_classes),
    }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr })
    run:fit()
  end, { patience = patience })
end

activity:report()
