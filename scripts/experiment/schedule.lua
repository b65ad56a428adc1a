--- mlprun.experiment.schedule - when run.scheduler is stepped, and with what.
--
-- After each epoch, or after each training step where the schedule is made for steps (its class says so: `interval`) or where
-- run.scheduler_interval does. ReduceLROnPlateau gets what the run watches when the script or --monitor chose it, and otherwise
-- what its mode means: "min" the validation loss, "max" the validation accuracy.
local sys = require("mlprun.core").sys
local names = require "mlprun.base.names"
local watch = require "mlprun.experiment.watch"
local words = require "mlprun.base.words"

local schedule = {}

local INTERVALS = { "step", "epoch" }
local BY_MODE = { min = "val_loss", max = "val_accuracy" }

local function refuse(problem, ...) sys.fail(("run:fit: " .. problem):format(...)) end

local function interval_of(fields)
  local scheduler, given = fields.scheduler, fields.scheduler_interval
  local problem = given ~= nil and names.problem(given, INTERVALS, "interval of a schedule")
  if problem then refuse("run.scheduler_interval: %s", problem) end
  local interval = given or scheduler.interval or "epoch"
  if scheduler.needs_metric and interval == "step" then
    refuse("run.scheduler_interval is \"step\", but %s looks at the %s of an epoch: leave it \"epoch\"",
      scheduler.__name, "numbers")
  end
  return interval
end

-- What a schedule that looks at a number gets.
local function watched_by(scheduler, watched)
  if not watched.chosen then return watch(BY_MODE[scheduler.mode], "auto") end
  if scheduler.mode ~= watched.mode then
    refuse("run.scheduler is a %s with mode = \"%s\", but %s, which is watched, is better when it is %s: pass { mode = \"%s\" }",
      scheduler.__name, scheduler.mode, watched:text(), watched.mode == "max" and "higher" or "lower", watched.mode)
  end
  return watched
end

-- A schedule that cannot go on behind its end must not come to it before the run does.
local function check_length(plan)
  local scheduler, most = plan.scheduler, plan.most
  local total = rawget(scheduler, "total_steps")
  if total and most and total < most then
    refuse("run.scheduler is made for %s, but the run has up to %d (it is stepped after each %s): pass { total_steps = %d }",
      words.count(total, "step"), most, plan.interval == "step" and "training step" or "epoch", most)
  end
end

--- How a run's schedule is stepped; nil without one.
---@param fields table      of the run
---@param watched watch     what the run watches
---@param epochs integer    at most
---@param steps? integer    of an epoch, where that is known
function schedule.of(fields, watched, epochs, steps)
  local scheduler = fields.scheduler
  if scheduler == nil then return nil end
  if type(scheduler) ~= "table" or scheduler.step == nil then
    refuse("run.scheduler is %s, expected a schedule, such as optim.lr_scheduler.StepLR(run.optimizer, 10)",
      words.value(scheduler))
  end
  if scheduler.optimizer ~= nil and scheduler.optimizer ~= fields.optimizer then
    refuse("run.scheduler sets the rates of another optimizer than run.optimizer: make it with run.optimizer")
  end
  local plan = { scheduler = scheduler, interval = interval_of(fields) }
  plan.most = plan.interval == "epoch" and epochs or steps and epochs * steps or nil
  local limit = fields.options.max_steps
  if limit > 0 and plan.most then
    plan.most = math.min(plan.most, plan.interval == "step" and limit or math.ceil(limit / steps))
  end
  check_length(plan)
  if scheduler.needs_metric then plan.watched = watched_by(scheduler, watched) end
  return plan
end

--- What a schedule that comes to its end too late, or too early, does; nil where neither is known.
function schedule.mismatch(plan)
  local field = plan and plan.most and plan.scheduler.ends_at
  local total = field and plan.scheduler[field]
  if type(total) ~= "number" then return nil end
  local name, unit = plan.scheduler.__name, plan.interval == "step" and "step" or "epoch"
  if total > plan.most then
    return ("%s is made for %s (%s), but the run has at most %d: it ends before the schedule does"):format(name,
      words.count(math.ceil(total), unit), field, plan.most)
  elseif plan.scheduler.turns and total < plan.most then
    return ("%s has its lowest rate after %s (%s), and the run has up to %d: the rate rises again then"):format(name,
      words.count(math.ceil(total), unit), field, plan.most)
  end
end

--- A training step was taken.
function schedule.end_step(plan)
  if plan and plan.interval == "step" then plan.scheduler:step() end
end

--- An epoch was measured.
function schedule.end_epoch(plan, row)
  if not plan or plan.interval ~= "epoch" then return end
  if plan.watched then plan.scheduler:step(plan.watched:value(row)) else plan.scheduler:step() end
end

--- The schedule as it prints itself, in one line; nil without one.
function schedule.text(plan) return plan and (tostring(plan.scheduler):gsub("%s+", " ")) or nil end

--- When it is stepped, and with what, in words; nil without a schedule.
function schedule.words(plan)
  if not plan then return nil end
  return ("%s is stepped after each %s%s"):format(plan.scheduler.__name or "the schedule",
    plan.interval == "step" and "training step" or "epoch",
    plan.watched and (", with the %s"):format(plan.watched:text()) or "")
end

return schedule
