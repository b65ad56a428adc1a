-- How much weight decay, with and without dropout, and does it matter who applies it: Adam, AdamW?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "weight_decay",
  about = "How much weight decay, with and without dropout, and does it matter who applies it: Adam, AdamW?",
  options = { decays = { 0, 1e-4, 1e-3, 1e-2 }, epochs = 30, patience = 10, lr = 1e-3, seeds = 3 },
  help = { decays = "weight decays: trials for each; the first one is what the others are compared with",
           lr = "learning rate of Adam" },
}

local function trial(name, optimizer, decay, p)
  activity:trial(name, { p = p, weight_decay = decay }, function(run)
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), nn.ReLU(), nn.Dropout(p),
      nn.Linear(512, 256), nn.ReLU(), nn.Dropout(p),
      nn.Linear(256, run.num_classes),
    }
    run.optimizer = optimizer(run.model:parameters(), { lr = run.options.lr, weight_decay = decay })
    run:record_weights()
    run:fit()
  end)
end

local function named(kind, decay) return ("%s, decay=%g"):format(kind, decay) end

-- Each decay against the first one with the same net, and AdamW against Adam with the same decay.
local decays, wanted = activity.options.decays, {}
local function pair(a, b) wanted[#wanted + 1] = { a, b } end
for i, decay in ipairs(decays) do
  for _, kind in ipairs { "Adam", "Adam + dropout 0.1" } do
    trial(named(kind, decay), optim.Adam, decay, kind == "Adam" and 0 or 0.1)
    if i > 1 then pair(named(kind, decays[1]), named(kind, decay)) end
  end
  if decay > 0 then
    trial(named("AdamW", decay), optim.AdamW, decay, 0)
    pair(named("Adam", decay), named("AdamW", decay))
  end
end

activity:report { pairs = wanted, conclude = function(trials, found)
  local real, first, last = found:real(), decays[1], decays[#decays]
  local function norm(kind, decay)
    return found.number(found.value(trials[named(kind, decay)], "norm of the weights"))
  end
  return ("%s; decay %g instead of %g takes the norm of Adam's weights from %s to %s%s."):format(#real > 0
    and found.list(real) or "no decay differs from the first one beyond chance, nor AdamW from Adam", last,
    first, norm("Adam", first), norm("Adam", last),
    last > 0 and (", of AdamW's to %s"):format(norm("AdamW", last)) or "")
end }
