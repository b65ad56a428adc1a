-- Schedules made of schedules: SequentialLR (one after the other) and ChainedScheduler (all at once).
local core = require "mlprun.core"
local LRScheduler = require "mlprun.optim.lr_base"
local words = require "mlprun.base.words"
local fail = core.sys.fail

local function is_schedule(value)
  if type(value) ~= "table" then return false end
  local class = rawget(value, "optimizer") and getmetatable(value)
  return type(class) == "table" and type(class.__index) == "function" and type(value.undo) == "function"
end

-- What both require of the list of schedules. takes_value: step passes a value on to those that watch one.
local function check_schedules(self, who, optimizer, takes_value)
  if type(self.schedulers) ~= "table" or #self.schedulers == 0 then
    fail(("%s: schedulers is %s, expected a list of at least one schedule"):format(who,
      type(self.schedulers) == "table" and "empty" or "a " .. type(self.schedulers)))
  end
  local list = {}
  for i, schedule in ipairs(self.schedulers) do
    if not is_schedule(schedule) then fail(("%s: item %d is a %s, expected a schedule"):format(who, i, type(schedule))) end
    if schedule.needs_metric and takes_value then
      self.needs_metric, self.mode = true, schedule.mode
    elseif schedule.needs_metric then
      fail(("%s: item %d is a %s, whose step takes a value: step it beside this one"):format(who, i, schedule.__name))
    end
    if schedule.optimizer ~= optimizer then
      fail(("%s: item %d, %s, belongs to another optimizer"):format(who, i, schedule.__name))
    end
    list[i] = schedule
    if schedule.interval == "step" then self.interval = "step" end -- one that is made for steps decides for all
  end
  if self.needs_metric and self.interval == "step" then
    fail(("%s: one schedule watches a value of epochs, another is made for training steps: they cannot take turns"):format(who))
  end
  self.schedulers = list
end

local Combined = LRScheduler:subclass("Combined")

function Combined:state_dict()
  local list = self.schedulers
  self.schedulers = nil
  local state = LRScheduler.state_dict(self)
  self.schedulers, state.schedulers = list, {}
  for i, schedule in ipairs(list) do state.schedulers[i] = schedule:state_dict() end
  return state
end

