-- Sizes of pictures: one number for both directions, or a list of two: rows and columns.
local core = require "mlprun.core"
local options = require "mlprun.nn.options"

local sizes = {}

--- The pair that a number or a list of two stands for; nil and the strings in `words` stay what they are.
---@param value any      what was given
---@param who string     "nn.Conv2d"
---@param name string    "stride"
---@param least integer  the smallest number that makes sense
---@param words? table   strings that are allowed: { same = true }
function sizes.pair(value, who, name, least, words)
  if value == nil or words and words[value] then return value end
  if type(value) == "table" and #value == 2 then
    return { options.count(value[1], who, name, least), options.count(value[2], who, name, least) }
  end
  if type(value) ~= "number" then
    local known = {}
    for word in pairs(words or {}) do known[#known + 1] = ", '" .. word .. "'" end
    table.sort(known)
    local shown = type(value) == "string" and "'" .. value .. "'"
      or type(value) == "table" and ("a list of %d"):format(#value) or tostring(value)
    core.sys.fail(("%s: %s is %s, expected a whole number or a list of two, { rows, columns }%s"):format(who, name, shown,
      table.concat(known)))
  end
  local n = options.count(value, who, name, least)
  return { n, n }
end

--- "3" for equal numbers, "{3, 5}" for others; words stay words.
function sizes.text(pair)
  if type(pair) ~= "table" then return "'" .. tostring(pair) .. "'" end
  return pair[1] == pair[2] and tostring(pair[1]) or ("{%s, %s}"):format(pair[1], pair[2])
end

return sizes
