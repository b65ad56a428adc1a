--- mlprun.plot.axes - axes: from which number to which they reach, where values lie on them, and round numbers along them.
local axes = {}

--- Places for labels between low and high, about `wanted` of them, at 1, 2 or 5 times a power of ten; never a single one,
--- which has no scale, unless whole numbers have no second.
---@param whole? boolean   no places between whole numbers
---@return number[] places, integer digits   digits: after the point, so that all differ
function axes.ticks(low, high, wanted, whole)
  local step = (high - low) / math.max(1, wanted)
  local power = 10.0 ^ math.floor(math.log(step, 10))
  local ratio = step / power
  step = power * (ratio > 5 and 10 or ratio > 2 and 5 or ratio > 1 and 2 or 1)
  if whole then step = math.max(1.0, step) end
  local places = {}
  for i = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) do places[#places + 1] = i * step end
  if #places < 2 and not whole and wanted < 16 then return axes.ticks(low, high, 2 * math.max(1, wanted)) end
  return places, math.max(0, math.ceil(-math.log(step, 10) - 1e-9))
end

--- A tick's number; large and tiny ones with an exponent.
function axes.label(value, digits)
  if value == 0 then return "0" end
  local size = math.abs(value)
  if size >= 1e5 or size < 1e-4 then return (("%.3g"):format(value):gsub("e([+-])0*", "e%1"):gsub("e%+", "e")) end
  return ("%." .. digits .. "f"):format(value)
end

-- Less than this between two numbers is no axis: labels could not tell places apart.
local function least_width(low, high) return math.max(math.max(math.abs(low), math.abs(high)) * 1e-9, 1e-300) end

--- The range of numbers, wider when they hardly differ; numbers that are not finite do not count.
---@param low? number    an end that stays where it is, whatever the numbers are
---@param high? number
function axes.range(lists, low, high)
  local least, most = math.huge, -math.huge
  for _, list in ipairs(lists) do
    for _, value in ipairs(list) do
      if value - value == 0 then least, most = math.min(least, value), math.max(most, value) end
    end
  end
  if least > most then least, most = 0, 1 end
  least, most = low or least, high or most
  if most - least < least_width(least, most) then
    local room = math.max(math.abs(low or high or least) * 0.05, 1e-6)
    least, most = low or (high or least) - room, high or (low or most) + room
  end
  return least, most
end

-- ---- axes ----

local FAR = 1e6 -- pixels; what lies farther outside goes no farther than the arithmetic of a frame needs

local function as_it_is(value) return value end

-- Of a number that is not above 0 there is none: a gap.
local function log10(value) return value > 0 and math.log(value, 10) or 0 / 0 end

-- The places of a logarithmic axis and their labels: powers of ten; where these are few, 2 and 5 times them too.
local function log_ticks(low, high, wanted)
  local list, decades = {}, high - low
  if decades < 0.5 then
    local places, digits = axes.ticks(10 ^ low, 10 ^ high, wanted)
    for i, place in ipairs(places) do list[i] = { at = log10(place), label = axes.label(place, digits) } end
    return list
  end
  local step = math.max(1, math.ceil(decades / math.max(1, wanted)))
  local factors = step == 1 and decades * 3 <= wanted and { 1, 2, 5 } or { 1 }
  for power = math.floor(low), math.ceil(high) do
    for _, factor in ipairs(power % step == 0 and factors or {}) do
      local at = power + math.log(factor, 10)
      if at >= low - 1e-9 and at <= high + 1e-9 then
        list[#list + 1] = { at = at, label = axes.label(factor * 10.0 ^ power, math.max(0, -power)) }
      end
    end
  end
  return list
end

--- An axis for numbers.
---@param lists number[][]   what it has to show
---@param o? table   log; low, high (ends that are given); room (a share of the length, at ends that are not given); whole (no
---                  ticks between whole numbers); places (a list of { value, label }, in place of round numbers)
---@return table   share(value): how far along the axis, 0 to 1 (NaN: nowhere); placing(from, to): the function that places
---                values there, in pixels; ticks(wanted): a list of { share, label }
function axes.of(lists, o)
  o = o or {}
  local on = o.log and log10 or as_it_is
  local moved = {}
  for i, list in ipairs(lists) do
    moved[i] = {}
    for k, value in ipairs(list) do moved[i][k] = on(value) end
  end
  local low, high = axes.range(moved, o.low and on(o.low), o.high and on(o.high))
  local room = (high - low) * (o.room or 0)
  if not o.low then low = low - room end
  if not o.high then high = high + room end
  local axis = { low = low, high = high }
  function axis.share(value)
    value = on(value)
    if value - value ~= 0 then return 0 / 0 end
    return (value - low) / (high - low)
  end
  function axis.placing(from, to)
    return function(value)
      local share = axis.share(value)
      return share ~= share and share or math.max(-FAR, math.min(FAR, from + share * (to - from)))
    end
  end
  function axis.ticks(wanted)
    local list = {}
    if o.places then
      for i, place in ipairs(o.places) do list[i] = { share = axis.share(place[1]), label = place[2] } end
    elseif o.log then
      for i, tick in ipairs(log_ticks(low, high, wanted)) do
        list[i] = { share = (tick.at - low) / (high - low), label = tick.label }
      end
    else
      local places, digits = axes.ticks(low, high, wanted, o.whole)
      for i, place in ipairs(places) do list[i] = { share = axis.share(place), label = axes.label(place, digits) } end
    end
    return list
  end
  return axis
end

return axes
