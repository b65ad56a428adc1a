--- mlprun.onnx.layers - the layers of ml.nn in operators of ONNX, as they are in evaluation mode.
--
-- A rule is layers[CLASS](graph, layer, x, wanted, y): x has name and value (the tensor that the layer gets for the example);
-- `wanted` gives names for a layer's constants; y is like x, of a layer with two inputs. It returns the name of its output.
local core = require "mlprun.core"
local sys = core.sys
local pooling = require "mlprun.onnx.pooling"
local resizing = require "mlprun.onnx.resizing"
local shapes = require "mlprun.onnx.shapes"

local layers = {}

-- One operator, whose attributes follow from the layer.
local function one(operator, attributes)
  return function(g, layer, x) return g:node(operator, { x.name }, attributes and attributes(layer) or nil) end
end

-- What an ONNX graph computes without: its input goes on.
local function nothing(_, _, x) return x.name end
for _, class in ipairs { "Identity", "Dropout", "Dropout2d" } do layers[class] = nothing end

-- ---- with weights ----

function layers.Linear(g, layer, x, wanted)
  local weight, bias = layer.weight, layer.bias
  if #x.value.shape == 2 then
    local inputs = { x.name, g:constant(wanted "weight", weight) }
    if bias then inputs[3] = g:constant(wanted "bias", bias) end
    return g:node("Gemm", inputs, { transB = 1 })
  end
  local y = g:node("MatMul", { x.name, g:constant(wanted "weight_t", weight:detach():t():contiguous()) })
  return bias and g:node("Add", { y, g:constant(wanted "bias", bias) }) or y
end

-- Zeros before and after rows and columns, as ONNX lists them.
local function pads_of(layer)
  local padding, kernel, dilation = layer.padding, layer.kernel_size, layer.dilation
  if padding == "valid" then return { 0, 0, 0, 0 } end
  if padding ~= "same" then return { padding[1], padding[2], padding[1], padding[2] } end
  local pads = {}
  for i = 1, 2 do
    local all = dilation[i] * (kernel[i] - 1)
    pads[i], pads[i + 2] = all // 2, all - all // 2
  end
  return pads
end

function layers.Conv2d(g, layer, x, wanted)
  local pads, input = pads_of(layer), x.name
  if layer.padding_mode ~= "zeros" then
    local padding = { pads[2], pads[4], pads[1], pads[3] }
    input, pads = resizing.pad(g, x, padding, layer.padding_mode), { 0, 0, 0, 0 }
  end
  local inputs = { input, g:constant(wanted "weight", layer.weight) }
  if layer.bias then inputs[3] = g:constant(wanted "bias", layer.bias) end
  return g:node("Conv", inputs, { kernel_shape = layer.kernel_size, strides = layer.stride, dilations = layer.dilation,
    group = layer.groups, pads = pads })
end

function layers.ConvTranspose2d(g, layer, x, wanted)
  local inputs = { x.name, g:constant(wanted "weight", layer.weight) }
  if layer.bias then inputs[3] = g:constant(wanted "bias", layer.bias) end
  return g:node("ConvTranspose", inputs, { kernel_shape = layer.kernel_size, strides = layer.stride,
    dilations = layer.dilation, group = layer.groups, pads = pads_of(layer), output_padding = layer.output_padding })
end

local function batch_norm(g, layer, x, wanted)
  if not layer.running_mean then
    sys.fail("without running statistics it uses those of each batch, which ONNX has no operator for: make it with "
      .. "track_running_stats = true")
  end
  local features = { layer.num_features }
  local weight, bias = layer.weight or core.tensor.ones(features), layer.bias or core.tensor.zeros(features)
  return g:node("BatchNormalization", { x.name, g:constant(wanted "weight", weight), g:constant(wanted "bias", bias),
    g:constant(wanted "running_mean", layer.running_mean), g:constant(wanted "running_var", layer.running_var) },
    { epsilon = layer.eps + 0.0 })
end
layers.BatchNorm1d, layers.BatchNorm2d = batch_norm, batch_norm

