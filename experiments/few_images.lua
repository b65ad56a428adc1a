-- How does accuracy grow with the number of pictures of each class?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "few_images",
  about = "How does accuracy grow with the number of pictures of each class?",
  options = { counts = { 5, 10, 20, 40, 80 }, epochs = 30, patience = 10, lr = 1e-3, seeds = 3 },
  help = { counts = "training pictures of each class: one trial for each, and one with all", lr = "learning rate of Adam" },
}

-- The first `count` pictures of each class, in the order of the split, which the seed has shuffled.
local function few(set, count)
  local taken, kept = {}, {}
  for i, label in ipairs(set:labels():tolist()) do
    taken[label] = (taken[label] or 0) + 1
    if taken[label] <= count then kept[#kept + 1] = i end
  end
  return set:subset(kept)
end

local counts = { table.unpack(activity.options.counts) }
counts[#counts + 1] = math.huge
for _, count in ipairs(counts) do
  activity:trial(count == math.huge and "all" or count .. " of each class", function(run)
    if count < math.huge then run.train = few(run.train, count) end
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), nn.ReLU(),
      nn.Linear(512, 256), nn.ReLU(),
      nn.Linear(256, run.num_classes),
    }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr })
    run:record("training pictures", #run.train, "count")
    run:fit()
  end)
end

activity:report()
