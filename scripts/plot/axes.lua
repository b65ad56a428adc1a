--- mlprun.plot.axes - round numbers along an axis.
local axes = {}

--- Places for labels between low and high, about `wanted` of them, at 1, 2 or 5 times a power of ten.
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

return axes
