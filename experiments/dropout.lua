-- How much dropout does a small MLP want, and how patient must early stopping be with it?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "dropout",
  about = "How much dropout does a small MLP want, and how patient must early stopping be with it?",
  options = { p = { 0, 0.1, 0.2, 0.5 }, patiences = { 5, 10 }, lr = 1e-3,
              epochs = 60, patience = 20, seeds = 3 },
  help = { p = "shares of activations to drop: one trial for each", lr = "learning rate of Adam",
           patiences = "what stopping with less patience would have given is read from the same curves" },
}

local o, patiences = activity.options, {}
local longest = o.patience > 0 and o.patience < o.epochs and o.patience or "none"
for _, patience in ipairs(o.patiences) do
  local sooner = 2 * patience < o.epochs and (o.patience == 0 or patience < o.patience)
  if sooner then patiences[#patiences + 1] = patience end -- a run that is hardly longer could not say
end

for _, p in ipairs(o.p) do
  activity:trial("dropout=" .. p, { p = p }, function(run)
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), nn.ReLU(), nn.Dropout(p),
      nn.Linear(512, 256), nn.ReLU(), nn.Dropout(p),
      nn.Linear(256, run.num_classes),
    }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr })
    run:fit()
    for _, patience in ipairs(patiences) do run:record_patience(patience) end
  end)
end

activity:report { conclude = function(trials, found)
  local parts = { found:usual() }
  for i, patience in ipairs(patiences) do
    local lost, column, some = {}, ("patience %d: lost"):format(patience), false
    for k, trial in ipairs(trials) do
      local value = found.value(trial, column)
      lost[k], some = found.points(value), some or value and value >= 0.0005 -- shown as 0.1
    end
    parts[i + 1] = ("patience %d would have lost nothing in runs of at most %d epochs"):format(patience,
      o.epochs)
    if some then
      parts[i + 1] = ("patience %d instead of %s loses %s points, in the table's order"):format(patience,
        longest, found.list(lost))
    end
  end
  return table.concat(parts, "; ") .. "."
end }
