-- How does the batch size change the noise of the loss, the time and the accuracy?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "batch_size",
  about = "How does the batch size change the noise of the loss, the time and the accuracy?",
  options = { sizes = { 8, 16, 32, 64, 128, 256 }, epochs = 20, patience = 10, lr = 1e-3, seeds = 3 },
  help = { sizes = "batch sizes: one trial for each", lr = "learning rate of Adam" },
}

for _, size in ipairs(activity.options.sizes) do
  activity:trial("batch=" .. size, function(run)
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), nn.ReLU(),
      nn.Linear(512, 256), nn.ReLU(),
      nn.Linear(256, run.num_classes),
    }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr })
    local losses = {}
    run:on("step", function(epoch, _, loss)
      losses[epoch] = losses[epoch] or {}
      table.insert(losses[epoch], loss)
    end)
    run:fit()
    -- Spread of the loss within the second epoch: later ones differ in how far training has come.
    local list, sum, squares = losses[2] or losses[1], 0, 0
    for _, loss in ipairs(list) do sum, squares = sum + loss, squares + loss * loss end
    local n = #list
    run:record("loss spread", math.sqrt(math.max(0, squares / n - (sum / n) ^ 2)))
    run:record("steps per epoch", n, "count")
  end, { batch_size = size })
end

activity:report { columns = { "train_loss" } }
