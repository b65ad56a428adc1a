-- What does BatchNorm change: the speed, the steadiness, the gap, the learning rates that work?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "batchnorm",
  about = "What does BatchNorm change: the speed, the steadiness, the gap, the learning rates that work?",
  options = { lrs = { 1e-3, 1e-2, 1e-1 }, epochs = 20, patience = 10, seeds = 3 },
  help = { lrs = "learning rates: one trial of each net for each" },
}

-- As in the practical work: after the linear layer, before the activation.
local function net(run, norm, p)
  local function norm_of(width) return norm and nn.BatchNorm1d(width) or nn.Identity() end
  return nn.Sequential {
    nn.Flatten(),
    nn.Linear(run.in_features, 512), norm_of(512), nn.ReLU(), nn.Dropout(p),
    nn.Linear(512, 256), norm_of(256), nn.ReLU(), nn.Dropout(p),
    nn.Linear(256, run.num_classes),
  }
end

local kinds = { { "plain", false, 0 }, { "BatchNorm", true, 0 }, { "BatchNorm + dropout 0.1", true, 0.1 } }
local lrs, asked = activity.options.lrs, {}
local function named(kind, lr) return ("%s, lr=%g"):format(kind, lr) end
for _, lr in ipairs(lrs) do
  for i, kind in ipairs(kinds) do
    activity:trial(named(kind[1], lr), { norm = kind[2], p = kind[3], lr = lr }, function(run)
      run.model = net(run, kind[2], kind[3])
      run.optimizer = optim.Adam(run.model:parameters(), { lr = lr })
      run:fit()
    end)
    if i > 1 then asked[#asked + 1] = { named("plain", lr), named(kind[1], lr) } end
  end
end

-- What is tested beside the plain net at the first learning rate.
local plain, norm, both = asked[1][1], asked[1][2], asked[2][2]
local claims = {
  { "accuracy", "accuracy", norm }, { "accuracy after one epoch", "first", norm },
  { "the gap in the end", "final_gap", norm }, { "the change per epoch (with dropout)", "steadiness", both },
}

activity:report { columns = { "first", "reached", "steadiness" }, pairs = asked, conclude = function(_, found)
  local works, real, rest = {}, {}, {}
  for _, lr in ipairs(lrs) do
    local d = found:between(named("BatchNorm", lr), named("plain", lr))
    if d and d.real and d.better then works[#works + 1] = ("lr=%g"):format(lr) end
  end
  for _, claim in ipairs(claims) do
    local d = found:by(claim[2]):between(claim[3], plain)
    local list = d and d.real and real or rest
    list[#list + 1] = list == rest and claim[1] or ("%s %s by %s points"):format(claim[1],
      d.difference < 0 and "falls" or "rises", found.points(math.abs(d.difference)))
  end
  local what = #real == 0 and "nothing that was tested differs" or found.list(real)
    .. (#rest > 0 and "; not told from plain: " .. found.list(rest) or "")
  return ("BatchNorm is better than the plain net beyond chance at %s. With it, at lr=%g, %s."):format(
    found.list(works, "no learning rate"), lrs[1], what)
end }
