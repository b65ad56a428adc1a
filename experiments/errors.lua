-- Which classes are confused, and which mistakes is the net most sure of?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "errors",
  about = "Which classes are confused, and which mistakes is the net most sure of?",
  options = { epochs = 30, patience = 10, lr = 1e-3, seeds = 1, augment = true, shown = 12 },
  help = { shown = "how many mistakes and confusions to list", lr = "learning rate of Adam" },
}

activity:trial("mlp", function(run)
  run.model = nn.Sequential {
    nn.Flatten(),
    nn.Linear(run.in_features, 512), nn.ReLU(),
    nn.Linear(512, 256), nn.ReLU(),
    nn.Linear(256, run.num_classes),
  }
  run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr })
  run:fit()
  local answers, classes = run.answers, run.classes
  local confusion = ml.metrics.ConfusionMatrix(classes)
  confusion:add(answers.predictions, answers.labels)
  print(confusion)
  print(confusion:report())

  local labels, predictions = answers.labels:tolist(), answers.predictions:tolist()
  local sure, wrong, pairs_ = (answers.scores:max { dim = 2 }):tolist(), {}, {}
  for i, label in ipairs(labels) do
    if predictions[i] ~= label then
      wrong[#wrong + 1] = i
      local name = ("%s taken for %s"):format(classes[label], classes[predictions[i]])
      if not pairs_[name] then pairs_[name], pairs_[#pairs_ + 1] = 0, name end
      pairs_[name] = pairs_[name] + 1
    end
  end
  table.sort(wrong, function(a, b) return sure[a] > sure[b] or sure[a] == sure[b] and a < b end)
  table.sort(pairs_, function(a, b) return pairs_[a] > pairs_[b] or pairs_[a] == pairs_[b] and a < b end)
  print("most confused:")
  for i = 1, math.min(run.options.shown, #pairs_) do print(("  %4d  %s"):format(pairs_[pairs_[i]], pairs_[i])) end
  print("the surest mistakes:")
  local samples = answers.samples:tolist()
  for i = 1, math.min(run.options.shown, #wrong) do
    local k = wrong[i]
    print(("  %5.1f %%  %s, taken for %s: %s"):format(100 * sure[k], classes[labels[k]], classes[predictions[k]],
      activity.data.all:path(samples[k])))
  end
  run:record("mistakes", #wrong, "count")
end)

activity:report()
