--- mlprun.experiment.limits - what ends a run before its last epoch, other than patience: --max_steps, --max_time, and the script
--- itself (run:stop, a function at "epoch" that returns false). The epoch ends there, is measured, and is the last one.
local words = require "mlprun.base.words"

local limits = {}

local UNITS = { h = 3600, m = 60, s = 1 }

--- "20m", "1h30m", "90s" or "90" in seconds; 0 for "": no limit. nil when it is none of them.
function limits.seconds(text)
  if type(text) ~= "string" then return nil end
  if tonumber(text) then text = text .. "s" end
  local sum, rest = 0, text
  while rest ~= "" do
    local number, unit, behind = rest:match("^([%d.]+)([hms])(.*)$")
    if not tonumber(number) then return nil end
    sum, rest = sum + tonumber(number) * UNITS[unit], behind
  end
  return (sum > 0 or text == "") and sum or nil
end

--- The limits of a run, from its options.
function limits.of(o)
  return { steps = o.max_steps > 0 and o.max_steps or math.huge, seconds = limits.seconds(o.max_time) }
end

--- The script asks for the end; the first reason counts.
function limits.stop(state, reason) state.over = state.over or reason end

--- A limit in words, as exact as it was given.
function limits.words(seconds)
  return seconds < 60 and ("%.4g s"):format(seconds) or words.duration(seconds)
end

--- A step was taken: whether the run is over.
function limits.after_step(state, epoch, step)
  local limit = state.limits
  state.steps = state.steps + 1
  if state.steps >= limit.steps then
    limits.stop(state, ("--max_steps: %s were taken"):format(words.count(state.steps, "step")))
  elseif limit.seconds > 0 and state:seconds() >= limit.seconds then
    limits.stop(state, ("--max_time: %s were over at step %d of epoch %d"):format(limits.words(limit.seconds), step, epoch))
  end
  return state.over ~= nil
end

--- An epoch is over, also one of the script's own loop: whether the run is.
function limits.after_epoch(state, epoch)
  local limit = state.limits.seconds
  if limit > 0 and state:seconds() >= limit then
    limits.stop(state, ("--max_time: %s were over after epoch %d"):format(limits.words(limit), epoch))
  end
  return state.over ~= nil
end

return limits
