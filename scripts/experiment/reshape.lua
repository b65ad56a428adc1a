--- mlprun.experiment.reshape - the schedules of a run that goes on for another number of epochs than it was begun with.
--
-- A schedule whose shape follows that number (CosineAnnealingLR with T_max = epochs, OneCycleLR, a function) is another one
-- now. It goes on as the new one: as the script makes it now, stepped to where the old one was. One whose shape is the same
-- goes on where it was.
local sys = require("mlprun.core").sys
local LRScheduler = require "mlprun.optim.lr_base"
local alike = require "mlprun.base.alike"
local class = require "mlprun.base.class"

local reshape = {}

local function is_schedule(object) return class.is(object, LRScheduler) end

-- Whether it has a function, which no state_dict tells of.
local function has_function(schedule)
  for key, value in next, schedule do
    if type(value) == "function" then return true end
    for _, inner in ipairs(key == "schedulers" and value or {}) do
      if has_function(inner) then return true end
    end
  end
  return false
end

-- What a schedule sets: the numbers of the optimizer's groups.
local function settings_of(optimizer)
  local list = {}
  for i, group in ipairs(optimizer.param_groups) do
    list[i] = {}
    for key, value in next, group do
      if key ~= "params" then list[i][key] = value end
    end
  end
  return list
end

local function set(optimizer, settings)
  for i, group in ipairs(optimizer.param_groups) do
    for key, value in next, settings[i] do group[key] = value end
  end
end

-- Steps a new schedule to where the old one is; values: what one that watches a number got.
local function catch_up(schedule, place, values)
  while schedule.last_epoch < place do
    if schedule.needs_metric then schedule:step(values[schedule.last_epoch + 1]) else schedule:step() end
  end
end

--- What a schedule is when it was just made; nil for anything else.
---@param object any
---@return table?
function reshape.made(object) return is_schedule(object) and object:state_dict() or nil end

--- Gives a schedule that was just made the place of the one whose state was saved.
---@param name string     for messages
---@param schedule LRScheduler
---@param saved table     its state_dict at the time
---@param made table      what it was when it was made then
---@param values number[] of each epoch: what it watches
---@return function?      where its shape is another: call it when the optimizer's state is there; returns the rates of then
---                       and now
function reshape.restore(name, schedule, saved, made, values)
  local other = not alike(made, schedule:state_dict())
  if other or has_function(schedule) then
    local ok, why = pcall(catch_up, schedule, saved.last_epoch, values)
    if not ok then sys.fail(("run:fit: %s cannot go on: %s"):format(name, tostring(why))) end
    other = other or not alike(saved.last_lrs, schedule.last_lrs)
  end
  if not other then
    schedule:load_state_dict(saved)
    return nil
  end
  local settings = settings_of(schedule.optimizer)
  return function()
    local before = schedule.optimizer.param_groups[1].lr
    set(schedule.optimizer, settings)
    return before, schedule.optimizer.param_groups[1].lr
  end
end

return reshape
