--- mlprun.plot.series - what people give to a chart, as the series that it draws: see chart.lua.
local core = require "mlprun.core"
local sys, tensor = core.sys, core.tensor
local check = require("mlprun.options").check
local settings = require "mlprun.plot.settings"
local words = require "mlprun.base.words"

local series = {}

-- As a float, since the difference of two whole numbers may not fit into one; and no farther than arithmetic with it reaches.
local function drawable(value)
  value = value + 0.0
  if value - value ~= 0 then return value end
  return math.max(-settings.FARTHEST, math.min(settings.FARTHEST, value))
end

--- A tensor or a list as numbers that can be drawn.
---@param who string   the function, as messages name it
function series.numbers(values, who)
  if tensor.is_tensor(values) then
    if values:dim() ~= 1 then values = values:detach():reshape(-1) end
    values = values:detach():tolist()
  end
  if type(values) ~= "table" then sys.fail(("%s: got a %s, expected a tensor or a list of numbers"):format(who, type(values))) end
  local list = {}
  for i, value in ipairs(values) do
    if type(value) ~= "number" then
      sys.fail(("%s: element %d is a %s, expected a number"):format(who, i, type(value)))
    end
    list[i] = drawable(value)
  end
  return list
end

local function counted(n)
  local list = {}
  for i = 1, n do list[i] = i end
  return list
end

local FIELDS = { "name", "x", "y", "low", "high", "colour", "points" }

-- One series from a table with y, or from plain numbers.
local function of(value, name, who)
  local s = { name = name }
  if type(value) == "table" and value.y ~= nil then
    check(value, FIELDS, who)
    for _, key in ipairs { "x", "y", "low", "high" } do
      if value[key] ~= nil then s[key] = series.numbers(value[key], who) end
    end
    s.name, s.colour, s.points = value.name or name, value.colour, value.points
    if s.colour and not tostring(s.colour):find("^#%x%x%x%x%x%x$") then
      sys.fail(("%s: colour is %s, expected one such as '#ff8000'"):format(who, words.value(s.colour)))
    end
  else
    s.y = series.numbers(value, who)
  end
  s.x = s.x or counted(#s.y)
  for _, key in ipairs { "x", "low", "high" } do
    if s[key] and #s[key] ~= #s.y then
      sys.fail(("%s: %s has %d numbers and y %d, expected as many"):format(who, key, #s[key], #s.y))
    end
  end
  if (s.low == nil) ~= (s.high == nil) then sys.fail(who .. ": low and high belong together") end
  if #s.y == 0 then
    sys.fail(("%s: %s is empty, expected at least one number"):format(who, s.name and ("'%s'"):format(s.name) or "the line"))
  end
  return s
end

--- A list of series from a tensor or a list of numbers (one), a table of these by name, or a list of { name =, x =, y =, low =,
--- high =, colour = }.
---@param who string
---@return table[]
function series.all(value, who)
  if tensor.is_tensor(value) or type(value) == "table" and (type(value[1]) == "number" or value.y ~= nil) then
    return { of(value, nil, who) }
  end
  local wanted = "expected a tensor, a list of numbers, or a table of them by name"
  if type(value) ~= "table" then sys.fail(("%s: got a %s, %s"):format(who, type(value), wanted)) end
  local list = {}
  for i, item in ipairs(value) do list[i] = of(item, nil, who) end
  local names = {}
  for key in pairs(value) do
    if type(key) == "string" then names[#names + 1] = key end
  end
  table.sort(names)
  for _, name in ipairs(names) do list[#list + 1] = of(value[name], name, who) end
  if #list == 0 then sys.fail(("%s: there is nothing to draw: %s"):format(who, wanted)) end
  return list
end

-- ---- bars ----

local WIDTH = 0.8 -- of what is from one group of bars to the next

--- Series as bars side by side, a group at each of 1, 2, ...
function series.as_bars(list)
  for i, s in ipairs(list) do
    s.bars, s.width = true, WIDTH / #list
    s.from = -WIDTH / 2 + (i - 1) * s.width
  end
  return list
end

local function bounds(finite)
  local low, high = math.huge, -math.huge
  for _, value in ipairs(finite) do low, high = math.min(low, value), math.max(high, value) end
  if high - low >= math.max(math.abs(low), math.abs(high), 1e-290) * 1e-12 then return low, high end
  local room = math.max(0.5, math.abs(low) * 1e-6) -- bins could not be told apart
  return low - room, high + room
end

--- How often which values occur, as bars between edges.
---@param finite number[]
---@param bins? integer   as many as fit, where not said
function series.histogram(finite, bins)
  bins = bins or math.max(1, math.min(30, math.ceil(2 * (#finite) ^ 0.5)))
  local low, high = bounds(finite)
  local counts, edges = {}, {}
  for i = 1, bins do counts[i], edges[i] = 0, low + (high - low) * (i - 1) / bins end
  edges[bins + 1] = high
  for _, value in ipairs(finite) do
    local i = math.min(bins, 1 + math.floor((value - low) / (high - low) * bins))
    counts[i] = counts[i] + 1
  end
  return { x = edges, y = counts, edges = edges, bars = true }
end

return series
