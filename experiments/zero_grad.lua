-- What happens when the gradients of earlier steps are not set to zero?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "zero_grad",
  about = "What happens when the gradients of earlier steps are not set to zero?",
  options = { epochs = 15, patience = 10, lr = 1e-3, seeds = 3 },
  help = { lr = "learning rate of Adam; SGD gets 10 times as much" },
}

for _, kind in ipairs { { "Adam", optim.Adam, 1 }, { "SGD", optim.SGD, 10 } } do
  for _, zero in ipairs { true, false } do
    activity:trial(kind[1] .. (zero and "" or ", zero_grad forgotten"), function(run)
      run.model = nn.Sequential {
        nn.Flatten(),
        nn.Linear(run.in_features, 512), nn.ReLU(),
        nn.Linear(512, 256), nn.ReLU(),
        nn.Linear(256, run.num_classes),
      }
      run.optimizer = kind[2](run.model:parameters(), { lr = kind[3] * run.options.lr })
      run.zero_grad = zero
      run:on("backward", function(_, step) -- what stays is that of the last epoch
        if step == 1 then run:record("gradient norm at the end", run:norm("grad")) end
      end)
      run:fit()
    end)
  end
end

local forgotten = ", zero_grad forgotten"
local wanted = { { "Adam", "Adam" .. forgotten }, { "SGD", "SGD" .. forgotten } }
activity:report { columns = { "train_loss", "steadiness" }, pairs = wanted, conclude = function(trials, found)
  local parts = {}
  for i, pair in ipairs(wanted) do
    local norm = found.value(trials[pair[1]], "gradient norm at the end")
    local grown = found.value(trials[pair[2]], "gradient norm at the end")
    parts[i] = found:says(pair[2], pair[1]) .. (norm and grown and grown - grown == 0 and
      (", its gradient at the end %s times as long"):format(found.number(grown / norm)) or "")
  end
  return table.concat(parts, "; ") .. "."
end }
