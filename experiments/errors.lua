-- Which classes are confused, and which mistakes is the net most sure of?
local ml = require "mlprun"
local nn, optim, metrics, plot = ml.nn, ml.optim, ml.metrics, ml.plot

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
end)

-- The positions of the mistakes, the surest first; and the pairs of classes, the most confused first.
local function mistakes(labels, predictions, sure, classes)
  local wrong, confused = {}, {}
  for i, label in ipairs(labels) do
    if predictions[i] ~= label then
      wrong[#wrong + 1] = i
      local name = ("'%s' taken for '%s'"):format(classes[label], classes[predictions[i]])
      if not confused[name] then confused[name], confused[#confused + 1] = 0, name end
      confused[name] = confused[name] + 1
    end
  end
  table.sort(wrong, function(a, b) return sure[a] > sure[b] or sure[a] == sure[b] and a < b end)
  table.sort(confused, function(a, b) return confused[a] > confused[b] or confused[a] == confused[b] and a < b end)
  return wrong, confused
end

activity:report { conclude = function(trials, found)
  if not trials[1].accuracy then return "nothing was measured." end
  local saved = ml.load_npz(("%s/mlp/seed-%d/predictions.npz"):format(activity.folder, activity.options.seed))
  local labels, predictions, samples = saved.labels + 1, saved.predictions + 1, (saved.samples + 1):tolist() -- from 0 there
  local all, confusion = activity.data.all, metrics.ConfusionMatrix(activity.data.classes)
  local classes, shown, sure = all.classes, activity.options.shown, (saved.scores:max { dim = 2 }):tolist()
  confusion:add(predictions, labels)
  print(("%s\n\n%s\nmost confused:"):format(plot.confusion_matrix(confusion), confusion:report())) -- also confusion.png
  labels, predictions = labels:tolist(), predictions:tolist()
  local wrong, confused = mistakes(labels, predictions, sure, classes)
  if #wrong == 0 then return ("all %d pictures are answered rightly."):format(#labels) end
  for i = 1, math.min(shown, #confused) do print(("  %4d  %s"):format(confused[confused[i]], confused[i])) end
  print("the surest mistakes:")
  local pictures, words, certain = {}, {}, 0
  for i, k in ipairs(wrong) do
    certain = certain + (sure[k] > 0.9 and 1 or 0)
    if i <= shown then
      pictures[i], words[i] = all[samples[k]], ("%s, not %s"):format(classes[predictions[k]], classes[labels[k]])
      print(("  %5.1f %%  %s: %s"):format(100 * sure[k], words[i], all:path(samples[k])))
    end
  end
  print(plot.image_grid(pictures, { labels = words, columns = 4, cell = 150, file = activity.folder .. "/mistakes.png" }))
  return ("%d of %d pictures are answered wrongly, most often %s (%s); the net was more than 90 %% sure of %d of them; macro F1 "
    .. "is %.3f beside an accuracy of %s."):format(#wrong, #labels, confused[1],
    found.count(confused[confused[1]], "time"), certain, confusion:average("macro").f1, found.percent(confusion:accuracy()))
end }
