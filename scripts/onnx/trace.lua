--- mlprun.onnx.trace - follows a model from its input to its output: containers and classes of the script's own run as they
--- are, with a symbol (symbol.lua) in place of the tensor; layers of ml.nn add what layers.lua has for them.
local core = require "mlprun.core"
local sys = core.sys
local class = require "mlprun.base.class"
local defer = require "mlprun.base.defer"
local layers = require "mlprun.onnx.layers"
local nn = require "mlprun.nn"
local Symbol = require "mlprun.onnx.symbol"

local CONTAINERS = { Sequential = true, ModuleList = true, ModuleDict = true }

-- Whether a module is a layer of ml.nn.
local function is_layer(module)
  local c = class.of(module)
  return rawget(nn, module:class_name()) == c and not CONTAINERS[module:class_name()] and c ~= nn.Module
end

-- What a layer's forward is meanwhile.
local function follower(graph, path, rule_of)
  return function(layer, x, ...)
    local name, forward, y = layer:class_name(), class.of(layer).forward, ...
    if not class.is(x, Symbol) then return forward(layer, x, ...) end
    local rule = rule_of(name)
    if not rule then
      sys.fail(("%s has no form in an ONNX graph%s"):format(name, name:find "Loss" and ": a loss is no part of it" or ""))
    end
    local output = rule(graph, layer, x, function(part) return path == "" and part or path .. "." .. part end, y)
    if y == nil then return Symbol(graph, output, forward(layer, x.value)) end
    return Symbol(graph, output, forward(layer, x.value, class.is(y, Symbol) and y.value or y))
  end
end

--- Adds a model to a graph.
---@param graph table
---@param model Module     in evaluation mode
---@param input string     the name of its input in the graph
---@param example Tensor
---@param rule_of? function   class -> what adds it to the graph; as ONNX has it unless given
---@return string name, Tensor value   of its output
return function(graph, model, input, example, rule_of)
  rule_of = rule_of or function(name) return layers[name] end
  local followed = {}
  local _ <close> = defer(function()
    for _, module in ipairs(followed) do module.forward = nil end
  end)
  for path, module in model:named_modules() do
    if is_layer(module) then
      module.forward, followed[#followed + 1] = follower(graph, path, rule_of), module
    end
  end
  local output = model(Symbol(graph, input, example))
  if not class.is(output, Symbol) then
    sys.fail(("the model returned a %s that does not follow from its input, expected a tensor"):format(type(output)))
  end
  return output.name, output.value
end
