--- mlprun.experiment.comparisons - trials in pairs, on the same pictures and seeds: which differences the data supports.
local core = require "mlprun.core"
local metric = require "mlprun.experiment.metric"
local summary = require "mlprun.experiment.summary"

local comparisons = {}

local ALL_PAIRS = 6 -- with more trials than this, each is compared with the first one only

-- The runs of a trial by seed, of those that finished an epoch and have a value.
local function measured(trial, by)
  local runs = {}
  for _, run in ipairs(summary.finished(trial)) do
    local value = by.of(run)
    if value ~= nil and value == value then runs[run.seed] = run end
  end
  return runs
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

-- A trial's values for these seeds; nil when one is missing, or is for another number of pictures (nil: a number per run).
local function rows_for(runs, seeds, pictures, by)
  local rows = {}
  for i, seed in ipairs(seeds) do
    local run = runs[seed]
    if not run or pictures and #run.correct ~= pictures then return nil end
    rows[i] = by.of(run)
  end
  return rows
end

-- How many pictures a pair shares: nil where each run is a number, 0 where the two cannot be compared.
local function shared_pictures(a, b, seeds, by)
  if not by.per_picture then return nil end
  local pictures = #seeds > 0 and #a[seeds[1]].correct or 0
  return rows_for(a, seeds, pictures, by) and rows_for(b, seeds, pictures, by) and pictures or 0
end

-- The pairs { a, b, order } that share seeds and a number of pictures, together: { seeds, pictures, pairs }, in a list.
local function families(pairs_, runs, by)
  local list, known = {}, {}
  for order, pair in ipairs(pairs_) do
    local a, b = runs[pair[1]], runs[pair[2]]
    local seeds = a and b and common(a, b) or {}
    local pictures = a and b and shared_pictures(a, b, seeds, by)
    if pictures and pictures >= 2 or not by.per_picture and #seeds >= 2 then
      local key = table.concat(seeds, ",") .. "/" .. (pictures or "")
      local family = known[key] or { seeds = seeds, pictures = pictures, pairs = {} }
      if not known[key] then known[key], list[#list + 1] = family, family end
      table.insert(family.pairs, { a = pair[1], b = pair[2], order = order })
    end
  end
  return list
end

-- The comparisons of one family: all trials that have its seeds and pictures say how much runs differ.
local function compare(family, trials, runs, by, found)
  local list, number, wanted, weight = {}, {}, {}, nil
  for _, trial in ipairs(trials) do
    local rows = rows_for(runs[trial.name], family.seeds, family.pictures, by)
    if rows then
      list[#list + 1] = rows
      number[trial.name] = #list
      weight = weight or by.weight and by.weight(runs[trial.name][family.seeds[1]])
    end
  end
  for i, pair in ipairs(family.pairs) do wanted[i] = { number[pair.a], number[pair.b] } end
  local stats, o = core.metrics.stats, { pairs = wanted }
  if by.per_picture then o.weight = weight end
  for i, c in ipairs(by.per_picture and stats.compare_trials(list, o) or stats.compare_values(list, o)) do
    local pair = family.pairs[i]
    c.a, c.b, c.order, c.trials = pair.a, pair.b, pair.order, #list
    c.seeds, c.images, c.includes_runs = #family.seeds, family.pictures, #family.seeds > 1
    c.worse = (c.difference > 0) == (by.mode == "max") -- b, than a
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
---@param by? table         what is compared, see metric.lua; validation accuracy unless said
---@return table[]   those of metrics.stats.compare_trials or compare_values, and a, b (names), p_corrected, trials (how many
---                  told), worse (b, than a); also metric
function comparisons.of(results, wanted, by)
  by = by or metric.find(nil, results, nil, "comparisons")
  local runs, found, ps = {}, {}, {}
  for _, trial in ipairs(results.trials) do runs[trial.name] = measured(trial, by) end
  for _, family in ipairs(families(wanted or usual_pairs(results.trials), runs, by)) do
    compare(family, results.trials, runs, by, found)
  end
  table.sort(found, function(x, y) return x.order < y.order end)
  for i, c in ipairs(found) do c.order, ps[i] = i, c.p end
  for i, p in ipairs(#ps > 0 and core.metrics.stats.holm(ps) or {}) do found[i].p_corrected = p end
  found.metric = by
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
  return middle and (middle < 1 or not compared.metric.per_picture) and middle or nil
end

return comparisons
