-- One class cut to a tenth: does accuracy still tell, and do class weights help?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "imbalance",
  about = "One class cut to a tenth: does accuracy still tell, and do class weights help?",
  options = { keep = 0.1, epochs = 30, patience = 10, lr = 1e-3, seeds = 3 },
  help = { keep = "share of the first class that is kept", lr = "learning rate of Adam" },
}

-- The largest class loses most of its training pictures; validation stays as it is.
local counts, largest = activity.data.train:class_counts(), 1
for class, count in ipairs(counts) do if count > counts[largest] then largest = class end end

local function thinned(set)
  local kept, seen, limit = {}, 0, math.max(1, math.floor(activity.options.keep * counts[largest]))
  for i, label in ipairs(set:labels():tolist()) do
    if label == largest then seen = seen + 1 end
    if label ~= largest or seen <= limit then kept[#kept + 1] = i end
  end
  return set:subset(kept)
end

-- Recall of each class, their mean (the balanced accuracy), and the mean F1.
local function recalls(answers, classes)
  local labels, predictions, right, of, said = answers.labels:tolist(), answers.predictions:tolist(), {}, {}, {}
  for c = 1, classes do right[c], of[c], said[c] = 0, 0, 0 end
  for i, label in ipairs(labels) do
    of[label], said[predictions[i]] = of[label] + 1, said[predictions[i]] + 1
    if predictions[i] == label then right[label] = right[label] + 1 end
  end
  local recall, f1 = { mean = 0 }, 0
  for c = 1, classes do
    recall[c] = right[c] / math.max(1, of[c])
    recall.mean, f1 = recall.mean + recall[c] / classes, f1 + 2 * right[c] / math.max(1, of[c] + said[c]) / classes
  end
  return recall, f1
end

local function trial(name, thin, weighted)
  activity:trial(name, function(run)
    if thin then run.train = thinned(run.train) end
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), nn.ReLU(),
      nn.Linear(512, 256), nn.ReLU(),
      nn.Linear(256, run.num_classes),
    }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr })
    if weighted then
      local weights, now = {}, run.train:class_counts()
      for class, count in ipairs(now) do weights[class] = #run.train / (#now * math.max(1, count)) end
      run.criterion = nn.CrossEntropyLoss { weight = ml.tensor(weights) }
    end
    run:fit()
    local recall, f1 = recalls(run.answers, #run.classes)
    run:record("balanced accuracy", recall.mean, "percent")
    run:record("macro F1", f1, "percent")
    run:record("recall of " .. run.classes[largest], recall[largest], "percent")
  end)
end
trial("all pictures", false, false)
trial("one class cut", true, false)
trial("one class cut, class weights", true, true)

activity:report()
