-- Dropout, BatchNorm, weight decay and their mixtures: which really differ from the plain net?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "regularization",
  about = "Dropout, BatchNorm, weight decay and their mixtures: which really differ from the plain net?",
  options = { epochs = 60, patience = 10, lr = 1e-3, seeds = 3, augment = true },
  help = { lr = "learning rate of Adam" },
}

local RISEN, GAP, RISE = "validation loss, above its lowest", 0.2, 0.1 -- signs: 20 points, a tenth
-- name, dropout, BatchNorm, weight decay
local techniques = {
  { "plain", 0, false, 0 },
  { "dropout 0.5", 0.5, false, 0 }, { "dropout 0.2", 0.2, false, 0 }, { "dropout 0.1", 0.1, false, 0 },
  { "BatchNorm", 0, true, 0 }, { "BatchNorm + dropout 0.1", 0.1, true, 0 },
  { "decay 1e-4", 0, false, 1e-4 },
  { "decay 1e-4 + dropout 0.1", 0.1, false, 1e-4 }, { "decay 1e-3 + dropout 0.1", 0.1, false, 1e-3 },
}

local function record_flatness(run) -- each value moves by about the spread of its tensor
  local kept, before = {}, run:evaluate({ data = run.train }).loss
  for name, w in pairs(run.model:state_dict()) do kept[name] = w:clone() end
  for _, p in ipairs(run.model:parameters()) do p:detach():add_(ml.randn(p.shape) * p:std():item()) end
  run:record("training loss, more when weights move", run:evaluate({ data = run.train }).loss - before)
  run.model:load_state_dict(kept)
end

for _, technique in ipairs(techniques) do
  local name, p, norm, decay = table.unpack(technique)
  local function norm_of(width) return norm and nn.BatchNorm1d(width) or nn.Identity() end
  activity:trial(name, { p = p, norm = norm, weight_decay = decay }, function(run)
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), norm_of(512), nn.ReLU(), nn.Dropout(p),
      nn.Linear(512, 256), norm_of(256), nn.ReLU(), nn.Dropout(p),
      nn.Linear(256, run.num_classes),
    }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr, weight_decay = decay })
    run:record_weights()
    local history, lowest = run:fit(), math.huge
    for _, row in ipairs(history) do lowest = math.min(lowest, row.val_loss) end
    if #history > 0 then run:record(RISEN, history[#history].val_loss / lowest - 1, "percent") end
    if #history > 0 then record_flatness(run) end
  end)
end

activity:report { columns = { "reached", "steadiness" }, conclude = function(trials, found)
  local gap, rise = 0, 0
  for _, trial in ipairs(trials) do
    if (trial.final_gap or 0) > GAP then gap = gap + 1 end
    if (found.value(trial, RISEN) or 0) > RISE then rise = rise + 1 end
  end
  local narrow, wide = found:most("final_gap", nil, true), found:most("final_gap")
  return ("%s, %s; the gap in the end lies between %s points with %s and %s with %s, above 20 with %s of the "
    .. "%d; the validation loss has risen by more than a tenth with %s."):format(found:highest(),
    found:established("plain", "the plain net"), found.points(narrow.final_gap), narrow.name,
    found.points(wide.final_gap), wide.name, gap > 0 and gap or "none", #trials, rise > 0 and rise or "none")
end }
