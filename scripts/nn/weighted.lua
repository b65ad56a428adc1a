-- What the classes of layers with weights share. A row of runtime/nn (layer.h) says what a class is made from, and computes
-- it; the class, in a file beside this one, says which weights there are and how they begin.
local core = require "mlprun.core"
local base = require "mlprun.nn.module"

local weighted = {}

-- How weights are made, which they then show themselves.
local NOT_FIELDS = { bias = true, dtype = true }

--- A class for the row of that name, below `parent` or Module.
---@return table class
---@return function keep   (object, ...) reads the arguments of the constructor and gives the object what they are as fields,
--- which may be set later; returns all of them, with `tensor`: the options of the weights
function weighted.class(name, parent)
  local row, parameters = core.nn.layer(name), core.nn.describe(name).parameters
  local class = (parent or base.Module):subclass(name)
  class.built_in = true
  class.forward = row.forward
  return class, function(object, ...)
    local values = row.read(...)
    for _, parameter in ipairs(parameters) do
      local field = parameter.name
      if not NOT_FIELDS[field] then object[field] = values[field] end
    end
    values.tensor = { dtype = values.dtype }
    return values
  end
end

--- Registers tensor as a parameter, or as one that is not there where it is false.
function weighted.register(object, name, tensor)
  object:register_parameter(name, tensor and base.Parameter(tensor) or nil)
end

return weighted
