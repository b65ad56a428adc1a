-- Which classes are confused, and which mistakes is the net most sure of?
local ml = require "mlprun"
local nn, optim, plot = ml.nn, ml.optim, ml.plot

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

activity:report { conclude = function(_, found)
  local all, shown = activity.data.all, activity.options.shown
  local given = activity:answers("mlp")
  local confusion, confused, classes = given.confusion, given.confused, all.classes
  print(("%s\n\n%s\nmost confused:"):format(plot.confusion_matrix(confusion), confusion:report()))
  if #confused == 0 then return ("all %d pictures are answered rightly."):format(#given.labels) end
  local function name(pair)
    return ("'%s' taken for '%s'"):format(classes[pair.label], classes[pair.prediction])
  end
  for i = 1, math.min(shown, #confused) do
    print(("  %4d  %s"):format(confused[i].count, name(confused[i])))
  end
  print(("the surest mistakes of the best run, seed %d:"):format(given.seed))
  local grid = { labels = {}, columns = 4, cell = 150 }
  if activity.options.pictures then grid.file = activity.folder .. "/mistakes.png" end
  local pictures, sure = {}, 0
  for i, one in ipairs(given.wrong) do
    sure = sure + (one.sure > 0.9 and 1 or 0)
    if i <= shown then
      pictures[i] = all[one.sample]
      grid.labels[i] = ("%s, not %s"):format(classes[one.prediction], classes[one.label])
      print(("  %5.1f %%  %s: %s"):format(100 * one.sure, grid.labels[i], all:path(one.sample)))
    end
  end
  if #pictures > 0 then print(plot.image_grid(pictures, grid)) end -- the matrix is in confusion.png
  local best = ("the best run (seed %d) has %d of %d pictures wrong, more than 90 %% sure of %s of them")
    :format(given.seed, #given.wrong, #given.labels, sure > 0 and sure or "none")
  return ("%s; most often %s (%s in %s); macro F1 is %.3f beside an accuracy of %s."):format(best,
    name(confused[1]), found.count(confused[1].count, "time"), found.count(given.runs, "run"),
    confusion:average("macro").f1, found.percent(confusion:accuracy()))
end }
