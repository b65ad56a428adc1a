--- mlprun.prompt.results - `_`, `__` and `_1` to `_9`: what the last inputs gave. `_` and `_1` are the last one, `__` and `_2`
--- the one before. Large tensors are held weakly, so that they can go when nothing else needs them.
local core = require "mlprun.core"
local class = require "mlprun.base.class"

local results = class.new("results")

local MOST, LARGE = 9, 1 << 20 -- values that are kept, and elements of a tensor that is not kept alive
local WEAK = { __mode = "v" }

function results:__init() self.boxes = {} end -- newest first

--- A value that was shown or could have been.
function results:add(value)
  if value == nil then return end
  local large = core.tensor.is_tensor(value) and value:numel() >= LARGE
  local box = large and setmetatable({ value, large = true }, WEAK) or { value }
  table.insert(self.boxes, 1, box)
  self.boxes[MOST + 1] = nil
end

-- Which one a name means: 1 is the newest.
local function place_of(name)
  if name == "_" or name == "__" then return #name end
  return type(name) == "string" and math.tointeger(tonumber(name:match("^_([1-9])$"))) or nil
end

--- The value behind a name; nil for a name that is none of these, and where there was no value yet.
function results:get(name)
  local place = place_of(name)
  local box = place and self.boxes[place]
  if not box then
    if place and place > 2 then
      core.sys.fail(("%s is the value before the last %d: so far there were %d"):format(name, place - 1, #self.boxes))
    end
    return nil
  end
  if box[1] == nil and box.large then
    core.sys.fail(("%s was a large tensor that nothing else kept: give such a value a name"):format(name))
  end
  return box[1]
end

return results
