-- onnx_layers.lua FOLDER - every layer of ml.nn that has a form in ONNX, in several ways, as FOLDER/NAME.onnx, with
-- FOLDER/NAME.npz: an input of another batch size and what the layer makes of it. Prints the layers that have none.
local ml = require "mlprun"
local nn = ml.nn
local folder = arg[1]

ml.manual_seed(3)
local exported = {}

-- Weights and statistics that a mistake would show in.
local function stirred(model)
  for _, p in ipairs(model:parameters()) do p:detach():copy_(ml.randn(p.shape) * 0.5 + 0.3) end
  for name, buffer in model:named_buffers() do
    if buffer.dtype == "f32" then buffer:copy_(ml.rand(buffer.shape) + (name:find "var" and 0.5 or 0)) end
  end
  model:eval()
  return model
end

local function case(name, model, ...)
  local sizes = { ... }
  stirred(model)
  local function input(n) return ml.randn { n, table.unpack(sizes) } * 2 end
  if name:find "^Embedding" then
    input = function(n) return ml.randint(1, 6, { n, table.unpack(sizes) }) end
  end
  ml.export_onnx(model, input(2), folder .. "/" .. name .. ".onnx")
  local x = input(5)
  ml.save_npz(folder .. "/" .. name .. ".npz", { input = name:find "^Embedding" and x - 1 or x, output = model(x):detach() })
  for module in model:modules() do exported[module:class_name()] = true end
end

case("Linear", nn.Linear(6, 4), 6)
case("Linear_rows", nn.Linear(6, 4), 3, 6)
case("Linear_bare", nn.Linear(6, 4, { bias = false }), 6)
case("Conv2d", nn.Conv2d(3, 4, 3, { stride = { 2, 1 }, padding = { 1, 2 }, dilation = 2 }), 3, 11, 12)
case("Conv2d_same", nn.Conv2d(4, 4, { 4, 3 }, { padding = "same", groups = 2, bias = false }), 4, 9, 8)
case("Conv2d_valid", nn.Conv2d(1, 2, 3, { padding = "valid" }), 1, 6, 6)
case("BatchNorm1d", nn.BatchNorm1d(5), 5)
case("BatchNorm1d_plain", nn.BatchNorm1d(5, { affine = false, eps = 1e-2 }), 5, 7)
case("BatchNorm2d", nn.BatchNorm2d(3), 3, 4, 5)
case("LayerNorm", nn.LayerNorm({ 4, 5 }), 3, 4, 5)
case("LayerNorm_plain", nn.LayerNorm(6, { elementwise_affine = false }), 6)
case("LayerNorm_no_bias", nn.LayerNorm(6, { bias = false }), 6)
case("Embedding", nn.Embedding(5, 3), 4)
case("PReLU", nn.PReLU(), 6)
case("PReLU_channels", nn.PReLU { num_parameters = 3 }, 3, 4, 4)
case("PReLU_features", nn.PReLU { num_parameters = 6 }, 6)
for _, name in ipairs { "ReLU", "Sigmoid", "Tanh", "Softsign", "Hardswish", "Mish", "LeakyReLU", "ELU", "CELU", "SELU", "GELU",
                        "Hardsigmoid", "ReLU6", "Hardtanh", "SiLU", "LogSigmoid", "Softplus", "Identity", "Dropout" } do
  case(name, nn[name](), 7)
end
case("LeakyReLU_steep", nn.LeakyReLU(0.3), 7)
case("ELU_small", nn.ELU(0.5), 7)
case("CELU_small", nn.CELU(0.5), 7)
case("GELU_tanh", nn.GELU { approximate = "tanh" }, 7)
case("Hardtanh_wide", nn.Hardtanh(-2, 3), 7)
case("Softplus_sharp", nn.Softplus(2, 1), 7)
case("Dropout2d", nn.Dropout2d(0.5), 3, 4, 4)
case("Softmax", nn.Softmax(2), 6)
case("Softmax_last", nn.Softmax(-1), 3, 6)
case("LogSoftmax", nn.LogSoftmax(2), 6)
case("GLU", nn.GLU(), 3, 8)
case("GLU_channels", nn.GLU(2), 4, 5, 5)
case("Flatten", nn.Flatten(), 3, 4, 5)
case("Flatten_part", nn.Flatten { start_dim = 3 }, 3, 4, 5)
case("Flatten_all", nn.Flatten { start_dim = 1, end_dim = 2 }, 3, 4)
case("Unflatten", nn.Unflatten(2, { 3, -1 }), 12)
case("MaxPool2d", nn.MaxPool2d(2), 3, 8, 9)
case("MaxPool2d_ceil", nn.MaxPool2d(3, { stride = 2, padding = 1, ceil_mode = true, dilation = 2 }), 2, 10, 11)
case("AvgPool2d", nn.AvgPool2d(2), 3, 8, 9)
case("AvgPool2d_padded", nn.AvgPool2d(3, { stride = 2, padding = 1 }), 2, 8, 9)
case("AvgPool2d_inside", nn.AvgPool2d(3, { stride = 2, padding = 1, count_include_pad = false, ceil_mode = true }), 2, 8, 8)
case("AvgPool2d_divisor", nn.AvgPool2d(2, { divisor_override = 3 }), 2, 8, 8)
case("AvgPool2d_ceil", nn.AvgPool2d(2, { ceil_mode = true }), 2, 7, 7)
case("AdaptiveAvgPool2d", nn.AdaptiveAvgPool2d(1), 3, 6, 7)
case("AdaptiveAvgPool2d_even", nn.AdaptiveAvgPool2d { 3, 2 }, 3, 6, 8)
case("AdaptiveAvgPool2d_odd", nn.AdaptiveAvgPool2d { 4, 3 }, 2, 7, 8)
case("Sequential", nn.Sequential { nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
  nn.Linear(4 * 3 * 3, 5) }, 3, 8, 8)

