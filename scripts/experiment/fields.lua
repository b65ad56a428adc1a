--- mlprun.experiment.fields - what scripts read and set in an experiment, each with a line about it: checks, messages and help
--- are made from these lists.
local fields = {}

-- name, type, what it is; a list of fields also has them by name
local function list(entries)
  for i, entry in ipairs(entries) do
    local field = { name = entry[1], type = entry[2], doc = entry[3] }
    entries[i], entries[field.name] = field, field
  end
  return entries
end

--- The names of a list of fields.
function fields.names(of)
  local names = {}
  for i, field in ipairs(of) do names[i] = field.name end
  return names
end

--- Of a run: what its trial's function reads.
fields.run = list {
  { "options", "table", "the options of the experiment, with the trial's own in front" },
  { "values", "table", "what activity:trial says that the trial sets: { p = 0.5 }" },
  { "seed", "integer", "of this run: weights, order and augmentation follow from it" },
  { "trial", "string", "the trial's name" },
  { "in_features", "integer", "numbers in a picture: channels x image_size x image_size" },
  { "num_classes", "integer", "how many classes run.train has" },
  { "classes", "string[]", "their names" },
  { "channels", "integer", "3: colour, 1: grey" },
  { "image_size", "integer", "pixels on each side" },
  { "folder", "string", "where the run leaves its files" },
  { "writer", "SummaryWriter", "of the run, for TensorBoard" },
  { "history", "table", "what run:fit() returned: a row for each epoch, and best" },
  { "answers", "table", "the best weights' on run.test, else run.val: accuracy, labels, predictions, scores, samples" },
}

--- Of a run: what its trial's function sets (and can read).
fields.run_settable = list {
  { "model", "Module", "what is trained; needed" },
  { "optimizer", "Optimizer", "over run.model:parameters(); needed" },
  { "criterion", "Module", "the loss; nn.CrossEntropyLoss() unless set, nn.BCEWithLogitsLoss() for several labels each" },
  { "train", "Dataset", "the training pictures; those of the experiment unless set" },
  { "val", "Dataset", "the validation pictures, which choose the epoch whose weights are kept" },
  { "test", "Dataset", "the test pictures, looked at once, with those weights; nil unless there are some (--test)" },
  { "train_transform", "Transform", "for training pictures; resize, normalise, and --augment" },
  { "val_transform", "Transform", "for validation pictures; resize and normalise" },
  { "scheduler", "LRScheduler", "stepped after each epoch, or step (OneCycleLR); ReduceLROnPlateau gets what its mode means" },
  { "scheduler_interval", "string", "\"step\" or \"epoch\": when run.scheduler is stepped; as its class says unless set" },
  { "monitor", "string", "what decides which epoch is best, for patience and ReduceLROnPlateau too; --monitor unless set" },
  { "monitor_mode", "string", "\"min\" or \"max\": which way run.monitor is better; as its name says unless set" },
  { "sampler", "Sampler", "of the training pictures, in place of shuffling" },
  { "batch_transform", "function", "images, labels -> images, targets; such as data.MixUp" },
  { "histograms", "boolean", "every parameter's values and gradients per epoch for TensorBoard; --histograms unless set" },
  { "zero_grad", "boolean", "true; false leaves the gradients of earlier steps in place, to see what that does" },
}

--- What is called so elsewhere, or is an option here -> what it is.
fields.elsewhere = {
  mode = "run.monitor_mode is \"min\" or \"max\"", min_delta = "an option: --min_delta, or options = { min_delta = 0.01 }",
  transforms = "run.train_transform and run.val_transform", transform = "run.train_transform and run.val_transform",
  net = "run.model", network = "run.model", module = "run.model", loss = "run.criterion", loss_fn = "run.criterion",
  loss_function = "run.criterion", optim = "run.optimizer", lr_scheduler = "run.scheduler", schedule = "run.scheduler",
  interval = "run.scheduler_interval", valid = "run.val", validation = "run.val", train_data = "run.train",
  val_data = "run.val", test_data = "run.test", train_set = "run.train", val_set = "run.val", data = "run.train and run.val",
  callbacks = "run:on(\"epoch\", f) calls f after each epoch", hooks = "run:on(\"epoch\", f) calls f after each epoch",
  collate_fn = "run.batch_transform", logger = "run.writer", metrics = "run:record(name, value)",
}
for _, name in ipairs { "epochs", "patience", "batch_size", "seeds", "max_steps", "max_time", "drop_last", "augment" } do
  fields.elsewhere[name] = ("an option, run.options.%s: --%s=... sets it, or options = { %s = ... } of ml.experiment"):format(
    name, name, name)
end

--- What activity:report takes.
fields.report = list {
  { "columns", "string[]", "further columns of the table: train_loss, first, reached, reached_seconds, steadiness" },
  { "pairs", "string[][]", "which trials to compare: { { name, name }, ... }; all with all unless said, many with the first" },
  { "metric", "string", "what is compared: accuracy unless said, balanced_accuracy, val_loss, ... or what run:record left" },
  { "mode", "string", "\"max\" or \"min\": which value is better, where it is not the usual one of the metric" },
  { "conclude", "function", "(trials, found) -> a sentence, in place of the usual one" },
}

