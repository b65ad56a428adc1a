return [==[
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
