--- mlprun.search.space - what a hyperparameter can be, and the unit interval that methods of search think in.
--
-- A range of numbers maps its values to [0, 1] (by their logarithm, where it is logarithmic); a whole number has a cell of
-- that interval for itself. A choice has a number for each of its values, from 1.
local core = require "mlprun.core"
local class = require "mlprun.base.class"
local names = require "mlprun.base.names"
local words = require "mlprun.base.words"
local sys = core.sys

local space = {}

-- ---- ranges ----

local Range = class.new("mlprun.search.Range", { __what = "a range",
  __tostring = function(self)
    return ("%s%s %s..%s"):format(self.log and "log " or "", self.whole and "int" or "uniform", words.value(self.low),
      words.value(self.high))
  end })

local function check_limits(who, low, high, whole, log)
  for name, value in pairs { low = low, high = high } do
    if type(value) ~= "number" or value - value ~= 0 or whole and math.type(value) ~= "integer" then
      sys.fail(("%s: %s is %s, expected a %snumber"):format(who, name, words.value(value), whole and "whole " or ""))
    end
  end
  if low >= high then
    sys.fail(("%s: low is %s, high %s: expected low below high"):format(who, words.value(low), words.value(high)))
  end
  if log and low <= 0 then
    sys.fail(("%s: low is %s: a logarithmic range begins above 0"):format(who, words.value(low)))
  end
end

function Range:__init(who, low, high, whole, log)
  check_limits(who, low, high, whole, log)
  self.low, self.high, self.whole, self.log = low, high, whole, log
  local edge = whole and 0.5 or 0
  self.from, self.to = self:_place(low - edge), self:_place(high + edge)
end

function Range:_place(value) return self.log and math.log(value) or value end

--- A value's place in [0, 1].
function Range:unit(value) return (self:_place(value) - self.from) / (self.to - self.from) end

--- The value at a place in [0, 1].
function Range:value(unit)
  local value = self.from + unit * (self.to - self.from)
  if self.log then value = math.exp(value) end
  if self.whole then value = math.tointeger(math.floor(value + 0.5)) end
  return math.min(math.max(value, self.low), self.high)
end

--- The part of [0, 1] that stands for a value: a cell for a whole number, a point for any other.
function Range:cell(value)
  if not self.whole then
    local unit = self:unit(value)
    return unit, unit
  end
  return self:unit(value - 0.5), self:unit(value + 0.5)
end

--- Whether a value is one of the range's.
function Range:holds(value)
  return type(value) == "number" and value >= self.low and value <= self.high
    and (not self.whole or math.type(value) == "integer")
end

--- The values of a grid with at most n places.
function Range:steps(n)
  local list, seen = {}, {}
  for i = 1, n do
    local value = self:value(n == 1 and 0.5 or (i - 1) / (n - 1))
    if i == 1 and n > 1 then value = self.low elseif i == n and n > 1 then value = self.high end
    if not seen[value] then list[#list + 1], seen[value] = value, true end
  end
  return list
end

-- ---- choices ----

local Choice = class.new("mlprun.search.Choice", { __what = "a choice",
  __tostring = function(self)
    local list = {}
    for i, value in ipairs(self.values) do list[i] = tostring(value) end
    return "one of " .. table.concat(list, ", ")
  end })

local PLAIN = { number = true, string = true, boolean = true }

function Choice:__init(values)
  if type(values) ~= "table" or #values < 2 then
    sys.fail(("search.choice: got %s, expected a list of at least two values"):format(words.value(values)))
  end
  local seen = {}
  for i, value in ipairs(values) do
    if not PLAIN[type(value)] then
      sys.fail(("search.choice: value %d is a %s, expected a number, a text, true or false; a name for it, and a table in the "
        .. "script, serve for others"):format(i, type(value)))
    end
    if seen[value] then sys.fail(("search.choice: %s is there twice"):format(words.value(value))) end
    seen[value] = true
  end
  self.values = table.move(values, 1, #values, 1, {})
end

--- The number of a value; nil when it is none of them.
function Choice:number(value)
  for i, each in ipairs(self.values) do
    if each == value then return i end
  end
end

function Choice:holds(value) return self:number(value) ~= nil end

--- The values of a grid: all of them.
function Choice:steps() return self.values end

-- ---- what scripts write ----

--- Any number from low to high, each as likely.
---@param low number
---@param high number
function space.uniform(low, high) return Range("search.uniform", low, high, false, false) end

--- Any number from low to high, each order of magnitude as likely: learning rates, weight decays.
---@param low number   above 0
---@param high number
function space.log_uniform(low, high) return Range("search.log_uniform", low, high, false, true) end

--- A whole number from low to high, both included.
---@param low integer
---@param high integer
---@param o? { log = false }   log: each order of magnitude as likely
function space.int(low, high, o)
  o = require("mlprun.options").check(o, { "log" }, "search.int")
  return Range("search.int", low, high, true, o.log == true)
end

--- One of some values.
---@param values any[]   numbers, texts, true or false
function space.choice(values) return Choice(values) end

--- Whether something is a range or a choice.
function space.is_dimension(value)
  return class.is(value, Range) or class.is(value, Choice)
end

--- Whether it is a choice.
function space.is_choice(value) return class.is(value, Choice) end

--- A table of names and what each can be, as a list in the order of the names: { name, dimension }.
---@param given table
---@param who string   for messages
function space.read(given, who)
  if type(given) ~= "table" or next(given) == nil then
    sys.fail(("%s: space is %s, expected names and what they can be: { lr = search.log_uniform(1e-4, 1e-1) }"):format(who,
      type(given) == "table" and "empty" or words.value(given)))
  end
  local list = {}
  for _, name in ipairs(names.sorted(given)) do
    if not space.is_dimension(given[name]) then
      sys.fail(("%s: space.%s is %s, expected search.uniform, log_uniform, int or choice"):format(who, tostring(name),
        words.value(given[name])))
    end
    list[#list + 1] = { name = name, dimension = given[name] }
  end
  return list
end

--- The values of a trial in words: "lr=0.0021, width=384".
function space.words(list, values)
  local parts = {}
  for i, entry in ipairs(list) do
    local value = values[entry.name]
    parts[i] = ("%s=%s"):format(entry.name, math.type(value) == "float" and ("%.3g"):format(value) or tostring(value))
  end
  return table.concat(parts, ", ")
end

--- Raises unless values has a value for each hyperparameter of a space, and nothing else.
function space.check(list, values, who)
  local known = {}
  for i, entry in ipairs(list) do
    known[i] = entry.name
    if values[entry.name] == nil then sys.fail(("%s: %s is missing"):format(who, entry.name)) end
    if not entry.dimension:holds(values[entry.name]) then
      sys.fail(("%s: %s is %s, expected %s"):format(who, entry.name, words.value(values[entry.name]), tostring(entry.dimension)))
    end
  end
  for name in pairs(values) do
    local problem = names.problem(name, known, "hyperparameter")
    if problem then sys.fail(who .. ": " .. problem) end
  end
end

return space
