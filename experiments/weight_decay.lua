-- How much weight decay, with and without dropout, and does it matter who applies it: Adam, AdamW?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "weight_decay",
  about = "How much weight decay, with and without dropout, and does it matter who applies it: Adam, AdamW?",
  options = { decays = { 0, 1e-5, 1e-4, 1e-3, 1e-2 }, epochs = 30, patience = 10, lr = 1e-3, seeds = 3 },
  help = { decays = "weight decays: trials for each; the first one is what the others are compared with",
           lr = "learning rate of Adam" },
}

local function trial(name, optimizer, decay, p)
  activity:trial(name, function(run)
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), nn.ReLU(), nn.Dropout(p),
      nn.Linear(512, 256), nn.ReLU(), nn.Dropout(p),
      nn.Linear(256, run.num_classes),
    }
    run.optimizer = optimizer(run.model:parameters(), { lr = run.options.lr, weight_decay = decay })
    local norm
    run:on("epoch", function(epoch)
      norm = run:norm()
      run.writer:add_scalar("weights/norm", norm, epoch)
    end)
    run:fit()
    if norm then run:record("norm at the end", norm) end
  end)
  return name
end

local decays, wanted = activity.options.decays, {}
local order = { "Adam", "Adam + dropout 0.1", "AdamW" }
local kinds = { Adam = {}, ["Adam + dropout 0.1"] = {}, AdamW = {} }
for i, decay in ipairs(decays) do
  for _, kind in ipairs(order) do
    local names, w = kinds[kind], kind == "AdamW"
    if not w or decay > 0 then
      names[i] = trial(("%s, decay=%g"):format(kind, decay), w and optim.AdamW or optim.Adam, decay,
        kind:find("dropout") and 0.1 or 0)
      local first = names[1] or kinds.Adam[1]
      if names[i] ~= first then wanted[#wanted + 1] = { first, names[i] } end
    end
  end
  if kinds.AdamW[i] then wanted[#wanted + 1] = { kinds.Adam[i], kinds.AdamW[i] } end
end

activity:report { columns = { "train_loss" }, pairs = wanted, conclude = function(_, found)
  local real, last = found:real(), #decays
  local function norm(kind, i)
    return found.number(found.value(found.trials[kinds[kind][i]], "norm at the end"))
  end
  return ("%s; %s; decay %g instead of %g takes the norm of Adam's weights after the last epoch from %s to "
    .. "%s%s."):format(found:highest(), #real > 0 and table.concat(real, "; ")
      or "no decay differs from none beyond chance, nor AdamW from Adam", decays[last], decays[1],
      norm("Adam", 1), norm("Adam", last),
      kinds.AdamW[last] and (", of AdamW's to %s"):format(norm("AdamW", last)) or "")
end }
