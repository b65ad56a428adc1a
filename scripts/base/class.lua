--- mlprun.base.class - classes: what objects of a kind have in common.
--
--   local Line = class.new("Line", { __tostring = function(self) return "line " .. self.number end })
--   function Line:__init(number) self.number = number end
--   function Line:next() return Line(self.number + 1) end
--   local Last = class.new("Last", {}, Line) -- below Line
--   print(Line(3):next())
--
-- A class is a table: its methods, and
--   __init(self, ...)    sets up the object that Line(...) makes
--   __new(class, ...)    makes it, where that takes more than an empty table
--   __what               "an optimizer %s": how messages call an object (%s: the class); a field that is none is then an error
-- Events of Lua (__tostring, __call, ...) stand in the body that new is given; classes below have them too.
local sys = require("mlprun.core").sys
local names = require "mlprun.base.names"

local class = {}

local EVENTS = { "__call", "__close", "__gc", "__index", "__len", "__newindex", "__tostring" }

--- The class of an object, or nil.
function class.of(object)
  local meta = type(object) == "table" and getmetatable(object)
  return type(meta) == "table" and rawget(meta, "class") or nil
end

--- The class that another one is below; nil for one that is below none.
function class.parent(c)
  local meta = getmetatable(c)
  return meta and meta.__index
end

--- Whether a value is an object of a class, or of one below it.
function class.is(value, c)
  local at = class.of(value)
  while at and at ~= c do at = class.parent(at) end
  return at ~= nil
end

--- Whether a value is a class itself, or one below it.
function class.is_class(value, c)
  local at = type(value) == "table" and rawget(value, "__meta") and value or nil
  while at and at ~= c do at = class.parent(at) end
  return at ~= nil
end

--- Raises the error that an object has no such field, with the nearest name: of its methods, and of the tables that follow.
---@param object table
---@param key any
---@param ... table   with what is in the object
function class.refuse(object, key, ...)
  local from, c = { ... }, class.of(object)
  local what = c.__what:format(c.__name)
  while c do
    from[#from + 1] = c
    c = class.parent(c)
  end
  sys.fail(("%s has no field '%s'%s"):format(what, tostring(key), names.hint(key, names.of(table.unpack(from)))))
end

-- How objects are read whose class says what they are called.
local function strictly(c)
  return function(object, key)
    local value = c[key]
    if value == nil then class.refuse(object, key, object) end
    return value
  end
end

local function plain_object(c, ...)
  local object = setmetatable({}, c.__meta)
  if c.__init then c.__init(object, ...) end
  return object
end

local function make(c, ...) return (c.__new or plain_object)(c, ...) end

--- A new class.
---@param name string
---@param body? table     becomes the class: methods, and what stands above
---@param parent? table   a class, whose methods and events it has too
---@return table
function class.new(name, body, parent)
  local c = body or {}
  local meta = { class = c, __name = name }
  c.__name, c.__meta = name, meta
  setmetatable(c, { __index = parent, __call = make })
  for _, event in ipairs(EVENTS) do meta[event] = c[event] end
  meta.__index = meta.__index or c.__what and strictly(c) or c
  return c
end

return class
