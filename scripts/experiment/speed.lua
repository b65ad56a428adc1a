--- mlprun.experiment.speed - how soon trials learn: epochs and seconds to an accuracy that all of them reach.
--
-- An accuracy of its own would make a dead net the fastest: it is at its best at once. So there is one for all, 95 % of the
-- lowest mean of the best accuracies. What has learned next to nothing does not count: a trial that goes less than half of
-- the way from always naming the largest class to the accuracy of the best trial.
local course = require "mlprun.experiment.course"
local judged = require "mlprun.experiment.judged"
local words = require "mlprun.base.words"

local speed = {}

local SHARE, ENOUGH = 0.95, 0.5

-- By the tensor of labels, which runs with the same pictures may share.
local known = setmetatable({}, { __mode = "k" })

-- What somebody gets right who always names the largest class of a run's validation pictures; 0 where it is not known.
local function chance(run)
  if not run.labels then return 0 end
  if known[run.labels] then return known[run.labels] end
  local counts, most = {}, 0
  for _, label in ipairs(run.labels:tolist()) do
    counts[label] = (counts[label] or 0) + 1
    most = math.max(most, counts[label])
  end
  known[run.labels] = most / #run.labels
  return known[run.labels]
end

-- The means of a trial's best accuracies and of what chance reaches; nil when it has no run that is compared.
local function means(trial)
  local accuracy, by_chance, count = 0, 0, 0
  for _, run in ipairs(judged.compared(trial)) do
    accuracy, by_chance, count = accuracy + run.val_accuracy, by_chance + chance(run), count + 1
  end
  if count > 0 then return { accuracy = accuracy / count, chance = by_chance / count } end
end

-- The lowest mean accuracy of the trials that learned; nil when none did.
local function lowest_of(trials)
  local measured, furthest, lowest = {}, 0, nil
  for _, trial in ipairs(trials) do
    local m = means(trial)
    measured[#measured + 1] = m
    if m then furthest = math.max(furthest, m.accuracy - m.chance) end
  end
  for _, m in ipairs(measured) do
    local far = m.accuracy - m.chance
    if far > 0 and far >= ENOUGH * furthest then lowest = math.min(lowest or m.accuracy, m.accuracy) end
  end
  return lowest
end

-- Epochs and seconds until a run's validation accuracy is `target`; nil when it never is.
local function until_reached(run, target)
  local seconds, took = 0, course.column(run.history, "seconds")
  for epoch, accuracy in ipairs(course.column(run.history, "val_accuracy")) do
    seconds = seconds + (took[epoch] or 0)
    if accuracy >= target then return epoch, seconds end
  end
end

--- Gives each run of results (see summary.lua) reached and reached_seconds, and results the accuracy: reach. None where no
--- trial learned anything.
function speed.add(results)
  local lowest = lowest_of(results.trials)
  if not lowest then return end
  results.reach = SHARE * lowest
  for _, trial in ipairs(results.trials) do
    for _, run in ipairs(trial.runs) do run.reached, run.reached_seconds = until_reached(run, results.reach) end
  end
end

--- What the columns of it mean, as paragraphs (see sentences.lua); none where the table does not show them.
---@param asked? string[]   the further columns of the table
function speed.note(results, asked)
  for _, name in ipairs(asked or {}) do
    if results.reach and (name == "reached" or name == "reached_seconds") then
      return { { text = ("Speed is measured to a validation accuracy of %s, which all trials reach but those that learned less "
        .. "than half as much as the best one."):format(words.percent(results.reach)) } }
    end
  end
  return {}
end

return speed