case("Conv2d_reflect", nn.Conv2d(3, 4, 3, { padding = { 1, 2 }, padding_mode = "reflect" }), 3, 6, 7)
case("Conv2d_circular", nn.Conv2d(3, 4, 4, { padding = "same", padding_mode = "circular" }), 3, 6, 7)
case("ConvTranspose2d", nn.ConvTranspose2d(4, 6, 3, { stride = 2, padding = 1, output_padding = 1, groups = 2 }), 4, 5, 6)
case("ConvTranspose2d_dilated", nn.ConvTranspose2d(2, 3, { 2, 3 }, { dilation = 2, bias = false }), 2, 5, 6)
case("GroupNorm", nn.GroupNorm(2, 6), 6, 4, 5)
case("GroupNorm_plain", nn.GroupNorm(3, 6, { affine = false, eps = 1e-2 }), 6, 4, 5)
case("InstanceNorm2d", nn.InstanceNorm2d(3), 3, 4, 5)
case("InstanceNorm2d_tracked", nn.InstanceNorm2d(3, { affine = true, track_running_stats = true }), 3, 4, 5)
case("ZeroPad2d", nn.ZeroPad2d { 1, 2, 0, 3 }, 2, 4, 5)
case("ZeroPad2d_cut", nn.ZeroPad2d { -1, 1, 0, -2 }, 2, 4, 5)
case("ConstantPad2d", nn.ConstantPad2d(1, 0.5), 2, 4, 5)
case("ReflectionPad2d", nn.ReflectionPad2d { 1, 2, 3, 0 }, 2, 4, 5)
case("ReplicationPad2d", nn.ReplicationPad2d(2), 2, 4, 5)
case("CircularPad2d", nn.CircularPad2d { 2, 1, 0, 3 }, 2, 4, 5)
case("AdaptiveMaxPool2d", nn.AdaptiveMaxPool2d { 3, 2 }, 3, 6, 8)
case("AdaptiveMaxPool2d_odd", nn.AdaptiveMaxPool2d { 4, 3 }, 2, 7, 8)
case("Upsample", nn.Upsample { scale_factor = 2 }, 3, 4, 5)
for _, mode in ipairs { "nearest-exact", "bilinear", "bicubic", "area" } do
  case("Upsample_" .. mode, nn.Upsample { size = { 7, 11 }, mode = mode }, 2, 5, 6)
end
case("Upsample_corners", nn.Upsample { size = { 7, 11 }, mode = "bilinear", align_corners = true }, 2, 5, 6)
case("Upsample_factor", nn.Upsample { scale_factor = { 1.7, 0.6 }, mode = "bilinear" }, 2, 5, 6)

-- Layers of two inputs.
local Pair = nn.Module:subclass("Pair")
function Pair:__init(layer) self.layer = layer end
function Pair:forward(x) return self.layer(x, x * 2 - 1) end
case("CosineSimilarity", Pair(nn.CosineSimilarity { dim = 2 }), 6)
case("PairwiseDistance", Pair(nn.PairwiseDistance()), 6)
case("PairwiseDistance_p", Pair(nn.PairwiseDistance { p = 3, keepdim = true }), 6)

-- A class of the script's own, with operators of tensors between its layers.
local Block = nn.Module:subclass("Block")
function Block:__init(n)
  self.layers = nn.ModuleList { nn.Linear(n, n), nn.Linear(n, n) }
  self.scale = nn.Parameter(ml.ones { n })
end
function Block:forward(x)
  local y = x:flatten(2)
  for _, layer in ipairs(self.layers) do y = y + layer(y):relu() * self.scale end
  return (y * 2 - 1):reshape(-1, 2, y.shape[2] // 2):softmax(-1)
end
case("own", Block(12), 3, 4)

local missing = {}
for name, class in pairs(nn) do
  local is_class = type(class) == "table" and rawget(class, "__meta") and name ~= "Module" and name ~= "ModuleDict"
  if is_class and not exported[name] then missing[#missing + 1] = name end
end
table.sort(missing)
print("without: " .. table.concat(missing, " "))
