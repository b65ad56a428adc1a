-- step.lua - one round of training steps: median milliseconds of each net, batch and optimizer. `smoke` as an argument: only
-- a few steps of each, to see that it works.
local ml = require "mlprun"
local core = require "mlprun.core"
local nn, optim = ml.nn, ml.optim
local smoke = arg[1] == "smoke"

local function median(times)
  table.sort(times)
  return times[#times // 2 + 1]
end

local function net(sizes, norm, p)
  local layers = {}
  for i = 1, #sizes - 1 do
    layers[#layers + 1] = nn.Linear(sizes[i], sizes[i + 1])
    if i < #sizes - 1 then
      if norm then layers[#layers + 1] = nn.BatchNorm1d(sizes[i + 1]) end
      layers[#layers + 1] = nn.ReLU()
      if p then layers[#layers + 1] = nn.Dropout(p) end
    end
  end
  return nn.Sequential(layers)
end

local function measure(name, sizes, batch, optimizer, o, count)
  ml.manual_seed(1)
  local model = net(sizes, o.norm, o.dropout)
  local update = optimizer(model:parameters(), { lr = 1e-3 })
  local criterion = nn.CrossEntropyLoss()
  local x, y = ml.randn(batch, sizes[1]), ml.randint(1, sizes[#sizes] + 1, { batch })
  local times = {}
  for i = smoke and 0 or -4, smoke and 2 or count do
    local began = core.sys.clock()
    update:zero_grad()
    local loss = criterion(model(x), y)
    loss:backward()
    update:step()
    if i >= 1 then times[#times + 1] = (core.sys.clock() - began) * 1e3 end
  end
  print(("step/%s ms\t%.6g"):format(name, median(times)))
end

local photo = { 12288, 512, 256, 9 }
for _, batch in ipairs { 8, 32, 128 } do
  for _, name in ipairs { "Adam", "AdamW", "SGD" } do
    measure(("12288-512-256-9 batch %d/%s"):format(batch, name), photo, batch, optim[name], {}, batch == 128 and 20 or 40)
  end
end
measure("12288-512-256-9 batch 32/Adam, dropout", photo, 32, optim.Adam, { dropout = 0.2 }, 40)
measure("12288-512-256-9 batch 32/Adam, BatchNorm", photo, 32, optim.Adam, { norm = true }, 40)
measure("12288-512-256-9 batch 32/Adam, BatchNorm, dropout", photo, 32, optim.Adam, { norm = true, dropout = 0.2 }, 40)
for _, sizes in ipairs { { 784, 64, 10 }, { 784, 500, 10 } } do
  for _, name in ipairs { "Adam", "SGD" } do
    measure(("%s batch 32/%s"):format(table.concat(sizes, "-"), name), sizes, 32, optim[name], {}, 400)
  end
end
measure("12288-1024-512-9 batch 32/Adam", { 12288, 1024, 512, 9 }, 32, optim.Adam, {}, 15)
measure("12288-2048-1024-9 batch 32/Adam", { 12288, 2048, 1024, 9 }, 32, optim.Adam, {}, 8)
measure("12288-512-256-100 batch 32/Adam", { 12288, 512, 256, 100 }, 32, optim.Adam, {}, 30)