--- What activity:search takes.
fields.search = list {
  { "space", "table", "names and what each can be: { lr = search.log_uniform(1e-4, 1e-1) }; needed" },
  { "train", "function", "(run, values) trains a run with some values, as a trial's function does; needed" },
  { "trials", "integer", "how many: 40 unless said; a grid has at most so many points" },
  { "method", "string", "\"tpe\" unless said, \"random\" or \"grid\"" },
  { "prune", "string", "\"asha\", \"hyperband\", \"median\", or \"none\", which is what is done unless said" },
  { "reduction", "integer", "of so many trials at a rung one goes on: 3 unless said" },
  { "min_epochs", "integer", "the first rung, and before what epoch the median judges nothing: 1 unless said" },
  { "budget", "string", "no trial begins after so much training, all runs together: \"30m\"; \"\": no limit" },
  { "seeds", "integer", "runs of each trial, whose mean counts: 1 unless said" },
  { "confirm", "integer", "fresh seeds that train the best values and the baseline again; --seeds unless said" },
  { "baseline", "table", "values that are usual; the middle of every range and the first of every choice unless said" },
}

--- Of one of report's pairs.
fields.pair = list {
  { 1, "string", "the trial that the other one is measured against" },
  { 2, "string", "the trial that is said to be better or worse" },
}

--- Of one of the trials that conclude gets, by number and by name: a row of the table.
fields.trial = list {
  { "name", "string", "the trial's name" },
  { "runs", "integer", "runs that were begun" },
  { "done", "integer", "runs that it is judged by: they finished an epoch, were not stopped before their end, and their deal has "
    .. "all its folds" },
  { "notes", "string[]", "such as \"1 of 3 runs diverged\"" },
  { "accuracy", "number?", "of the best epochs, mean of these runs: test accuracy where there is a test, else validation's" },
  { "low", "number?", "lower end of its 95 % interval" },
  { "high", "number?", "upper end" },
  { "val_accuracy", "number?", "validation accuracy of the same weights" },
  { "train", "number?", "training accuracy of the same weights" },
  { "gap", "number?", "train - val_accuracy" },
  { "final_gap", "number?", "the same after the last epoch" },
  { "best_epoch", "number?", "of the best weights" },
  { "epochs", "number", "that were run" },
  { "seconds", "number", "that a run took" },
  { "train_loss", "number?", "the training loss of the last epoch" },
  { "first", "number?", "validation accuracy after one epoch" },
  { "reached", "number?", "epochs to an accuracy that all trials reach; nil when not every run does" },
  { "reached_seconds", "number?", "seconds to it" },
  { "steadiness", "number?", "change of the validation accuracy from epoch to epoch" },
  { "recorded", "table?", "what run:record left: name -> { value, values (of each run) }" },
}

--- Of found, which conclude gets: also a list of the comparisons.
fields.found = list {
  { "trials", "table", "the rows of the table, by number and by name" },
  { "part", "string", "\"test\" or \"validation\": the pictures that trials are judged by" },
  { "metric", "table", "what is compared: name, label, mode, format" },
  { "by", "method", "(metric [, mode]) -> the same trials compared by another metric" },
  { "usual", "method", "() -> the usual conclusion, without its full stop" },
  { "highest", "method", "() -> \"c is highest (61.2 %)\"" },
  { "established", "method", "(a [, as]) -> \"b is better than a, c and d are worse\", or that none differs beyond chance" },
  { "real", "method", "([accept]) -> a list with says(b, a) for each difference that is established" },
  { "says", "method", "(b, a [, as]) -> \"b is 7.3 points better than a (p = 0.004)\", or that they cannot be told apart" },
  { "moves", "method", "(b, a) -> \"falls by 7.3 points\", \"rises by 1.2 points (may be chance)\", from a to b" },
  { "between", "method", "(b, a) -> { difference, p, real, low, high } of b against a; nil when they were not compared" },
  { "against", "method", "(a) -> names of the better trials, of the worse, of the rest" },
  { "most", "method", "(of [, among, lowest]) -> the row with the highest value, and the value" },
  { "conclude", "method", "(f) -> what f(trials, found) says, or that nothing was measured" },
  { "value", "function", "(row, of) -> a field of a row, the mean of a recorded column, or of(row)" },
  { "list", "function", "(words [, none]) -> \"a, b and c\"" },
  { "names", "function", "(names [, none]) -> the same of trials' names: those with a comma in quotes" },
  { "percent", "function", "(share) -> \"66.3 %\"" },
  { "points", "function", "(difference of shares) -> \"7.3\"" },
  { "number", "function", "(value) -> three digits" },
  { "count", "function", "(n, noun) -> \"3 classes\"" },
  { "duration", "function", "(seconds) -> \"1 min 15 s\"" },
  { "p_value", "function", "(p) -> \"p = 0.004\"" },
}

return fields
