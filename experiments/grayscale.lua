-- What does colour add: one channel against three?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "grayscale",
  about = "What does colour add: one channel against three?",
  options = { epochs = 30, patience = 10, lr = 1e-3, seeds = 3, channels = 3 },
  help = { lr = "learning rate of Adam" },
}

for _, kind in ipairs { { "colour", 3 }, { "grey", 1 } } do
  activity:trial(kind[1], function(run)
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), nn.ReLU(),
      nn.Linear(512, 256), nn.ReLU(),
      nn.Linear(256, run.num_classes),
    }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr })
    run:record("parameters", run.model:num_parameters(), "count")
    run:fit()
  end, { channels = kind[2] })
end

activity:report { conclude = function(trials, found)
  local colour, grey = trials.colour, trials.grey
  local function parameters(trial) return found.value(trial, "parameters") or 0 / 0 end
  return ("%s, with %s of the parameters and %s of the time per run."):format(found:says("grey", "colour"),
    found.percent(parameters(grey) / parameters(colour)), found.percent(grey.seconds / colour.seconds))
end }
