-- What happens when the gradients of earlier steps are not set to zero?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "zero_grad",
  about = "What happens when the gradients of earlier steps are not set to zero?",
  options = { epochs = 15, patience = 10, lr = 1e-3, seeds = 3 },
  help = { lr = "learning rate" },
}

for _, kind in ipairs { { "Adam", optim.Adam }, { "SGD", optim.SGD } } do
  for _, zero in ipairs { true, false } do
    activity:trial(kind[1] .. (zero and "" or ", zero_grad forgotten"), function(run)
      run.model = nn.Sequential {
        nn.Flatten(),
        nn.Linear(run.in_features, 512), nn.ReLU(),
        nn.Linear(512, 256), nn.ReLU(),
        nn.Linear(256, run.num_classes),
      }
      local factor = kind[1] == "SGD" and 10 or 1
      run.optimizer = kind[2](run.model:parameters(), { lr = factor * run.options.lr })
      run.zero_grad = zero
      local last
      run:on("backward", function(_, step)
        if step == 1 then last = run:norm("grad") end
      end)
      run:fit()
      run:record("gradient norm at the end", last)
    end)
  end
end

activity:report { columns = { "train_loss", "steadiness" } }
