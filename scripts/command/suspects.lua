--- mlprun.command.suspects - what `mlprun check` sees of a script as a whole, beside what each run looks at itself: names that no
--- run came to, options that nothing reads, trials that do the same, and steps that are taken twice.
local alike = require "mlprun.base.alike"
local globals_of = require "mlprun.command.globals_of"
local is_library = require("mlprun.experiment.recording").is_library
local parts_used = require "mlprun.command.parts_used"
local sys = require("mlprun.core").sys
local words = require "mlprun.base.words"

local suspects = {}

-- ---- globals ----

local function message_of(name)
  local _, message = pcall(function() return _G[name] end)
  return tostring(message):match("undefined global.*") or ("undefined global '%s'"):format(name)
end

--- A global that a script reads and nobody sets, or that a function of it makes: a message with its line, or nil.
---@param script function   the script's chunk, which has run
---@param path string
---@param before table      the globals as they were
---@param quiet boolean     the script wants no warnings: it makes them on purpose
function suspects.global(script, path, before, quiet)
  local uses, set, outside = globals_of(script), {}, {}
  table.sort(uses, function(a, b) return a.line < b.line end)
  for _, use in ipairs(uses) do
    if use.sets then set[use.name], outside[use.name] = true, outside[use.name] or use.depth == 0 end
  end
  for _, use in ipairs(uses) do
    local name = use.name
    if not use.sets and not set[name] and rawget(_G, name) == nil then
      return ("%s:%d: %s"):format(path, use.line, message_of(name))
    elseif use.sets and not outside[name] and before[name] == nil and not quiet then
      return sys.stray_global(path, use.line, name)
    end
  end
end

--- A name that a part of the library does not have: a message with its line, or nil.
---@param path string   of a script
function suspects.field(path)
  local problem, line = parts_used(sys.read_file(path))
  return problem and ("%s:%d: %s"):format(path, line, problem)
end

-- ---- options ----

--- Notes which of a script's own options are read.
---@param own string[]   their names
---@return fun(values: table) watch   looks at a table of options: the experiment's, or a trial's
---@return fun(): string[] unread     the names of those that were not read, sorted
function suspects.options(own)
  local left, watched = {}, setmetatable({}, { __mode = "k" })
  for _, name in ipairs(own) do left[name] = true end
  local function watch(values)
    if watched[values] then return end
    watched[values] = true
    local hidden, otherwise = {}, (getmetatable(values) or {}).__index or function() end
    for _, name in ipairs(own) do hidden[name], values[name] = values[name], nil end
    local function all()
      local copy = {}
      for name, value in next, values do copy[name] = value end
      for name, value in next, hidden do copy[name] = value end
      return copy
    end
    setmetatable(values, {
      __index = function(_, name)
        if hidden[name] == nil then return otherwise(all(), name) end
        left[name] = nil
        return hidden[name]
      end,
      __newindex = function(self, name, value)
        if hidden[name] == nil then rawset(self, name, value) else hidden[name] = value end
      end,
      __pairs = function() return next, all() end,
    })
  end
  return watch, function()
    local names = {}
    for name in next, left do names[#names + 1] = name end
    table.sort(names)
    return names
  end
end

-- ---- trials ----

-- Whether two functions are the same lines with the same values around them, those of functions that they call included.
local function is_same_function(a, b, depth)
  if a == b then return true end
  local one, other = debug.getinfo(a, "Su"), debug.getinfo(b, "Su")
  local same = one.source == other.source and one.linedefined == other.linedefined and one.nups == other.nups
  if not same or depth > 8 then return false end
  if one.lastlinedefined == one.linedefined then return false end -- several functions may stand in a line
  for i = 1, one.nups do
    local _, x = debug.getupvalue(a, i)
    local _, y = debug.getupvalue(b, i)
    if type(x) == "function" and type(y) == "function" and not is_library(x) then
      if not is_same_function(x, y, depth + 1) then return false end
    elseif not rawequal(x, y) then
      return false
    end
  end
  return true
end

local MEASURED = { "seed", "val_loss", "train_loss", "val_accuracy", "train_accuracy" }

local function measured_the_same(a, b)
  for _, name in ipairs(MEASURED) do
    if a[name] == nil or a[name] ~= b[name] then return false end
  end
  return true
end

--- A function that is given each run, and raises where a trial is an earlier one under another name.
---@return fun(spec: table, result: table)
function suspects.trials()
  local seen = {}
  return function(spec, result)
    for _, other in ipairs(seen) do
      local before = other.spec
      if before.trial ~= spec.trial and measured_the_same(other.result, result) and is_same_function(before.fn, spec.fn, 1)
        and alike(before.own, spec.own) and alike(before.values, spec.values)
      then
        sys.fail(("the trials '%s' and '%s' do the same: their function uses nothing in which they differ"):format(
          before.trial, spec.trial))
      end
    end
    seen[#seen + 1] = { spec = spec, result = result }
  end
end

-- ---- steps ----

local function count_calls(object, name)
  local count, method = 0, object[name]
  rawset(object, name, function(...)
    count = count + 1
    return method(...)
  end)
  return function()
    rawset(object, name, nil)
    return count
  end
end

--- Trains a run, and raises where its optimizer or its schedule was stepped by the script too.
---@param train fun(state: table, o: table?): table   the history
---@param state table
---@param o table?
function suspects.train(train, state, o)
  local f = state.fields
  local optimizer, scheduler = f.optimizer, f.scheduler
  local counted = type(optimizer) == "table" and optimizer.step and count_calls(optimizer, "step")
  local began = type(scheduler) == "table" and scheduler.last_epoch
  local history = train(state, o)
  local steps = counted and counted() or 0
  if counted and steps > state.steps then
    sys.fail(("run:fit: the script calls optimizer:step() too, which run:fit does after each batch: %s in place of %d"):format(
      words.count(steps, "step"), state.steps))
  end
  local plan = state.schedule
  local due = plan and (plan.interval == "step" and state.steps or #history)
  if began and due and scheduler.last_epoch - began > due then
    sys.fail(("run:fit: the script calls run.scheduler:step() too, which run:fit does after each %s"):format(
      plan.interval == "step" and "training step" or "epoch"))
  end
  return history
end

return suspects
