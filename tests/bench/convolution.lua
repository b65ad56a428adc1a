-- convolution.lua [smoke | layers] [--threads=N] - training steps of convolutional nets, batch 32: median milliseconds of each.
-- With `layers`: of single convolutions instead, forward and both gradients.
local ml = require "mlprun"
local core = require "mlprun.core"
local nn, optim, clock = ml.nn, ml.optim, core.sys.clock
local mode
for _, word in ipairs(arg) do
  local threads = word:match "^%-%-threads=(%d+)$"
  if threads then core.sys.threads(tonumber(threads)) else mode = word end
end
local BATCH = 32

local function spread(times)
  table.sort(times)
  return times[#times // 2 + 1], times[1]
end

-- Median and least of `count` calls, after two that warm up.
local function time(name, count, call)
  local times = {}
  for i = mode == "smoke" and 1 or -1, mode == "smoke" and 1 or count do
    local began = clock()
    call()
    if i >= 1 then times[#times + 1] = (clock() - began) * 1e3 end
  end
  local median, least = spread(times)
  print(("%s ms\t%.6g"):format(name, median))
  print(("%s, least, ms\t%.6g"):format(name, least))
end

local function conv(c_in, c_out, o) return nn.Conv2d(c_in, c_out, 3, o or { padding = 1 }) end

-- Layers of a list of lists, one behind the other.
local function chain(parts)
  local layers = {}
  for _, part in ipairs(parts) do table.move(part, 1, #part, #layers + 1, layers) end
  return nn.Sequential(layers)
end

local function normed(c_in, c_out, o) return { conv(c_in, c_out, o), nn.BatchNorm2d(c_out), nn.ReLU() } end
local function ending(channels, classes) return { nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes) } end

local Block = nn.Module:subclass "Block"
function Block:__init(c_in, c_out, stride)
  self.body = nn.Sequential { conv(c_in, c_out, { padding = 1, stride = stride, bias = false }), nn.BatchNorm2d(c_out), nn.ReLU(),
                              conv(c_out, c_out, { padding = 1, bias = false }), nn.BatchNorm2d(c_out) }
  self.short = nn.Identity()
  if stride > 1 or c_in ~= c_out then
    self.short = nn.Sequential { nn.Conv2d(c_in, c_out, 1, { stride = stride, bias = false }), nn.BatchNorm2d(c_out) }
  end
end
function Block:forward(x)
  return nn.functional.relu(self.body(x) + self.short(x))
end

local function separable(c_in, c_out, stride)
  return { conv(c_in, c_in, { padding = 1, stride = stride, groups = c_in }), nn.ReLU(), nn.Conv2d(c_in, c_out, 1), nn.ReLU() }
end

local nets = {
  { "conv 3-16-32-64, pool", function()
    return chain { { conv(3, 16), nn.ReLU(), nn.MaxPool2d(2) }, { conv(16, 32), nn.ReLU(), nn.MaxPool2d(2) },
                   { conv(32, 64), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64 * 8 * 8, 10) } }
  end },
  { "conv 32-32-64-64-128, BatchNorm, pool", function()
    return chain { normed(3, 32), normed(32, 32), { nn.MaxPool2d(2) }, normed(32, 64), normed(64, 64), { nn.MaxPool2d(2) },
                   normed(64, 128), ending(128, 10) }
  end },
  { "depthwise-separable 32-64-128", function()
    return chain { { conv(3, 32, { padding = 1, stride = 2 }), nn.ReLU() }, separable(32, 64, 1), separable(64, 128, 2),
                   ending(128, 10) }
  end },
  { "residual 16-32-64", function()
    return chain { normed(3, 16), { Block(16, 16, 1), Block(16, 16, 1), Block(16, 32, 2), Block(32, 32, 1), Block(32, 64, 2),
                                    Block(64, 64, 1) }, ending(64, 10) }
  end },
  { "mlp_vs_cnn", function()
    return chain { { conv(3, 16), nn.ReLU(), nn.MaxPool2d(2) }, { conv(16, 32), nn.ReLU(), nn.MaxPool2d(2) },
                   { conv(32, 64), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(64 * 4 * 4, 10) } }
  end },
}

local function step(name, make)
  ml.manual_seed(1)
  local model = make()
  local update, criterion = optim.Adam(model:parameters(), { lr = 1e-3 }), nn.CrossEntropyLoss()
  local x, y = ml.randn(BATCH, 3, 64, 64), ml.randint(1, 11, { BATCH })
  time("convolution/" .. name, 20, function()
    update:zero_grad()
    criterion(model(x), y):backward()
    update:step()
  end)
end

-- channels in, out, size of the picture, of the kernel; options
local layers = {
  { 3, 32, 64, 3, { padding = 1 } }, { 32, 32, 64, 3, { padding = 1 } }, { 16, 32, 32, 3, { padding = 1 } },
  { 32, 64, 32, 3, { padding = 1 } }, { 64, 64, 32, 3, { padding = 1 } }, { 64, 128, 16, 3, { padding = 1 } },
  { 256, 256, 8, 3, { padding = 1 } }, { 3, 32, 64, 3, { padding = 1, stride = 2 } },
  { 32, 64, 32, 3, { padding = 1, stride = 2 } }, { 32, 32, 32, 3, { padding = 1, groups = 32 } },
  { 64, 64, 32, 3, { padding = 1, stride = 2, groups = 64 } }, { 256, 256, 8, 3, { padding = 1, groups = 256 } },
  { 64, 64, 32, 5, { padding = 2, stride = 2, groups = 64 } }, { 64, 64, 16, 7, { padding = 3, groups = 64 } },
  { 32, 64, 32, 1, {} }, { 64, 128, 16, 1, {} },
  { 64, 64, 32, 3, { padding = 1, groups = 4 } }, { 16, 32, 32, 5, { padding = 2 } }, { 3, 32, 64, 7, { padding = 3 } },
}

local function options(o)
  local texts = {}
  for _, key in ipairs { "stride", "groups" } do
    if o[key] then texts[#texts + 1] = (", %s %d"):format(key, o[key]) end
  end
  return table.concat(texts)
end

-- Forward alone, and with the gradients of the weight, and of all.
local function layer(c_in, c_out, size, kernel, o)
  local name = ("layer/%d-%d %dx%d, kernel %d%s/"):format(c_in, c_out, size, size, kernel, options(o))
  local model, x = nn.Conv2d(c_in, c_out, kernel, o), ml.randn(BATCH, c_in, size, size)
  local dy = ml.randn(table.unpack(model(x).shape))
  time(name .. "forward", 10, function() ml.no_grad(function() model(x) end) end)
  time(name .. "forward, dw", 10, function() model(x):backward(dy) end)
  x:requires_grad_()
  time(name .. "forward, dw, dx", 10, function() model(x):backward(dy) end)
end

if mode == "layers" then
  for _, l in ipairs(layers) do layer(table.unpack(l)) end
else
  for _, net in ipairs(nets) do step(net[1], net[2]) end
end
