-- How much weight decay, with and without dropout, and does it matter whether Adam or AdamW applies it?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "weight_decay",
  about = "How much weight decay, with and without dropout, and does it matter whether Adam or AdamW applies it?",
  options = { decays = { 0, 1e-5, 1e-4, 1e-3, 1e-2 }, epochs = 30, patience = 10, lr = 1e-3, seeds = 3 },
  help = { decays = "weight decays: trials for each", lr = "learning rate of Adam" },
}

local function trial(name, optimizer, decay, p)
  activity:trial(name, function(run)
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), nn.ReLU(), nn.Dropout(p),
      nn.Linear(512, 256), nn.ReLU(), nn.Dropout(p),
      nn.Linear(256, run.num_classes),
    }
    run.optimizer = optimizer(run.model:parameters(), { lr = run.options.lr, weight_decay = decay })
    run:fit()
    run:record("norm of the weights", run:norm())
  end)
end

for _, decay in ipairs(activity.options.decays) do
  trial(("Adam, decay=%g"):format(decay), optim.Adam, decay, 0)
  trial(("Adam, decay=%g, dropout=0.1"):format(decay), optim.Adam, decay, 0.1)
  if decay > 0 then trial(("AdamW, decay=%g"):format(decay), optim.AdamW, decay, 0) end
end

activity:report()
