-- How does the batch size change the noise of the loss, the time and the accuracy?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "batch_size",
  about = "How does the batch size change the noise of the loss, the time and the accuracy?",
  options = { sizes = { 8, 16, 32, 64, 128, 256 }, epochs = 20, patience = 10, lr = 1e-3, seeds = 3 },
  help = { sizes = "batch sizes: one trial for each", lr = "learning rate of Adam" },
}

for _, size in ipairs(activity.options.sizes) do
  activity:trial("batch=" .. size, function(run)
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), nn.ReLU(),
      nn.Linear(512, 256), nn.ReLU(),
      nn.Linear(256, run.num_classes),
    }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr })
    local losses = run:keep("losses", {})
    run:on("step", function(epoch, _, loss)
      losses[epoch] = losses[epoch] or {}
      table.insert(losses[epoch], loss)
    end)
    local history = run:fit()
    -- How far a loss lies from the middle of its neighbours, so that the loss's way down does not count; in
    -- the last three epochs, without the last batch of each, which is smaller.
    local list, squares = {}, 0
    for epoch = math.max(1, #losses - 2), #losses do
      table.move(losses[epoch], 1, math.max(1, #losses[epoch] - 1), #list + 1, list)
    end
    for i = 2, #list - 1 do squares = squares + (list[i - 1] - 2 * list[i] + list[i + 1]) ^ 2 / 6 end
    if #list > 3 then run:record("noise of the loss", math.sqrt(squares / (#list - 2))) end
    run:record("steps per epoch", math.ceil(#run.train / size), "count")
    local seconds = 0
    for _, row in ipairs(history) do seconds = seconds + row.seconds / #history end
    run:record("seconds per epoch", seconds)
  end, { batch_size = size })
end

activity:report { columns = { "train_loss" }, conclude = function(trials, found)
  local first, last, real = trials[1], trials[#trials], found:real()
  for _, trial in ipairs(trials) do -- the largest batch with several steps in an epoch
    if found.value(trial, "noise of the loss") then last = trial end
  end
  local function of(trial, name) return found.number(found.value(trial, name)) end
  local differences = table.concat(real, "; ")
  if #real == 0 then differences = "no two differ in accuracy beyond chance"
  elseif #real > 3 then
    differences = ("%d of %d pairs differ in accuracy beyond chance"):format(#real, #found)
  end
  return ("from %s to %s the noise of the loss goes from %s to %s and an epoch from %s to %s s; %s; %s.")
    :format(first.name, last.name, of(first, "noise of the loss"), of(last, "noise of the loss"),
    of(first, "seconds per epoch"), of(last, "seconds per epoch"), found:highest(), differences)
end }
