-- activity.lua - a whole activity: rows of the practical work's regularisation table, with augmentation, first picture read to
-- final table. FULL=1 in the environment: all eight rows, three seeds.
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim
local full = os.getenv("FULL") == "1"

local activity = ml.experiment {
  name = "activity", about = "How long does a whole activity take?",
  options = { epochs = full and 10 or 4, patience = 0, seeds = full and 3 or 1, augment = true },
}

local rows = {
  { "dropout 0.2", 0.2, false, 0 }, { "BatchNorm + dropout 0.1", 0.1, true, 0 }, { "dropout 0.5", 0.5, false, 0 },
  { "dropout 0.1", 0.1, false, 0 }, { "BatchNorm", 0, true, 0 }, { "decay 1e-4", 0, false, 1e-4 },
  { "decay 1e-4 + dropout 0.1", 0.1, false, 1e-4 }, { "decay 1e-3 + dropout 0.1", 0.1, false, 1e-3 },
}
for i = 1, full and #rows or 2 do
  local name, p, norm, decay = table.unpack(rows[i])
  activity:trial(name, function(run)
    local layers, d_in = { nn.Flatten() }, run.in_features
    for _, width in ipairs { 512, 256 } do
      layers[#layers + 1] = nn.Linear(d_in, width)
      if norm then layers[#layers + 1] = nn.BatchNorm1d(width) end
      layers[#layers + 1] = nn.ReLU()
      layers[#layers + 1] = nn.Dropout(p)
      d_in = width
    end
    layers[#layers + 1] = nn.Linear(d_in, run.num_classes)
    run.model = nn.Sequential(layers)
    run.optimizer = optim.Adam(run.model:parameters(), { lr = 1e-3, weight_decay = decay })
    run:fit()
  end)
end
activity:report()
