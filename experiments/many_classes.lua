-- How does accuracy change from 2 classes to all of them, with the same net?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "many_classes",
  about = "How does accuracy change from 2 classes to all of them, with the same net?",
  options = { counts = { 2, 3, 4, 6, 8, 12, 16 }, epochs = 20, patience = 10, lr = 1e-3, seeds = 3 },
  help = { counts = "how many classes: one trial for each that the data has more of, and one with all",
           lr = "learning rate of Adam" },
}

local counts, all = {}, #activity.data.classes
for _, count in ipairs(activity.options.counts) do
  if count < all then counts[#counts + 1] = count end
end
counts[#counts + 1] = all

for _, count in ipairs(counts) do
  activity:trial(count == all and ("all %d"):format(all) or count .. " classes", function(run)
    if count < all then -- drawn by --split_seed: a larger number adds classes to those of a smaller one
      local draw = { seed = run.options.split_seed }
      run.train, run.val = run.train:select_classes(count, draw), run.val:select_classes(count, draw)
      run.test = run.test and run.test:select_classes(count, draw)
    end
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), nn.ReLU(),
      nn.Linear(512, 256), nn.ReLU(),
      nn.Linear(256, run.num_classes),
    }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr })
    if not run:fit().best then return end
    -- What somebody gets right who always names the most frequent class, and the net's share of what is left.
    local largest = math.max(table.unpack(run.train:class_counts())) / #run.train
    run:record("training pictures", #run.train, "count")
    run:record("largest class", largest, "percent")
    run:record("above that", (run.answers.accuracy - largest) / (1 - largest), "percent")
  end)
end

activity:report { conclude = function(trials)
  local first, last = trials[1], trials[#trials]
  if #trials < 2 or not (first.accuracy and last.accuracy) then return "there was nothing to compare." end
  local function skill(row) return row.recorded["above that"].value end
  local change = 100 * (last.accuracy - first.accuracy)
  return ("from %s to %s accuracy %s by %.1f points; of the way from always naming the largest class to "
    .. "100 %%, the net goes %.0f %% with %s and %.0f %% with %s."):format(first.name, last.name,
    change < 0 and "falls" or "rises", math.abs(change), 100 * skill(first), first.name, 100 * skill(last),
    last.name)
end }
