--- mlprun.experiment.foresight - what a script will say after its last run, read from its text before the first one: a misspelt
--- option of activity:report would cost all the training otherwise.
local sys = require("mlprun.core").sys
local fields = require "mlprun.experiment.fields"
local names = require "mlprun.base.names"
local tokens = require "mlprun.base.tokens"
local is = tokens.is

local foresight = {}

local BRACKETS = { ["{"] = 1, ["("] = 1, ["["] = 1, ["}"] = -1, [")"] = -1, ["]"] = -1 }

-- Where the table begins that `report` at a place is called with; nil where it is called with something else.
local function table_behind(list, at)
  if not is(list[at - 1], ":") or not is(list[at], "report") then return nil end
  local behind = is(list[at + 1], "(") and at + 2 or at + 1
  return is(list[behind], "{") and behind or nil
end

-- Calls f for each key that stands in the table itself: { pairs = ..., conclude = function ... end }.
local function each_key(list, first, f)
  local depth = 0
  for at = first, #list do
    local token = list[at]
    depth = depth + (token.kind == "sign" and BRACKETS[token.text] or token.kind == "name" and tokens.DEPTH[token.text] or 0)
    if depth == 0 then return end
    local before = list[at - 1]
    if depth == 1 and token.kind == "name" and is(list[at + 1], "=") and (at == first + 1 or is(before, ",") or is(before, ";"))
    then
      f(token.text)
    end
  end
end

--- An error where a script's text has an option of activity:report that there is none of.
---@param path string?   of the script
function foresight.check(path)
  if not path or sys.exists(path) ~= "file" then return end
  local text = sys.read_file(path)
  local list, known = tokens.code(text), fields.names(fields.report)
  for at in ipairs(list) do
    local first = table_behind(list, at)
    if first then
      each_key(list, first, function(key)
        if fields.report[key] then return end
        local line = select(2, text:sub(1, list[at - 1].first):gsub("\n", "")) + 1
        sys.fail(("activity:report in line %d: unknown option '%s'%s"):format(line, key,
          names.hint(key, known, { otherwise = ": known are " .. table.concat(known, ", ") })))
      end)
    end
  end
end

return foresight
