--- mlprun.base.shared - equal values once in memory: thousands of runs have the same options, pictures and labels. What is given
-- back must not be changed.
local json = require("mlprun.core").json

local shared = {}

local known = setmetatable({}, { __mode = "v" }) -- by their text
local given = setmetatable({}, { __mode = "k" })

--- A plain table or a text of a JSON file, or one with the same in it that was given before.
function shared.plain(value)
  local text = json.encode(value)
  value = known[text] or value
  known[text] = value
  if type(value) == "table" then given[value] = true end
  return value
end

--- Whether a value was given back by plain.
function shared.is(value) return value ~= nil and given[value] == true end

local RECENT = 8
local tensors, place = {}, -1

--- A tensor, or the same numbers in one that was given lately.
function shared.tensor(t)
  for _, before in ipairs(tensors) do
    if before.dtype == t.dtype and #before == #t and before:equal(t) then return before end
  end
  place = place + 1
  tensors[place % RECENT + 1] = t
  return t
end

return shared
