--- mlprun.search.study - a search for the values that make a function small or large: ask, try, tell.
--
--   local study = search.study { space = { x = search.uniform(-10, 10) }, mode = "min", trials = 50 }
--   study:optimize(function(values) return (values.x - 2) ^ 2 end)
--   print(study.best.values.x, study.best.value)
local core = require "mlprun.core"
local class = require "mlprun.base.class"
local methods = require "mlprun.search.methods"
local names = require "mlprun.base.names"
local options = require "mlprun.options"
local space = require "mlprun.search.space"
local words = require "mlprun.base.words"
local sys = core.sys

local Study = class.new("mlprun.search.Study", { __what = "a study",
  __tostring = function(self)
    return ("Study(%s, %s, %s told of %d)"):format(self.method, self.mode, words.count(#self.trials, "trial"), self.count)
  end })

--- What begins a study.
---@param o { space: table, trials: integer, method: string, mode: string, seed: integer }   trials: 100; method: "tpe" (default),
---  "random" or "grid"; mode: "min" (default) or "max"; seed: 0
function Study:__init(o)
  o = options.check(o, { space = false, trials = 100, method = "tpe", mode = "min", seed = 0 }, "search.study")
  self.space = space.read(o.space or nil, "search.study")
  for name, known in pairs { method = names.of(methods.KNOWN), mode = { "max", "min" } } do
    local problem = names.problem(o[name], known, name)
    if problem then sys.fail("search.study: " .. problem) end
  end
  for _, name in ipairs { "trials", "seed" } do
    if math.type(o[name]) ~= "integer" or name == "trials" and o[name] < 1 then
      sys.fail(("search.study: %s is %s, expected a whole number%s"):format(name, words.value(o[name]),
        name == "trials" and " of at least 1" or ""))
    end
  end
  self.method, self.mode, self.seed = o.method, o.mode, o.seed
  self.count = methods.count(o.method, self.space, o.trials)
  self.trials, self.best = {}, false
end

--- Proposes values: a trial { number, values }. Those that were proposed and not told of count as bad ones meanwhile.
---@return table
function Study:ask()
  local number = #self.trials + 1
  local trial = { number = number, state = "running" }
  trial.values = methods.propose(self.method, self.space, self.seed, number,
    { history = self.trials, trials = self.count })
  self.trials[number] = trial
  return trial
end

--- Tells what a trial came to; NaN: it failed.
---@param trial table   what ask gave
---@param value number
function Study:tell(trial, value)
  if type(trial) ~= "table" or self.trials[trial.number] ~= trial then
    sys.fail("study:tell: expected a trial that study:ask() gave, and its value")
  end
  if type(value) ~= "number" then
    sys.fail(("study:tell: the value is %s"):format(words.no_number(value)))
  end
  trial.value = value
  if value ~= value then
    trial.state, trial.score = "failed", nil
    return
  end
  trial.state, trial.score = "finished", self.mode == "max" and -value or value
  if not self.best or trial.score < self.best.score then self.best = trial end
end

--- Asks, calls fn(values, trial) and tells, until there are `trials` of them.
---@param fn fun(values: table, trial: table): number
---@return table   the best trial: number, values, value
function Study:optimize(fn)
  if type(fn) ~= "function" then
    sys.fail(("study:optimize: got %s, expected a function that takes values and returns a number"):format(words.value(fn)))
  end
  while #self.trials < self.count do
    local trial = self:ask()
    self:tell(trial, fn(trial.values, trial))
  end
  return self.best
end

return Study
