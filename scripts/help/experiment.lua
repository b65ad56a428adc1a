return [==[
ml.experiment
  Trials on the same pictures, several seeds each, and what they amount to.
  It reads the options from the command line (--help lists them), opens the data, and splits it by --seed.
  name: also that of the folder below --out; about: the question; options: defaults of the script's own options and other
  ones for the common: epochs, patience, seeds, batch_size, image_size, augment, ...; help: a text for each option.
  see Experiment:trial, Experiment:report, ml.options
Experiment.options: table
  The options, read from the command line: the script's own and the common ones.
Experiment.data: table
  The pictures: all, and the parts train, val and test (with --test); classes has the names of the classes.
Experiment.folder: string
  Where the results are written.
Experiment:trial
  Runs f(run) once per seed: it sets run.model and run.optimizer and calls run:fit(). values: what this trial sets, such as
  { p = 0.5, init = "he" }: run.values, the manifest, results.csv, `mlprun runs` and TensorBoard's HPARAMS table have it; the
  name of an option gives that option this value in this trial.
  own: options that are different in this trial: { batch_size = 8 }.
  see Run:fit
Experiment:search
  Looks for good values of some hyperparameters instead of listing them; what each can be is said with ml.search. A trial is
  measured by the best value of what --monitor watches. With prune = "asha" it waits at rungs, and a third of those that
  reached one goes on, from the very state that they were left in; with "hyperband" some trials begin higher; with "median" a
  trial that is worse than half of the others ends.
  Then the best values and the baseline are trained again with fresh seeds, as two trials that activity:report compares: what
  is the best of many was lucky too, and the report says how much. --test=0.2 keeps pictures that the search never sees.
  A search is a folder, search/ beside the trials': with --resume it goes on, and further processes with the same command and
  --resume take part in it. search.csv has a line for each trial. One process with the same seed does the same search again;
  several, and --jobs, do not: which trial ends first decides what is tried next.
  see search.uniform, search.choice, Experiment:report
Experiment:report
  Prints the table with its intervals, which differences the data supports, and a conclusion; writes report.html,
  results.csv, results.md and charts. conclude gets the rows of the table, by number and by name, and what was found.
  see Trial.accuracy, Found:says
Experiment:answers
  What a run's best weights answered for the validation pictures, its mistakes and the classes that it confused. Without a
  seed: of the trial's best run, and the confusion of all its runs together, as report.html has them.
  samples and the sample of a mistake are positions in activity.data.all.
Run:fit
  Trains: an epoch is a pass over the training pictures and one over the validation pictures. The weights of the best
  epoch are kept. Ctrl-C ends the step and keeps what there is; a loss that is no number ends the run and names the layer.
  epoch: a loop of the script's own, epoch(number) -> { train_loss, train_accuracy, val_loss, val_accuracy }, in place of
  the usual one; accuracies are shares from 0 to 1. experiments/baseline.lua has it written out. It steps a schedule that
  goes by training steps (OneCycleLR) itself: run.scheduler:step() behind run.optimizer:step().
  Returns the history: a list of rows with epoch, train_loss, train_accuracy, val_loss, val_accuracy, seconds, lr.
Run:on
  Calls f at "step" (epoch, step, loss), "backward" (epoch, step), "epoch" (epoch, row), "end" (history).
  A false returned at "epoch" ends the run.
Run:keep
  Makes an object a part of what --resume goes on from: whatever has state_dict and load_state_dict, or a plain table. What a
  function of the script changes (at an event, for an epoch, as the loss) begins anew otherwise, and that is said. Schedules,
  averages, optimizers and the epoch of DataLoaders that such functions use are kept unasked.
Run:stop
  Ends the training cleanly: the epoch under way ends there, is measured and is the last one. The reason is in the line about
  the run and in its manifest.
Run:record
  A number for the table: the mean over the seeds becomes a column. format: "number", "percent", "points", "count".
  What --monitor names has to be recorded in every epoch.
Run:record_patience
  Columns for what stopping with less patience would have given, read from the same curve.
Run:record_weights
  Columns for the weights after the last epoch, and curves in the report and TensorBoard: norm, kurtosis, and the share of
  the squares more than 3 deviations out: 3 and 2.9 % of a normal distribution, more where a few weights have grown large.
  Call it before run:fit().
Run:with_patience
  What stopping with less patience would have given: epochs, best_epoch, accuracy, seconds, stopped.
Run:evaluate
  Measures the model as it is, on the validation pictures or on others: loss, accuracy, labels, predictions, scores, samples,
  correct. training = true: as while training, with dropout at work.
Run:norm
  The Euclidean norm of all parameters, or of all gradients with "grad".
]==]
