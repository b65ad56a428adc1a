-- How do activation functions carry gradients through a deeper net?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "activation",
  about = "How do activation functions carry gradients through a deeper net?",
  options = { depth = 6, width = 128, epochs = 20, patience = 10, lr = 1e-3, seeds = 3 },
  help = { depth = "hidden layers", width = "their width", lr = "learning rate of Adam" },
}

for _, name in ipairs { "ReLU", "Sigmoid", "Tanh", "LeakyReLU", "GELU" } do
  activity:trial(name, function(run)
    local o, d_in = run.options, run.in_features
    local layers = { nn.Flatten() }
    for _ = 1, o.depth do
      layers[#layers + 1] = nn.Linear(d_in, o.width)
      layers[#layers + 1] = nn[name]()
      d_in = o.width
    end
    layers[#layers + 1] = nn.Linear(d_in, run.num_classes)
    run.model = nn.Sequential(layers)
    run.optimizer = optim.Adam(run.model:parameters(), { lr = o.lr })

    -- The gradient of each layer's weights at the first step, while the nets are as they were initialised.
    local norms = {}
    run:on("backward", function(epoch, step)
      if epoch > 1 or step > 1 then return end
      for i = 1, o.depth + 1 do norms[i] = run.model[2 * i].weight.grad:norm():item() end
    end)
    run:fit()
    for i, norm in ipairs(norms) do
      run:record("gradient layer " .. i, norm)
      run.writer:add_scalar("first gradient by layer", norm, i)
    end
  end)
end

activity:report { conclude = function(_, found)
  -- From the second layer on the shapes are the same; the first one sees the pictures.
  local depth = activity.options.depth
  local function share(trial)
    local first = found.value(trial, "gradient layer 2")
    local last = found.value(trial, "gradient layer " .. depth)
    return first and last and last > 0 and first / last or nil
  end
  local least, least_share = found:most(share, nil, true)
  local most, most_share = found:most(share)
  if not least then return "nothing was measured." end
  return ("the gradient of layer 2 is %s times that of layer %d with %s and %s times with %s; %s, %s.")
    :format(found.number(least_share), depth, least.name, found.number(most_share), most.name,
      found:highest(), found:established("ReLU"))
end }