function layers.InstanceNorm2d(g, layer, x, wanted)
  if layer.running_mean then return batch_norm(g, layer, x, wanted) end
  local features = { layer.num_features }
  local weight, bias = layer.weight or core.tensor.ones(features), layer.bias or core.tensor.zeros(features)
  return g:node("InstanceNormalization", { x.name, g:constant(wanted "weight", weight), g:constant(wanted "bias", bias) },
    { epsilon = layer.eps + 0.0 })
end

-- As instances of the groups, then each channel's own scale.
function layers.GroupNorm(g, layer, x, wanted)
  local shape, groups = x.value.shape, { layer.num_groups }
  local grouped = shapes.reshape(g, x, { shape[1], layer.num_groups, x.value:numel() // shape[1] // layer.num_groups })
  local normal = g:node("InstanceNormalization", { grouped, g:constant("ones", core.tensor.ones(groups)),
    g:constant("zeros", core.tensor.zeros(groups)) }, { epsilon = layer.eps + 0.0 })
  local y = shapes.reshape(g, { name = normal, value = x.value }, shape)
  if not layer.weight then return y end
  local sizes = { layer.num_channels }
  for i = 2, #shape - 1 do sizes[i] = 1 end
  y = g:node("Mul", { y, g:constant(wanted "weight", layer.weight:detach():reshape(sizes)) })
  return g:node("Add", { y, g:constant(wanted "bias", layer.bias:detach():reshape(sizes)) })
end

function layers.LayerNorm(g, layer, x, wanted)
  local inputs = { x.name, g:constant(wanted "weight", layer.weight or core.tensor.ones(layer.normalized_shape)) }
  if layer.bias then inputs[3] = g:constant(wanted "bias", layer.bias) end
  return g:node("LayerNormalization", inputs, { axis = -#layer.normalized_shape, epsilon = layer.eps + 0.0 })
end

-- Rows are counted from 0 there.
function layers.Embedding(g, layer, x, wanted)
  return g:node("Gather", { g:constant(wanted "weight", layer.weight), x.name }, { axis = 0 })
end

function layers.PReLU(g, layer, x, wanted)
  local slope, rank = layer.weight, #x.value.shape
  local name = wanted "weight"
  if slope:numel() > 1 and rank > 2 then -- one for each channel
    local sizes = { slope:numel() }
    for i = 2, rank - 1 do sizes[i] = 1 end
    slope = slope:detach():reshape(sizes)
  end
  return g:node("PRelu", { x.name, g:constant(name, slope) })
end

-- ---- activations ----

layers.ReLU = one "Relu"
layers.Sigmoid = one "Sigmoid"
layers.Tanh = one "Tanh"
layers.Softsign = one "Softsign"
layers.Hardswish = one "HardSwish"
layers.Mish = one "Mish"
layers.LeakyReLU = one("LeakyRelu", function(layer) return { alpha = layer.negative_slope + 0.0 } end)
layers.ELU = one("Elu", function(layer) return { alpha = layer.alpha + 0.0 } end)
layers.CELU = one("Celu", function(layer) return { alpha = layer.alpha + 0.0 } end)
layers.SELU = one("Selu", function() return { alpha = 1.6732632423543772, gamma = 1.0507009873554805 } end)
layers.Hardsigmoid = one("HardSigmoid", function() return { alpha = 1 / 6, beta = 0.5 } end)

local function clip(g, x, low, high)
  return g:node("Clip", { x.name, g:numbers("low", low), g:numbers("high", high) })
end
function layers.ReLU6(g, _, x) return clip(g, x, 0, 6) end
function layers.Hardtanh(g, layer, x) return clip(g, x, layer.min_val, layer.max_val) end

function layers.SiLU(g, _, x) return g:node("Mul", { x.name, g:node("Sigmoid", { x.name }) }) end

function layers.LogSigmoid(g, _, x)
  return g:node("Neg", { g:node("Softplus", { g:node("Neg", { x.name }) }) })
end

-- Beyond the threshold it is x itself, which a softplus is to the last digit from 20 on.
function layers.Softplus(g, layer, x)
  local scaled, beta = x.name, nil
  if layer.beta ~= 1 then
    beta = g:numbers("beta", layer.beta)
    scaled = g:node("Mul", { x.name, beta })
  end
  local y = g:node("Softplus", { scaled })
  if beta then y = g:node("Div", { y, beta }) end
  if layer.threshold >= 20 then return y end
  local beyond = g:node("Greater", { scaled, g:numbers("threshold", layer.threshold) })
  return g:node("Where", { beyond, x.name, y })
end

-- x P(x), with the normal distribution function or its approximation.
function layers.GELU(g, layer, x)
  local inner
  if layer.approximate == "tanh" then
    local cube = g:node("Mul", { g:node("Mul", { x.name, x.name }), x.name })
    local sum = g:node("Add", { x.name, g:node("Mul", { cube, g:numbers("c", 0.044715) }) })
    inner = g:node("Tanh", { g:node("Mul", { sum, g:numbers("c", math.sqrt(2 / math.pi)) }) })
  else
    inner = g:node("Erf", { g:node("Mul", { x.name, g:numbers("c", math.sqrt(0.5)) }) })
  end
  local half = g:node("Mul", { x.name, g:numbers("half", 0.5) })
  return g:node("Mul", { half, g:node("Add", { inner, g:numbers("one", 1) }) })
end

-- ---- along a dimension ----

local function axis_of(dim, x) return dim < 0 and #x.value.shape + dim or dim - 1 end

function layers.Softmax(g, layer, x) return g:node("Softmax", { x.name }, { axis = axis_of(layer.dim, x) }) end
function layers.LogSoftmax(g, layer, x) return g:node("LogSoftmax", { x.name }, { axis = axis_of(layer.dim, x) }) end

function layers.GLU(g, layer, x)
  local halves = g:nodes_of("Split", { x.name }, { axis = axis_of(layer.dim, x), num_outputs = 2 }, { "half", "half" })
  return g:node("Mul", { halves[1], g:node("Sigmoid", { halves[2] }) })
end

-- ---- shapes and windows ----

function layers.Flatten(g, layer, x)
  return shapes.reshape(g, x, x.value:flatten(layer.start_dim, layer.end_dim).shape)
end

function layers.Unflatten(g, layer, x) return shapes.reshape(g, x, layer:forward(x.value).shape) end

layers.MaxPool2d, layers.AvgPool2d = pooling.max, pooling.average
layers.AdaptiveAvgPool2d, layers.AdaptiveMaxPool2d = pooling.adaptive, pooling.adaptive_max

for class, mode in pairs { ZeroPad2d = "constant", ConstantPad2d = "constant", ReflectionPad2d = "reflect",
                           ReplicationPad2d = "replicate", CircularPad2d = "circular" } do
  layers[class] = function(g, layer, x)
    return resizing.pad(g, x, layer.padding, mode, class == "ConstantPad2d" and layer.value or 0)
  end
end

function layers.Upsample(g, layer, x)
  local size = layer:forward(x.value).shape -- a scale_factor may round
  return resizing.linear(g, x, function(pictures)
    local y = layer:forward(pictures)
    return y:narrow(3, 1, size[3]):narrow(4, 1, size[4])
  end)
end

-- ---- of two inputs ----

function layers.CosineSimilarity(g, layer, x, _, y)
  local axis = g:numbers("axis", { axis_of(layer.dim, x) }, "i64")
  local function sum(a, b) return g:node("ReduceSum", { g:node("Mul", { a, b }), axis }, { keepdims = 0 }) end
  local least = g:numbers("eps", layer.eps)
  local function norm(a) return g:node("Max", { g:node("Sqrt", { sum(a, a) }), least }) end
  return g:node("Div", { sum(x.name, y.name), g:node("Mul", { norm(x.name), norm(y.name) }) })
end

function layers.PairwiseDistance(g, layer, x, _, y)
  local off = g:node("Abs", { g:node("Add", { g:node("Sub", { x.name, y.name }), g:numbers("eps", layer.eps) }) })
  local powers = g:node("Pow", { off, g:numbers("p", layer.p) })
  local sum = g:node("ReduceSum", { powers, g:numbers("axis", { -1 }, "i64") }, { keepdims = layer.keepdim and 1 or 0 })
  return g:node("Pow", { sum, g:numbers("root", 1 / layer.p) })
end

return layers
