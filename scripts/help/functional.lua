return [==[
nn.functional.linear(x, weight [, bias])
  x weight' + bias: what nn.Linear does.
  > nn.functional.linear(ml.ones { 1, 2 }, ml.ones { 3, 2 })
nn.functional.conv2d(x, weight [, { bias = nil, stride = 1, padding = 0, dilation = 1, groups = 1 }])
  What nn.Conv2d does.
  > nn.functional.conv2d(ml.ones { 1, 1, 4, 4 }, ml.ones { 1, 1, 3, 3 }, { padding = 1 })
nn.functional.max_pool2d(x, kernel_size [, { stride = nil, padding = 0, dilation = 1, ceil_mode = false }])
  What nn.MaxPool2d does.
nn.functional.avg_pool2d(x, kernel_size [, { stride = nil, padding = 0, ceil_mode = false, count_include_pad = true,
    divisor_override = nil }])
  What nn.AvgPool2d does.
nn.functional.adaptive_avg_pool2d(x, output_size)
  What nn.AdaptiveAvgPool2d does.
nn.functional.batch_norm(x, running_mean, running_var [, { weight = nil, bias = nil, training = false, momentum = 0.1,
    eps = 1e-5 }])
  What nn.BatchNorm1d and nn.BatchNorm2d do.
nn.functional.layer_norm(x, normalized_shape [, { weight = nil, bias = nil, eps = 1e-5 }])
  What nn.LayerNorm does.
nn.functional.embedding(indices, weight [, { padding_idx = nil }])
  Rows of weight, indices from 1.
nn.functional.dropout(x [, { p = 0.5, training = true }])
  What nn.Dropout does.
nn.functional.dropout2d(x [, { p = 0.5, training = true }])
  What nn.Dropout2d does.
nn.functional.softmax(x, dim [, { dim = nil }])
  What nn.Softmax does; the dimension as a number, or as an option.
  > nn.functional.softmax(ml.zeros { 2, 2 }, 2)
nn.functional.log_softmax(x, dim [, { dim = nil }])
  What nn.LogSoftmax does.
nn.functional.relu(x)
  max(x, 0).
nn.functional.sigmoid(x)
  1 / (1 + exp(-x)).
nn.functional.tanh(x)
  The hyperbolic tangent.
nn.functional.leaky_relu(x [, { negative_slope = 0.01 }])
  What nn.LeakyReLU does.
nn.functional.elu(x [, { alpha = 1 }])
  What nn.ELU does.
nn.functional.celu(x [, { alpha = 1 }])
  What nn.CELU does.
nn.functional.selu(x)
  What nn.SELU does.
nn.functional.gelu(x [, { approximate = "none" }])
  What nn.GELU does.
nn.functional.silu(x)
  What nn.SiLU does.
nn.functional.mish(x)
  What nn.Mish does.
nn.functional.softplus(x [, { beta = 1, threshold = 20 }])
  What nn.Softplus does.
nn.functional.softsign(x)
  What nn.Softsign does.
nn.functional.logsigmoid(x)
  What nn.LogSigmoid does.
nn.functional.relu6(x)
  What nn.ReLU6 does.
nn.functional.hardtanh(x [, { min_val = -1, max_val = 1 }])
  What nn.Hardtanh does.
nn.functional.hardsigmoid(x)
  What nn.Hardsigmoid does.
nn.functional.hardswish(x)
  What nn.Hardswish does.
nn.functional.cross_entropy(output, labels [, { weight = nil, ignore_index = nil, reduction = "mean",
    label_smoothing = 0 }])
  What nn.CrossEntropyLoss does.
  > nn.functional.cross_entropy(ml.zeros { 2, 3 }, ml.tensor { 1, 2 })
nn.functional.nll_loss(log_probabilities, labels [, { weight = nil, ignore_index = nil, reduction = "mean" }])
  What nn.NLLLoss does.
nn.functional.mse_loss(x, target [, { reduction = "mean" }])
  What nn.MSELoss does.
nn.functional.l1_loss(x, target [, { reduction = "mean" }])
  What nn.L1Loss does.
nn.functional.smooth_l1_loss(x, target [, { reduction = "mean", beta = 1 }])
  What nn.SmoothL1Loss does.
nn.functional.huber_loss(x, target [, { reduction = "mean", delta = 1 }])
  What nn.HuberLoss does.
nn.functional.binary_cross_entropy(x, target [, { weight = nil, reduction = "mean" }])
  What nn.BCELoss does.
nn.functional.binary_cross_entropy_with_logits(x, target [, { weight = nil, reduction = "mean", pos_weight = nil }])
  What nn.BCEWithLogitsLoss does.
nn.functional.kl_div(x, target [, { reduction = "mean", log_target = false }])
  What nn.KLDivLoss does.
nn.init.uniform_(t [, { a = 0, b = 1 }])
  Uniform numbers in [a, b). Functions of nn.init fill a parameter in place, without recording, and return it.
  > nn.init.uniform_(nn.Linear(2, 2).weight, { a = -0.1, b = 0.1 })
nn.init.normal_(t [, { mean = 0, std = 1 }])
  Normally distributed numbers.
  > nn.init.normal_(ml.empty { 2, 2 }, { std = 0.01 })
nn.init.trunc_normal_(t [, { mean = 0, std = 1, a = -2, b = 2 }])
  Normal numbers that lie in [a, b]; a and b are values, not multiples of std.
nn.init.constant_(t, value)
  One value everywhere.
  > nn.init.constant_(ml.empty { 2 }, 0.5)
nn.init.zeros_(t)
  0 everywhere.
nn.init.ones_(t)
  1 everywhere.
nn.init.eye_(t)
  1 on the diagonal of a matrix, 0 elsewhere.
nn.init.dirac_(t [, { groups = 1 }])
  A convolution's weight that passes its input on, channel by channel.
nn.init.orthogonal_(t [, { gain = 1 }])
  Rows or columns, whichever are fewer, are orthogonal and of length gain.
nn.init.sparse_(t, sparsity [, { std = 0.01 }])
  Normal numbers, of which the share `sparsity` of each column is 0.
nn.init.xavier_uniform_(t [, { gain = 1 }])
  U(-b, b) with b = gain sqrt(6 / (fan_in + fan_out)); Glorot and Bengio, 2010.
  > nn.init.xavier_uniform_(nn.Linear(4, 2).weight)
nn.init.xavier_normal_(t [, { gain = 1 }])
  N(0, gain^2 2 / (fan_in + fan_out)).
nn.init.kaiming_uniform_(t [, { a = 0, mode = "fan_in", nonlinearity = "leaky_relu" }])
  U(-b, b) with b = gain sqrt(3 / fan); He et al., 2015. a: the slope of leaky_relu; mode: "fan_in" or "fan_out".
  > nn.init.kaiming_uniform_(nn.Linear(4, 2).weight, { nonlinearity = "relu" })
nn.init.kaiming_normal_(t [, { a = 0, mode = "fan_in", nonlinearity = "leaky_relu" }])
  N(0, gain^2 / fan).
  > nn.init.kaiming_normal_(nn.Linear(4, 2).weight, { nonlinearity = "relu" })
nn.init.calculate_gain(nonlinearity [, param])
  The factor by which a nonlinearity changes the spread: "relu" sqrt(2), "tanh" 5/3, "leaky_relu" by its slope param.
  > nn.init.calculate_gain("relu")
nn.utils.clip_grad_norm_(parameters, max_norm [, { norm_type = 2, error_if_nonfinite = false }])
  Scales all gradients so that their norm together is at most max_norm; returns the norm before.
  > model = nn.Linear(2, 1)
  > model(ml.ones { 1, 2 }):sum():backward()
  > nn.utils.clip_grad_norm_(model:parameters(), 1)
nn.utils.clip_grad_value_(parameters, clip_value)
  Moves every element of the gradients into [-clip_value, clip_value].
]==]
