-- One class cut to a tenth: does accuracy still tell, and do class weights or a sampler help?
local ml = require "mlprun"
local nn, optim, data, metrics = ml.nn, ml.optim, ml.data, ml.metrics

local activity = ml.experiment {
  name = "imbalance",
  about = "One class cut to a tenth: does accuracy still tell, and do class weights or a sampler help?",
  options = { share = 0.1, epochs = 30, patience = 10, lr = 1e-3, seeds = 3 },
  help = { share = "share of the largest class that is kept for training", lr = "learning rate of Adam" },
}

-- The largest class loses most of its training pictures; validation stays as it is.
local cut, most = 1, 0
for class, count in ipairs(activity.data.train:class_counts()) do
  if count > most then cut, most = class, count end
end
local name = activity.data.classes[cut]

for _, kind in ipairs { "all pictures", "cut", "cut, class weights", "cut, weighted sampler" } do
  activity:trial(kind, function(run)
    if kind ~= "all pictures" then
      run.train = run.train:thin { class = cut, keep = run.options.share, seed = run.seed }
    end
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), nn.ReLU(),
      nn.Linear(512, 256), nn.ReLU(),
      nn.Linear(256, run.num_classes),
    }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr })
    if kind:find("weights") then
      run.criterion = nn.CrossEntropyLoss { weight = run.train:class_weights() }
    elseif kind:find("sampler") then
      run.sampler = data.WeightedRandomSampler(run.train:sample_weights(), #run.train, { seed = run.seed })
    end
    if not run:fit().best then return end
    local confusion = metrics.ConfusionMatrix(run.classes)
    confusion:add(run.answers.predictions, run.answers.labels)
    run:record("balanced accuracy", confusion:balanced_accuracy(), "percent")
    run:record("macro F1", confusion:average("macro").f1, "percent")
    run:record("recall of " .. name, confusion:recall()[cut], "percent")
  end)
end

activity:report { metric = "balanced_accuracy", conclude = function(trials, found)
  local recall, remedies = found:by("recall of " .. name), {}
  for i = 3, #trials do
    local remedy = trials[i].name
    local what = remedy:gsub("^cut, ", ""):gsub("^weighted", "a weighted")
    remedies[i - 2] = ("with %s it %s"):format(what, recall:moves(remedy, "cut"))
  end
  return ("with '%s' cut, its recall %s, balanced accuracy %s and accuracy %s; %s."):format(name,
    recall:moves("cut", "all pictures"), found:moves("cut", "all pictures"),
    found:by("accuracy"):moves("cut", "all pictures"), found.list(remedies))
end }
