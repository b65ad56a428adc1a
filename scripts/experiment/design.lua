--- mlprun.experiment.design - which pictures the runs of a trial answered for, and so how they are compared.
--
-- A unit is what a seed gives: one run, or with --folds the runs of all folds of one deal, which together answer for every
-- picture once. Units of all seeds are
--   "crossed"    where all answered for the same pictures,
--   "folds"      where each deals the same pictures out anew,
--   "resampled"  where each has other pictures, as of a script that splits by run.seed.
local core = require "mlprun.core"
local judged = require "mlprun.experiment.judged"

local design = {}

-- ---- which pictures ----

-- A number for each list of pictures: equal lists, equal numbers.
local numbers, count = {}, 0
local function number_of(list)
  if not numbers[list] then count, numbers[list] = count + 1, count + 1 end
  return numbers[list]
end

local function pictures_of(answer)
  local samples = answer.samples
  return number_of(samples and answer.part .. " " .. table.concat(samples:tolist(), " ") or "? " .. #answer.correct)
end

-- Validation pictures for each training picture.
local function overlap_of(run) return run.train_pictures and #run.correct / run.train_pictures or 0 end

-- ---- units ----

local function unit_of_run(run)
  local answer = judged.of(run)
  return { seed = run.seed, correct = answer.correct, labels = answer.labels, pictures = pictures_of(answer),
           overlap = overlap_of(run) }
end

-- The answers of all folds of a deal, in the order of the pictures; nil where a fold is missing or a picture has two answers.
local function unit_of_folds(deal, runs)
  local all, list = {}, {}
  if #runs ~= runs[1].folds then return nil end
  for _, run in ipairs(runs) do
    local correct, labels = run.correct:tolist(), run.labels:tolist()
    for i, sample in ipairs(run.samples:tolist()) do
      all[#all + 1] = { sample = sample, correct = correct[i], label = labels[i], fold = run.fold }
    end
  end
  table.sort(all, function(a, b) return a.sample < b.sample end)
  local correct, labels, fold, samples = {}, {}, {}, {}
  for i, one in ipairs(all) do
    if i > 1 and one.sample == all[i - 1].sample then return nil end
    list[i], samples[i] = ("%d:%d"):format(one.sample, one.fold), one.sample
    correct[i], labels[i], fold[i] = one.correct, one.label, one.fold
  end
  local function tensor(values, dtype) return core.tensor.tensor(values, { dtype = dtype }) end
  return { seed = deal, samples = tensor(samples, "i64"), correct = tensor(correct, "u8"), labels = tensor(labels, "i64"),
           fold = tensor(fold, "i64"), folds = runs[1].folds,
           pictures = number_of(table.concat(list, " ")), overlap = overlap_of(runs[1]) }
end

-- Units by trial: they are asked for often.
local known, known_runs = setmetatable({}, { __mode = "k" }), setmetatable({}, { __mode = "k" })

local function sort_in(deals, run)
  deals[run.deal] = deals[run.deal] or {}
  table.insert(deals[run.deal], run)
end

local function add_deals(units, deals)
  for deal, runs in pairs(deals) do units[deal] = unit_of_folds(deal, runs) end
end

--- The units of a trial: a table by seed (with folds by the number of the deal) of { seed, correct, labels, pictures (a number:
--- the same for the same pictures), overlap (validation pictures for each training picture), and with folds fold, folds }.
---@param trial table   see summary.lua
function design.units(trial)
  if known[trial] then return known[trial] end
  local units, deals = {}, {}
  for _, run in ipairs(judged.finished(trial)) do
    if judged.is_of_deal(run) then sort_in(deals, run)
    else
      units[run.seed] = unit_of_run(run)
    end
  end
  add_deals(units, deals)
  known[trial] = units
  return units
end

--- What the compared runs of each whole deal answered for the validation pictures, and these runs, by the deal's number.
function design.deals(trial)
  local units, deals = {}, {}
  for _, run in ipairs(judged.compared(trial)) do
    if run.fold then sort_in(deals, run) end
  end
  add_deals(units, deals)
  return units, deals
end

--- Whether the runs of an experiment have folds.
function design.is_folded(results)
  for _, trial in ipairs(results.trials) do
    for _, run in ipairs(trial.runs) do
      if run.fold then return true end
    end
  end
  return false
end

--- The seeds of units in order.
function design.seeds(units)
  local seeds = {}
  for seed in pairs(units) do seeds[#seeds + 1] = seed end
  table.sort(seeds)
  return seeds
end

--- How the units of some seeds belong together: "crossed", "folds" or "resampled"; and a text that is the same for trials whose
--- units can be compared.
function design.of(units, seeds)
  local kind, parts, first = "crossed", {}, units[seeds[1]]
  for i, seed in ipairs(seeds) do
    local unit = units[seed]
    if unit.fold then kind = "folds"
    elseif unit.pictures ~= first.pictures then kind = "resampled" end
    parts[i] = ("%d:%d"):format(seed, unit.pictures)
  end
  return kind, table.concat(parts, " ")
end

--- What the statistics take for some seeds of units: a list of tensors, and the folds of the pictures (nil without).
function design.answers(units, seeds)
  local correct, fold = {}, nil
  for i, seed in ipairs(seeds) do
    correct[i] = units[seed].correct
    if units[seed].fold then
      fold = fold or {}
      fold[i] = units[seed].fold
    end
  end
  return correct, fold
end

--- The share that each of some seeds' units got right. weight: of a unit, a number for each picture; nil: all count the same.
function design.shares(units, seeds, weight)
  local list = {}
  for i, seed in ipairs(seeds) do
    local right = units[seed].correct:to "f64"
    if weight then right = right * core.tensor.tensor(weight(units[seed].labels), { dtype = "f64" }) end
    list[i] = right:mean():item()
  end
  return list
end

--- How far runs are alike because their training pictures overlap, as metrics.stats.compare_values takes it: 0 where all have
--- the same pictures.
function design.overlap(units, seeds)
  local sum, kind = 0, design.of(units, seeds)
  if kind == "crossed" then return 0 end
  for _, seed in ipairs(seeds) do sum = sum + units[seed].overlap end
  return sum / #seeds
end

-- Of runs by seed, of which each has one number: as if each were a unit.
local function run_units(trial)
  local units = {}
  for _, run in ipairs(judged.compared(trial)) do
    units[run.seed] = { pictures = run.samples and number_of(table.concat(run.samples:tolist(), " ")) or 0,
                        overlap = overlap_of(run) }
  end
  return units
end

--- The same of a trial's runs one by one.
function design.run_overlap(trial, seeds)
  local units = known_runs[trial] or run_units(trial)
  known_runs[trial] = units
  return design.overlap(units, seeds)
end

return design
