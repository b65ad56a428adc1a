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

    -- The gradient of each layer's weights at the first step, while all nets are still as they were initialised.
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

activity:report { conclude = function(trials)
  local worst, ratio
  for _, trial in ipairs(trials) do
    local list = trial.recorded
    if list and #list > 1 then
      local r = list[1].value / list[#list].value
      if not ratio or r < ratio then worst, ratio = trial.name, r end
    end
  end
  if not worst then return "no net was trained." end
  return ("with %s the least of the gradient arrives: the first layer gets %.2g times what the last one gets."):format(
    worst, ratio)
end }
