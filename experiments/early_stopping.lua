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

local names = {}
for i, patience in ipairs(activity.options.patiences) do
  names[i] = "patience=" .. patience
  activity:trial(names[i], function(run)
    local p = run.options.dropout
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), nn.ReLU(), nn.Dropout(p),
      nn.Linear(512, 256), nn.ReLU(), nn.Dropout(p),
      nn.Linear(256, run.num_classes),
    }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr })
    local history = run:fit()
    if history.best then run:record("epochs after the best", #history - history.best.epoch, "count") end
  end, { patience = patience })
end

-- The longest patience against each shorter one: the runs are the same ones until the shorter one stops.
local wanted, last = {}, names[#names]
for i = 1, #names - 1 do wanted[i] = { names[i], last } end

activity:report { pairs = wanted, conclude = function(trials, found)
  local first, longest, enough = trials[1], trials[last], nil
  if not (longest and longest.accuracy) then return "nothing was measured." end
  for _, name in ipairs(names) do
    local trial = trials[name]
    if not enough and trial.accuracy and trial.accuracy > longest.accuracy - 0.01 then enough = trial end
  end
  local short, long = found.percent(first.accuracy), found.percent(longest.accuracy)
  return ("from %s to %s accuracy %s and time goes from %s to %s per run; the shortest within a "
    .. "point of the longest is %s (%s, %s); %s."):format(
    first.name, last, short == long and "stays at " .. long or ("goes from %s to %s"):format(short, long),
    found.duration(first.seconds), found.duration(longest.seconds), enough.name,
    found.percent(enough.accuracy), found.duration(enough.seconds), found:established(last, "the longest"))
end }
