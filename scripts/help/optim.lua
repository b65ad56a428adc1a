return [==[
optim.Optimizer
  What all optimizers are; a rule of your own is a class below it: optim.Optimizer:subclass(name, { options =, defaults = }).
  param_groups is the list of its groups: optimizer.param_groups[1].lr = 1e-4 changes the rate.
Optimizer:step
  Updates every parameter that has a gradient. Returns what closure returns.
Optimizer:zero_grad
  Forgets the gradients: at the beginning of every step, or they add up. set_to_none = false fills them with zeros.
Optimizer:add_param_group
  Further parameters with options of their own: { params = list, lr = 1e-4 }.
  > optimizer = optim.SGD(nn.Linear(2, 2):parameters(), { lr = 0.1 })
  > optimizer:add_param_group { params = nn.Linear(2, 2):parameters(), lr = 0.01 }
Optimizer:state_dict
  The state of all parameters and the options of the groups.
Optimizer:load_state_dict
  Takes over what state_dict gave.
optim.SGD
  params: model:parameters(), or a list of groups { params = list, lr = ... }.
  > model = nn.Linear(2, 1)
  > optimizer = optim.SGD(model:parameters(), { lr = 0.1, momentum = 0.9 })
  > model(ml.ones { 1, 2 }):sum():backward()
  > optimizer:step()
optim.Adam
  weight_decay is L2 in the gradient, as in PyTorch; optim.AdamW keeps it apart. Kingma and Ba, 2014.
  > optim.Adam(nn.Linear(2, 1):parameters(), { lr = 1e-3 })
  see optim.AdamW, optim.lr_scheduler.CosineAnnealingLR
optim.AdamW
  Loshchilov and Hutter, 2019.
  > optim.AdamW(nn.Linear(2, 1):parameters(), { weight_decay = 0.05 })
optim.LBFGS
  For small problems and whole batches: step takes a function that forgets the gradients, computes the loss, calls backward and
  returns the loss, and calls it several times. One list of parameters, without groups.
  > model, x = nn.Linear(2, 1), ml.ones { 4, 2 }
  > optimizer = optim.LBFGS(model:parameters(), { line_search_fn = "strong_wolfe" })
  > function closure() optimizer:zero_grad() local loss = (model(x) - 3):square():mean() loss:backward() return loss end
  > optimizer:step(closure)
LBFGS:step
  Up to max_iter iterations; returns the first loss.
LBFGS:add_param_group
  An error behind the first one: there is one group.
optim.Lion
  Use a rate a third to a tenth of Adam's, and a weight_decay that is as much larger. Chen et al., 2023.
optim.EMA
  A running mean of a model's weights, and of its buffers (the running statistics of BatchNorm; integers are copied):
  ema:update() after each step, ema:apply(f) to validate with it. warmup: less decay in the first updates, (1 + n) / (10 + n),
  so that the beginning is forgotten sooner.
  > ema = optim.EMA(nn.Linear(2, 1), { decay = 0.99 })
  > ema:apply(function() return ema.model(ml.ones { 1, 2 }).shape end)
  see optim.swa_utils.AveragedModel
EMA:update()
  Moves the averages towards the model's weights and buffers, by 1 - decay of the difference.
EMA:apply
  Calls fn(...) with the averages in place of the model's weights and buffers, which come back afterwards, also after an error.
  fn cannot yield.
EMA:copy_to
  Copies the averages into a model, by default the one that they are of (whose own weights are lost then).
EMA:state_dict
  decay, num_updates, averages by the names of the parameters, and buffers by theirs.
EMA:load_state_dict
  Takes over what state_dict gave. A state without buffers has them from the model, as it is now.
optim.lr_finder
  Trains while the rate grows, notes the loss, and puts everything back: found.suggestion is a good learning rate.
  loader: a DataLoader, or a list of { images, labels }. Returns lr, loss, raw_loss (lists), suggestion, diverged.
  > model = nn.Linear(4, 3)
  > batches = { { ml.randn { 8, 4 }, ml.randint(1, 4, { 8 }) } }
  > found = optim.lr_finder(model, nn.CrossEntropyLoss(), optim.SGD(model:parameters()), batches)
  > #found.lr > 10
optim.lr_scheduler.LRScheduler
  What all schedules are: scheduler:step() after each epoch, scheduler:get_last_lr() the rates, state_dict, load_state_dict.
  In an experiment run.scheduler is stepped after each epoch, OneCycleLR after each training step (run.scheduler_interval).
  > optimizer = optim.SGD(nn.Linear(2, 1):parameters(), { lr = 1.0 })
  > scheduler = optim.lr_scheduler.StepLR(optimizer, 1)
  > optimizer:step()
  > scheduler:step()
  > scheduler:get_last_lr()
LRScheduler:step()
  Sets the rates of the next epoch (OneCycleLR: of the next step). After optimizer:step(), or the first rate is never used.
LRScheduler:get_last_lr
  The rates that were set last, one for each group.
LRScheduler:state_dict
  What it takes to go on: with the optimizer's own state_dict, which has the rates.
LRScheduler:load_state_dict
  Takes over what state_dict gave, in a schedule that was made with the same arguments.
ReduceLROnPlateau:step
  Takes the value of this epoch that is watched.
optim.lr_scheduler.StepLR
  Times gamma every step_size epochs.
optim.lr_scheduler.MultiStepLR
  Times gamma when each of the milestones (a list of epochs) is reached.
  > optim.lr_scheduler.MultiStepLR(optim.SGD(nn.Linear(2, 1):parameters()), { 10, 20 });
optim.lr_scheduler.ConstantLR
  Times factor for total_iters epochs.
optim.lr_scheduler.LinearLR
  Times a factor that goes from one to the other in total_iters epochs: a warm-up.
optim.lr_scheduler.ExponentialLR
  Times gamma every epoch.
optim.lr_scheduler.CyclicLR
  Up and down between base_lr and max_lr, in steps: step it after every batch. step_size_up steps up, step_size_down down.
  mode triangular2 halves the height after each cycle, exp_range has it times gamma in each step; scale_fn is a function of the
  cycle's number (from 1), or with scale_mode = "iterations" of the step's (from 0), in place of the mode. Momentum (the first
  beta of Adam and its relatives) goes the other way, unless cycle_momentum is false.
  > optim.lr_scheduler.CyclicLR(optim.SGD(nn.Linear(2, 1):parameters(), { momentum = 0.9 }), 0.01, 0.1);
  see optim.lr_scheduler.OneCycleLR
optim.lr_scheduler.PolynomialLR
  Down to 0 in total_iters epochs, as (1 - epoch / total_iters) ^ power.
optim.lr_scheduler.CosineAnnealingLR
  Half a cosine from the first rate down to eta_min in T_max epochs.
  > optim.lr_scheduler.CosineAnnealingLR(optim.SGD(nn.Linear(2, 1):parameters()), 30);
optim.lr_scheduler.CosineAnnealingWarmRestarts
  As CosineAnnealingLR, back at the first rate after T_0 epochs, then after T_0 T_mult more, and so on. step(epoch) takes
  parts of epochs: scheduler:step(epoch + batch / batches) after each batch.
optim.lr_scheduler.OneCycleLR
  Up to max_lr and down again, stepped after every batch; momentum goes the other way. Smith, 2017.
  > optim.lr_scheduler.OneCycleLR(optim.Adam(nn.Linear(2, 1):parameters()), 0.01, { total_steps = 100 });
optim.lr_scheduler.LambdaLR
  The first rate times f(epoch).
  > optim.lr_scheduler.LambdaLR(optim.SGD(nn.Linear(2, 1):parameters()), function(e) return 0.9 ^ e end);
optim.lr_scheduler.MultiplicativeLR
  Every epoch times f(epoch).
optim.lr_scheduler.ReduceLROnPlateau
  Times factor when more than patience epochs brought nothing better: scheduler:step(value) takes the value to watch.
  > scheduler = optim.lr_scheduler.ReduceLROnPlateau(optim.SGD(nn.Linear(2, 1):parameters()), { patience = 3 })
  > scheduler:step(0.5)
optim.lr_scheduler.SequentialLR
  The first schedule until the first milestone, then the second from its beginning, and so on. With a ReduceLROnPlateau among
  them step takes the value that it watches; it begins with the rate that is there at its milestone.
  > o = optim.SGD(nn.Linear(2, 1):parameters(), { lr = 0.1 })
  > s = optim.lr_scheduler
  > s.SequentialLR(o, { s.LinearLR(o, { start_factor = 0.1 }), s.CosineAnnealingLR(o, 45) }, { 5 });
optim.lr_scheduler.ChainedScheduler
  Steps all of them: their factors multiply.
optim.swa_utils.AveragedModel
  A copy of a model with the mean of its weights: averaged:update_parameters(model) takes them in.
  > model = nn.Linear(2, 1)
  > averaged = optim.swa_utils.AveragedModel(model)
  > averaged:update_parameters(model)
AveragedModel:update_parameters
  Takes the model's present parameters into the averages; the first time they are copied.
optim.swa_utils.get_ema_multi_avg_fn
  For AveragedModel: a running mean with decay (0.999).
optim.swa_utils.get_swa_multi_avg_fn
  For AveragedModel: the mean of all.
optim.swa_utils.update_bn
  Goes once through the pictures so that batch norms learn the statistics of averaged weights.
]==]
