-- Every documented way to call is called: with what it needs, with all that may be left out, with each option at its default
-- (which must change nothing) and, where it has none, at a value of its type.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local help = require "mlprun.help"
local calls = dofile("tests/lua/help/calls.lua")(t.folder())
local NEEDED, values, of_type, object_and_function = calls.NEEDED, calls.values, calls.of_type, calls.object_and_function

-- ---- calling ----

-- What a result is, to compare it with another.
local function told(result)
  local parts = {}
  for i = 1, result.n do
    local value = result[i]
    local kind = math.type(value) or type(value)
    local text = tostring(value):gsub("0x%x+", "?"):gsub("file%-%d+", "?"):gsub("(%d)%.0%f[%D]", "%1")
    parts[i] = kind == "table" and not getmetatable(value) and pcall(core.json.encode, value) and core.json.encode(value)
      or kind == "function" and kind or text
  end
  return table.concat(parts, " | ")
end

local function call(name, given)
  ml.manual_seed(1)
  local f, object = object_and_function(name)
  local arguments = values(given)
  if object ~= nil then
    return told(table.pack(f(object, table.unpack(arguments, 1, arguments.n))))
  end
  return told(table.pack(f(table.unpack(arguments, 1, arguments.n))))
end

local function with(list, more)
  local all = { table.unpack(list) }
  all[#all + 1] = more
  return table.concat(all, ", ")
end

-- Calls the ways of an entry; adds what went wrong to a list. Returns how many there were.
local function try(entry, wrong)
  local name, needed, all, ways = entry.name, {}, {}, 0
  local own = NEEDED.arguments[name]
  for i, argument in ipairs(entry.call.arguments) do
    if argument.name == "..." then break end
    local value = own and own[i] or argument.default or argument.name == "path" and "path" or of_type(argument.type)
    all[#all + 1] = value
    if not argument.optional then needed[#needed + 1] = value end
  end
  local function way(given)
    ways = ways + 1
    local ok, result = pcall(call, name, given)
    if not ok then wrong[#wrong + 1] = ("%s(%s): %s"):format(name, given, tostring(result):match("^[^\n]*")) end
    return ok and result
  end
  local plain = way(NEEDED.least[name] or table.concat(needed, ", "))
  if #all > #needed and not NEEDED.one_of[name] then way(table.concat(all, ", ")) end
  for _, option in ipairs(entry.call.options or {}) do
    local value = NEEDED.options[name .. "#" .. option.name] or option.default or NEEDED.options[option.name]
      or of_type(option.type)
    local before = entry.call.either and needed or all
    local more = NEEDED.with[name] and NEEDED.with[name] .. ", " or ""
    local result = way(with(before, ("{ %s%s = %s }"):format(more, option.name, value)))
    if result and plain and value == option.default and result ~= plain and #all == #needed and not NEEDED.differ[name] then
      wrong[#wrong + 1] = ("%s: %s = %s is not what it is without: %s, not %s"):format(name, option.name, value, result, plain)
    end
  end
  return ways
end

t.test("every documented way to call can be called, and defaults are what is done without", function()
  local wrong, ways, left = {}, 0, 0
  for _, name in ipairs(help.names()) do
    local entry = help.entry(name)
    if entry.call and not entry.call.type then
      if NEEDED.elsewhere[name:match("^[%w_]+:") or name] or NEEDED.elsewhere[name] then left = left + 1
      else ways = ways + try(entry, wrong) end
    end
  end
  t.equal(table.concat(wrong, "\n"), "")
  t.equal(ways > 700 and left < 40, true, ("%d ways, %d left"):format(ways, left))
end)

t.done()
