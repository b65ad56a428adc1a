--- mlprun.writers.graph - how a model is built, for TensorBoard's graph: its layers, each in the levels of its path, and what
--- is computed between them.
local autograd = require "mlprun.autograd"
local class = require "mlprun.base.class"
local core = require "mlprun.core"
local Graph = require "mlprun.onnx.graph"
local follow = require "mlprun.onnx.trace"
local modes = require "mlprun.nn.modes"

-- What onnx/trace.lua fills, as nodes of a graph of layers.
local Layers = class.new("writers.Layers", {}, Graph)

function Layers:__init(root)
  Graph.__init(self, root)
  self.root = root
end

function Layers:add(wanted, op, text, inputs, shape)
  local name = self:fresh(wanted)
  self.nodes[#self.nodes + 1] = { name, op, text, inputs, shape }
  return name
end

-- Operations on tensors, and numbers and parameters in them.
function Layers:node(operator, inputs, _, value)
  return self:add(self.root .. "/" .. operator:lower(), operator, "", inputs, value and value.shape or {})
end
function Layers:constant(wanted, tensor)
  return self:add(self.root .. "/" .. wanted, "Constant", "", {}, tensor.shape)
end
function Layers:numbers(wanted) return self:add(self.root .. "/" .. wanted, "Constant", "", {}, {}) end

local function layer_node(graph, layer, x, wanted, y)
  local path = wanted(""):gsub("%.$", ""):gsub("%.", "/")
  local name = path == "" and graph.root or ("%s/%s"):format(graph.root, path)
  return graph:add(("%s/%s"):format(name, layer:class_name()), layer:class_name(), layer:extra_repr(), { x.name, y and y.name },
    (y and class.of(layer).forward(layer, x.value, y.value) or class.of(layer).forward(layer, x.value)).shape)
end

--- The nodes of a model, as core.writers takes them.
---@param model Module
---@param example Tensor   what the model takes
---@return table[]
return function(model, example)
  local graph = Layers(model:class_name())
  local input = graph:add("input", "IO Node", "", {}, example.shape)
  local put_back = modes.kept(model)
  model:eval()
  local ok, output, value = pcall(autograd.no_grad, function()
    return follow(graph, model, input, example:detach(), function() return layer_node end)
  end)
  put_back()
  if not ok then core.sys.fail((tostring(output):gsub("^[^\n]-%.lua:%d+: ", "add_graph: "))) end
  graph:add("output", "IO Node", "", { output }, value.shape)
  return graph.nodes
end
