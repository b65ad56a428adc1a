--- mlprun.experiment.comparisons - trials in pairs, on the same pictures and seeds: which differences the data supports.
local core = require "mlprun.core"
local design = require "mlprun.experiment.design"
local judged = require "mlprun.experiment.judged"
local metric = require "mlprun.experiment.metric"
local twins = require "mlprun.experiment.twins"

local comparisons = {}

local ALL_PAIRS = 6 -- with more trials than this, each is compared with the first one only

-- The units of a trial that have what is compared, by seed: of answers those of design.lua, of values a run each.
local function measured(trial, by)
  local runs, units = judged.compared(trial), {}
  if by.per_picture then return #runs > 0 and design.units(trial) or units end
  for _, run in ipairs(runs) do
    local value = by.of(run)
    if value ~= nil and value == value then units[run.seed] = value end
  end
  return units
end

-- The seeds that both have, in order.
local function common(a, b)
  local both = {}
  for seed in pairs(a) do both[seed] = b[seed] end
  return design.seeds(both)
end

-- How the two units of a pair belong together over these seeds, and a text for trials that can tell with them how much runs
-- differ; nil where they cannot be compared.
local function relation(a, b, seeds, trial, by)
  local names = table.concat(seeds, ",")
  if #seeds < (by.per_picture and 1 or 2) then return nil end
  if not by.per_picture then
    local overlap = design.run_overlap(trial, seeds)
    return "values", ("%s/%g"):format(names, overlap), overlap
  end
  local kind, key = design.of(a, seeds)
  local _, other = design.of(b, seeds)
  if key ~= other or #a[seeds[1]].correct < 2 then return nil end
  return kind, key
end

