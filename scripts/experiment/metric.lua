--- mlprun.experiment.metric - what trials are compared by: a measure of each picture's answer, or a number of each run.
--
-- A metric is { name, label, mode, better, worse, format, per_picture, of }: label is what sentences call it; mode "max" or
-- "min", which is better; better and worse the words for that ("higher", "lower" where nobody said what is better); format as
-- columns have it; of(run) the run's value, nil where there is none; per_picture: it is the mean of what the pictures that
-- judge were answered (see design.lua), weighted by weight(labels) where there is one; apart: how far two values can be apart
-- (1 for shares), nil where nothing says so, as of what a script records.
local core = require "mlprun.core"
local judged = require "mlprun.experiment.judged"
local names = require "mlprun.base.names"
local watch = require "mlprun.experiment.watch"
local words = require "mlprun.base.words"

local metric = {}

local function field(name)
  return function(run) return run[name] end
end

-- What every run has, beside what a script records.
local OWN = {
  { name = "accuracy", mode = "max", format = "percent", per_picture = true, apart = 1 }, -- its label: see find
  { name = "balanced_accuracy", label = "balanced accuracy", mode = "max", format = "percent", per_picture = true,
    apart = 1 },
  { name = "val_accuracy", label = "validation accuracy", mode = "max", format = "percent", apart = 1 },
  { name = "train_accuracy", label = "training accuracy", mode = "max", format = "percent", apart = 1 },
  { name = "val_loss", label = "validation loss", mode = "min", format = "number" },
  { name = "train_loss", label = "training loss", mode = "min", format = "number" },
  { name = "final_gap", label = "gap after the last epoch", mode = "min", format = "percent", apart = 2 },
  { name = "first", label = "validation accuracy after one epoch", mode = "max", format = "percent", apart = 1 },
  { name = "best_epoch", label = "best epoch", mode = "min", format = "number" },
  { name = "reached", label = "epochs to an accuracy that all reach", mode = "min", format = "number" },
  { name = "reached_seconds", label = "seconds to an accuracy that all reach", mode = "min", format = "number" },
  { name = "steadiness", label = "change from epoch to epoch", mode = "min", format = "percent", apart = 1 },
  { name = "seconds", label = "time", mode = "min", format = "number" },
}
for _, each in ipairs(OWN) do
  OWN[each.name] = each
  each.better, each.worse = "better", "worse"
  each.of = each.of or field(each.name)
end

-- Pictures count so that every class counts the same: pictures / (classes x pictures of its class).
function OWN.balanced_accuracy.weight(labels)
  if not labels then core.sys.fail("balanced_accuracy needs the labels of the pictures, which these runs do not have") end
  local counts, classes, weight = {}, 0, {}
  labels = labels:tolist()
  for _, label in ipairs(labels) do
    classes = classes + (counts[label] and 0 or 1)
    counts[label] = (counts[label] or 0) + 1
  end
  for i, label in ipairs(labels) do weight[i] = #labels / (classes * counts[label]) end
  return weight
end

local function recorded(results)
  local list = {}
  for _, trial in ipairs(results.trials) do
    for _, run in ipairs(trial.runs) do
      for _, entry in ipairs(run.recorded or {}) do
        if not list[entry.name] then list[#list + 1], list[entry.name] = entry.name, entry end
      end
    end
  end
  return list
end

local function of_recorded(entry)
  local mode = watch.mode_of(entry.name)
  return { name = entry.name, label = entry.name, mode = mode or "max", better = mode and "better" or "higher",
           worse = mode and "worse" or "lower", format = entry.format, of = function(run)
             for _, each in ipairs(run.recorded or {}) do
               if each.name == entry.name then return each.value end
             end
           end }
end

--- The metric that a name means.
---@param name? string   nil: "accuracy"
---@param mode? string   "max" or "min": which is better, where the usual one is not meant; of a recorded value nil is what
---                      its name says ("loss", "accuracy", ...), and where it says nothing trials are higher or lower
---@param who string     begins the messages
function metric.find(name, results, mode, who)
  if mode ~= nil and mode ~= "max" and mode ~= "min" then
    core.sys.fail(("%s: mode is %s, expected \"max\" or \"min\""):format(who, words.value(mode)))
  end
  local found, own = OWN[name or "accuracy"], recorded(results)
  if type(name) == "string" and own[name] then found = of_recorded(own[name]) end
  if not found or math.type(name) == "integer" then
    local known = names.of(OWN)
    table.move(own, 1, #own, #known + 1, known)
    core.sys.fail(("%s: %s"):format(who, names.problem(name, known, "metric")))
  end
  if found == OWN.accuracy then
    found = setmetatable({ label = judged.part(results) .. " accuracy" }, { __index = found })
  end
  if mode then found = setmetatable({ mode = mode, better = "better", worse = "worse" }, { __index = found }) end
  return found
end

--- Cuts a difference's interval (low, high) at what two values of the metric can be apart; anything where that is nil.
--- NaN, no interval, stays.
function metric.cut(found, apart)
  if not apart or found.low ~= found.low then return end -- NaN: no interval
  found.low, found.high = math.max(found.low, -apart), math.min(found.high, apart)
end

return metric
