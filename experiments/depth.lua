-- How does a signal come through eight layers: Xavier or He, ReLU or Tanh, with BatchNorm?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "depth",
  about = "How does a signal come through eight layers: Xavier or He, ReLU or Tanh, with BatchNorm?",
  options = { depth = 8, width = 256, epochs = 15, patience = 10, lr = 1e-3, seeds = 3 },
  help = { depth = "hidden layers", width = "their width", lr = "learning rate of Adam" },
}

local init = nn.init
local function he(w) init.kaiming_normal_(w, { nonlinearity = "relu" }) end
local ways = { -- all biases begin at 0, the scales of BatchNorm at 1
  { "He, ReLU", he, "ReLU" }, { "Xavier, ReLU", init.xavier_normal_, "ReLU" },
  { "He, Tanh", he, "Tanh" }, { "Xavier, Tanh", init.xavier_normal_, "Tanh" },
  { "Xavier, ReLU, BatchNorm", init.xavier_normal_, "ReLU", true },
}

for _, way in ipairs(ways) do
  local name, initialise, act, norm = table.unpack(way)
  activity:trial(name, { activation = act, norm = norm or false }, function(run)
    local o, d_in = run.options, run.in_features
    local layers, rms = { nn.Flatten() }, run:keep("signal", {}) -- --resume goes on with the first batch's
    for i = 1, o.depth do
      local linear = nn.Linear(d_in, o.width)
      initialise(linear.weight)
      init.zeros_(linear.bias)
      local last = nn[act]()
      last:register_forward_hook(function(_, _, output) -- root mean square of the first batch's activations
        rms[i] = rms[i] or output:detach():square():mean():sqrt():item()
      end)
      for _, layer in ipairs { linear, norm and nn.BatchNorm1d(o.width) or nn.Identity(), last } do
        layers[#layers + 1] = layer
      end
      d_in = o.width
    end
    layers[#layers + 1] = nn.Linear(d_in, run.num_classes)
    run.model = nn.Sequential(layers)
    run.optimizer = optim.Adam(run.model:parameters(), { lr = o.lr })
    run:fit()
    run:record("signal: layer 1", rms[1])
    run:record("signal: layer " .. o.depth, rms[o.depth])
    run:record("signal: kept", rms[o.depth] / rms[1])
    for i, value in ipairs(rms) do run.writer:add_scalar("first signal by layer", value, i) end
  end)
end

activity:report { columns = { "first", "reached" }, conclude = function(trials, found)
  local function kept(name) return found.number(found.value(trials[name], "signal: kept")) end
  return ("from layer 1 to layer %d the signal is multiplied by %s with He and by %s with Xavier under ReLU, "
    .. "by %s and %s under Tanh; after one epoch %s; in the end %s."):format(activity.options.depth,
    kept("He, ReLU"), kept("Xavier, ReLU"), kept("He, Tanh"), kept("Xavier, Tanh"),
    found:by("first"):says("Xavier, ReLU", "He, ReLU"), found:established("He, ReLU"))
end }
