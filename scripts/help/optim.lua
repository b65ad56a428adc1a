return [==[
optim.Optimizer
  What all optimizers are; a rule of your own is a class below it: optim.Optimizer:subclass(name, { options =, defaults = }).
  param_groups is the list of its groups: optimizer.param_groups[1].lr = 1e-4 changes the rate.
Optimizer:step([closure])
  Updates every parameter that has a gradient. Returns what closure returns.
Optimizer:zero_grad([{ set_to_none = true }])
  Forgets the gradients: at the beginning of every step, or they add up.
Optimizer:add_param_group(group)
  Further parameters with options of their own: { params = list, lr = 1e-4 }.
  > optimizer = optim.SGD(nn.Linear(2, 2):parameters(), { lr = 0.1 })
  > optimizer:add_param_group { params = nn.Linear(2, 2):parameters(), lr = 0.01 }
Optimizer:state_dict()
  The state of all parameters and the options of the groups.
Optimizer:load_state_dict(state)
  Takes over what state_dict gave.
optim.SGD(params [, { lr = 1e-3, momentum = 0, dampening = 0, weight_decay = 0, nesterov = false, maximize = false }])
  Stochastic gradient descent. params: model:parameters(), or a list of groups { params = list, lr = ... }.
  > model = nn.Linear(2, 1)
  > optimizer = optim.SGD(model:parameters(), { lr = 0.1, momentum = 0.9 })
  > model(ml.ones { 1, 2 }):sum():backward()
  > optimizer:step()
optim.Adam(params [, { lr = 1e-3, betas = { 0.9, 0.999 }, eps = 1e-8, weight_decay = 0, amsgrad = false,
    maximize = false }])
  Adam; weight_decay is L2 in the gradient, as in PyTorch. optim.AdamW keeps it apart.
  > optim.Adam(nn.Linear(2, 1):parameters(), { lr = 1e-3 })
  see optim.AdamW, optim.lr_scheduler.CosineAnnealingLR
optim.AdamW(params [, { lr = 1e-3, betas = { 0.9, 0.999 }, eps = 1e-8, weight_decay = 0.01, amsgrad = false,
    maximize = false }])
  Adam with decoupled weight decay: weights shrink by lr weight_decay in each step. Loshchilov and Hutter, 2019.
  > optim.AdamW(nn.Linear(2, 1):parameters(), { weight_decay = 0.05 })
optim.NAdam(params [, { lr = 2e-3, betas = { 0.9, 0.999 }, eps = 1e-8, weight_decay = 0, momentum_decay = 4e-3,
    decoupled_weight_decay = false, maximize = false }])
  Adam with Nesterov's momentum.
optim.RMSprop(params [, { lr = 1e-2, alpha = 0.99, eps = 1e-8, weight_decay = 0, momentum = 0, centered = false,
    maximize = false }])
  Gradients divided by the root of their running mean square.
optim.Adagrad(params [, { lr = 1e-2, lr_decay = 0, weight_decay = 0, initial_accumulator_value = 0, eps = 1e-10,
    maximize = false }])
  Gradients divided by the root of the sum of all their squares.
optim.Adadelta(params [, { lr = 1.0, rho = 0.9, eps = 1e-6, weight_decay = 0, maximize = false }])
  Steps whose size follows from the steps before.
optim.Lion(params [, { lr = 1e-4, betas = { 0.9, 0.99 }, weight_decay = 0, maximize = false }])
  The sign of a mixture of momentum and gradient; use a rate a tenth of Adam's. Chen et al., 2023.
optim.EMA(model [, { decay = 0.999, warmup = false }])
  A running mean of a model's weights: ema:update() after each step, ema:apply() to validate with it, ema:restore() after.
  > ema = optim.EMA(nn.Linear(2, 1), { decay = 0.99 })
  see optim.swa_utils.AveragedModel
optim.lr_finder(model, criterion, optimizer, loader [, { start_lr = 1e-7, end_lr = 10, num_iter = 100, step_mode = "exp",
    smooth_f = 0.05, diverge_th = 5, skip_start = 10, skip_end = 5 }])
  Trains while the rate grows, notes the loss, and puts everything back: found.suggestion is a good learning rate.
  loader: a DataLoader, or a list of { images, labels }. Returns lr, loss, raw_loss (lists), suggestion, diverged.
  > model = nn.Linear(4, 3)
  > batches = { { ml.randn { 8, 4 }, ml.randint(1, 4, { 8 }) } }
  > found = optim.lr_finder(model, nn.CrossEntropyLoss(), optim.SGD(model:parameters()), batches)
  > #found.lr > 10
optim.lr_scheduler.LRScheduler(optimizer [, { last_epoch = nil }])
  What all schedules are: scheduler:step() after each epoch, scheduler:get_last_lr() the rates, state_dict, load_state_dict.
  In an experiment run.scheduler is stepped after each epoch.
  > optimizer = optim.SGD(nn.Linear(2, 1):parameters(), { lr = 1.0 })
  > scheduler = optim.lr_scheduler.StepLR(optimizer, 1)
  > optimizer:step()
  > scheduler:step()
  > scheduler:get_last_lr()
optim.lr_scheduler.StepLR(optimizer, step_size [, { gamma = 0.1, last_epoch = nil }])
  Times gamma every step_size epochs.
optim.lr_scheduler.MultiStepLR(optimizer, milestones [, { gamma = 0.1, last_epoch = nil }])
  Times gamma when each of the milestones (a list of epochs) is reached.
  > optim.lr_scheduler.MultiStepLR(optim.SGD(nn.Linear(2, 1):parameters()), { 10, 20 });
optim.lr_scheduler.ConstantLR(optimizer [, { factor = 1 / 3, total_iters = 5, last_epoch = nil }])
  Times factor for total_iters epochs.
optim.lr_scheduler.LinearLR(optimizer [, { start_factor = 1 / 3, end_factor = 1.0, total_iters = 5, last_epoch = nil }])
  Times a factor that goes from one to the other in total_iters epochs: a warm-up.
optim.lr_scheduler.ExponentialLR(optimizer, gamma [, { last_epoch = nil }])
  Times gamma every epoch.
optim.lr_scheduler.PolynomialLR(optimizer [, { total_iters = 5, power = 1.0, last_epoch = nil }])
  Down to 0 in total_iters epochs, as (1 - epoch / total_iters) ^ power.
optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max [, { eta_min = 0.0, last_epoch = nil }])
  Half a cosine from the first rate down to eta_min in T_max epochs.
  > optim.lr_scheduler.CosineAnnealingLR(optim.SGD(nn.Linear(2, 1):parameters()), 30);
optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0 [, { T_mult = 1, eta_min = 0.0, last_epoch = nil }])
  As CosineAnnealingLR, back at the first rate after T_0 epochs, then after T_0 T_mult more, and so on.
