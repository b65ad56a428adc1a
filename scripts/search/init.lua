--- mlprun.search - ml.search: hyperparameters that are looked for instead of listed. What they can be (uniform, log_uniform, int,
--- choice), and a study of any function.
local space = require "mlprun.search.space"
local Study = require "mlprun.search.study"

local search = { uniform = space.uniform, log_uniform = space.log_uniform, int = space.int, choice = space.choice }

--- A study of a function of your own.
---@param o { space: table, trials: integer, method: string, mode: string, seed: integer }   trials: 100; method: "tpe" (default),
---  "random" or "grid"; mode: "min" (default) or "max"; seed: 0
---@return Study
function search.study(o) return Study(o) end

return search
