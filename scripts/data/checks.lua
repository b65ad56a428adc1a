--- mlprun.data.checks - what functions of data sets are given: the set, the seed of a draw.
local core = require "mlprun.core"
local words = require "mlprun.base.words"
local sys = core.sys

local checks = {}

--- An error unless set is a data set. who begins the message.
function checks.set(set, who)
  if not core.data.is_dataset(set) then
    sys.fail(("%s: got a %s, expected a data set"):format(who, type(set)))
  end
end

--- The seed among the options, or the one of ml.manual_seed.
function checks.seed(o, who)
  local seed = o.seed
  if seed == nil then return core.tensor.initial_seed() end
  if math.type(seed) ~= "integer" then sys.fail(("%s: seed is %s, expected a whole number"):format(who, words.value(seed))) end
  return seed
end

return checks
