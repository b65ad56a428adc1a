-- How does accuracy grow with the number of pictures of each class?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "few_images",
  about = "How does accuracy grow with the number of pictures of each class?",
  options = { counts = { 5, 10, 20, 40, 80 }, epochs = 30, patience = 10, lr = 1e-3, seeds = 3 },
  help = { counts = "training pictures of each class: one trial for each, and one with all",
           lr = "learning rate of Adam" },
}

local names, counts = {}, { table.unpack(activity.options.counts) }
counts[#counts + 1] = math.huge
for _, count in ipairs(counts) do
  names[#names + 1] = count == math.huge and "all" or count .. " of each class"
  activity:trial(names[#names], function(run)
    if count < math.huge then -- other pictures in each run
      run.train = run.train:take_per_class(count, { seed = run.seed })
    end
    run.model = nn.Sequential {
      nn.Flatten(),
      nn.Linear(run.in_features, 512), nn.ReLU(),
      nn.Linear(512, 256), nn.ReLU(),
      nn.Linear(256, run.num_classes),
    }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr })
    run:record("training pictures", #run.train, "count")
    run:fit()
  end)
end

local wanted = {}
for i = 2, #names do wanted[i - 1] = { names[i - 1], names[i] } end

activity:report { pairs = wanted, conclude = function(trials, found)
  local parts, chance, first, last = {}, {}, trials[1], trials[#trials]
  for _, names_ in ipairs(wanted) do
    local d = found:between(names_[2], names_[1])
    if d then parts[#parts + 1] = found.points(d.difference) end
    if d and not d.real then chance[#chance + 1] = "to " .. names_[2] end
  end
  if #parts == 0 then return "there was nothing to compare." end
  local luck = #chance == #parts and "each of them may be chance"
    or ("%s %s may be chance"):format(#chance == 1 and "that" or "those", found.list(chance))
  return ("from %s to %s pictures accuracy goes from %s to %s, in steps of %s points%s."):format(first.name,
    last.name, found.percent(first.accuracy), found.percent(last.accuracy), found.list(parts),
    #chance > 0 and "; " .. luck or "")
end }
