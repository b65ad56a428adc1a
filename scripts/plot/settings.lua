--- mlprun.plot.settings - the options of plots: which there are, and what each may be.
local core = require "mlprun.core"
local check = require("mlprun.options").check
local words = require "mlprun.base.words"
local sys = core.sys

local settings = {}

--- Numbers that are larger are drawn here: with a few times this, arithmetic is still finite.
settings.FARTHEST = 1e300

local TEXT, NUMBER, LIST = "a text", "a number from -1e300 to 1e300", "a list"
local SCALE, ROWS = "'linear' or 'log'", "'true' (shares of the rows)"

-- A kind, or the least and the greatest whole number.
local KINDS = {
  title = TEXT, xlabel = TEXT, ylabel = TEXT, file = TEXT, ymin = NUMBER, ymax = NUMBER, labels = LIST, good = LIST,
  xticks = LIST, xticklabels = LIST, yticklabels = LIST, xscale = SCALE, yscale = SCALE, normalize = ROWS,
  width = { 100, 16000 }, height = { 100, 16000 }, bins = { 1, 1000 }, columns = { 1, 1000 }, cell = { 8, 4096 },
  most = { 1, 100000 },
}

local fits = {
  [TEXT] = function(value) return type(value) == "string" or type(value) == "number" end,
  [NUMBER] = function(value) return type(value) == "number" and math.abs(value) <= settings.FARTHEST end,
  [SCALE] = function(value) return value == "linear" or value == "log" end,
  [ROWS] = function(value) return value == "true" end,
  [LIST] = function(value) return type(value) == "table" end,
}

--- Whether a number is whole and in a range, or an error.
function settings.whole(value, least, most, what)
  if math.type(value) ~= "integer" or value < least or value > most then
    sys.fail(("%s is %s, expected a whole number from %d to %d"):format(what, words.value(value), least, most))
  end
  return value
end

--- Checks the options of a function.
---@param given? table
---@param known string[]
---@param who string   the function, as messages name it
---@param other? table   names that mean something else there, which the function checks itself
---@return table
function settings.check(given, known, who, other)
  local o = check(given, known, who)
  for _, name in ipairs(known) do
    local kind, value = not (other and other[name]) and KINDS[name], o[name]
    if value ~= nil and type(kind) == "table" then
      settings.whole(value, kind[1], kind[2], ("%s: %s"):format(who, name))
    elseif value ~= nil and kind and not fits[kind](value) then
      sys.fail(("%s: %s is %s, expected %s"):format(who, name, words.value(value), kind))
    elseif kind == NUMBER and value then
      o[name] = value + 0.0
    end
  end
  return o
end

--- Checks that an axis from ymin to ymax has a length; nil is free.
function settings.check_ends(ymin, ymax, who)
  if not ymin or not ymax then return end
  if ymax - ymin <= math.max(math.abs(ymin), math.abs(ymax)) * 1e-9 then
    sys.fail(("%s: ymin is %.9g and ymax %.9g, expected ymax to be more than ymin"):format(who, ymin, ymax))
  end
end

--- Checks that the ends of a logarithmic axis are above 0.
function settings.check_log(o, who)
  for _, name in ipairs { "ymin", "ymax" } do
    if o.yscale == "log" and o[name] and o[name] <= 0 then
      sys.fail(("%s: %s is %.9g, expected more than 0 with yscale = 'log'"):format(who, name, o[name]))
    end
  end
end

--- Checks a list of { value, label }.
function settings.check_ticks(ticks, who)
  for i, tick in ipairs(ticks or {}) do
    if type(tick) ~= "table" or type(tick[1]) ~= "number" or type(tick[2]) ~= "string" then
      sys.fail(("%s: xticks: element %d is %s, expected { value, label }"):format(who, i, words.value(tick)))
    end
  end
end

return settings
