--- public - what scripts see of the library's tables: a name that is not there is an error with the nearest that is, and
--- so is an argument that a function does not take. One place does both for everything that is written in Lua; the
--- functions of C say in their tables how many arguments they take.
local class = require "mlprun.base.class"
local core = require "mlprun.core"
local names = require "mlprun.base.names"
local sys = core.sys

local public = {}

local inner = setmetatable({}, { __mode = "k" }) -- what stands behind a function that counts its arguments
local seen_parts = setmetatable({}, { __mode = "k" }) -- the tables that scripts see: ml.nn, ml.nn.functional
local walked = setmetatable({}, { __mode = "k" }) -- classes whose methods have their limits: all layers are below one

--- The function as it is written, for whoever looks at its source.
function public.inner(fn)
  return inner[fn] or fn
end

local function shown(value)
  if type(value) == "string" then return ("the string '%s'"):format(value) end
  if type(value) == "number" or type(value) == "boolean" or value == nil then return tostring(value) end
  return "a " .. (core.tensor.is_tensor(value) and "Tensor" or type(value))
end

-- Raises for the first argument behind `most` that is not nil. own: 1 where the first one is the object before a colon.
local function check_rest(name, most, own, ...)
  local takes = most - own
  for i = most + 1, select("#", ...) do
    local extra = select(i, ...)
    if extra ~= nil then
      sys.fail(("%s: argument %d is %s, expected %s"):format(name, i - own, shown(extra), takes == 0 and "no arguments"
        or takes == 1 and "at most one argument" or ("at most %d arguments"):format(takes)))
    end
  end
end

-- Raises unless a method's first argument is what stands before the colon: an object of its class or of one below, or, for
-- methods such as subclass, such a class.
local function check_object(object, of, name)
  if class.is(object, of) or class.is_class(object, of) then return end
  sys.fail(("%s was called without its object: methods are called with a colon, as in object:%s()"):format(name, name))
end

--- The function fn with a limit: more arguments than it has parameters are an error. What takes any number stays as it is,
--- but for the object of a method.
---@param name string   for the message: "nn.Linear", ":topk"
---@param own? integer   1 for a method: its object is not counted
---@param of? table   the class that its object is of
function public.limited(fn, name, own, of)
  own = own or 0
  local info = debug.getinfo(fn, "u")
  local method = of and debug.getlocal(fn, 1) == "self" and name:match("^:(.*)")
  if inner[fn] or info.isvararg and not method then return fn end
  local most = info.isvararg and math.huge or math.max(info.nparams, own)
  local function counted(...)
    if method then check_object((...), of, method) end
    if select("#", ...) > most then check_rest(name, most, own, ...) end
    return fn(...)
  end
  inner[counted] = fn
  return counted
end

--- Limits the methods of a class and of those above it in place, and has them ask for their object; but for the ones without
--- parameters, which stand for what a class below has.
---@param list table   the methods; a class is one
---@param constructor? string   the name that its __init has in messages
---@param of? table   the class of the objects, where the list is none
function public.methods(list, constructor, of)
  if walked[list] then return end
  walked[list] = true
  of = of or rawget(list, "__meta") and list
  for key, value in next, list do
    if type(value) == "function" and debug.getinfo(value, "u").nparams > 0 then
      list[key] = public.limited(value, key == "__init" and constructor or ":" .. key, 1, of)
    end
  end
  local above = (getmetatable(list) or {}).__index
  if type(above) == "table" then public.methods(above) end
end

-- The name of the part of a table that has a name: "functional" of nn for "relu".
local function part_with(object, key)
  for _, name in ipairs(names.of(object)) do
    local part = rawget(object, name)
    if seen_parts[part] and rawget(part, key) ~= nil then return name end
  end
end

--- Raises for a name that is not there: with the part of the tables that has it, or the nearest.
---@param where string   what was asked: "ml.nn"
---@param ... table      tables with the names that there are
function public.refuse_name(where, key, ...)
  for _, object in ipairs { ... } do
    local part = part_with(object, key)
    if part then sys.fail(("%s has no '%s': it is %s.%s.%s"):format(where, tostring(key), where, part, key)) end
  end
  sys.fail(("%s has no '%s'%s"):format(where, tostring(key), names.hint(key, names.of(...))))
end

-- A table of functions or classes within a part: nn.functional, metrics.stats. Lists and constants are none.
local function is_part(value)
  for key, each in next, value do
    if type(key) == "string" and (type(each) == "function" or type(each) == "table" and getmetatable(each)) then
      return true
    end
  end
  return false
end

--- Makes a table what scripts see, in place, and the tables and classes in it.
---@param where string   its name in messages: "ml.nn"
---@param elsewhere? table   names that other tools have for what is in it -> its name
function public.part(object, where, elsewhere)
  local meta = getmetatable(object) or {}
  if meta.__index then return object end
  meta.__index = function(self, key)
    local own = elsewhere and elsewhere[key]
    if own then sys.fail(("%s has no '%s': the nearest is called '%s' here"):format(where, key, own)) end
    return public.refuse_name(where, key, self)
  end
  setmetatable(object, meta) -- first: a part may name itself
  seen_parts[object] = true
  local short, keys = where:gsub("^ml%.", ""), {}
  for key in next, object do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return #a < #b or #a == #b and a < b end) -- of two names of one table the shorter one is said
  for _, key in ipairs(keys) do
    local value, name = object[key], short .. "." .. key
    if type(value) == "function" then object[key] = public.limited(value, name)
    elseif type(value) == "table" and getmetatable(value) then public.methods(value, name)
    elseif type(value) == "table" and is_part(value) then public.part(value, where .. "." .. key) end
  end
  return object
end

return public
