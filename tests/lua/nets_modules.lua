-- Modules: registering, walking, state, printing, messages.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local nn, autograd = require "mlprun.nn", require "mlprun.autograd"
local tensor = core.tensor

local function names(iterator)
  local list = {}
  for name in iterator do list[#list + 1] = name end
  return list
end

local function mlp()
  return nn.Sequential { nn.Flatten(), nn.Linear(4, 3), nn.BatchNorm1d(3), nn.ReLU(), nn.Dropout(0.2), nn.Linear(3, 2) }
end

t.test("state names are PyTorch's, in its order", function()
  local Net = nn.Module:subclass("Net")
  function Net:__init()
    self.net = mlp()
    self.scale = nn.Parameter(tensor.ones { 2 })
    self:register_buffer("seen", tensor.zeros { 1 })
    self:register_buffer("scratch", tensor.zeros { 1 }, { persistent = false })
  end
  t.equal(getmetatable(Net():state_dict()).names, {
    "scale", "seen", "net.1.weight", "net.1.bias", "net.2.weight", "net.2.bias", "net.2.running_mean", "net.2.running_var",
    "net.2.num_batches_tracked", "net.5.weight", "net.5.bias",
  })
  t.equal(names(Net():named_parameters()), { "scale", "net.1.weight", "net.1.bias", "net.2.weight", "net.2.bias",
    "net.5.weight", "net.5.bias" })
  t.equal(names(Net():named_buffers()), { "seen", "scratch", "net.2.running_mean", "net.2.running_var",
    "net.2.num_batches_tracked" })
  t.equal(names(Net():named_modules()), { "", "net", "net.0", "net.1", "net.2", "net.3", "net.4", "net.5" })
end)

t.test("a state dict is walked in order by pairs", function()
  local order = {}
  for name, value in pairs(mlp():state_dict()) do
    order[#order + 1] = name
    t.ok(tensor.is_tensor(value) and not value.requires_grad, name)
  end
  t.equal(order, { "1.weight", "1.bias", "2.weight", "2.bias", "2.running_mean", "2.running_var", "2.num_batches_tracked",
    "5.weight", "5.bias" })
end)

t.test("a module of one's own trains like a built-in one", function()
  local Gate = nn.Module:subclass("Gate")
  function Gate:__init(n)
    self.weight = nn.Parameter(tensor.full({ n }, 0.5, { dtype = "f32" }))
    self.inner = nn.Linear(n, n)
  end
  function Gate:forward(x, bias) return (self.inner(x) * self.weight):sigmoid() * x + (bias or 0) end
  local gate = Gate(3)
  local y = gate(tensor.ones { 2, 3 }, 1)
  y:sum():backward()
  t.equal(#gate:parameters(), 3)
  for name, p in gate:named_parameters() do t.ok(p.grad ~= nil, name) end
  gate:zero_grad()
  for name, p in gate:named_parameters() do t.ok(p.grad == nil, name) end
  local Wide = Gate:subclass("Wide")
  function Wide:__init(n)
    Gate.__init(self, n)
    self.extra = nn.Linear(n, 1)
  end
  t.equal(names(Wide(2):named_parameters()), { "weight", "inner.weight", "inner.bias", "extra.weight", "extra.bias" })
end)

t.test("parameters keep the place of their first assignment, and a shared one counts once", function()
  local Net = nn.Module:subclass("Net")
  function Net:__init()
    self.a = nn.Linear(2, 2)
    self.b = nn.Linear(2, 2)
    self.a = nn.Linear(2, 2, { bias = false })
    self.b.weight = self.a.weight
  end
  local net = Net()
  t.equal(names(net:named_parameters()), { "a.weight", "b.bias" })
  t.equal(getmetatable(net:state_dict()).names, { "a.weight", "b.weight", "b.bias" })
  net.a = nil
  t.equal(names(net:named_children()), { "b" })
  t.ok(net.a == nil, "a declared field reads as nil")
end)

t.test("train and eval reach every module and are seen by dropout", function()
  local model = nn.Sequential { nn.Sequential { nn.Dropout(0.5) } }
  local x = tensor.ones { 1000 }
  t.ok(model.training)
  t.ok(model(x):min():item() == 0)
  t.ok(model:eval() == model)
  t.ok(model(x):min():item() == 1)
  t.ok(model:train()[1][1].training)
  t.raises("training mode is expected to be boolean", model.train, model, 1)
end)

t.test("sequentials have a length, indices from 1 and append", function()
  local model = mlp()
  t.equal(#model, 6)
  t.equal(model[2]:class_name(), "Linear")
  t.equal(model[-1].out_features, 2)
  t.equal(#model:append(nn.Tanh()), 7)
  t.equal(names(model:named_children())[7], "6")
  model[7] = nn.Sigmoid()
  t.equal(model[7]:class_name(), "Sigmoid")
  local count = 0
  for _ in ipairs(model) do count = count + 1 end
  t.equal(count, 7)
  t.raises("index 9 is out of range: the Sequential has 7 modules", function() return model[9] end)
  t.raises("entry 2 is the class ReLU (write nn.ReLU(...))", nn.Sequential, { nn.Flatten(), nn.ReLU })
  t.raises("entry 1 is 5, expected a module", nn.Sequential, { 5 })
  t.raises("nn.Sequential takes one table of modules", nn.Sequential, nn.ReLU(), nn.ReLU())
  t.raises("append: got 'x', expected a module", model.append, model, "x")
end)

t.test("an empty sequential passes its input", function()
  local x = tensor.ones { 2 }
  t.ok(nn.Sequential {} (x):equal(x))
end)

t.test("an error inside a layer names its path, its class and the user's line", function()
  local Net = nn.Module:subclass("Net")
  function Net:__init() self.features = nn.Sequential { nn.Flatten(), nn.Sequential { nn.ReLU(), nn.Linear(4, 2) } } end
  function Net:forward(x) return self.features(x) end
  local message = t.raises("layer 'features.1.1' (Linear): linear expects 4 features and got 5 (input 2x5)", function()
    Net()(tensor.ones { 2, 5 })
  end)
  t.ok(message:find("^tests/lua/nets_modules.lua:%d+: layer"), message)
  t.raises("put nn.Flatten() before the first Linear", nn.Sequential { nn.Linear(12, 2) }, tensor.ones { 5, 3, 2, 2 })
  message = t.raises("linear expects 4 features", nn.Linear(4, 2), tensor.ones { 2, 5 })
  t.ok(not message:find("layer"), "no path outside of a container")
  local Bad = nn.Module:subclass("Bad")
  function Bad.forward() error({ code = 7 }) end
  local ok, value = pcall(nn.Sequential { Bad() }, 1)
  t.ok(not ok and value.code == 7, "error objects pass unchanged")
end)

t.test("unknown fields are errors with a did-you-mean", function()
  local model = mlp()
  t.raises("a Sequential has no field 'parametres': did you mean 'parameters'?", function() return model.parametres end)
  t.raises("a Linear has no field 'wieght': did you mean 'weight'?", function() return nn.Linear(2, 2).wieght end)
  t.ok(nn.Linear(2, 2, { bias = false }).bias == nil, "an absent bias reads as nil")
end)

t.test("what would not be found as a parameter is refused", function()
  local Net = nn.Module:subclass("Net")
  local net = Net()
  t.raises("becomes a parameter when it is wrapped: nn.Parameter(tensor)", function()
    net.w = tensor.ones({ 2 }, { requires_grad = true })
  end)
  t.raises("use nn.ModuleList", function() net.layers = { nn.ReLU(), nn.Linear(2, 2) } end)
  net.layers = nn.ModuleList { nn.ReLU(), nn.Linear(2, 2) }
  t.equal(names(net:named_parameters()), { "layers.1.weight", "layers.1.bias" })
  t.equal(#net.layers, 2)
  net.plain = tensor.ones { 2 }
  net.text, net.list = "x", { 1, 2 }
  t.equal(#names(net:named_parameters()), 2)
  t.raises("Net has no forward", net, 1)
  t.raises("nn.Parameter: got number", nn.Parameter, 5)
end)

t.test("load_state_dict copies, converts and reports as PyTorch does", function()
  local a, b = mlp(), mlp():double()
  b:load_state_dict(a:state_dict())
  t.equal(b[2].weight.dtype, "f64")
  t.near(b[2].weight:tolist(), a[2].weight:tolist(), 0)
  local small = nn.Sequential { nn.Linear(2, 3), nn.Linear(3, 3) }
  local state = small:state_dict()
  state["1.weight"] = nil
  state["x"] = tensor.ones { 1 }
  state["1.bias"] = tensor.ones { 2 }
  t.raises('Error(s) in loading state_dict for Sequential:\n\tMissing key(s) in state_dict: "1.weight". \n\t'
    .. 'Unexpected key(s) in state_dict: "x". \n\tsize mismatch for 1.bias: copying a param with shape 2 from checkpoint, '
    .. 'the shape in current model is 3.', small.load_state_dict, small, state)
  state["1.bias"] = nil
  local report = small:load_state_dict(state, { strict = false })
  t.equal(report, { missing_keys = { "1.weight", "1.bias" }, unexpected_keys = { "x" } })
  t.raises("size mismatch", small.load_state_dict, small, { ["0.bias"] = tensor.ones { 9 } }, { strict = false })
  t.raises("0.bias is a number, expected a tensor", small.load_state_dict, small, { ["0.bias"] = 3 }, { strict = false })
  t.raises("got a module, expected a table of tensors", small.load_state_dict, small, small)
end)

t.test("state shares memory with the module", function()
  local linear = nn.Linear(2, 2)
  linear:state_dict()["weight"]:fill_(3)
  t.equal(linear.weight:tolist(), { { 3, 3 }, { 3, 3 } })
end)

t.test("converting keeps parameters shared and frozen ones frozen", function()
  local Net = nn.Module:subclass("Net")
  function Net:__init()
    self.a, self.b = nn.Linear(2, 2), nn.BatchNorm1d(2)
    self.c = nn.Linear(2, 2)
    self.c.weight = self.a.weight
    self.a.bias:requires_grad_(false)
  end
  local net = Net():double()
  t.equal(#net:parameters(), 5)
  t.equal(net.c.weight.dtype, "f64")
  t.ok(net.a.weight.requires_grad and not net.a.bias.requires_grad)
  t.equal(net.b.num_batches_tracked.dtype, "i64")
  t.equal(net.b.running_mean.dtype, "f64")
  t.equal(net:float().a.weight.dtype, "f32")
  t.raises("parameters are f32 or f64, got 'i64'", net.to, net, "i64")
end)

t.test("requires_grad_ freezes, and a frozen model records nothing", function()
  local model = nn.Linear(2, 2):requires_grad_(false)
  t.ok(not model(tensor.ones { 1, 2 }).requires_grad)
  t.equal(model:num_parameters { trainable = true }, 0)
  t.equal(model:num_parameters(), 6)
end)

t.test("apply visits children before parents", function()
  local order = {}
  nn.Sequential { nn.ReLU(), nn.Sequential { nn.Tanh() } }:apply(function(m) order[#order + 1] = m:class_name() end)
  t.equal(order, { "ReLU", "Tanh", "Sequential", "Sequential" })
end)

t.test("printing shows layers, shapes and counts", function()
  local last = nn.Linear(512, 9, { bias = false })
  local model = nn.Sequential { nn.Flatten(), nn.Linear(12288, 512), nn.ReLU(), nn.Dropout(0.2), last }
  t.equal(tostring(model), table.concat({
    "Sequential(",
    "  (0): Flatten(start_dim=2, end_dim=-1)                        Nx12288",
    "  (1): Linear(in_features=12288, out_features=512, bias=true)  Nx512     6,291,968",
    "  (2): ReLU()                                                  Nx512",
    "  (3): Dropout(p=0.2)                                          Nx512",
    "  (4): Linear(in_features=512, out_features=9, bias=false)     Nx9           4,608",
    ")",
    "6,296,576 parameters, 25.2 MB",
  }, "\n"))
  t.ok(model.training, "printing leaves the mode alone")
  t.equal(tostring(nn.Linear(4, 2)), "Linear(in_features=4, out_features=2, bias=true)")
  t.equal(tostring(nn.BatchNorm1d(10)), "BatchNorm1d(10, eps=1e-05, momentum=0.1, affine=true, track_running_stats=true)")
  t.equal(tostring(nn.ReLU()), "ReLU()")
end)

t.test("a model of one's own prints shapes after its first forward, or by summary", function()
  local Net = nn.Module:subclass("Net")
  function Net:__init()
    self.fc = nn.Linear(4, 2)
    self.body = nn.Sequential { nn.ReLU() }
    self.fc.bias:requires_grad_(false)
  end
  function Net:forward(x) return self.body(self.fc(x)) end
  local net = Net()
  t.equal(tostring(net), "Net(\n  (fc): Linear(in_features=4, out_features=2, bias=true)     10\n  (body): Sequential(\n"
    .. "    (0): ReLU()\n  )\n)\n10 parameters (8 trainable), 40 bytes")
  local text = net:summary { 4 }
  t.ok(text:find("(fc): Linear(in_features=4, out_features=2, bias=true)  Nx2   10", 1, true), text)
  t.ok(text:find("%(0%): ReLU%(%) +Nx2\n"), text)
  t.raises("linear expects 4 features", net.summary, net, { 5 })
  t.raises("summary: got number, expected the size of one input", net.summary, net, 5)
end)

t.test("constructors say what they expect", function()
  t.raises("nn.Linear: got false as a positional argument: optional arguments are named: nn.Linear(..., { bias = false })",
    nn.Linear, 4, 3, false)
  t.raises("nn.Linear: in_features is 1.5, expected a whole number", nn.Linear, 1.5, 3)
  t.raises("nn.Linear: out_features is missing (how many a row of the output has)", nn.Linear, 4)
  t.raises("nn.Linear: unknown option 'bais': did you mean 'bias'?", nn.Linear, 4, 3, { bais = false })
  t.raises("nn.Linear: bias is 1, expected true or false", nn.Linear, 4, 3, { bias = 1 })
  t.raises("nn.Dropout: dropout probability has to be between 0 and 1, but got 1.1", nn.Dropout, 1.1)
  t.raises("nn.Dropout: p is 'x', expected a number", nn.Dropout, "x")
  t.raises("nn.BatchNorm1d: unknown option 'momentun': did you mean 'momentum'", nn.BatchNorm1d, 4, { momentun = 1 })
  t.raises("nn.ReLU: got true, but takes no options", nn.ReLU, true)
  t.raises("nn.CrossEntropyLoss: reduction is 'avg', expected one of 'mean', 'sum', 'none'", nn.CrossEntropyLoss,
    { reduction = "avg" })
  t.raises("nn.CrossEntropyLoss: label_smoothing is 1.5, expected 0 to 1", nn.CrossEntropyLoss, { label_smoothing = 1.5 })
  t.raises("nn.Softmax: dim is missing (along it the shares sum to 1)", nn.Softmax)
  t.raises("subclass: got nil", nn.Module.subclass, nn.Module)
end)

t.test("layers say what is wrong with their input", function()
  t.raises("expected 2D or 3D input (got 4D input)", nn.BatchNorm1d(3), tensor.ones { 1, 3, 2, 2 })
  t.raises("expected more than 1 value per channel when training, got input size 1x3", nn.BatchNorm1d(3), tensor.ones { 1, 3 })
  local criterion = nn.CrossEntropyLoss()
  t.raises("label 11 at row 2, expected 1 to 10", criterion, tensor.ones { 2, 10 }, tensor.tensor { 10, 11 })
  t.raises("label 0 at row 1, expected 1 to 10", criterion, tensor.ones { 2, 10 }, tensor.tensor { 0, 1 })
  t.raises("expected input batch size (3) to match target batch size (2)", criterion, tensor.ones { 3, 5 },
    tensor.tensor { 1, 1 })
end)

t.test("labels count from 1, and ignore_index with them", function()
  local x = tensor.tensor({ { 5, 0, 0 }, { 0, 0, 5 } }, { dtype = "f32" })
  t.ok(nn.CrossEntropyLoss()(x, tensor.tensor { 1, 3 }):item() < 0.05)
  local some = nn.CrossEntropyLoss { ignore_index = 1 }(x, tensor.tensor { 1, 2 })
  local one = nn.CrossEntropyLoss()(x[{ { 2, 2 } }], tensor.tensor { 2 })
  t.near(some:item(), one:item(), 1e-7)
  t.near(nn.CrossEntropyLoss { weight = { 1, 2, 3 } }(x, tensor.tensor { 1, 3 }):item(),
    nn.functional.cross_entropy(x, tensor.tensor { 1, 3 }, { weight = tensor.tensor({ 1, 2, 3 }, { dtype = "f32" }) }):item(), 0)
end)

t.test("the same seed gives the same model, weight before bias", function()
  tensor.manual_seed(5)
  local a = nn.Linear(6, 4)
  tensor.manual_seed(5)
  local weight, bias = tensor.empty { 4, 6 }, tensor.empty { 4 }
  local bound = 1 / math.sqrt(6)
  weight:uniform_(-bound, bound)
  bias:uniform_(-bound, bound)
  t.ok(a.weight:detach():equal(weight) and a.bias:detach():equal(bias))
  tensor.manual_seed(5)
  local drop, x = nn.Dropout(0.5), tensor.ones { 50 }
  local first = drop(x)
  t.ok(not drop(x):equal(first), "every forward draws again")
  tensor.manual_seed(5)
  t.ok(nn.functional.dropout(x):equal(first), "the seed decides")
  t.ok(nn.functional.dropout(x, { training = false }):equal(x))
end)

t.test("initialisers fill with the right spread, also while gradients are recorded", function()
  tensor.manual_seed(1)
  local w = nn.Linear(400, 300).weight
  local function spread() return (w - w:mean()):square():mean():sqrt():item() end
  local function largest() return w:detach():abs():max():item() end
  local init = nn.init
  t.ok(rawequal(init.xavier_uniform_(w), w))
  t.near(largest(), math.sqrt(6 / 700), 1e-4)
  init.xavier_normal_(w, { gain = 2 })
  t.near(spread(), 2 * math.sqrt(2 / 700), 2e-3)
  init.kaiming_uniform_(w)
  t.near(largest(), math.sqrt(6 / 400), 1e-4)
  init.kaiming_normal_(w, { mode = "fan_out", nonlinearity = "relu" })
  t.near(spread(), math.sqrt(2 / 300), 2e-3)
  init.uniform_(w, { a = 2, b = 3 })
  t.ok(w:min():item() >= 2 and w:max():item() <= 3)
  init.normal_(w, { mean = 5, std = 0.1 })
  t.near(w:mean():item(), 5, 1e-2)
  init.constant_(w, 0.3)
  t.near(w:max():item(), 0.3, 1e-6)
  init.zeros_(w)
  t.equal(w:max():item(), 0)
  init.ones_(w)
  t.equal(w:min():item(), 1)
  t.ok(w.requires_grad and w.is_leaf)
  t.raises("fewer than 2 dimensions", init.xavier_uniform_, tensor.ones { 3 })
  t.raises("unsupported nonlinearity 'relo': did you mean 'relu'?", init.kaiming_normal_, w, { nonlinearity = "relo" })
  t.raises("mode fan_both not supported", init.kaiming_normal_, w, { mode = "fan_both" })
  t.raises("unknown option 'modes': did you mean 'mode'?", init.kaiming_normal_, w, { modes = "fan_in" })
  t.raises("nn.init.zeros_: got nil, expected a tensor", init.zeros_)
  t.raises("negative_slope x not a valid number", init.calculate_gain, "leaky_relu", "x")
end)

t.test("no_grad returns the results and restores the mode, also after an error", function()
  local w = tensor.ones({ 2 }, { requires_grad = true })
  local y, n = autograd.no_grad(function(a) return a * 2, 7 end, w)
  t.ok(not y.requires_grad and n == 7 and autograd.is_grad_enabled())
  t.raises("inside", autograd.no_grad, function() error("inside") end)
  t.ok(autograd.is_grad_enabled())
  autograd.no_grad(function()
    t.ok(not autograd.is_grad_enabled())
    t.ok(autograd.enable_grad(function() return (w * 2).requires_grad end))
    t.ok(not autograd.is_grad_enabled())
  end)
  t.raises("no_grad: got nil, expected a function", autograd.no_grad)
end)

t.test("tensors have the fields and methods of autograd", function()
  local w = tensor.ones({ 2 }, { requires_grad = true })
  t.ok(w.requires_grad and w.is_leaf and w.grad == nil)
  local h = (w * 3):retain_grad()
  t.ok(h.requires_grad and not h.is_leaf)
  h:sum():backward()
  t.equal(w.grad:tolist(), { 3, 3 })
  t.equal(h.grad:tolist(), { 1, 1 })
  w.grad = nil
  t.ok(w.grad == nil)
  local d = h:detach()
  t.ok(not d.requires_grad and d.is_leaf)
  t.ok(not (w * 2):detach_().requires_grad)
  local y = w * w
  y:backward { gradient = tensor.ones { 2 }, retain_graph = true }
  y:backward(tensor.ones { 2 })
  t.equal(w.grad:tolist(), { 4, 4 })
  t.raises("a second time", y.backward, y, tensor.ones { 2 })
  t.raises("only for one element, and this tensor is 2", y.backward, w * 2)
  t.raises("unknown option 'retain_graf': did you mean 'retain_graph'?", function() y:backward { retain_graf = true } end)
  t.raises("a leaf that requires a gradient cannot be written in place", function() w:fill_(0) end)
  t.raises("only tensors of floats", function() tensor.tensor { 1, 2 }:requires_grad_() end)
end)

t.test("gradcheck passes what is right and names what is wrong", function()
  local w = tensor.rand({ 3, 2 }, { dtype = "f64", requires_grad = true })
  local x = tensor.rand({ 4, 3 }, { dtype = "f64", requires_grad = true })
  t.ok(autograd.gradcheck(function(a, b) return a:matmul(b):tanh() end, { x, w }))
  t.raises("gradcheck: input 1, element 1: the gradient is", autograd.gradcheck,
    function(a) return a:detach() * a end, { x })
  t.raises("none of the inputs requires a gradient", autograd.gradcheck, function(a) return a end, { x:detach() })
  t.raises("gradcheck: input 1 is f32, expected f64", autograd.gradcheck, function(a) return a end,
    { tensor.ones({ 2 }, { requires_grad = true }) })
  t.raises("unknown option 'tol'", autograd.gradcheck, function(a) return a end, { x }, { tol = 1 })
end)

t.test("every layer passes gradcheck in training and in evaluation", function()
  local function f64(shape) return tensor.randn(shape, { dtype = "f64", requires_grad = true }) end
  local function seeded(module)
    return function(x) tensor.manual_seed(3) return module(x) end
  end
  local layers = {
    { nn.Linear(4, 3), { 5, 4 } }, { nn.Linear(4, 3, { bias = false }), { 2, 5, 4 } }, { nn.Flatten(), { 2, 3, 2 } },
    { nn.ReLU(), { 4, 5 } }, { nn.Sigmoid(), { 4, 5 } }, { nn.Tanh(), { 4, 5 } }, { nn.Dropout(0.4), { 4, 5 } },
    { nn.BatchNorm1d(3, { track_running_stats = false }), { 5, 3 } }, { nn.BatchNorm1d(3), { 5, 3, 2 } },
    { nn.BatchNorm1d(3, { affine = false }), { 5, 3 } }, { nn.Softmax(2), { 3, 4 } }, { nn.LogSoftmax(-1), { 3, 4 } },
    { nn.Identity(), { 2 } },
    { nn.Sequential { nn.Flatten(), nn.Linear(6, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Dropout(0.3), nn.Linear(4, 2) },
      { 5, 3, 2 } },
  }
  for _, case in ipairs(layers) do
    local module = case[1]:double()
    local fn = seeded(module)
    local inputs = { f64(case[2]) }
    for _, p in module:named_parameters() do inputs[#inputs + 1] = p end
    for _, mode in ipairs { true, false } do
      module:train(mode)
      t.ok(autograd.gradcheck(fn, inputs), module:class_name())
    end
  end
  for _, o in ipairs { {}, { reduction = "sum" }, { reduction = "none", label_smoothing = 0.2 } } do
    local criterion, labels = nn.CrossEntropyLoss(o), tensor.tensor { 1, 3, 2 }
    t.ok(autograd.gradcheck(function(x) return criterion(x, labels) end, { f64 { 3, 4 } }))
  end
end)

t.done()