optim.lr_scheduler.OneCycleLR(optimizer, max_lr [, { total_steps = nil, epochs = nil, steps_per_epoch = nil,
    pct_start = 0.3, anneal_strategy = "cos", cycle_momentum = true, base_momentum = 0.85, max_momentum = 0.95,
    div_factor = 25.0, final_div_factor = 1e4, three_phase = false, last_epoch = nil }])
  Up to max_lr and down again, stepped after every batch; momentum goes the other way. Smith, 2017.
  > optim.lr_scheduler.OneCycleLR(optim.Adam(nn.Linear(2, 1):parameters()), 0.01, { total_steps = 100 });
optim.lr_scheduler.LambdaLR(optimizer, f [, { last_epoch = nil }])
  The first rate times f(epoch).
  > optim.lr_scheduler.LambdaLR(optim.SGD(nn.Linear(2, 1):parameters()), function(e) return 0.9 ^ e end);
optim.lr_scheduler.MultiplicativeLR(optimizer, f [, { last_epoch = nil }])
  Every epoch times f(epoch).
optim.lr_scheduler.ReduceLROnPlateau(optimizer [, { mode = "min", factor = 0.1, patience = 10, threshold = 1e-4,
    threshold_mode = "rel", cooldown = 0, min_lr = 0, eps = 1e-8, last_epoch = nil }])
  Times factor when more than patience epochs brought nothing better: scheduler:step(value) takes the value to watch.
  > scheduler = optim.lr_scheduler.ReduceLROnPlateau(optim.SGD(nn.Linear(2, 1):parameters()), { patience = 3 })
  > scheduler:step(0.5)
optim.lr_scheduler.SequentialLR(optimizer, schedulers, milestones [, { last_epoch = nil }])
  The first schedule until the first milestone, then the second from its beginning, and so on.
  > o = optim.SGD(nn.Linear(2, 1):parameters(), { lr = 0.1 })
  > s = optim.lr_scheduler
  > s.SequentialLR(o, { s.LinearLR(o, { start_factor = 0.1 }), s.CosineAnnealingLR(o, 45) }, { 5 });
optim.lr_scheduler.ChainedScheduler(schedulers [, { optimizer = nil }])
  Steps all of them: their factors multiply.
optim.swa_utils.AveragedModel(model [, { avg_fn = nil, multi_avg_fn = nil, use_buffers = false }])
  A copy of a model with the mean of its weights: averaged:update_parameters(model) takes them in.
  > model = nn.Linear(2, 1)
  > averaged = optim.swa_utils.AveragedModel(model)
  > averaged:update_parameters(model)
optim.swa_utils.get_ema_multi_avg_fn([decay])
  For AveragedModel: a running mean with decay (0.999).
optim.swa_utils.get_swa_multi_avg_fn()
  For AveragedModel: the mean of all.
optim.swa_utils.update_bn(loader, model)
  Goes once through the pictures so that batch norms learn the statistics of averaged weights.
]==]
