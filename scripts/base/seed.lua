--- mlprun.base.seed - every generator of random numbers that a script can draw from, set at once: the library's own and Lua's
--- math.random.
local core = require "mlprun.core"

---@param seed integer
return function(seed, ...)
  core.tensor.manual_seed(seed, ...) -- checks it
  math.randomseed(seed)
end
