return [==[
ml.tensor(values: number|table, { dtype = "f32", requires_grad = false }?) -> Tensor
  A tensor from a number or from nested lists of numbers.
  dtype: see Tensor.dtype; without it whole numbers make i64, booleans bool, others f32.
  > ml.tensor { { 1, 2 }, { 3, 4.5 } }
  see ml.zeros, ml.is_tensor, Tensor:tolist
ml.zeros(sizes, { dtype = "f32", requires_grad = false }?) -> Tensor
  A tensor of zeros; sizes are numbers, or a list of them.
  > ml.zeros { 2, 3 }
  see ml.ones, ml.full, ml.empty, ml.zeros_like
ml.ones(sizes, { dtype = "f32", requires_grad = false }?) -> Tensor
  A tensor of ones.
  > ml.ones(2, 3)
ml.full(sizes: integer[], value, { dtype = "f32", requires_grad = false }?) -> Tensor
  A tensor of one value; sizes are a list.
  > ml.full({ 2, 2 }, 7)
ml.empty(sizes, { dtype = "f32", requires_grad = false }?) -> Tensor
  A tensor whose values are yet to be written: they may be anything.
  > ml.empty { 2, 3 }:fill_(0)
ml.eye(n, m?: integer, { dtype = "f32", requires_grad = false }?) -> Tensor
  An n x n (or n x m) matrix with ones on the diagonal.
  > ml.eye(3)
ml.arange(start?: number, stop: number, step?: number, { dtype = "f32", requires_grad = false }?) -> Tensor
  Numbers from start (default 0) in steps of step (1), stop not included, as PyTorch does.
  > ml.arange(1, 5)
ml.linspace(start: number, stop: number, steps: integer, { dtype = "f32", requires_grad = false }?) -> Tensor
  `steps` numbers from start to stop, both included.
  > ml.linspace(0, 1, 5)
ml.rand(sizes, { dtype = "f32", requires_grad = false }?) -> Tensor
  Random numbers, uniform in [0, 1).
  > ml.rand { 2, 3 }
  see ml.manual_seed, ml.randn, ml.randint, Tensor:uniform_
ml.randn(sizes, { dtype = "f32", requires_grad = false }?) -> Tensor
  Random numbers of the normal distribution: mean 0, standard deviation 1.
  > ml.randn { 2, 3 }
ml.randint(low?: integer, high: integer, sizes: integer[], { dtype = "i64", requires_grad = false }?) -> Tensor
  Random whole numbers from low (default 0) to high, which is not included; sizes are a list.
  > ml.randint(1, 7, { 10 })
ml.randperm(n) -> Tensor
  The numbers from 1 to n in random order, i64: good for index_select.
  > ml.randperm(5)
ml.zeros_like(t, { dtype = "f32", requires_grad = false }?) -> Tensor
  Zeros with the shape (and type, unless dtype says another) of t.
  > ml.zeros_like(ml.rand { 2, 3 })
ml.ones_like(t, { dtype = "f32", requires_grad = false }?) -> Tensor
  Ones with the shape of t.
  > ml.ones_like(ml.rand { 2, 3 })
ml.full_like(t, value, { dtype = "f32", requires_grad = false }?) -> Tensor
  One value in the shape of t.
  > ml.full_like(ml.rand { 2, 3 }, 5)
ml.empty_like(t, { dtype = "f32", requires_grad = false }?) -> Tensor
  A tensor with the shape of t whose values are yet to be written.
  > ml.empty_like(ml.rand { 2, 3 }):zero_()
ml.rand_like(t, { dtype = "f32", requires_grad = false }?) -> Tensor
  Uniform random numbers in the shape of t.
  > ml.rand_like(ml.zeros { 2, 3 })
ml.randn_like(t, { dtype = "f32", requires_grad = false }?) -> Tensor
  Normal random numbers in the shape of t.
  > ml.randn_like(ml.zeros { 2, 3 })
ml.cat(tensors, { dim = 1 }?) -> Tensor
  Tensors joined along a dimension that is there; the other dimensions agree.
  > ml.cat({ ml.zeros { 2, 3 }, ml.ones { 1, 3 } })
  see ml.stack
ml.stack(tensors, { dim = 1 }?) -> Tensor
  Tensors of one shape laid side by side along a new dimension.
  > ml.stack { ml.zeros { 3 }, ml.ones { 3 } }
ml.where(condition: Tensor, a?: Tensor|number, b?: Tensor|number) -> Tensor
  a where the condition is not 0, b elsewhere; a and b are tensors or numbers. Without them the indices where it is not
  0, from 1: a tensor for each dimension.
  > x = ml.tensor { -1.0, 2.0 }
  > ml.where(x:gt(0), x, 0)
ml.is_tensor(value: any) -> boolean
  Whether a value is a tensor.
  > ml.is_tensor(ml.zeros { 1 })
ml.result_type(a: Tensor|number, b: Tensor|number) -> string
  The type in which two tensors, or a tensor and a number, work together: the wider of bool, u8, i32, i64, f16 and bf16, f32, f64,
  and f32 for f16 with bf16. A number, or a tensor without dimensions, widens the other one only to hold fractions, or as a whole
  number that u8 or i32 does not hold.
  > ml.result_type(ml.ones({ 2 }, { dtype = "f16" }), 0.5)
  see Tensor.dtype, Tensor:to
ml.manual_seed
  Everything random that follows depends on the seed alone, on any number of threads: tensors, layers, loaders, transforms, and
  Lua's math.random (which math.randomseed sets alone). Each run of an experiment begins with its own seed.
  > ml.manual_seed(42)
  see ml.initial_seed, ml.get_rng_state
ml.initial_seed() -> integer
  The seed that was set last.
ml.get_rng_state() -> string
  The state of the generator of random numbers, for set_rng_state.
  > state = ml.get_rng_state()
  > a = ml.rand { 2 }
  > ml.set_rng_state(state)
  > a == ml.rand { 2 }
ml.set_rng_state(state: string)
  Puts back what get_rng_state gave.
  see ml.get_rng_state
ml.no_grad
  Calls fn(...) without recording gradients, and returns what it returns: for validation.
  The mode before is restored, also after an error.
  > ml.no_grad(function() return nn.Linear(2, 2)(ml.ones { 1, 2 }) end).requires_grad
  see ml.enable_grad, Module:eval
ml.enable_grad
  Calls fn(...) with recording, inside a no_grad.
  > ml.enable_grad(function() return ml.is_grad_enabled() end)
ml.is_grad_enabled() -> boolean
  Whether operations are recorded for backward.
ml.set_printoptions({ precision = 4, threshold = 1000, edgeitems = 3, linewidth = 80 }) -> table
  How tensors print: digits after the point, elements above which they are shortened, rows shown at each end, columns.
  What is left out stays as it is. Returns what the options were.
  > before = ml.set_printoptions { precision = 2 }
  > ml.tensor { 1 / 3 }
  > ml.set_printoptions(before);
ml.save
  Writes any table of numbers, texts, booleans, tensors and such tables: torch.save, without code in the file. A
  model or an optimizer is saved by its state_dict().
  > model = nn.Linear(2, 1)
  > optimizer = optim.Adam(model:parameters())
  > path = os.tmpname()
  > ml.save({ epoch = 3, model = model:state_dict(), optimizer = optimizer:state_dict() }, path)
  > ml.load(path).epoch
  see ml.load, ml.save_safetensors
ml.load
  What ml.save wrote: optimizer:load_state_dict(ml.load(path).optimizer).
ml.save_safetensors
  Writes tensors by name (a state_dict) as a safetensors file: the old or the new file is there, never a part of one.
  PyTorch's safetensors package loads it. metadata: a table of texts by name. dtype: how numbers lie in the file, unless as the
  tensors have them: "f16", "bf16" or "f32" for floats, "i32" for whole numbers.
  > ml.save_safetensors(os.tmpname(), nn.Linear(2, 3):state_dict())
  see ml.load_safetensors, Module:state_dict, Module:load_state_dict
ml.load_model
  A trained net and what it needs to answer for new pictures, from the best.safetensors that a run leaves: the net in
  evaluation mode, and about: classes, transform, channels, image_size, draft, trial, seed, val_accuracy, options, script, files
  (that the script needs beside itself), temperature (that makes probabilities say how often it is right; 1 where
  none was found that does), path.
  path: the folder of a run, of an experiment (its best run then), or the file. Nothing that is stored runs: layers of ml.nn
  are made again from a description, without hooks. A net with a class of the script's own is made by the script and given
  as model; it gets the weights. One picture's probabilities, as `mlprun predict` shows them for many:
    net, about = ml.load_model("runs/dropout")
    (net(about.transform(ml.data.read_image("holiday.jpg")):unsqueeze(1)) / about.temperature):softmax(2)
  see ml.load_safetensors, Run:fit, Module:load_state_dict
ml.export_onnx
  Writes a model as an ONNX file, which onnxruntime, browsers and phones compute: as it is in evaluation mode, with operators
  of opset 18, for a batch of any size. example: a tensor such as the model takes; pictures have its size then.
  Forward methods of the script's own are followed with the example: layers of ml.nn, and of tensors + - * / ^, relu, sigmoid,
  tanh, exp, log, sqrt, abs, neg, softmax, log_softmax, reshape, view, flatten, permute. A layer that has no form in ONNX (a
  loss, a BatchNorm without running statistics) is an error that names it. Rows of an Embedding count from 0 in the file.
  metadata: a table of texts by name. transform: how pictures are prepared, such as ml.load_model's; it is written into the
  metadata as resize, mean, std, or with preprocess into the graph, which takes u8 pictures then: n x height x width x channels.
  > ml.export_onnx(nn.Linear(4, 2), ml.zeros { 1, 4 }, os.tmpname())
  see ml.load_model
ml.load_safetensors
  Tensors by name from a safetensors file, and its metadata: F32, F64, F16, BF16, I64, I32, U8 and BOOL as they are, other whole
  numbers as i64. Damaged files are refused with the reason.
  > path = os.tmpname()
  > ml.save_safetensors(path, { w = ml.ones { 2 } })
  > ml.load_safetensors(path).w
ml.save_npy
  Writes a tensor as NumPy's npy file, which knows no bf16. dtype: "f16" or "f32" for floats, "i32" for whole numbers, in it.
  > ml.save_npy(os.tmpname(), ml.ones { 2, 3 })
ml.load_npy
  A tensor from a npy file: f2, f4, f8, i4, i8, u1 and b1 as they are, other whole numbers as i64.
  > path = os.tmpname()
  > ml.save_npy(path, ml.ones { 2, 3 })
  > ml.load_npy(path)
ml.save_npz
  Writes tensors by name as NumPy's npz file.
  > ml.save_npz(os.tmpname(), { a = ml.ones { 2 } }, { compress = true })
ml.load_npz
  Tensors by name from a npz file; NumPy's texts are lists.
  only: the names of those to read; the others are not unpacked, and a name that the file does not have gives nothing.
  > path = os.tmpname()
  > ml.save_npz(path, { a = ml.ones { 2 }, b = ml.ones { 3 } })
  > ml.load_npz(path).a
  > ml.load_npz(path, { only = { "b" } })
ml.options
  A script's options, read from its command line: ml.options { epochs = 30, lr = 1e-3 }.
  A default's type is the option's type: --epochs=5, --lr 0.01, --p=0,0.2 for a list, --augment and --no-augment for a
  boolean. --help prints the comment at the script's beginning and the options. A misspelt one ends the program.
  > ml.options { epochs = 30, p = { 0, 0.5 } }.epochs
  see ml.experiment
ml.autograd.no_grad
  The same as ml.no_grad.
ml.autograd.enable_grad
  The same as ml.enable_grad.
ml.autograd.is_grad_enabled() -> boolean
  The same as ml.is_grad_enabled.
ml.autograd.gradcheck
  Compares the gradients of fn's result with central differences, element by element; an error names what differs.
  inputs: a list of f64 tensors, and whatever else fn takes.
  > ml.autograd.gradcheck(function(x) return (x * x):sum() end, { ml.rand({ 3 }, { dtype = "f64", requires_grad = true }) })
ml.autograd.gradgradcheck
  gradcheck for second derivatives: of fn's gradients, which autograd.grad makes with create_graph.
  > ml.autograd.gradgradcheck(function(x) return x ^ 3 end, { ml.rand({ 3 }, { dtype = "f64", requires_grad = true }) })
ml.autograd.grad
  Gradients of the outputs' sum by the inputs: a list, or one tensor for one. No leaf's grad changes. grad_outputs: what is in
  place of 1 behind the outputs. With create_graph the gradients can be differentiated again (gradient penalties).
  allow_unused: false stands for the gradient of an input that nothing depends on, in place of an error.
  > x = ml.tensor({ 3.0 }, { requires_grad = true })
  > g = ml.autograd.grad((x ^ 3):sum(), x, { create_graph = true })
  > ml.autograd.grad(g:sum(), x)
  see Tensor:backward
ml.autograd.Function
  Functions with a gradient of their own: ml.autograd.Function:subclass("Name"), then Name.forward(ctx, ...), which returns one
  tensor, and Name.backward(ctx, gradient), which returns a gradient or nil for each argument of forward. Name.apply(...)
  calls it. ctx:save_for_backward(...) keeps tensors, which backward finds in ctx.saved_tensors; ctx takes other fields too.
  > Round = ml.autograd.Function:subclass("Round")
  > function Round.forward(ctx, x) return x:round() end
  > function Round.backward(ctx, gradient) return gradient end
  > Round.apply(ml.tensor({ 0.4, 1.7 }, { requires_grad = true }))
ml.autograd.detect_anomaly
  Calls fn(...) while passes backward look for NaN: the operation whose gradient has one is named, with the line that computed
  it. Slow: for looking once. fn cannot yield.
  > ml.autograd.detect_anomaly(function() return 1 end)
ml.autograd.set_detect_anomaly
  The same for all that follows, until it is called with false.
  > ml.autograd.set_detect_anomaly(false)
ml.linalg.solve
  Columns or one vector, for one matrix or a batch of them.
  > ml.linalg.solve(ml.tensor { { 2.0, 0.0 }, { 0.0, 4.0 } }, ml.tensor { 1.0, 2.0 })
ml.linalg.inv
  A singular matrix is an error.
  > ml.linalg.inv(ml.tensor { { 2.0, 0.0 }, { 0.0, 4.0 } })
ml.linalg.det
  Of a batch, one for each matrix.
  > ml.linalg.det(ml.tensor { { 0.0, 2.0 }, { 3.0, 1.0 } })
ml.linalg.slogdet
  Where the determinant itself would be too large or too small.
  > ml.linalg.slogdet(ml.eye(3) * 2)
ml.linalg.svd
  vt has the right vectors as rows, as in PyTorch.
  > u, s, vt = ml.linalg.svd(ml.ones { 2, 3 })
  > s
ml.linalg.svdvals
  As svd gives them.
  > ml.linalg.svdvals(ml.ones { 2, 3 })
ml.linalg.qr
  Signs are those of LAPACK.
  > q, r = ml.linalg.qr(ml.tensor { { 3.0, 1.0 }, { 4.0, 2.0 } })
ml.linalg.eigh
  vectors[i][k] is element i of vector k.
  > values, vectors = ml.linalg.eigh(ml.tensor { { 2.0, 0.0 }, { 0.0, 1.0 } })
ml.linalg.eigvalsh
  As eigh gives them.
  > ml.linalg.eigvalsh(ml.tensor { { 2.0, 0.0 }, { 0.0, 1.0 } })
ml.linalg.norm
  For p-norms of tensors of any shape see Tensor:norm.
  > ml.linalg.norm(ml.tensor { { 3.0, 0.0 }, { 0.0, 4.0 } }, { ord = "nuc" })
ml.einsum
  Products of two operands at a time, as products of matrices; a letter that stands twice in one is its diagonal.
  > ml.einsum("ij,jk->ik", ml.ones { 2, 3 }, ml.ones { 3, 4 }).shape
ml.meshgrid
  They are views of the vectors.
  > rows, columns = table.unpack(ml.meshgrid { ml.arange(2), ml.arange(3) })
ml.version: string
  The version of mlprun, a text.
]==]