-- The pairs { a, b, order } whose units belong together in the same way: { seeds, kind, overlap, pairs }, in a list.
local function families(pairs_, trials, units, by)
  local list, known = {}, {}
  for order, pair in ipairs(pairs_) do
    local a, b = units[pair[1]], units[pair[2]]
    local seeds = a and b and common(a, b) or {}
    local kind, key, overlap = relation(a, b, seeds, trials[pair[1]], by)
    if kind then
      local family = known[key] or { seeds = seeds, kind = kind, key = key, overlap = overlap, pairs = {} }
      if not known[key] then known[key], list[#list + 1] = family, family end
      table.insert(family.pairs, { a = pair[1], b = pair[2], order = order })
    end
  end
  return list
end

-- Whether a trial's units can tell how much runs of a family differ.
local function belongs(units, family)
  for _, seed in ipairs(family.seeds) do
    if units[seed] == nil then return false end
  end
  if family.kind == "values" then return true end
  local _, key = design.of(units, family.seeds)
  return key == family.key
end

local function values_of(units, seeds)
  local list = {}
  for i, seed in ipairs(seeds) do list[i] = units[seed] end
  return list
end

-- The comparisons of lists of what the trials of a family have.
local function tested(family, members, by, wanted)
  local stats, list, fold = core.metrics.stats, {}, nil
  local first, seeds = members[1], family.seeds
  for i, units in ipairs(members) do
    if family.kind == "values" then list[i] = values_of(units, seeds)
    elseif family.kind == "resampled" then list[i] = design.shares(units, seeds, by.weight)
    else list[i], fold = design.answers(units, seeds) end
  end
  if family.kind == "crossed" or family.kind == "folds" then
    return stats.compare_trials(list, { pairs = wanted, fold = fold,
                                        weight = by.weight and by.weight(first[seeds[1]].labels) or nil })
  end
  return stats.compare_values(list, { pairs = wanted, overlap = family.overlap or design.overlap(first, seeds) })
end

-- The comparisons of one family: all trials that belong to it say how much runs differ, the same ones once.
local function compare(family, trials, units, same, by, found)
  local members, number, wanted = {}, {}, {}
  for _, trial in ipairs(trials) do
    local twin = same[trial.name]
    if twin and number[twin] then number[trial.name] = number[twin]
    elseif belongs(units[trial.name], family) then
      members[#members + 1] = units[trial.name]
      number[trial.name] = #members
    end
  end
  for i, pair in ipairs(family.pairs) do wanted[i] = { number[pair.a], number[pair.b] } end
  local first = members[1][family.seeds[1]]
  for i, c in ipairs(tested(family, members, by, wanted)) do
    local pair = family.pairs[i]
    metric.cut(c, by.apart)
    c.a, c.b, c.order, c.trials = pair.a, pair.b, pair.order, #members
    c.kind, c.seeds, c.images = family.kind, #family.seeds, by.per_picture and #first.correct or nil
    c.folds = by.per_picture and first.folds or nil
    if c.includes_runs == nil then c.includes_runs = true end
    c.worse = (c.difference > 0) == (by.mode == "max") -- b, than a
    found[#found + 1] = c
  end
end

-- The pairs of trials that are compared where the script names none: all of them, or all with the first that finished an
-- epoch. Those that are the same as another one are left out.
local function usual_pairs(trials, same)
  local list, names = {}, {}
  for _, trial in ipairs(trials) do
    if not same[trial.name] and #judged.compared(trial) > 0 then names[#names + 1] = trial.name end
  end
  for i = 1, #trials > ALL_PAIRS and 1 or #names - 1 do
    for j = i + 1, #names do list[#list + 1] = { names[i], names[j] } end
  end
  return list
end

-- Named pairs without those of which both are the same.
local function different(pairs_, same)
  local list = {}
  for _, pair in ipairs(pairs_) do
    if (same[pair[1]] or pair[1]) ~= (same[pair[2]] or pair[2]) then list[#list + 1] = pair end
  end
  return list
end

-- The asked pairs that could not be compared, of trials that have results.
local function untested(asked, found, trials)
  local compared, list = {}, {}
  for _, c in ipairs(found) do compared[c.a .. "\0" .. c.b] = true end
  for _, pair in ipairs(asked) do
    local a, b = trials[pair[1]], trials[pair[2]]
    if a and b and not compared[pair[1] .. "\0" .. pair[2]] and #judged.compared(a) > 0 and #judged.compared(b) > 0 then
      list[#list + 1] = pair
    end
  end
  return list
end

-- Whether all answers are for one picture.
local function are_of_one_picture(trials, units)
  local answered = false
  for _, trial in ipairs(trials) do
    for _, unit in pairs(units[trial.name]) do
      if #unit.correct > 1 then return false end
      answered = true
    end
  end
  return answered
end

-- The most runs of a trial, whatever became of them.
local function most_runs(trials)
  local most = 0
  for _, trial in ipairs(trials) do most = math.max(most, #trial.runs) end
  return most
end

--- Compares the trials in pairs, on the same pictures and seeds; p is corrected for their number (Holm). Trials that finished
--- the same seeds tell together how much runs differ (runtime/metrics/trials.h). Trials that are the same to the last bit
--- (twins.lua) are not compared with each other.
---@param wanted? table[]   which: pairs of names; the second is measured against the first
---@param by? table         what is compared, see metric.lua; validation accuracy unless said
---@return table[]   those of metrics.stats.compare_trials or compare_values, and a, b (names), p_corrected, trials (how many
---                  told), worse (b, than a), kind ("values", or see design.lua), seeds (or deals), images (of a seed),
---                  folds; also metric, part ("test" or "validation"), named (whether `wanted` was), same (of twins.lua),
---                  untested (pairs of names, of trials that have results, which could not be compared),
---                  runs (the most that a trial has, whatever became of them),
---                  one_picture (whether all answers are for one picture, and nothing can be compared)
function comparisons.of(results, wanted, by)
  by = by or metric.find(nil, results, nil, "comparisons")
  local units, trials, found, ps = {}, {}, {}, {}
  local same = twins.of(results.trials, not by.per_picture and by or nil)
  for _, trial in ipairs(results.trials) do units[trial.name], trials[trial.name] = measured(trial, by), trial end
  local asked = wanted and different(wanted, same) or usual_pairs(results.trials, same)
  for _, family in ipairs(families(asked, trials, units, by)) do
    compare(family, results.trials, units, same, by, found)
  end
  table.sort(found, function(x, y) return x.order < y.order end)
  for i, c in ipairs(found) do c.order, ps[i] = i, c.p end
  for i, p in ipairs(#ps > 0 and core.metrics.stats.holm(ps) or {}) do found[i].p_corrected = p end
  found.metric, found.part, found.folded = by, judged.part(results), design.is_folded(results)
  found.runs = most_runs(results.trials)
  found.untested = untested(asked, found, trials)
  found.named, found.same, found.one_picture = wanted ~= nil, same, by.per_picture and are_of_one_picture(results.trials, units)
  return found
end

--- The trials that were to be compared with one, and could not be though they have results.
---@return string[]
function comparisons.untested_with(compared, name)
  local list = {}
  for _, pair in ipairs(compared.untested or {}) do
    if pair[1] == name or pair[2] == name then list[#list + 1] = pair[1] == name and pair[2] or pair[1] end
  end
  return list
end

--- Comparisons of one training each, which say nothing of the luck of a training; those of all pairs, or of some.
function comparisons.of_one_seed(compared)
  local list = {}
  for _, c in ipairs(compared) do list[#list + 1] = not c.includes_runs and c or nil end
  return list
end

--- Whether all pairs were compared on as many seeds and pictures.
function comparisons.is_one_design(compared)
  local first = compared[1]
  for _, c in ipairs(compared) do
    if c.kind ~= first.kind or c.seeds ~= first.seeds or c.images ~= first.images then return false end
  end
  return true
end

--- Where there are too few pictures to find any difference: images, and how many are needed. With one seed each picture on
--- which two trials disagree is a coin, and n coins that fall alike have p = 2^(1 - n), before Holm's correction.
function comparisons.too_few(compared)
  local first = compared[1]
  if not first or first.includes_runs or not first.images then return nil end
  local needed = 1
  while #compared * 2.0 ^ (1 - needed) >= 0.05 do needed = needed + 1 end
  for _, c in ipairs(compared) do
    if c.includes_runs or c.images >= needed or c.images ~= first.images then return nil end
  end
  return { images = first.images, needed = needed }
end

--- The true difference that four of five repetitions of this experiment would find: the median over the pairs, at Holm's
--- first step; where some were compared on several seeds, over these. nil where nothing says how large that is (no trial differs
--- in any answer, or too few seeds).
function comparisons.detectable(compared)
  local list, one_seed = {}, #comparisons.of_one_seed(compared) == #compared
  for _, c in ipairs(compared) do
    if c.se > 0 and c.df >= 2 and (c.includes_runs or one_seed) then
      list[#list + 1] = core.metrics.stats.detectable(c.se, c.df, { alpha = 0.05 / #compared, power = 0.8 })
    end
  end
  table.sort(list)
  local middle = list[(#list + 1) // 2]
  return middle and (middle < 1 or not compared.metric.per_picture) and middle or nil
end

return comparisons
