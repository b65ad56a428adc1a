--- mlprun.search - ml.search: hyperparameters that are looked for instead of listed. What they can be (uniform, log_uniform, int,
--- choice), a study of any function, and the rules behind activity:search.
local sys = require("mlprun.core").sys
local class = require "mlprun.base.class"
local importance = require "mlprun.search.importance"
local pruning = require "mlprun.search.pruning"
local space = require "mlprun.search.space"
local Study = require "mlprun.search.study"
local words = require "mlprun.base.words"

local search = { uniform = space.uniform, log_uniform = space.log_uniform, int = space.int, choice = space.choice }

--- A study of a function of your own.
---@param o { space: table, trials: integer, method: string, mode: string, seed: integer }   trials: 100; method: "tpe" (default),
---  "random" or "grid"; mode: "min" (default) or "max"; seed: 0
---@return Study
function search.study(o) return Study(o) end

--- Hyperband's table for trials of at most `epochs` epochs: for each bracket how many trials begin, with how many epochs, and
--- what is left after each halving.
---@param epochs integer
---@param eta? integer   one of so many goes on: 3
---@return table[]   { trials, epochs, rounds = { { trials, epochs }, ... } }
function search.brackets(epochs, eta)
  eta = eta or 3
  for name, entry in pairs { epochs = { epochs, 1 }, eta = { eta, 2 } } do
    if math.type(entry[1]) ~= "integer" or entry[1] < entry[2] or entry[1] > 1000000 then
      sys.fail(("search.brackets: %s is %s, expected a whole number from %d to 1000000"):format(name, words.value(entry[1]),
        entry[2]))
    end
  end
  return pruning.brackets(epochs, eta)
end

--- Which hyperparameters mattered: the share of the variance of a study's results that each explains alone, with an interval.
---@param study Study
---@return table[]?   { name, share, low, high }; nil with fewer than 10 trials
function search.importance(study)
  if not class.is(study, Study) then
    sys.fail(("search.importance: got %s, expected a study, see search.study"):format(words.value(study)))
  end
  local told = {}
  for _, trial in ipairs(study.trials) do
    if trial.state == "finished" then told[#told + 1] = trial end
  end
  return importance(study.space, told, study.seed)
end

return search
