-- What goes wrong when validation forgets model:eval()?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "eval_mode",
  about = "What goes wrong when validation forgets model:eval()?",
  options = { dropout = 0.5, epochs = 15, patience = 10, lr = 1e-3, seeds = 3 },
  help = { dropout = "share of activations to drop", lr = "learning rate of Adam" },
}

for _, norm in ipairs { false, true } do
  activity:trial(norm and "BatchNorm + dropout" or "dropout", function(run)
    local p = run.options.dropout
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), norm and nn.BatchNorm1d(512) or nn.Identity(), nn.ReLU(), nn.Dropout(p),
      nn.Linear(512, 256), norm and nn.BatchNorm1d(256) or nn.Identity(), nn.ReLU(), nn.Dropout(p),
      nn.Linear(256, run.num_classes),
    }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr })
    run:fit()
    -- The same weights, measured as while training: dropout at work, and BatchNorm with each batch's own statistics.
    run:record("without eval()", run:evaluate { training = true }.accuracy, "percent")
    run:record("the same, batches of 4", run:evaluate { training = true, batch_size = 4 }.accuracy, "percent")
  end)
end

activity:report { conclude = function(trials)
  local parts = {}
  for _, trial in ipairs(trials) do
    local wrong = trial.recorded and trial.recorded["without eval()"]
    if wrong then
      parts[#parts + 1] = ("%s: %.1f points %s without eval()"):format(trial.name,
        100 * math.abs(trial.accuracy - wrong.value), wrong.value < trial.accuracy and "lower" or "higher")
    end
  end
  return "the same weights measure differently: " .. table.concat(parts, "; ") .. "."
end }
