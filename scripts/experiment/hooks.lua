--- mlprun.experiment.hooks - what a script hangs on the events of a run (run:on).
local hooks = {}

hooks.EVENTS = { "step", "backward", "epoch", "end" }

--- None yet, for each event.
function hooks.none()
  local list = {}
  for _, event in ipairs(hooks.EVENTS) do list[event] = {} end
  return list
end

--- Calls those of an event, in the order in which they were hung on it.
function hooks.call(state, event, ...)
  for _, hook in ipairs(state.hooks[event]) do hook(...) end
end

return hooks