function Combined:load_state_dict(state)
  local inner = type(state) == "table" and state.schedulers
  if type(inner) ~= "table" or #inner ~= #self.schedulers then
    fail(("%s: load_state_dict got the state of %s schedules, expected %d"):format(self:who(),
      type(inner) == "table" and #inner or "no", #self.schedulers))
  end
  local own = {}
  for key, value in next, state do
    if key ~= "schedulers" then own[key] = value end
  end
  LRScheduler.load_state_dict(self, own)
  for i, schedule in ipairs(self.schedulers) do schedule:load_state_dict(inner[i]) end
end

function Combined:undo()
  LRScheduler.undo(self)
  for _, schedule in ipairs(self.schedulers) do schedule:undo() end
end

-- Back to the rates that all schedules begin with.
local function reset_rates(self)
  for _, group in ipairs(self.optimizer.param_groups) do group.lr = group.initial_lr end
end

function Combined:text()
  local parts = {}
  for i, schedule in ipairs(self.schedulers) do parts[i] = "  " .. schedule:text() end
  return ("%s(\n%s\n)"):format(self.__name, table.concat(parts, "\n"))
end

--- SequentialLR(optimizer, schedulers, milestones): the first schedule until the first of the milestones (numbers of epochs,
--- one less than schedules), then the second from its beginning, and so on. A warm-up and what follows it:
---   SequentialLR(optimizer, { LinearLR(optimizer, { start_factor = 0.1 }), CosineAnnealingLR(optimizer, 45) }, { 5 })
--- With a ReduceLROnPlateau among them step takes the value that it watches, always; it begins at its milestone with the rate
--- that is there then, and looks at the values of the epochs behind it.
local SequentialLR = Combined:subclass("SequentialLR", { arguments = { "schedulers", "milestones" } })

function SequentialLR:check(who)
  check_schedules(self, who, self.optimizer, true)
  if type(self.milestones) ~= "table" or #self.milestones ~= #self.schedulers - 1 then
    fail(("%s: %d schedules need %d milestones between them, got %s"):format(who, #self.schedulers, #self.schedulers - 1,
      type(self.milestones) == "table" and #self.milestones or "a " .. type(self.milestones)))
  end
  local before, list = 0, {}
  for i, m in ipairs(self.milestones) do
    if type(m) ~= "number" or not math.tointeger(m) or m <= before then
      fail(("%s: milestone %d is %s, expected a whole number of epochs above %d"):format(who, i, words.value(m), before))
    end
    list[i] = math.tointeger(m)
    before = list[i]
  end
  self.milestones = list
end

-- The number of the schedule whose turn it is.
local function turn(self)
  local i = 1
  while self.milestones[i] and self.milestones[i] <= self.last_epoch do i = i + 1 end
  return i
end

function SequentialLR:initial()
  self.last_epoch = self.last_epoch + 1
  reset_rates(self)
  for _, schedule in ipairs(self.schedulers) do schedule:undo() end
  local first = self.schedulers[turn(self)]
  first:initial()
  self.last_lrs = first:get_last_lr()
end

function SequentialLR:restart()
  self.last_epoch = 0
  self.schedulers[1]:restart()
  self.last_lrs = self.schedulers[1]:get_last_lr()
end

function SequentialLR:step(...)
  if self.needs_metric then
    if select("#", ...) ~= 1 or type(tonumber(...)) ~= "number" and not core.tensor.is_tensor((...)) then
      fail(("%s: step takes the value that its ReduceLROnPlateau watches, such as the validation loss: "
        .. "scheduler:step(val_loss)"):format(self:who()))
    end
  elseif select("#", ...) > 0 then
    return LRScheduler.step(self, ...) -- raises
  end
  self.last_epoch = self.last_epoch + 1
  local i = turn(self)
  local schedule = self.schedulers[i]
  if self.milestones[i - 1] == self.last_epoch then schedule:restart()
  elseif schedule.needs_metric then schedule:step(...)
  else schedule:step() end
  self.last_lrs = schedule:get_last_lr()
end

--- ChainedScheduler(schedulers [, { optimizer = theirs }]): steps all of them; their factors multiply.
local ChainedScheduler = Combined:subclass("ChainedScheduler", { options = { "schedulers" } })

function ChainedScheduler:check(who)
  check_schedules(self, who, self.optimizer)
end

local function note_rates(self)
  self.last_lrs = self:present()
end

function ChainedScheduler:initial()
  self.last_epoch = self.last_epoch + 1
  for _, schedule in ipairs(self.schedulers) do
    if schedule.last_epoch < self.last_epoch then schedule:initial() end -- after undo; else its construction did it
  end
  note_rates(self)
end

function ChainedScheduler:restart()
  self.last_epoch = 0
  reset_rates(self)
  for _, schedule in ipairs(self.schedulers) do
    schedule.last_epoch = -1
    schedule:initial()
  end
  note_rates(self)
end

function ChainedScheduler:step(...)
  if select("#", ...) > 0 then return LRScheduler.step(self, ...) end
  self.last_epoch = self.last_epoch + 1
  for _, schedule in ipairs(self.schedulers) do schedule:step() end
  note_rates(self)
end

-- The schedules come first here: the optimizer is theirs.
---@param schedulers LRScheduler[]
---@param o? { optimizer: Optimizer }
---@return LRScheduler
local function chained(schedulers, o, ...)
  local who = ChainedScheduler:who()
  o = require "mlprun.nn.options".check(o, { "optimizer" }, who, ...)
  local list = is_schedule(schedulers) and { schedulers } or schedulers
  local first = type(list) == "table" and list[1]
  if not is_schedule(first) then check_schedules({ schedulers = list }, who, nil) end
  return ChainedScheduler(o.optimizer or first.optimizer, { schedulers = list })
end

return { SequentialLR = SequentialLR, ChainedScheduler = chained }
