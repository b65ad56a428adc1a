--- mlprun.experiment.comparisons - trials in pairs, on the same pictures and seeds: which differences the data supports.
local core = require "mlprun.core"
local summary = require "mlprun.experiment.summary"

local comparisons = {}

local ALL_PAIRS = 6 -- with more trials than this, each is compared with the first one only

-- A trial's answers by seed, of the runs that finished an epoch.
local function answers_of(trial)
  local answers = {}
  for _, run in ipairs(summary.finished(trial)) do answers[run.seed] = run.correct end
  return answers
end

-- The seeds that both have, in order.
local function common(a, b)
  local seeds = {}
  for seed in pairs(a) do
    if b[seed] then seeds[#seeds + 1] = seed end
  end
  table.sort(seeds)
  return seeds
end

-- A trial's answers for these seeds; nil when one is missing, or is for another number of pictures.
local function rows_for(answers, seeds, pictures)
  local rows = {}
  for i, seed in ipairs(seeds) do
    rows[i] = answers[seed]
    if not rows[i] or #rows[i] ~= pictures then return nil end
  end
  return rows
end

-- The pairs { a, b, order } that share seeds and a number of pictures, together: { seeds, pictures, pairs }, in a list.
local function families(pairs_, answers)
  local list, known = {}, {}
  for order, pair in ipairs(pairs_) do
    local a, b = answers[pair[1]], answers[pair[2]]
    local seeds = a and b and common(a, b) or {}
    local pictures = #seeds > 0 and #a[seeds[1]] or 0
    if pictures >= 2 and rows_for(a, seeds, pictures) and rows_for(b, seeds, pictures) then
      local key = table.concat(seeds, ",") .. "/" .. pictures
      local family = known[key] or { seeds = seeds, pictures = pictures, pairs = {} }
      if not known[key] then known[key], list[#list + 1] = family, family end
      table.insert(family.pairs, { a = pair[1], b = pair[2], order = order })
    end
  end
  return list
end

-- The comparisons of one family: all trials that have its seeds and pictures say how much runs differ.
local function compare(family, trials, answers, found)
  local list, number, wanted = {}, {}, {}
  for _, trial in ipairs(trials) do
    local rows = rows_for(answers[trial.name], family.seeds, family.pictures)
    if rows then
      list[#list + 1] = rows
      number[trial.name] = #list
    end
  end
  for i, pair in ipairs(family.pairs) do wanted[i] = { number[pair.a], number[pair.b] } end
  for i, c in ipairs(core.metrics.stats.compare_trials(list, { pairs = wanted })) do
    local pair = family.pairs[i]
    c.a, c.b, c.order, c.trials = pair.a, pair.b, pair.order, #list
    found[#found + 1] = c
  end
end

-- The pairs of trials that are compared where the script names none: all of them, or all with the first.
local function usual_pairs(trials)
  local list = {}
  for i = 1, #trials > ALL_PAIRS and 1 or #trials - 1 do
    for j = i + 1, #trials do list[#list + 1] = { trials[i].name, trials[j].name } end
  end
  return list
end

--- Compares the trials in pairs, on the same pictures and seeds; p is corrected for their number (Holm). Trials that finished
--- the same seeds tell together how much runs differ (runtime/metrics/trials.h).
---@param wanted? table[]   which: pairs of names; the second is measured against the first
---@return table[]   those of metrics.stats.compare_trials, and a, b (names), p_corrected, trials (how many told)
function comparisons.of(results, wanted)
  local answers, found, ps = {}, {}, {}
  for _, trial in ipairs(results.trials) do answers[trial.name] = answers_of(trial) end
  for _, family in ipairs(families(wanted or usual_pairs(results.trials), answers)) do
    compare(family, results.trials, answers, found)
  end
  table.sort(found, function(x, y) return x.order < y.order end)
  for i, c in ipairs(found) do c.order, ps[i] = i, c.p end
  for i, p in ipairs(#ps > 0 and core.metrics.stats.holm(ps) or {}) do found[i].p_corrected = p end
  return found
end

--- The true difference that four of five repetitions of this experiment would find: the median over the pairs, at Holm's
--- first step. nil where nothing says how large that is (no trial differs in any answer, or too few seeds).
function comparisons.detectable(compared)
  local list = {}
  for _, c in ipairs(compared) do
    if c.se > 0 and c.df >= 2 then
      list[#list + 1] = core.metrics.stats.detectable(c.se, c.df, { alpha = 0.05 / #compared, power = 0.8 })
    end
  end
  table.sort(list)
  local middle = list[(#list + 1) // 2]
  return middle and middle < 1 and middle or nil
end

return comparisons
