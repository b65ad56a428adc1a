-- Which loss teaches a classifier: cross-entropy, its two halves, softmax twice, or squared errors?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "loss",
  about = "Which loss teaches a classifier: cross-entropy, its two halves, softmax twice, or squared errors?",
  options = { epochs = 20, patience = 10, lr = 1e-3, seeds = 3 },
  help = { lr = "learning rate of Adam" },
}

local cross_entropy, nll, mse = nn.CrossEntropyLoss(), nn.NLLLoss(), nn.MSELoss()
local right, twice, squares = "cross-entropy", "softmax twice", "squared errors"
local losses = {
  { right, cross_entropy },
  { "log-softmax, then NLL", function(output, labels) return nll(output:log_softmax(2), labels) end },
  -- The classic mistake: the net ends with a softmax, and CrossEntropyLoss takes another one of it.
  { twice, function(output, labels) return cross_entropy(output:softmax(2), labels) end },
  { squares, function(output, labels)
    local one_hot = labels:unsqueeze(2):eq(ml.arange(1, output.shape[2] + 1)):float()
    return mse(output:softmax(2), one_hot)
  end },
}

local names = {}
for i, loss in ipairs(losses) do
  names[i] = loss[1]
  activity:trial(loss[1], { loss = loss[1] }, function(run)
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), nn.ReLU(),
      nn.Linear(512, 256), nn.ReLU(),
      nn.Linear(256, run.num_classes),
    }
    run.criterion, run.optimizer = loss[2], optim.Adam(run.model:parameters(), { lr = run.options.lr })
    run:on("backward", function(epoch, step)
      if epoch == 1 and step == 1 then run:record("first gradient", run:norm("grad")) end
    end)
    if not run:fit().best then return end
    run:record("how sure", run.answers.scores:max({ dim = 2 }):mean():item(), "percent")
  end)
end

local wanted = {}
for i = 2, #names do wanted[i - 1] = { right, names[i] } end

activity:report { columns = { "train_loss", "reached" }, pairs = wanted, conclude = function(trials, found)
  local function times(name) -- how much shorter the first gradient is
    local own = found.value(trials[right], "first gradient")
    local other = found.value(trials[name], "first gradient")
    return found.number(own and other and own / other)
  end
  local classes = #activity.data.classes
  return ("%s; the first gradient is %s times shorter with %s and %s times with %s, and softmax twice cannot "
    .. "take its loss below %.2f, however right the net is."):format(found:established(right), times(twice),
    twice, times(squares), squares, math.log(1 + (classes - 1) * math.exp(-1)))
end }
