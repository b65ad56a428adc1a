--- mlprun.base.words - numbers and lists as people read them, the same in every locale.
local core = require "mlprun.core"

local words = {}

--- 1430 -> "1,430"
function words.grouped(n)
  local digits = ("%d"):format(n)
  while digits:find("%d%d%d%d") do digits = digits:gsub("^(%-?%d+)(%d%d%d)", "%1,%2") end
  return digits
end

--- 0.663 -> "66.3 %"
function words.percent(share)
  return share and share == share and ("%.1f %%"):format(100 * share) or "-"
end

--- 0.073 -> "7.3", for differences in percentage points
function words.points(difference)
  return (("%.1f"):format(100 * difference):gsub("^%-0%.0$", "0.0"))
end

--- A difference of a metric whose values have this format: "7.3 points", "0.0312".
---@param format? string   "percent" or "points": shares; anything else a number
function words.difference(value, format)
  if format == "percent" or format == "points" then return words.points(value) .. " points" end
  return (("%.3g"):format(value):gsub("^%-0$", "0"))
end

--- The same with its sign: "+7.3 points", "-0.0312", "0.0 points" for what is no more than that.
function words.signed(value, format)
  local text = words.difference(value, format)
  return value > 0 and text ~= words.difference(0, format) and "+" .. text or text
end

--- The same without its unit.
function words.bare_difference(value, format)
  return (words.difference(value, format):gsub(" points$", ""))
end

function words.p_value(p)
  if p < 0.001 then return "p < 0.001" end
  return (p < 0.1 and "p = %.3f" or "p = %.2f"):format(p)
end

--- 25214976 -> "25.2 MB"
function words.bytes(n)
  if n < 1000 then return ("%d B"):format(n) end
  local unit = n < 1e6 and 1 or n < 1e9 and 2 or 3
  return ("%.3g %s"):format(n / 1000 ^ unit, ({ "kB", "MB", "GB" })[unit])
end

--- 75.3 -> "1 min 15 s"
function words.duration(seconds)
  if seconds < 9.95 then return ("%.1f s"):format(seconds) end
  local s = math.floor(seconds + 0.5)
  if s < 60 then return ("%d s"):format(s) end
  if s < 3600 then return ("%d min %02d s"):format(s // 60, s % 60) end
  return ("%d h %02d min"):format(s // 3600, s % 3600 // 60)
end

--- "1 epoch", "2 epochs", "3 classes"
function words.count(n, noun)
  return ("%s %s"):format(words.grouped(n), n == 1 and noun or noun:find("s$") and noun .. "es" or noun .. "s")
end

--- { "a", "b", "c" } -> "a, b and c"
function words.list(items)
  if #items < 2 then return items[1] or "" end
  return table.concat(items, ", ", 1, #items - 1) .. " and " .. items[#items]
end

--- A name among others: in quotes where it has a comma or an "and" of its own.
function words.name(name)
  return (name:find(", ", 1, true) or name:find(" and ", 1, true)) and "'" .. name .. "'" or name
end

--- A list of names, each as words.name has it; a single one as it is.
function words.names(names)
  if #names < 2 then return names[1] or "" end
  local items = {}
  for i, name in ipairs(names) do items[i] = words.name(name) end
  return words.list(items)
end

--- A value in a message: a text in quotes, a list in braces, a tensor by its shape, "a function"; a number as it prints itself.
function words.value(value)
  if type(value) == "string" then return "'" .. value .. "'" end
  if type(value) == "function" or type(value) == "thread" then return "a " .. type(value) end
  if core.tensor.is_tensor(value) then
    return #value.shape == 0 and "a Tensor of one number" or "a Tensor of shape " .. table.concat(value.shape, "x")
  end
  local meta = debug.getmetatable(value) -- some hide theirs
  local name = type(meta) == "table" and type(meta.__name) == "string" and meta.__name:match("([%w_]+)%*?$") -- FILE* is Lua's own
  if name then return (name:find("^[AEIOU]") and "an " or "a ") .. name end
  if type(value) ~= "table" or meta then return tostring(value) end
  local parts = {}
  for i, item in ipairs(value) do parts[i] = words.value(item) end
  return #parts > 0 and "{ " .. table.concat(parts, ", ") .. " }" or "a table"
end

--- What is wrong with a value that is no number.
function words.no_number(value)
  local hint = core.tensor.is_tensor(value) and " (a tensor of one element gives one with :item())" or ""
  return ("%s, expected a number%s"):format(words.value(value), hint)
end

return words
