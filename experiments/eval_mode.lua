-- What goes wrong when validation forgets model:eval()?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "eval_mode",
  about = "What goes wrong when validation forgets model:eval()?",
  options = { dropout = 0.5, epochs = 15, patience = 10, lr = 1e-3, seeds = 3 },
  help = { dropout = "share of activations to drop", lr = "learning rate of Adam" },
}

local kinds = { { "dropout", true, false }, { "BatchNorm", false, true }, { "dropout + BatchNorm", true, true } }
for _, kind in ipairs(kinds) do
  local name, drop, norm = table.unpack(kind)
  activity:trial(name, function(run)
    local p = drop and run.options.dropout or 0
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), norm and nn.BatchNorm1d(512) or nn.Identity(), nn.ReLU(), nn.Dropout(p),
      nn.Linear(512, 256), norm and nn.BatchNorm1d(256) or nn.Identity(), nn.ReLU(), nn.Dropout(p),
      nn.Linear(256, run.num_classes),
    }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr })
    if not run:fit().best then return end
    -- The same weights, measured as while training: dropout at work, and BatchNorm with each batch's own statistics.
    run:record("without eval()", run:evaluate { training = true }.accuracy, "percent")
    run:record("without it, batches of 4", run:evaluate { training = true, batch_size = 4 }.accuracy, "percent")
  end)
end

activity:report { conclude = function(trials, found)
  local parts = {}
  for _, trial in ipairs(trials) do
    local wrong, small = found.value(trial, "without eval()"), found.value(trial, "without it, batches of 4")
    if wrong then
      parts[#parts + 1] = ("%s %+.1f points, and %+.1f in batches of 4"):format(trial.name, 100 * (wrong - trial.accuracy),
        100 * (small - trial.accuracy))
    end
  end
  if #parts == 0 then return "nothing was measured." end
  return ("without eval() the same weights measure otherwise: %s."):format(table.concat(parts, "; "))
end }
