--- mlprun.base.written - values as they print themselves, read back: numbers, texts, tables, and calls such as
--- augment.Resize(64, 64) or augment.Flip { p = 0.5 }. It is a reader, not Lua: nothing but the calls that are allowed happens.
local sys = require("mlprun.core").sys

local written = {}

local DEEPEST = 50

local value -- value(reader) -> what stands there; the functions below and it need each other

local function stop(reader, expected)
  sys.fail(("cannot read '%s': expected %s at '%s'"):format(reader.text, expected, reader.text:sub(reader.at, reader.at + 20)))
end

-- Takes what matches a pattern, after blanks; nil and nothing taken where it does not.
local function take(reader, pattern)
  local from, to, found = reader.text:find("^%s*(" .. pattern .. ")", reader.at)
  if not from then return nil end
  reader.at = to + 1
  return found
end

-- What stands between here and a closing sign, with commas between: a table of places and names.
local function items(reader, closing)
  local list, count = {}, 0
  while not take(reader, closing) do
    local name = reader.text:match("^%s*([%a_][%w_]*)%s*=", reader.at)
    if name then
      take(reader, "[%a_][%w_]*%s*=")
      list[name] = value(reader)
    else
      count = count + 1
      list[count] = value(reader)
    end
    if not take(reader, ",") and not reader.text:find("^%s*" .. closing, reader.at) then stop(reader, "a comma or an end") end
  end
  return list, count
end

local function call(reader, name)
  local fn = reader.calls[name]
  if not fn then stop(reader, ("one of the known names, which '%s' is none of,"):format(name)) end
  if take(reader, "{") then return fn((items(reader, "}"))) end
  if not take(reader, "%(") then stop(reader, "'(' or '{'") end
  local arguments, count = items(reader, "%)")
  return fn(table.unpack(arguments, 1, count))
end

local WORDS = { ["true"] = true, ["false"] = false }

function value(reader)
  reader.depth = reader.depth + 1
  if reader.depth > DEEPEST then stop(reader, "less depth") end
  local found
  local number = take(reader, "[+-]?[%d.][%w.+-]*")
  local quote = not number and take(reader, "[\"']")
  if number then
    found = tonumber(number) or stop(reader, "a number")
  elseif quote then
    found = take(reader, "[^" .. quote .. "\\]*") or ""
    if not take(reader, quote) then stop(reader, "the end of a text") end
  elseif take(reader, "{") then
    found = items(reader, "}")
  else
    local name = take(reader, "[%a_][%w_.]*") or stop(reader, "a value")
    found = WORDS[name]
    if found == nil then found = call(reader, name) end
  end
  reader.depth = reader.depth - 1
  return found
end

--- The value that a text is.
---@param text string
---@param calls table<string, function>   what may be called, by the name in the text
function written.read(text, calls)
  local reader = { text = text, at = 1, depth = 0, calls = calls }
  local found = value(reader)
  if reader.text:find("%S", reader.at) then stop(reader, "the end") end
  return found
end

return written
