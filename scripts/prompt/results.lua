--- mlprun.prompt.results - `_`, `__` and `_1` to `_9`: what the last inputs gave. `_` and `_1` are the last one, `__` and `_2`
--- the one before. Large tensors and pictures are held weakly, so that they can go when nothing else needs them.
local core = require "mlprun.core"
local class = require "mlprun.base.class"

local results = class.new("results")

local MOST, LARGE = 9, 1 << 20 -- values that are kept, and numbers of one that is not kept alive
local WEAK = { __mode = "v" }

-- How many numbers a value holds, where that may be many.
local function numbers_in(value)
  if core.tensor.is_tensor(value) then return value:numel() end
  return core.image.is_image(value) and value.width * value.height * value.channels or 0
end

function results:__init() self.boxes, self.count = {}, 0 end -- newest first

--- A value that was shown or could have been.
---@return integer?   its number: they count from the beginning of the session
function results:add(value)
  if value == nil then return end
  self.count = self.count + 1
  local large = numbers_in(value) >= LARGE
  local box = large and setmetatable({ value, large = true }, WEAK) or { value }
  table.insert(self.boxes, 1, box)
  self.boxes[MOST + 1] = nil
  return self.count
end

-- Which one a name means: 1 is the newest.
local function place_of(name)
  if name == "_" or name == "__" then return #name end
  return type(name) == "string" and math.tointeger(tonumber(name:match("^_([1-9])$"))) or nil
end

--- The value behind a name, and its number; nil for a name that is none of these, and where there was no value yet.
function results:get(name)
  local place = place_of(name)
  local box = place and self.boxes[place]
  if not box then
    if place and place > 2 then
      core.sys.fail(("%s is the value before the last %d: there %s so far"):format(name, place - 1,
        #self.boxes == 1 and "is 1" or ("are %d"):format(#self.boxes)))
    end
    return nil
  end
  if box[1] == nil and box.large then
    core.sys.fail(("%s was a large tensor or picture that nothing else kept: give such a value a name"):format(name))
  end
  return box[1], self.count - place + 1
end

--- Lends an environment these names, where nothing else has them.
---@param declared table   names that are nil without being unknown
---@param read function    is told which name was read, and the number of its value
function results:lend(environment, declared, read)
  local meta = debug.getmetatable(environment) or {}
  local otherwise = meta.__index
  meta.__index = function(t, key)
    if declared[key] then return nil end
    if type(key) == "string" and key:find("^__?%d?$") then
      local value, number = self:get(key)
      if value ~= nil then read(key, number) end
      if value ~= nil or #key <= 2 then return value end
    end
    if type(otherwise) == "function" then return otherwise(t, key) end
    return otherwise and otherwise[key]
  end
  debug.setmetatable(environment, meta)
end

return results
