return [==[
search.uniform
  Any number of a range, each as likely: shares of dropout.
  > search.uniform(0, 0.5)
search.log_uniform
  Any number of a range, each order of magnitude as likely: learning rates, weight decays.
  > search.log_uniform(1e-4, 1e-1)
search.int
  A whole number of a range, both ends included.
  > search.int(32, 1024, { log = true })
search.choice
  One of some values.
  > search.choice { "relu", "tanh" }
search.study
  space: names and what each can be. What a trial proposes depends on the seed, its number and what was told before it.
  "tpe" takes 10 trials at random, one in each tenth of every range, then compares the density of the best tenth of the trials
  with that of the rest, over all hyperparameters together (Bergstra et al., 2011), at 24 points for each hyperparameter; of
  whole numbers and choices it takes each value for itself.
  > search = ml.search
  > study = search.study { space = { x = search.uniform(-10, 10) }, trials = 30 }
  > study:optimize(function(values) return (values.x - 2) ^ 2 end)
  > print(study.best.values.x, study.best.value)
  see Study:ask, search.importance
Study:ask
  Proposes a trial.
  > trial = search.study { space = { x = search.uniform(-1, 1) } }:ask()
Study:tell
  Tells what a trial came to.
  > study = search.study { space = { x = search.uniform(-1, 1) } }
  > trial = study:ask()
  > study:tell(trial, trial.values.x ^ 2)
Study:optimize
  study.trials is the list of all trials, study.best the best one, false before the first.
search.brackets
  Li et al., 2018, algorithm 1.
  > search.brackets(81)[1].trials
search.importance
  Epsilon squared of as many as five parts of a range with equally many trials, or of the values of a choice; the interval holds
  95 % of 500 resamples of the trials. What two hyperparameters do together is not in it.
  > study = search.study { space = { x = search.uniform(-1, 1), y = search.uniform(-1, 1) }, method = "random", trials = 50 }
  > study:optimize(function(values) return values.x end)
  > search.importance(study)[1].name
]==]
