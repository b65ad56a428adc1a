-- How large should the pictures be: parameters, time and accuracy from 32 to 128 pixels?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "image_size",
  about = "How large should the pictures be: parameters, time and accuracy from 32 to 128 pixels?",
  options = { sizes = { 32, 48, 64, 96, 128 }, epochs = 20, patience = 10, lr = 1e-3, seeds = 3 },
  help = { sizes = "pixels on each side: one trial for each", lr = "learning rate of Adam" },
}

for _, size in ipairs(activity.options.sizes) do
  activity:trial(("%dx%d"):format(size, size), function(run)
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), nn.ReLU(),
      nn.Linear(512, 256), nn.ReLU(),
      nn.Linear(256, run.num_classes),
    }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr })
    run:record("parameters", run.model:num_parameters(), "count")
    run:fit()
  end, { image_size = size })
end

activity:report { conclude = function(trials, found)
  local first, last, best, enough = trials[1], trials[#trials], found:most("accuracy"), nil
  for _, trial in ipairs(trials) do
    local d = trial ~= best and found:between(trial.name, best.name)
    if trial == best or d and not d.real then
      enough = trial
      break
    end
  end
  local function times(of)
    local few, many = found.value(first, of), found.value(last, of)
    return few and many and ("%.1f"):format(many / few) or "-"
  end
  local as_good = "no smaller size is as good"
  if best == first then as_good = "no larger one is better"
  elseif enough ~= best then
    as_good = ("the smallest not told apart from it is %s (%s)"):format(enough.name,
      found.percent(enough.accuracy))
  end
  return ("from %s to %s there are %s times as many parameters and a run takes %s times as long; %s, and %s.")
    :format(first.name, last.name, times("parameters"), times("seconds"), found:highest(), as_good)
end }
