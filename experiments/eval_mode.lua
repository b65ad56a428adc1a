-- What goes wrong when validation forgets model:eval()?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "eval_mode",
  about = "What goes wrong when validation forgets model:eval()?",
  options = { dropout = 0.5, epochs = 15, patience = 10, lr = 1e-3, seeds = 3 },
  help = { dropout = "share of activations to drop", lr = "learning rate of Adam" },
}

local kinds = { { "dropout", 1, false }, { "BatchNorm", 0, true }, { "dropout + BatchNorm", 1, true } }
for _, kind in ipairs(kinds) do
  local name, drop, norm = table.unpack(kind)
  activity:trial(name, { p = drop * activity.options.dropout, norm = norm }, function(run)
    local p = drop * run.options.dropout
    local function norm_of(width) return norm and nn.BatchNorm1d(width) or nn.Identity() end
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), norm_of(512), nn.ReLU(), nn.Dropout(p),
      nn.Linear(512, 256), norm_of(256), nn.ReLU(), nn.Dropout(p),
      nn.Linear(256, run.num_classes),
    }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr })
    if not run:fit().best then return end
    -- The same weights, measured as while training: dropout at work, BatchNorm with each batch's statistics.
    local whole, small = run:evaluate { training = true }, run:evaluate { training = true, batch_size = 4 }
    run:record("without eval()", whole.accuracy, "percent")
    run:record("without it, batches of 4", small.accuracy, "percent")
  end)
end

activity:report { conclude = function(trials, found)
  local parts = {}
  for _, trial in ipairs(trials) do
    local function change(column) return 100 * (found.value(trial, column) - trial.val_accuracy) end
    if found.value(trial, "without eval()") then
      parts[#parts + 1] = ("%s %+.1f points, and %+.1f in batches of 4"):format(trial.name,
        change("without eval()"), change("without it, batches of 4"))
    end
  end
  if #parts == 0 then return "nothing was measured." end
  return ("without eval() the same weights measure otherwise: %s."):format(table.concat(parts, "; "))
end }
