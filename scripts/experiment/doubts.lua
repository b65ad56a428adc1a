--- mlprun.experiment.doubts - what is said of mistakes before the first step of a run.
local sys = require("mlprun.core").sys

local doubts = { strict = false } -- strict: what is doubtful is an error (mlprun check)

--- It cannot work.
function doubts.refuse(problem, ...) sys.fail(("run:fit: " .. problem):format(...)) end

--- It most likely is a mistake: said once for each trial.
---@param state table   of the run
function doubts.say(state, text, ...)
  if doubts.strict then doubts.refuse(text, ...) end
  state:tell(text:format(...))
end

--- The same, said for each run.
function doubts.say_always(state, text, ...)
  if doubts.strict then doubts.refuse(text, ...) end
  local f = state.fields
  state.progress:say(("%s, seed %d: " .. text):format(f.trial, f.seed, ...))
end

return doubts
