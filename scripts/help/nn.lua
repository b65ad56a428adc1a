return [==[
nn.Module
  What layers, containers, losses and models are; a model of your own is a class below it.
  Parameters, buffers and modules that are assigned to fields of self are found by parameters() and state_dict().
  > Net = nn.Module:subclass("Net")
  > function Net:__init(d) self.fc = nn.Linear(d, 2) end
  > function Net:forward(x) return self.fc(x:relu()) end
  > Net(4)(ml.ones { 1, 4 }).shape
  see Module:subclass, nn.Sequential
Module:subclass
  A new class: give it __init(self, ...), which Net(...) calls, and forward(self, x), which net(x) calls.
  > Double = nn.Module:subclass("Double")
  > function Double:forward(x) return x * 2 end
  > Double()(ml.ones { 2 })
Module:forward(x) -> Tensor
  What the module makes of its input; call the module itself, net(x), so that hooks run.
Module:parameters
  The list of all parameters, each once: what optimizers take.
  > #nn.Linear(2, 3):parameters()
Module:named_parameters
  for name, p in model:named_parameters() do: names as PyTorch has them ("0.weight": layers of a Sequential count from 0).
  > for name, p in nn.Linear(2, 3):named_parameters() do print(name, p:numel()) end
Module:buffers
  The list of tensors that belong to the state and are not trained (running statistics).
Module:named_buffers
  for name, buffer in model:named_buffers() do.
Module:modules
  for module in model:modules() do: all modules, this one first.
Module:named_modules
  for name, module in model:named_modules() do: this one under "", then what is in it.
Module:children
  for module in model:children() do: the direct children.
Module:named_children
  for name, module in model:named_children() do: the direct children with their names.
Module:num_parameters
  How many numbers the parameters hold; with trainable only those that require a gradient.
  > nn.Linear(2, 3):num_parameters()
Module:state_dict
  Parameters and persistent buffers by name; they share memory with the module.
  > ml.save_safetensors(os.tmpname(), nn.Linear(2, 3):state_dict())
  see Module:load_state_dict, ml.save_safetensors
Module:load_state_dict
  Copies values by name into the module. With strict = false names may be missing or too many; returns both lists.
  > a, b = nn.Linear(2, 3), nn.Linear(2, 3)
  > b:load_state_dict(a:state_dict())
  > a.weight == b.weight
Module:train
  Training mode: dropout drops, batch norm uses the batch. model:train(false) is model:eval(). Returns the module.
Module:eval
  Evaluation mode, for validation. Gradients are still recorded: see ml.no_grad. Returns the module.
  > nn.Dropout(0.5):eval()(ml.ones { 3 })
Module:requires_grad_
  Whether all parameters are to be trained: model:requires_grad_(false) freezes it.
Module:zero_grad
  Forgets the gradients of all parameters; set_to_none = false fills them with zeros.
Module:apply
  Calls fn(module) for every module in it, then for itself: for initialisation. m:class_name() tells which layer it is.
  > net = nn.Sequential { nn.Linear(2, 2), nn.ReLU() }
  > net:apply(function(m) if m:class_name() == "Linear" then nn.init.zeros_(m.weight) end end)[1].weight
Module:to
  Parameters, buffers and gradients as "f32" or "f64"; an optimizer that has made no step yet goes on with them.
Module:float
  As to("f32").
Module:double
  As to("f64").
Module:register_parameter
  The same as assigning it to a field; nil says that there is none.
Module:register_buffer
  A tensor that belongs to the state and is not trained.
Module:add_module
  A child under any name.
Module:register_module
  The same as add_module.
Module:input_features() -> integer?
  How many numbers of a row it takes, for layers that know it (Linear, BatchNorm); otherwise nil.
Module:input_channels() -> integer?
  How many channels of a picture it takes, for layers that know it (Conv2d, BatchNorm2d); otherwise nil.
Module:register_forward_hook
  fn(module, input, output) is called after forward; what it returns takes the output's place. The hook has :remove().
  > layer = nn.Linear(2, 2)
  > hook = layer:register_forward_hook(function(m, x, y) print(#y.shape) end)
  > layer(ml.ones { 1, 2 });
Module:register_forward_pre_hook
  fn(module, input) is called before forward; what it returns takes the input's place.
Module:register_full_backward_hook
  fn(module, grad_input, grad_output) is called in backward.
Module:extra_repr
  What the class says about itself when it prints; for your own classes.
Module:class_name
  The name of the class: "Linear".
Module:summary
  The lines of print(model) for an input of this size, without the batch.
  > nn.Sequential { nn.Flatten(), nn.Linear(12, 2) }:summary { 3, 2, 2 }
nn.is_module
  Whether a value is a module.
nn.Parameter
  A tensor as a parameter, which modules register when it is assigned to a field. f32 or f64.
  > nn.Parameter(ml.zeros { 3 })
nn.Sequential
  Modules one after the other: each gets what the one before it returns.
  model[i] is the i-th, #model how many there are; model:append(layer) adds one. A ReLU behind a Conv2d or a BatchNorm is
  computed in the same pass over memory, unless a hook looks at what is between: the same numbers.
  > model = nn.Sequential { nn.Flatten(), nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 3) }
  > model(ml.rand { 5, 3, 2, 2 }).shape
  see nn.ModuleList, nn.Module
nn.ModuleList
  A list of modules whose parameters are found; how they are called is up to forward.
  > #nn.ModuleList { nn.Linear(2, 2), nn.ReLU() }
ModuleList:append
  Adds a module at the end. Returns the list; a Sequential is one too.
  > #nn.Sequential { nn.Flatten() }:append(nn.Linear(4, 2))
nn.ModuleDict
  Modules by name, whose parameters are found. It counts its names sorted; a list of { name, module } keeps its order.
  > nn.ModuleDict { a = nn.ReLU() }.a(ml.tensor { -1.0 })
ModuleDict:update
  Adds modules, in either form of the constructor's argument; those of known names take their place. Returns the dict.
ModuleDict:items
  for name, module in dict:items() do.
ModuleDict:keys
  The names.
ModuleDict:values
  The modules.
ModuleDict:contains
  Whether there is a module of that name.
ModuleDict:pop
  Takes a module out and returns it.
ModuleDict:clear()
  Takes all modules out.
nn.Identity() -> Module
  Returns its input.
nn.Flatten
  n x 3 x 64 x 64 becomes n x 12288: the first layer of an MLP on pictures.
  > nn.Flatten()(ml.zeros { 2, 3, 4, 4 }).shape
nn.Unflatten
  One dimension becomes several.
  > nn.Unflatten(2, { 3, 4 })(ml.zeros { 5, 12 }).shape
nn.Linear
  weight (out_features, in_features) and bias (out_features) are drawn from U(-1/sqrt(in_features), 1/sqrt(in_features)),
  as PyTorch does. An input of another width is an error that names the layer and both sizes.
  > nn.Linear(4, 3)(ml.randn { 2, 4 }).shape
  see nn.Flatten, nn.init.kaiming_uniform_
nn.functional.linear
  > nn.functional.linear(ml.ones { 1, 2 }, ml.ones { 3, 2 })
nn.Conv2d
  height' = (height + 2 padding - dilation (kernel_size - 1) - 1) // stride + 1, width' likewise. Sizes are one number or
  { rows, columns }; padding also "same" or "valid", of zeros or as padding_mode says. Weight (out_channels,
  in_channels / groups, rows, columns) and bias are drawn from U(-b, b), b = 1 / sqrt(in_channels / groups * rows * columns),
  as PyTorch does.
  In f32, windows of 3x3 with stride and dilation 1 between 16 channels or more go by minimal filtering, with a quarter of the
  multiplications. Measured against f64, its mean error is 2.0 to 2.4 times that of direct sums (6e-7 of the output's size
  instead of 3e-7 at 32 channels), for the input's gradient as well; the weight's gradient errs 0.5 to 1.5 times as much as
  sums in one order. f64, and everything else, is summed directly.
  > nn.Conv2d(3, 8, 3, { padding = 1 })(ml.zeros { 2, 3, 16, 16 }).shape
  see nn.MaxPool2d, nn.BatchNorm2d
nn.functional.conv2d
  > nn.functional.conv2d(ml.ones { 1, 1, 4, 4 }, ml.ones { 1, 1, 3, 3 }, { padding = 1 })
nn.ConvTranspose2d
  height' = (height - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1, width' likewise. Weight
  (in_channels, out_channels / groups, rows, columns) and bias are drawn as PyTorch draws them.
  > nn.ConvTranspose2d(8, 3, 4, { stride = 2, padding = 1 })(ml.zeros { 2, 8, 16, 16 }).shape
  see nn.Conv2d, nn.Upsample
nn.Upsample
  size or scale_factor says how large the result is. nearest, nearest-exact, bilinear and bicubic are PyTorch's; area is the
  mean of the pixels that fall into each of the result's.
  > nn.Upsample { scale_factor = 2, mode = "bilinear" }(ml.ones { 1, 3, 8, 8 }).shape
  see nn.functional.interpolate, nn.ConvTranspose2d
nn.functional.interpolate
  > nn.functional.interpolate(ml.ones { 1, 3, 8, 8 }, { size = { 4, 6 } }).shape
nn.functional.pad
  Numbers come in pairs, before and behind, from the last dimension on: { left, right, top, bottom }.
  > nn.functional.pad(ml.ones { 2, 2 }, { 1, 0 }, { value = 5 })
  see nn.ReflectionPad2d
nn.ZeroPad2d
  > nn.ZeroPad2d(1)(ml.ones { 1, 1, 2, 2 }).shape
nn.ConstantPad2d
  > nn.ConstantPad2d(1, 0.5)(ml.ones { 1, 1, 2, 2 })
nn.ReflectionPad2d
  > nn.ReflectionPad2d { 1, 0, 0, 0 }(ml.tensor { { { { 1.0, 2.0 } } } })
  see nn.ReplicationPad2d, nn.CircularPad2d, nn.functional.pad
nn.ReplicationPad2d
  > nn.ReplicationPad2d { 1, 0, 0, 0 }(ml.tensor { { { { 1.0, 2.0 } } } })
nn.CircularPad2d
  > nn.CircularPad2d { 1, 0, 0, 0 }(ml.tensor { { { { 1.0, 2.0 } } } })
nn.MaxPool2d
  > nn.MaxPool2d(2)(ml.zeros { 1, 3, 8, 8 }).shape
nn.AvgPool2d
  > nn.AvgPool2d(2)(ml.ones { 1, 3, 8, 8 }).shape
nn.AdaptiveAvgPool2d
  > nn.AdaptiveAvgPool2d(1)(ml.ones { 2, 8, 5, 5 }).shape
nn.AdaptiveMaxPool2d
  > nn.AdaptiveMaxPool2d { 2, 3 }(ml.ones { 2, 8, 5, 5 }).shape
nn.BatchNorm1d
  In evaluation mode running statistics take the batch's place: remember model:eval().
  > nn.BatchNorm1d(4)(ml.randn { 8, 4 }).shape
  see nn.BatchNorm2d, nn.LayerNorm, Module:eval
nn.BatchNorm2d
  > nn.BatchNorm2d(3)(ml.randn { 4, 3, 5, 5 }).shape
nn.LayerNorm
  Weight (1) and bias (0) have the shape normalized_shape.
  > nn.LayerNorm(4)(ml.randn { 2, 4 }).shape
nn.GroupNorm
  Weight (1) and bias (0) have a number for each channel. Batches may be of any size, also 1.
  > nn.GroupNorm(2, 4)(ml.randn { 1, 4, 5, 5 }).shape
  see nn.LayerNorm, nn.BatchNorm2d
nn.InstanceNorm2d
  Without weights and without running statistics unless it is told to, as PyTorch's.
  > nn.InstanceNorm2d(3)(ml.randn { 2, 3, 5, 5 }).shape
GroupNorm:reset_parameters()
  Weight 1 and bias 0 again.
ConvTranspose2d:reset_parameters()
  Draws weight and bias again.
Linear:reset_parameters()
  Draws weight and bias again.
Conv2d:reset_parameters()
  Draws weight and bias again.
LayerNorm:reset_parameters()
  Weight 1 and bias 0 again.
PReLU:reset_parameters()
  The slopes are those of the beginning again.
Embedding:reset_parameters()
  Draws the table again.
BatchNorm1d:reset_parameters()
  Weight 1, bias 0 and the running statistics of the beginning again.
BatchNorm1d:reset_running_stats()
  Forgets the running statistics.
nn.Dropout
  > nn.Dropout(0.2)(ml.ones { 2, 5 })
  see nn.Dropout2d, Module:eval
nn.Dropout2d
  > nn.Dropout2d(0.5)(ml.ones { 1, 4, 2, 2 }).shape
nn.Embedding
  Rows are drawn from N(0, 1). Indices are i64 of any shape and count from 1.
  > nn.Embedding(10, 4)(ml.tensor { 1, 10 }).shape
nn.ReLU
  > nn.ReLU()(ml.tensor { -1.0, 2.0 })
nn.LeakyReLU
  > nn.LeakyReLU { negative_slope = 0.1 }(ml.tensor { -1.0, 2.0 })
nn.PReLU
  > nn.PReLU()(ml.tensor { -1.0, 2.0 })
nn.GLU
  > nn.GLU(2)(ml.ones { 2, 4 }).shape
nn.Softmax
  > nn.Softmax(2)(ml.zeros { 1, 4 })
nn.CrossEntropyLoss
  output: n x classes of scores (not probabilities); labels: n classes from 1, i64, or n x classes of probabilities.
  A label outside 1..classes is an error.
  > nn.CrossEntropyLoss()(ml.zeros { 2, 3 }, ml.tensor { 1, 3 })
  see nn.NLLLoss, Dataset:class_weights
nn.NLLLoss
  > nn.NLLLoss()(nn.LogSoftmax(2)(ml.zeros { 2, 3 }), ml.tensor { 1, 3 })
nn.MSELoss
  > nn.MSELoss()(ml.ones { 2 }, ml.zeros { 2 })
nn.BCEWithLogitsLoss
  > nn.BCEWithLogitsLoss()(ml.zeros { 2 }, ml.tensor { 0.0, 1.0 })
nn.MultiMarginLoss
  output: n x classes of scores; labels: n classes from 1.
  > nn.MultiMarginLoss()(ml.tensor { { 0.1, 0.9 } }, ml.tensor { 2 })
nn.MultiLabelSoftMarginLoss
  > nn.MultiLabelSoftMarginLoss()(ml.zeros { 1, 3 }, ml.tensor { { 1.0, 0.0, 1.0 } })
  see nn.BCEWithLogitsLoss
nn.TripletMarginLoss
  Called with anchors, positives and negatives: n x features each.
  > nn.TripletMarginLoss()(ml.zeros { 1, 2 }, ml.ones { 1, 2 }, ml.full({ 1, 2 }, 3.0))
nn.CosineEmbeddingLoss
  Called with two lists of vectors, and 1 or -1 for each pair.
  > nn.CosineEmbeddingLoss()(ml.ones { 2, 3 }, ml.ones { 2, 3 }, ml.tensor { 1, -1 })
nn.MarginRankingLoss
  Called with two lists of scores, and 1 where the first should be the larger one, else -1.
  > nn.MarginRankingLoss()(ml.tensor { 1.0 }, ml.tensor { 3.0 }, ml.tensor { 1.0 })
nn.CosineSimilarity
  > nn.CosineSimilarity()(ml.ones { 2, 3 }, ml.ones { 2, 3 })
nn.PairwiseDistance
  > nn.PairwiseDistance()(ml.zeros { 1, 2 }, ml.tensor { { 3.0, 4.0 } })
nn.HingeEmbeddingLoss
  > nn.HingeEmbeddingLoss()(ml.tensor { 0.2, 0.4 }, ml.tensor { 1.0, -1.0 })
]==]
