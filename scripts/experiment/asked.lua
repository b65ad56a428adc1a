--- mlprun.experiment.asked - what a script asks activity:report for, checked against the trials that there are.
local sys = require("mlprun.core").sys
local columns = require "mlprun.experiment.columns"
local fields = require "mlprun.experiment.fields"
local names = require "mlprun.base.names"
local outcome = require "mlprun.experiment.outcome"
local words = require "mlprun.base.words"

local asked = {}

local function refuse(problem, ...) sys.fail(("activity:report: " .. problem):format(...)) end

local function check_columns(list)
  if type(list) ~= "table" then refuse("columns is %s, expected a list of names", words.value(list)) end
  for key, name in pairs(list) do
    if math.type(key) ~= "integer" then refuse("columns has a field '%s', expected a list of names", tostring(key)) end
    local problem = names.problem(name, names.of(columns.KNOWN), "column")
    if problem then refuse("%s", problem) end
  end
end

-- known: the names of the trials.
local function check_pair(pair, place, known)
  if type(pair) ~= "table" then
    refuse("pairs[%s] is %s, expected the names of two trials: { { \"a\", \"b\" }, ... }", tostring(place), words.value(pair))
  end
  for key in pairs(pair) do
    if not fields.pair[key] then refuse("pairs[%s] has a field '%s', expected the names of two trials", place, tostring(key)) end
  end
  for i = 1, #fields.pair do
    if pair[i] == nil then refuse("pairs[%s] names %d trial, expected two", place, #pair) end
    if not known[pair[i]] and not sys.stop_requested() then
      refuse("pairs names a trial '%s' that was not run%s", tostring(pair[i]), names.hint(pair[i], known))
    end
  end
end

local function check_pairs(wanted, results)
  if type(wanted) ~= "table" then refuse("pairs is %s, expected a list of pairs of names", words.value(wanted)) end
  local known = {}
  for i, trial in ipairs(results.trials) do known[i], known[trial.name] = trial.name, true end
  for place, pair in pairs(wanted) do check_pair(pair, place, known) end
end

--- What results amount to, see outcome.of; an error where what is asked for makes no sense.
---@param results table
---@param o table   what fields.lua lists
---@return table
function asked.outcome(results, o)
  if o.columns ~= nil then check_columns(o.columns) end
  if o.pairs ~= nil then check_pairs(o.pairs, results) end
  if o.conclude ~= nil and type(o.conclude) ~= "function" then
    refuse("conclude is %s, expected a function (trials, found) -> a sentence", words.value(o.conclude))
  end
  return outcome.of(results, o)
end

return asked
