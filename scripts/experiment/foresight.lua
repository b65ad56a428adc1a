--- mlprun.experiment.foresight - what a script will say after its last run, read from its text before the first one: a misspelt
--- option of activity:report would cost all the training otherwise.
local sys = require("mlprun.core").sys
local fields = require "mlprun.experiment.fields"
local names = require "mlprun.base.names"

local foresight = {}

-- The text with spaces in place of comments, and x in place of what stands in texts; lines stay lines.
local function bare(text)
  local parts, at = {}, 1
  local function blank(from, to, with) parts[#parts + 1] = text:sub(from, to):gsub("[^\n]", with) end
  while true do
    local from, _, mark = text:find("([%-\"'%[])", at)
    if not from then break end
    parts[#parts + 1] = text:sub(at, from - 1)
    local long = text:match("^%-%-%[(=*)%[", from) or text:match("^%[(=*)%[", from)
    local to
    if long then
      to = select(2, text:find("]" .. long .. "]", from, true)) or #text
    elseif text:sub(from, from + 1) == "--" then
      to = (text:find("\n", from, true) or #text + 1) - 1
    elseif mark == '"' or mark == "'" then
      to = from
      repeat
        to = text:find("[\\\n" .. mark .. "]", to + 1) or #text
        local escaped = text:sub(to, to) == "\\"
        if escaped then to = to + 1 end
      until not escaped
    end
    if to then blank(from, to, text:sub(from, from) == "-" and " " or "x") else parts[#parts + 1] = mark end
    at = (to or from) + 1
  end
  return table.concat(parts) .. text:sub(at)
end

local OPENS = { ["function"] = 1, ["if"] = 1, ["do"] = 1, ["repeat"] = 1, ["end"] = -1, ["until"] = -1 }

-- Calls f(key, place) for each key of a table constructor's own: { pairs = ..., conclude = function ... end }.
local function each_key(inner, f)
  local depth = 0
  for place, word, sign in inner:gmatch("()([%a_][%w_]*)()") do
    if depth == 0 and inner:find("^%s*=[^=]", sign) and inner:sub(1, place - 1):find("[,;]%s*$") then
      f(word, place)
    end
    depth = depth + (OPENS[word] or 0)
  end
end

--- An error where a script's text has an option of activity:report that there is none of.
---@param path string?   of the script
function foresight.check(path)
  local ok, text = pcall(sys.read_file, path or "")
  if not ok then return end
  text = bare(text)
  local known = fields.names(fields.report)
  for at, inner in text:gmatch("():report%s*%(?%s*(%b{})") do
    local flat = "," .. inner:sub(2, -2):gsub("%b{}", function(t) return (t:gsub("[^\n]", " ")) end)
      :gsub("%b()", function(t) return (t:gsub("[^\n]", " ")) end)
    each_key(flat, function(key)
      if fields.report[key] then return end
      local line = select(2, text:sub(1, at):gsub("\n", "")) + 1
      sys.fail(("activity:report in line %d: unknown option '%s'%s"):format(line, key,
        names.hint(key, known, { otherwise = ": known are " .. table.concat(known, ", ") })))
    end)
  end
end

return foresight
