--- mlprun.experiment.hooks - what a script hangs on the events of a run (run:on).
local hooks = {}

hooks.EVENTS = { "step", "backward", "epoch", "end" }

--- None yet, for each event.
function hooks.none()
  local list = {}
  for _, event in ipairs(hooks.EVENTS) do list[event] = {} end
  return list
end

--- Whether there are any.
function hooks.any(state)
  for _, event in ipairs(hooks.EVENTS) do
    if #state.hooks[event] > 0 then return true end
  end
  return false
end

--- Calls those of an event, in the order in which they were hung on it. Returns whether one of them returned false.
function hooks.call(state, event, ...)
  local refused = false
  for _, hook in ipairs(state.hooks[event]) do refused = hook(...) == false or refused end
  return refused
end

return hooks
