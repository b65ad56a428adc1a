-- optim.lr_scheduler.LRScheduler: what schedules share. One is a class with the names of its required `arguments`, its
-- `options` with `defaults`, and `rates(self)`: the next learning rates, one for each group of the optimizer, from
-- self.last_epoch (0 after construction, one more after every step), self.base_lrs and the groups as they are:
--
--   local Halving = LRScheduler:subclass("Halving", { arguments = { "every" } })
--   function Halving:rates()
--     return self:each(function(base) return base * 0.5 ^ (self.last_epoch // self.every) end)
--   end
--
-- As in PyTorch, most schedules multiply the present rate, so that several of them combine. `closed_form(self)`, where there
-- is one, gives the rates without it. Setting up (`prepare`) and `initial` (the first computation) can be replaced.
local core = require "mlprun.core"
local class = require "mlprun.base.class"
local words = require "mlprun.base.words"
local arguments = require "mlprun.nn.options"
local Optimizer = require "mlprun.optim.optimizer"
local fail = core.sys.fail

local LRScheduler = class.new("LRScheduler", {
  arguments = {}, options = {}, defaults = {},
  needs_metric = false, -- whether step takes the value that is watched
  interval = "epoch", -- what step is called after in an experiment: "epoch" or "step"
  ends_at = false, -- the argument that says after how many steps it has come to its end, where there is one
  begins_at = false, -- the argument that says after how many steps the rate changes for the first time, a list's least one
  turns = false, -- whether the rate rises again behind that
  is_initial = false, -- true while the rates of construction are computed
  __what = "a schedule %s",
  __tostring = function(self) return self:text() end,
})

--- A new schedule.
---@param name string
---@param schedule { arguments: string[], options: string[], defaults: table }
function LRScheduler:subclass(name, schedule)
  return class.new(name, schedule, self)
end

local function who(self)
  return "optim.lr_scheduler." .. self.__name
end
LRScheduler.who = who

-- Required arguments, in their order, then the options.
local function read_arguments(self, ...)
  local name, given, count = who(self), { ... }, select("#", ...)
  local required = #self.arguments
  for i, argument in ipairs(self.arguments) do
    local value = given[i]
    if value == nil or type(value) == "table" and value[argument] ~= nil then
      local shown = { "optimizer" }
      for _, other in ipairs(self.arguments) do shown[#shown + 1] = other end
      fail(("%s: %s is required, and positional: %s(%s)"):format(name, argument, self.__name, table.concat(shown, ", ")))
    end
    self[argument] = value
  end
  local options = { "last_epoch" }
  table.move(self.options, 1, #self.options, 2, options)
  local o = arguments.check(given[required + 1], options, name, table.unpack(given, required + 2, count))
  for _, option in ipairs(self.options) do
    local value = o[option]
    if value == nil then value = self.defaults[option] end
    self[option] = value
  end
  local last = o.last_epoch == nil and -1 or o.last_epoch
  if math.type(last) ~= "integer" or last < -1 then
    fail(("%s: last_epoch is %s, expected a whole number of at least -1"):format(name, words.value(last)))
  end
  self.last_epoch = last
end

function LRScheduler.__new(schedule, optimizer, ...)
  local name = who(schedule)
  if not Optimizer.is_optimizer(optimizer) then
    fail(("%s: the first argument is a %s, expected an optimizer"):format(name, type(optimizer)))
  end
  local self = setmetatable({ optimizer = optimizer }, schedule.__meta)
  read_arguments(self, ...)
  self:check(name)
  self:prepare()
  self:initial()
  return self
end

--- Raises an error when an argument or an option is outside its domain.
function LRScheduler.check() end

--- Notes the rates that the schedule begins with: group.initial_lr.
function LRScheduler:prepare()
  self.base_lrs = {}
  for i, group in ipairs(self.optimizer.param_groups) do
    if self.last_epoch >= 0 and group.initial_lr == nil then
      fail(("%s: group %d has no initial_lr, so last_epoch must be -1: to go on with a run, make the schedule anew, then "
        .. "load its state_dict and the optimizer's"):format(who(self), i))
    end
    group.initial_lr = group.initial_lr or group.lr
    self.base_lrs[i] = group.initial_lr
  end
end

-- ---- stepping ----

--- A list with fn(base rate, present rate, group, its number) for every group.
function LRScheduler:each(fn)
  local list = {}
  for i, group in ipairs(self.optimizer.param_groups) do list[i] = fn(self.base_lrs[i], group.lr, group, i) end
  return list
end

--- The present rates.
function LRScheduler:present()
  return self:each(function(_, lr) return lr end)
end

function LRScheduler:rates()
  fail(("schedule %s has no rates: write function %s:rates() ... end"):format(self.__name, self.__name))
end

-- Writes rates to the groups.
function LRScheduler:set(list)
  local groups = self.optimizer.param_groups
  if #groups ~= #self.base_lrs then
    fail(("%s: the optimizer has %d groups but had %d when the schedule was made: add groups first"):format(who(self),
      #groups, #self.base_lrs))
  end
  self.last_lrs = {}
  for i, group in ipairs(groups) do
    local lr = list[i]
    if type(lr) ~= "number" then
      fail(("%s: the learning rate of group %d is a %s, expected a number"):format(who(self), i, type(lr)))
    end
    group.lr, self.last_lrs[i] = lr, lr
  end
end

--- The first computation: of epoch 0, or of the one after last_epoch.
function LRScheduler:initial()
  self.last_epoch = self.last_epoch + 1
  self.is_initial = true
  local rates = self:rates()
  self.is_initial = nil
  self:set(rates)
end

--- Begins at epoch 0 now, after other schedules (SequentialLR).
function LRScheduler:restart()
  self.last_epoch = 0
  self:set(self.closed_form and self:closed_form() or self:rates())
end
LRScheduler.closed_form = false

--- Takes back the computation at construction, except for what it did to the rates (SequentialLR).
function LRScheduler:undo()
  self.last_epoch = self.last_epoch - 1
end

--- Sets the rates of the next epoch, or of the next step where the schedule is made for steps (OneCycleLR). Call it after
--- optimizer:step(), or the first of the rates is never used.
function LRScheduler:step(...)
  if select("#", ...) > 0 then
    fail(("%s: step takes no argument: only ReduceLROnPlateau takes the value that it watches"):format(who(self)))
  end
  self.last_epoch = self.last_epoch + 1
  self:set(self:rates())
end

--- The learning rates that were set last, one for each group.
---@return number[]
function LRScheduler:get_last_lr()
  return table.move(self.last_lrs, 1, #self.last_lrs, 1, {})
end

-- ---- state ----

local function is_state(key, value)
  return key ~= "optimizer" and type(value) ~= "function" and type(value) ~= "userdata"
end

local function copy(value)
  if type(value) ~= "table" then return value end
  local new = {}
  for key, item in pairs(value) do
    if type(item) ~= "function" then new[key] = copy(item) end
  end
  return new
end

--- Everything but the optimizer and functions, as a table of numbers, texts, booleans and lists. The rates themselves are in
--- the optimizer's state_dict.
---@return table
function LRScheduler:state_dict()
  local state = {}
  for key, value in next, self do
    if is_state(key, value) then state[key] = copy(value) end
  end
  return state
end

--- Goes on where state_dict was taken, in a schedule that was made with the same arguments; load the optimizer's state_dict
--- too, after making the schedule: making one sets the rates.
---@param state table
function LRScheduler:load_state_dict(state)
  if type(state) ~= "table" or type(state.last_epoch) ~= "number" then
    fail(("%s: load_state_dict expects a table, as state_dict gives"):format(who(self)))
  end
  for key, value in next, state do
    local own = rawget(self, key)
    if own == nil and self.transient[key] == nil or own ~= nil and type(own) ~= type(value) then
      fail(("%s: the state has a %s '%s', which this schedule has not: it is another schedule's"):format(who(self),
        type(value), tostring(key)))
    end
  end
  for key in next, self.transient do self[key] = nil end
  for key, value in next, state do self[key] = copy(value) end
end
LRScheduler.transient = {} -- names of fields that are nil at times

function LRScheduler:text()
  local parts = {}
  for _, list in ipairs { self.arguments, self.options } do
    for _, name in ipairs(list) do
      local value = rawget(self, name)
      if value ~= nil and type(value) ~= "function" then parts[#parts + 1] = ("%s=%s"):format(name, words.value(value)) end
    end
  end
  return ("%s(%s)"):format(self.__name, table.concat(parts, ", "))
end

-- ---- checks that schedules share ----

--- An error unless self[name] is a number that `holds`, which `expected` says in words.
function LRScheduler:number(name, expected, holds)
  local value = self[name]
  if type(value) ~= "number" or not holds(value) then
    fail(("%s: %s is %s, expected %s"):format(who(self), name, words.value(value), expected))
  end
end

--- An error unless self[name] is a whole number of at least `least`.
function LRScheduler:count(name, least)
  self[name] = arguments.count(self[name], who(self), name, least)
end

--- self[name], a number for all groups or a list of one for each, as a list.
function LRScheduler:for_groups(name)
  local value, count = self[name], #self.optimizer.param_groups
  local list = {}
  if type(value) == "table" and #value ~= count then
    fail(("%s: %s has %d values, the optimizer has %d groups"):format(who(self), name, #value, count))
  end
  for i = 1, count do
    list[i] = type(value) == "table" and value[i] or value
    if type(list[i]) ~= "number" then
      fail(("%s: %s is %s, expected a number, or a list of one for each group"):format(who(self), name, words.value(list[i])))
    end
  end
  return list
end

return LRScheduler
