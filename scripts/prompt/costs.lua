--- mlprun.prompt.costs - what an input took: time, memory of tensors, and how many threads were busy.
local sys = require("mlprun.core").sys
local words = require "mlprun.base.words"

local costs = {}

local MEASURABLE = 0.01 -- seconds from which on the time of all threads says something

--- What there is before an input.
function costs.begin() return { began = sys.clock(), busy = os.clock(), tensors = sys.memory().tensors } end

--- Seconds since then.
function costs.seconds(cost) return sys.clock() - cost.began end

--- "1.52 s, +72.0 MB of tensors, 1.9 of 2 threads busy": what stays in memory, and the time of all threads for each second.
function costs.words(cost)
  local bytes_text = require("mlprun.prompt.describe").bytes -- now: sessions start without it
  local seconds, change = costs.seconds(cost), sys.memory().tensors - cost.tensors
  local time = seconds < 1e-3 and ("%.0f us"):format(seconds * 1e6) or seconds < 1 and ("%.1f ms"):format(seconds * 1e3)
    or ("%.2f s"):format(seconds)
  local threads = words.count(sys.threads(), "thread")
  if seconds >= MEASURABLE then
    threads = ("%.1f of %s busy"):format(math.min(sys.threads(), (os.clock() - cost.busy) / seconds), threads)
  end
  return ("%s, %s%s of tensors, %s"):format(time, change < 0 and "-" or "+", bytes_text(math.abs(change)), threads)
end

return costs
