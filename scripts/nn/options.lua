-- What constructors of layers and optimizers check: required arguments by position, the rest in one table.
local core = require "mlprun.core"
local options = require "mlprun.options"
local shown = require("mlprun.base.words").value
local fail = core.sys.fail

local arguments = {}

-- Values without names, in the order of the options: "lr = 0.1, momentum = 0.9".
local function named(known, ...)
  local parts = {}
  for i = 1, math.min(select("#", ...), #known) do
    local value = (select(i, ...))
    local plain = type(value) == "number" or type(value) == "boolean"
    if i > 1 and not plain then break end
    parts[i] = ("%s = %s"):format(known[i], plain and tostring(value) or "...")
  end
  return table.concat(parts, ", ")
end

--- The trailing table, checked: unknown keys are errors with a did-you-mean. Returns an empty table for nil.
---@param o any              the argument
---@param known string[]     names of the options, in PyTorch's order
---@param who string         "nn.Linear"
---@param ...                arguments after it: there should be none
function arguments.check(o, known, who, ...)
  if select("#", ...) > 0 or (o ~= nil and type(o) ~= "table") then
    local example = "it takes no further arguments"
    if known[1] then
      example = ("optional arguments are named: %s(..., { %s })"):format(who, named(known, o, ...))
    end
    fail(("%s: got %s as a positional argument: %s"):format(who,
      o ~= nil and type(o) ~= "table" and tostring(o) or tostring((...)), example))
  end
  if #known == 0 then
    if o and next(o) ~= nil then fail(("%s has no options, got '%s'"):format(who, tostring((next(o))))) end
    return {}
  end
  return options.check(o, known, who)
end

--- value, or the default when it is nil; an error unless it is of that type.
function arguments.value(value, default, kind, who, name)
  if value == nil then return default end
  if type(value) ~= kind then
    fail(("%s: %s is %s, expected a %s"):format(who, name, shown(value), kind))
  end
  return value
end

--- A whole number of at least `least`.
function arguments.count(value, who, name, least)
  local n = type(value) == "number" and math.tointeger(value)
  if not n or n < (least or 0) then
    fail(("%s: %s is %s, expected a whole number of at least %d"):format(who, name, shown(value), least or 0))
  end
  return n
end

return arguments
