--- mlprun.experiment.incomplete - what of the experiments of this process has no result: a run that is missing, ended with an
--- error, or was left to another process. While there is something, a script that comes to its end leaves with status 1.
local sys = require("mlprun.core").sys
local words = require "mlprun.base.words"

local incomplete = {}

local STATUS = { failed = true, running = true, missing = true }
local without, lost = {}, {} -- by name

--- A run has a status, perhaps another one than before.
---@param name string   of the run, with its experiment's folder
---@param result table   status, at_stop: see attempt.lua
function incomplete.note(name, result)
  without[name], lost[name] = STATUS[result.status], result.at_stop == "lost" or nil
  sys.exit_status(next(without) and 1 or 0)
end

--- What became of the runs of an experiment that a request to stop ended, in words.
---@param folder string   of the experiment
function incomplete.saved(folder)
  local count = 0
  for name in pairs(lost) do count = count + (name:sub(1, #folder + 1) == folder .. "/" and 1 or 0) end
  return "What was reached is saved" .. (count > 0 and (", but of %s only what %s had saved before the error"):format(
    words.count(count, "run"), count == 1 and "it" or "they") or "")
end

return incomplete
