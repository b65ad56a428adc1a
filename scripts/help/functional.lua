return [==[
nn.functional.linear(x, weight, bias?) -> Tensor
  x weight' + bias: what nn.Linear does.
  > nn.functional.linear(ml.ones { 1, 2 }, ml.ones { 3, 2 })
nn.functional.conv2d
  What nn.Conv2d does.
  > nn.functional.conv2d(ml.ones { 1, 1, 4, 4 }, ml.ones { 1, 1, 3, 3 }, { padding = 1 })
nn.functional.max_pool2d
  What nn.MaxPool2d does.
nn.functional.avg_pool2d
  What nn.AvgPool2d does.
nn.functional.adaptive_avg_pool2d
  What nn.AdaptiveAvgPool2d does.
nn.functional.batch_norm
  What nn.BatchNorm1d and nn.BatchNorm2d do.
nn.functional.layer_norm
  What nn.LayerNorm does.
nn.functional.embedding
  Rows of weight, indices from 1.
nn.functional.dropout(x, { p = 0.5, training = true }?) -> Tensor
  What nn.Dropout does.
nn.functional.dropout2d(x, { p = 0.5, training = true }?) -> Tensor
  What nn.Dropout2d does.
nn.functional.softmax(x, dim, { dim }?) -> Tensor
  What nn.Softmax does; the dimension as a number, or as an option.
  > nn.functional.softmax(ml.zeros { 2, 2 }, 2)
nn.functional.log_softmax(x, dim, { dim }?) -> Tensor
  What nn.LogSoftmax does.
nn.functional.relu
  max(x, 0).
nn.functional.sigmoid
  1 / (1 + exp(-x)).
nn.functional.tanh
  The hyperbolic tangent.
nn.functional.leaky_relu(x, { negative_slope = 0.01 }?) -> Tensor
  What nn.LeakyReLU does.
nn.functional.elu(x, { alpha = 1 }?) -> Tensor
  What nn.ELU does.
nn.functional.celu(x, { alpha = 1 }?) -> Tensor
  What nn.CELU does.
nn.functional.selu(x) -> Tensor
  What nn.SELU does.
nn.functional.gelu(x, { approximate = "none" }?) -> Tensor
  What nn.GELU does.
nn.functional.silu(x) -> Tensor
  What nn.SiLU does.
nn.functional.mish(x) -> Tensor
  What nn.Mish does.
nn.functional.softplus(x, { beta = 1, threshold = 20 }?) -> Tensor
  What nn.Softplus does.
nn.functional.softsign(x) -> Tensor
  What nn.Softsign does.
nn.functional.logsigmoid(x) -> Tensor
  What nn.LogSigmoid does.
nn.functional.relu6(x) -> Tensor
  What nn.ReLU6 does.
nn.functional.hardtanh(x, { min_val = -1, max_val = 1 }?) -> Tensor
  What nn.Hardtanh does.
nn.functional.hardsigmoid(x) -> Tensor
  What nn.Hardsigmoid does.
nn.functional.hardswish(x) -> Tensor
  What nn.Hardswish does.
nn.functional.cross_entropy(output, labels, { weight, ignore_index, reduction = "mean", label_smoothing = 0 }?) ->
    Tensor
  What nn.CrossEntropyLoss does.
  > nn.functional.cross_entropy(ml.zeros { 2, 3 }, ml.tensor { 1, 2 })
nn.functional.nll_loss(log_probabilities, labels, { weight, ignore_index, reduction = "mean" }?) -> Tensor
  What nn.NLLLoss does.
nn.functional.mse_loss(x, target, { reduction = "mean" }?) -> Tensor
  What nn.MSELoss does.
nn.functional.l1_loss(x, target, { reduction = "mean" }?) -> Tensor
  What nn.L1Loss does.
nn.functional.smooth_l1_loss(x, target, { reduction = "mean", beta = 1 }?) -> Tensor
  What nn.SmoothL1Loss does.
nn.functional.huber_loss(x, target, { reduction = "mean", delta = 1 }?) -> Tensor
  What nn.HuberLoss does.
nn.functional.binary_cross_entropy(x, target, { weight, reduction = "mean" }?) -> Tensor
  What nn.BCELoss does.
nn.functional.binary_cross_entropy_with_logits(x, target, { weight, reduction = "mean", pos_weight }?) -> Tensor
  What nn.BCEWithLogitsLoss does.
nn.functional.kl_div(x, target, { reduction = "mean", log_target = false }?) -> Tensor
  What nn.KLDivLoss does.
nn.init.uniform_
  Uniform numbers in [a, b). Functions of nn.init fill a parameter in place, without recording, and return it.
  > nn.init.uniform_(nn.Linear(2, 2).weight, { a = -0.1, b = 0.1 })
nn.init.normal_
  Normally distributed numbers.
  > nn.init.normal_(ml.empty { 2, 2 }, { std = 0.01 })
nn.init.trunc_normal_
  Normal numbers that lie in [a, b]; a and b are values, not multiples of std.
nn.init.constant_
  One value everywhere.
  > nn.init.constant_(ml.empty { 2 }, 0.5)
nn.init.zeros_
  0 everywhere.
nn.init.ones_
  1 everywhere.
nn.init.eye_
  1 on the diagonal of a matrix, 0 elsewhere.
nn.init.dirac_
  A convolution's weight that passes its input on, channel by channel.
nn.init.orthogonal_
  Rows or columns, whichever are fewer, are orthogonal and of length gain.
nn.init.sparse_
  Normal numbers, of which the share `sparsity` of each column is 0.
nn.init.xavier_uniform_
  U(-b, b) with b = gain sqrt(6 / (fan_in + fan_out)); Glorot and Bengio, 2010.
  > nn.init.xavier_uniform_(nn.Linear(4, 2).weight)
nn.init.xavier_normal_
  N(0, gain^2 2 / (fan_in + fan_out)).
nn.init.kaiming_uniform_
  U(-b, b) with b = gain sqrt(3 / fan); He et al., 2015. a: the slope of leaky_relu; mode: "fan_in" or "fan_out".
  > nn.init.kaiming_uniform_(nn.Linear(4, 2).weight, { nonlinearity = "relu" })
nn.init.kaiming_normal_
  N(0, gain^2 / fan).
  > nn.init.kaiming_normal_(nn.Linear(4, 2).weight, { nonlinearity = "relu" })
nn.init.calculate_gain
  The factor by which a nonlinearity changes the spread: "relu" sqrt(2), "tanh" 5/3, "leaky_relu" by its slope param.
  > nn.init.calculate_gain("relu")
nn.utils.clip_grad_norm_
  Scales all gradients so that their norm together is at most max_norm; returns the norm before.
  > model = nn.Linear(2, 1)
  > model(ml.ones { 1, 2 }):sum():backward()
  > nn.utils.clip_grad_norm_(model:parameters(), 1)
nn.utils.clip_grad_value_
  Moves every element of the gradients into [-clip_value, clip_value].
]==]
