--- mlprun.experiment.incomplete - what of the experiments of this process has no result: a run that is missing, ended with an
--- error, or was left to another process. While there is something, a script that comes to its end leaves with status 1.
local sys = require("mlprun.core").sys

local incomplete = {}

local STATUS = { failed = true, running = true, missing = true }
local without = {} -- by name

--- A run has a status, perhaps another one than before.
---@param name string   of the run, with its experiment's folder
---@param status string
function incomplete.note(name, status)
  without[name] = STATUS[status]
  sys.exit_status(next(without) and 1 or 0)
end

return incomplete
