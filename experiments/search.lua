-- Which learning rate, width and dropout: looked for instead of listed, is the best really better?
local ml = require "mlprun"
local nn, optim, search = ml.nn, ml.optim, ml.search

local activity = ml.experiment {
  name = "search",
  about = "Which learning rate, width and dropout: looked for instead of listed, is the best really better?",
  options = { trials = 30, method = "tpe", prune = "asha", budget = "", epochs = 27, patience = 0,
              test = "0.2" },
  help = { trials = "how many sets of values are tried", method = "tpe, random or grid",
           prune = "asha, hyperband, median or none: which trials are cut short",
           budget = "no trial begins after so much training: 20m, 1h; empty: no limit" },
}
local o = activity.options

activity:search {
  space = {
    lr = search.log_uniform(1e-4, 1e-1),
    width = search.int(32, 512, { log = true }),
    p = search.uniform(0, 0.5),
    weight_decay = search.log_uniform(1e-6, 1e-1),
    activation = search.choice { "ReLU", "Tanh", "GELU" },
  },
  baseline = { lr = 1e-3, width = 256, p = 0, weight_decay = 1e-6, activation = "ReLU" },
  trials = o.trials, method = o.method, prune = o.prune, budget = o.budget,
  train = function(run, values)
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, values.width), nn[values.activation](), nn.Dropout(values.p),
      nn.Linear(values.width, run.num_classes),
    }
    run.optimizer = optim.AdamW(run.model:parameters(),
      { lr = values.lr, weight_decay = values.weight_decay })
    run:fit()
  end,
}

activity:report()
