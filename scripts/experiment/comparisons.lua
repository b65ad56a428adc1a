--- mlprun.experiment.comparisons - trials in pairs, on the same pictures and seeds: which differences the data supports.
local core = require "mlprun.core"
local summary = require "mlprun.experiment.summary"

local comparisons = {}

local ALL_PAIRS = 6 -- with more trials than this, each is compared with the first one only

-- The answers of two trials for the seeds that both finished.
local function paired(a, b)
  local of_a, list_a, list_b = {}, {}, {}
  for _, run in ipairs(summary.finished(a)) do of_a[run.seed] = run.correct end
  for _, run in ipairs(summary.finished(b)) do
    if of_a[run.seed] then
      list_a[#list_a + 1], list_b[#list_b + 1] = of_a[run.seed], run.correct
    end
  end
  return list_a, list_b
end

-- The pairs of trials that are compared where the script names none: all of them, or all with the first.
local function usual_pairs(trials)
  local list = {}
  for i = 1, #trials > ALL_PAIRS and 1 or #trials - 1 do
    for j = i + 1, #trials do list[#list + 1] = { trials[i].name, trials[j].name } end
  end
  return list
end

--- Compares the trials in pairs, on the same pictures and seeds; p is corrected for their number (Holm).
---@param wanted? table[]   which: pairs of names; the second is measured against the first
---@return table[]   those of statistics.compare, and a, b (names), p_corrected
function comparisons.of(results, wanted)
  local trials, found, ps = {}, {}, {}
  for _, trial in ipairs(results.trials) do trials[trial.name] = trial end
  for _, names in ipairs(wanted or usual_pairs(results.trials)) do
    local first, second = trials[names[1]], trials[names[2]]
    if first and second then -- both were begun
      local a, b = paired(first, second)
      if #a > 0 and #a[1] >= 2 and #a[1] == #b[1] then
        local c = core.metrics.stats.compare(a, b)
        c.a, c.b, c.order = first.name, second.name, #found + 1
        found[#found + 1], ps[#ps + 1] = c, c.p
      end
    end
  end
  for i, p in ipairs(#ps > 0 and core.metrics.stats.holm(ps) or {}) do found[i].p_corrected = p end
  return found
end

--- The smallest difference that would have been established, on the average over the pairs: at Holm's first step. nil
--- where the trials do not differ in any answer.
function comparisons.resolution(compared)
  local sum, count = 0, 0
  for _, c in ipairs(compared) do
    if c.se > 0 then
      sum, count = sum + core.metrics.stats.t_quantile(1 - 0.025 / #compared, c.df) * c.se, count + 1
    end
  end
  return count > 0 and sum / count or nil
end

return comparisons
