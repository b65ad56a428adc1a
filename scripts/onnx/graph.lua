--- mlprun.onnx.graph - an ONNX graph while it is made: nodes in their order, constants, names that are taken once.
local core = require "mlprun.core"
local class = require "mlprun.base.class"

local Graph = class.new("onnx.Graph")

-- Beside inputs, outputs, nodes, constants and properties, which bindings/onnx.c takes as they are.
function Graph:__init(name)
  self.name, self.inputs, self.outputs, self.nodes, self.constants, self.properties = name, {}, {}, {}, {}, {}
  self._taken = {}
end

--- A name that nothing else has: `wanted`, or with a number behind it.
function Graph:fresh(wanted)
  local name, count = wanted, 1
  while self._taken[name] do
    count = count + 1
    name = ("%s_%d"):format(wanted, count)
  end
  self._taken[name] = true
  return name
end

--- Adds a constant, and gives its name: a tensor of a model under its own, once.
---@param wanted string
---@param tensor Tensor
function Graph:constant(wanted, tensor)
  self._of = self._of or {}
  local known = self._of[tensor]
  if known then return known end
  local name = self:fresh(wanted)
  self.constants[#self.constants + 1], self._of[tensor] = { name, tensor }, name
  return name
end

--- A constant of numbers: f32, or i64 where they are sizes.
---@param numbers number|number[]
---@param dtype? string
function Graph:numbers(wanted, numbers, dtype)
  return self:constant(wanted, core.tensor.tensor(numbers, { dtype = dtype or "f32" }))
end

--- Adds a node with one output, and gives its name.
---@param operator string
---@param inputs string[]
---@param attributes? table   name -> whole number, float, text or list of whole numbers
---@param wanted? string      name of the output
function Graph:node(operator, inputs, attributes, wanted)
  return self:nodes_of(operator, inputs, attributes, { wanted or operator:lower() })[1]
end

--- The same with several outputs.
function Graph:nodes_of(operator, inputs, attributes, wanted)
  local outputs, list, names = {}, {}, {}
  for i, name in ipairs(wanted) do outputs[i] = self:fresh(name) end
  for name in pairs(attributes or {}) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do list[i] = { name, attributes[name] } end
  self.nodes[#self.nodes + 1] = { operator, inputs, outputs, list }
  return outputs
end

return Graph
