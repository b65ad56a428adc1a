--- mlprun.plot.axes - round numbers along an axis.
local axes = {}

--- Places for labels between low and high, about `wanted` of them, at 1, 2 or 5 times a power of ten.
---@return number[] places, integer digits   digits: after the point, so that all differ
function axes.ticks(low, high, wanted)
  local step = (high - low) / math.max(1, wanted)
  local power = 10.0 ^ math.floor(math.log(step, 10))
  local ratio = step / power
  step = power * (ratio > 5 and 10 or ratio > 2 and 5 or ratio > 1 and 2 or 1)
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

--- The range of numbers, a little wider than they are; never empty. Numbers that are not finite do not count.
function axes.range(lists, low, high)
  local least, most = math.huge, -math.huge
  for _, list in ipairs(lists) do
    for _, value in ipairs(list) do
      if value - value == 0 then least, most = math.min(least, value), math.max(most, value) end
    end
  end
  if least > most then least, most = 0, 1 end
  if least == most then
    local room = math.max(math.abs(least) * 0.05, 1e-6)
    least, most = least - room, most + room
  end
  return low or least, high or most
end

return axes
