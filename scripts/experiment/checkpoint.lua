--- mlprun.experiment.checkpoint - last.safetensors in a run's folder: all that a stopped or killed run needs to go on.
--
-- One file (see saved.lua), so that a rename makes it whole. It has the weights, the optimizer's and the schedule's state, the
-- best weights so far and what they gave for the validation pictures, the state of the generator of random numbers, the history,
-- and where the run is (see going_on.lua): one that goes on gives the same bits as one that was never stopped. It is written
-- every EVERY seconds, when a stop is requested and when the epochs ran out, and removed when the run has finished, unless more
-- epochs could follow (room.lua).
local sys = require("mlprun.core").sys
local saved = require "mlprun.saved"

local checkpoint = { EVERY = 30 }

local FILE = "last.safetensors"

--- Writes it: the old or the new one, never a part.
---@param path string   the run's folder
---@param state table   of numbers, texts, booleans, tensors and tables of them
function checkpoint.save(path, state)
  saved.save(path .. "/" .. FILE, state, "run:fit")
end

--- Begins to write it; none of its tensors may change before saving:wait(), which is an error where it could not be written.
---@return userdata saving
function checkpoint.begin(path, state) return saved.begin(path .. "/" .. FILE, state, "run:fit") end

--- Reads it; nil and the reason when there is none, or none that this version understands.
function checkpoint.load(path)
  if sys.exists(path .. "/" .. FILE) ~= "file" then return nil, "it has no checkpoint" end
  local state, why = saved.load(path .. "/" .. FILE)
  if state == nil then return nil, "its checkpoint cannot be used: " .. why end
  return state
end

function checkpoint.remove(path)
  sys.remove(path .. "/" .. FILE)
end

return checkpoint
