-- How do activation functions carry gradients, where do they saturate, what do they cost?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "activation",
  about = "How do activation functions carry gradients, where do they saturate, what do they cost?",
  options = { depth = 6, width = 128, epochs = 20, patience = 10, lr = 1e-3, seeds = 3 },
  help = { depth = "hidden layers", width = "their width", lr = "learning rate of Adam" },
}
local depth, FLAT = activity.options.depth, 0.1 -- saturated: a slope below that
local function slope(act, at)
  local z = at:detach():requires_grad_()
  ml.enable_grad(function() act(z):sum():backward() end)
  return z.grad:abs()
end

local function record_saturated(run, act) -- on the validation pictures, by layer
  local flat, count = {}, 0
  for i = 1, depth do
    flat[i] = 0
    run.model[2 * i + 1]:register_forward_hook(function(_, input)
      local s = slope(act, input[1])
      flat[i], count = flat[i] + s:lt(FLAT):sum():item(), count + s:numel() / depth
    end)
  end
  run:evaluate()
  for i = 1, depth do run:record("saturated: layer " .. i, flat[i] / count, "percent") end
end

for _, name in ipairs { "ReLU", "Sigmoid", "Tanh", "LeakyReLU", "GELU" } do
  activity:trial(name, { activation = name }, function(run)
    local o, d_in, layers, act = run.options, run.in_features, { nn.Flatten() }, nn[name]()
    for i = 1, depth do
      layers[2 * i], layers[2 * i + 1], d_in = nn.Linear(d_in, o.width), nn[name](), o.width
    end
    layers[2 * depth + 2] = nn.Linear(d_in, run.num_classes)
    run.model = nn.Sequential(layers)
    run.optimizer = optim.Adam(run.model:parameters(), { lr = o.lr })
    local x = ml.randn { 1000, 1000 }
    local began = slope(act, x) and os.clock() -- the first time pays for memory, too
    for _ = 1, 5 do slope(act, x) end -- there and back
    run:record("ms for a million", (os.clock() - began) / 5 * 1000)
    local function norm(i) return run.model[2 * i].weight.grad:norm():item() end
    run:on("backward", function(epoch, step) -- layer 1 sees the pictures, the others are of one shape
      if epoch == 1 and step == 1 then run:record("gradient ratio", norm(2) / norm(depth)) end
    end)
    run:fit()
    record_saturated(run, act)
  end)
end

activity:report { conclude = function(trials, found)
  local function of(name, column) return found.value(trials[name], column) end
  local function ratio(name) return found.number(of(name, "gradient ratio")) end
  local function flat(name) return found.percent(of(name, "saturated: layer 1")) end
  return ("%s. Sigmoid's slope is 0.25 at most, so that %s of layer %d's first gradient is left in layer 2 "
    .. "(ReLU: %s), and %s of its activations in layer 1 are saturated after training."):format(
    found:established "ReLU", ratio "Sigmoid", depth, ratio "ReLU", flat "Sigmoid")
end }
