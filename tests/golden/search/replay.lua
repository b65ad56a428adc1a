-- replay.lua [STUDIES] - methods of search on table.json, whose curves were trained once. Returns a function that replays one
-- study; run as a script, a table of all methods.
--
-- A trial's values stand for the setting of the table that is nearest in the space (of the same choice). A study spends BUDGET
-- epochs; what it has at an epoch is the best share of right answers that any of its trials showed so far. Its area is the mean,
-- over all epochs spent, of how far that is behind the best of the table, in points: 0 would be to know it at once.
local core = require "mlprun.core"
local methods = require "mlprun.search.methods"
local pruning = require "mlprun.search.pruning"
local search = require("mlprun").search
local turn = require "mlprun.search.turn"

local BUDGET = 2400 -- 40 trials to their end
local SPACE = { lr = search.log_uniform(1e-4, 1), width = search.int(4, 128, { log = true }), p = search.uniform(0, 0.6),
                weight_decay = search.log_uniform(1e-6, 1), activation = search.choice { "ReLU", "Tanh" } }
local LEAST, COMPANY = 5, 5 -- epochs before a trial may be cut short, and others that the median's rule wants

local space = require("mlprun.search.space").read(SPACE, "replay")
local data = core.json.decode(core.sys.read_file "tests/golden/search/table.json")

local function unit(name, value) return SPACE[name]:unit(value) end

local RANGES = { "lr", "p", "weight_decay", "width" }
for _, setting in ipairs(data.settings) do
  setting.at = {}
  for _, name in ipairs(RANGES) do setting.at[name] = unit(name, setting.values[name]) end
end

-- The setting that values stand for.
local function nearest(values)
  local best, least = nil, math.huge
  for _, setting in ipairs(data.settings) do
    if setting.values.activation == values.activation then
      local sum = 0
      for _, name in ipairs(RANGES) do sum = sum + (setting.at[name] - unit(name, values[name])) ^ 2 end
      if sum < least then best, least = setting, sum end
    end
  end
  return best
end

-- The best that the table has, for a seed of its trainings.
local function summit(seed)
  local most = 0
  for _, setting in ipairs(data.settings) do most = math.max(most, table.unpack(setting.rights[seed])) end
  return most
end

--- Replays a study.
---@param method string   "random" or "tpe"
---@param prune string    "none", "asha", "hyperband" or "median"
---@param seed integer    of the study; the table's seed is one of three by it
---@return number area, number behind, integer trials   points, points at the end, how many began
local function replay(method, prune, seed)
  local plan = turn.add_rungs { prune = prune, epochs = data.epochs, least = LEAST, reduction = 3, space = space }
  local trained, trials, spent, best, sum = seed % 3 + 1, {}, 0, 0, 0
  local top = summit(trained)
  local function score_at(trial, epochs)
    local most = trial.best[math.min(epochs, trial.epochs)]
    return most and -most
  end
  -- One epoch of a trial; false when it is pruned.
  local function step(trial)
    trial.epochs, spent = trial.epochs + 1, spent + 1
    trial.best[trial.epochs] = math.max(trial.best[trial.epochs - 1] or 0, trial.curve[trial.epochs])
    best = math.max(best, trial.curve[trial.epochs])
    sum = sum + (top - best)
    if prune ~= "median" or trial.epochs < LEAST or trial.epochs == plan.epochs then return true end
    local others = {}
    for _, other in ipairs(trials) do
      if other ~= trial and other.epochs >= trial.epochs then others[#others + 1] = score_at(other, trial.epochs) end
    end
    return not pruning.below_median(score_at(trial, trial.epochs), others, COMPANY)
  end
  while spent < BUDGET do
    local trial, to = turn.next(plan, trials, score_at)
    if not trial then
      local number = #trials + 1
      trial = { number = number, epochs = 0, best = {}, state = "running",
                values = methods.propose(method, space, seed, number, { history = trials, trials = math.huge }) }
      trial.curve = nearest(trial.values).rights[trained]
      trials[number], to = trial, turn.target(plan, trial)
    end
    local goes_on = true
    while goes_on and trial.epochs < to and spent < BUDGET do goes_on = step(trial) end
    trial.over, trial.waits = not goes_on or trial.epochs == plan.epochs, trial.epochs < plan.epochs
    trial.state = not goes_on and "pruned" or trial.over and "finished" or "paused"
    trial.score = score_at(trial, math.huge)
  end
  local points = 100 / data.pictures
  return points * sum / spent, points * (top - best), #trials
end

if (arg or {})[0] ~= "tests/golden/search/replay.lua" then return replay end

local function mean(list)
  local sum = 0
  for _, value in ipairs(list) do sum = sum + value end
  return sum / #list
end

local studies = math.tointeger(tonumber(arg[1] or 120))
print(("%-18s %8s %8s %8s"):format("method", "area", "behind", "trials"))
for _, entry in ipairs { { "random", "none" }, { "tpe", "none" }, { "random", "median" }, { "tpe", "median" },
                         { "random", "asha" }, { "tpe", "asha" }, { "random", "hyperband" }, { "tpe", "hyperband" } } do
  local areas, behind, counts = {}, {}, {}
  for seed = 1, studies do areas[seed], behind[seed], counts[seed] = replay(entry[1], entry[2], seed) end
  print(("%-18s %8.2f %8.2f %8.0f"):format(entry[1] .. (entry[2] ~= "none" and ", " .. entry[2] or ""), mean(areas),
    mean(behind), mean(counts)))
end
