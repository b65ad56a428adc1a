-- Which initial weights learn soonest, which are unstable, and does it matter in the end?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "initialization",
  about = "Which initial weights learn soonest, which are unstable, and does it matter in the end?",
  options = { epochs = 20, patience = 10, lr = 1e-3, seeds = 3, histograms = true },
  help = { lr = "learning rate of Adam" },
}

local init = nn.init
local ways = { -- name, what sets the weights, its options, random biases, BatchNorm
  { "default" },
  { "default, random biases", nil, nil, true },
  { "xavier_uniform_", init.xavier_uniform_ }, { "xavier_normal_", init.xavier_normal_ },
  { "kaiming_normal_", init.kaiming_normal_, { nonlinearity = "relu" } },
  { "kaiming_uniform_", init.kaiming_uniform_, { nonlinearity = "relu" } },
  { "uniform_ -0.05..0.05", function(w) init.uniform_(w, { a = -0.05, b = 0.05 }) end },
  { "normal_ std 0.01", function(w) init.normal_(w, { std = 0.01 }) end },
  { "all 0.01", function(w) init.constant_(w, 0.01) end },
  { "normal_ std 1", function(w) init.normal_(w, { std = 1 }) end },
  { "BatchNorm", nil, nil, false, function(norm) return norm end },
  { "BatchNorm, random scales", nil, nil, false, function(norm) init.uniform_(norm.weight) return norm end },
}
local pairs_ = { { "BatchNorm", "BatchNorm, random scales" } }
for _, way in ipairs(ways) do
  if way[1] ~= "default" then table.insert(pairs_, #pairs_, { "default", way[1] }) end
  local function norm(width) return way[5] and way[5](nn.BatchNorm1d(width)) or nn.Identity() end
  activity:trial(way[1], { init = way[1] }, function(run)
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), norm(512), nn.ReLU(),
      nn.Linear(512, 256), norm(256), nn.ReLU(), nn.Linear(256, run.num_classes),
    }
    for _, layer in ipairs { run.model[2], run.model[5], run.model[8] } do
      if way[2] then way[2](layer.weight, way[3]) end
      if not way[4] then init.zeros_(layer.bias) end
    end
    run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr })
    run:on("step", function(epoch, step, loss)
      if epoch == 1 and step == 1 then run:record("first loss", loss) end
    end)
    local history = run:fit()
    if history[3] then run:record("after 3 epochs", history[3].val_accuracy, "percent") end
  end)
end

local shown = { "first", "reached", "steadiness" }
activity:report { columns = shown, pairs = pairs_, conclude = function(trials, found)
  local unstable, chance = {}, math.log(#activity.data.classes) -- the loss of a net that knows nothing
  for _, trial in ipairs(trials) do
    local loss = found.value(trial, "first loss")
    local why = trial.notes[1] or loss and loss >= 3 * chance and "first loss " .. found.number(loss)
    if why then unstable[#unstable + 1] = ("%s (%s)"):format(trial.name, why) end
  end
  return ("in the end %s; after one epoch %s. Unstable: %s; a net that knows nothing has a loss of %.2f.")
    :format(found:established("default", "the default"), found:by("first"):established("default", "it"),
    found.list(unstable, "none"), chance)
end }
