--- mlprun.experiment.schedule - when run.scheduler is stepped, and with what.
--
-- After each epoch, or after each training step where the schedule is made for steps (its class says so: `interval`) or where
-- run.scheduler_interval does. ReduceLROnPlateau gets what the run watches when the script or --monitor chose it, and otherwise
-- what its mode means: "min" the validation loss, "max" the validation accuracy. Where a script goes through an epoch by itself
-- nobody else knows its steps: a schedule for steps is stepped by the script.
local sys = require("mlprun.core").sys
local names = require "mlprun.base.names"
local watch = require "mlprun.experiment.watch"
local words = require "mlprun.base.words"

local schedule = {}

local INTERVALS = { "step", "epoch" }
local BY_MODE = { min = "val_loss", max = "val_accuracy" }

local function refuse(problem, ...) sys.fail(("run:fit: " .. problem):format(...)) end

local function check_interval(given)
  local problem = given ~= nil and names.problem(given, INTERVALS, "interval of a schedule")
  if problem then refuse("run.scheduler_interval: %s", problem) end
end

local function interval_of(fields)
  local scheduler, given = fields.scheduler, fields.scheduler_interval
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
---@param steps? integer    of an epoch; nil: the script goes through them
function schedule.of(fields, watched, epochs, steps)
  local scheduler = fields.scheduler
  check_interval(fields.scheduler_interval)
  if scheduler == nil then return nil end
  if type(scheduler) ~= "table" or scheduler.step == nil then
    refuse("run.scheduler is %s, expected a schedule, such as optim.lr_scheduler.StepLR(run.optimizer, 10)",
      words.value(scheduler))
  end
  if scheduler.optimizer ~= nil and scheduler.optimizer ~= fields.optimizer then
    refuse("run.scheduler sets the rates of another optimizer than run.optimizer: make it with run.optimizer")
  end
  local plan = { scheduler = scheduler, interval = interval_of(fields) }
  plan.by_script = plan.interval == "step" and not steps
  plan.most = plan.interval == "epoch" and epochs or steps and epochs * steps or nil
  local limit = fields.options.max_steps
  if limit > 0 and plan.most then
    plan.most = math.min(plan.most, plan.interval == "step" and limit or math.ceil(limit / steps))
  end
  check_length(plan)
  if scheduler.needs_metric then plan.watched = watched_by(scheduler, watched) end
  return plan
end

-- What does not fit into most steps of a place ("the run"), of a schedule and those that it is made of; said: lines so far.
local function misfits(scheduler, most, unit, place, said, never)
  local field = scheduler.ends_at
  local total = field and scheduler[field]
  if type(total) == "number" and total > most then
    said[#said + 1] = ("%s is made for %s (%s), but %s has at most %d: it ends before the schedule does"):format(
      scheduler.__name, words.count(math.ceil(total), unit), field, place, most)
  elseif type(total) == "number" and scheduler.turns and total < most then
    said[#said + 1] = ("%s has its lowest rate after %s (%s), and %s has up to %d: the rate rises again then"):format(
      scheduler.__name, words.count(math.ceil(total), unit), field, place, most)
  end
  local first = scheduler.begins_at and scheduler[scheduler.begins_at]
  if type(first) == "table" then first = first[1] and math.min(table.unpack(first)) end
  if type(first) == "number" and first >= most then
    never[#never + 1] = ("%s changes the rate after %s for the first time (%s), but %s has at most %d: it never does"):format(
      scheduler.__name, words.count(first, unit), scheduler.begins_at, place, most)
  end
  local parts, from = rawget(scheduler, "schedulers") or {}, 0
  local turns = #parts > 0 and rawget(scheduler, "milestones") -- else all at once
  for i, part in ipairs(parts) do
    local till = math.min(turns and turns[i] or most, most)
    if till > from then
      misfits(part, till - from, unit, turns and "its turn in " .. scheduler.__name or place, said, never)
    end
    if turns then from = till end
  end
  return said
end

--- What schedules that come to their end too late, or too early, do: a line for each; and a line for each that does nothing.
---@return string[] lines, string[] never
function schedule.mismatches(plan)
  local never = {}
  if not plan or not plan.most then return {}, never end
  return misfits(plan.scheduler, plan.most, plan.interval == "step" and "step" or "epoch", "the run", {}, never), never
end

--- A training step was taken.
function schedule.end_step(plan)
  if plan and plan.interval == "step" then plan.scheduler:step() end
end

local BY_SCRIPT = "run.scheduler:step() behind run.optimizer:step()" -- what the script has to do

local function name_of(plan) return plan.scheduler.__name or "the schedule" end

--- How many steps a schedule has taken that the script steps; nil where that is not to be known.
function schedule.taken(plan) return plan and plan.by_script and plan.scheduler.last_epoch or nil end

--- What is to be said behind an epoch that began with as many steps taken (see schedule.taken); nil when there were more.
function schedule.forgotten(plan, before, epoch)
  if not before or schedule.taken(plan) ~= before then return nil end
  return ("%s was not stepped in epoch %d, so that the rate stays: a loop of your own has to call %s"):format(name_of(plan),
    epoch, BY_SCRIPT)
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
  if plan.by_script then
    return ("%s goes by training steps, which a loop of your own takes: it has to call %s"):format(name_of(plan), BY_SCRIPT)
  end
  return ("%s is stepped after each %s%s"):format(name_of(plan), plan.interval == "step" and "training step" or "epoch",
    plan.watched and ", with " .. plan.watched:phrase() or "")
end

return schedule
