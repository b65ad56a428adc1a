-- The functions of all layers, and the classes of those that have nothing to learn: activations, losses, pooling, dropout.
-- Each is a row of runtime/nn (layer.h), which says what its parameters are; they become fields, which may be set later.
local core = require "mlprun.core"
local base = require "mlprun.nn.module"
local repr = require "mlprun.nn.repr"

local function shown(value)
  if type(value) == "number" then return ("%g"):format(value) end
  return type(value) == "boolean" and tostring(value) or repr.sizes(value)
end

-- A loss prints what was chosen, the others all they have, as PyTorch's do.
local function extra_repr(object, about)
  local parts = {}
  for _, parameter in ipairs(about.parameters) do
    local value = object[parameter.name]
    local left_out = value == nil or about.inputs == 2 and value == parameter.default
    if not left_out and parameter.kind ~= "tensor" then parts[#parts + 1] = parameter.name .. "=" .. shown(value) end
  end
  return table.concat(parts, ", ")
end

local function class_of(about)
  local row = core.nn.layer(about.name)
  local class = base.Module:subclass(about.name)
  class.built_in = true
  class.forward = row.forward

  function class:__init(...)
    local values = row.read(...)
    for _, parameter in ipairs(about.parameters) do
      local name = parameter.name
      if parameter.kind == "tensor" then self:register_buffer(name, values[name]) else self[name] = values[name] end
    end
  end

  function class:extra_repr() return extra_repr(self, about) end

  return class
end

local layers = { classes = {}, functions = {} }

for _, name in ipairs(core.nn.names()) do
  local about = core.nn.describe(name)
  if not about.weights then layers.classes[name] = class_of(about) end
  layers.functions[about.function_name] = core.nn[about.function_name]
end

return layers
