--- mlprun.onnx.symbol - what goes through a model in place of a tensor while it is followed: each operation on it computes
--- the example's value, and adds a node to the graph.
local core = require "mlprun.core"
local sys = core.sys
local class = require "mlprun.base.class"
local names = require "mlprun.base.names"
local shapes = require "mlprun.onnx.shapes"

local methods = {}

local Symbol -- the class

local function made(self, operator, inputs, value, attributes)
  return Symbol(self.graph, self.graph:node(operator, inputs, attributes), value)
end

local POINTWISE = { relu = "Relu", sigmoid = "Sigmoid", tanh = "Tanh", exp = "Exp", log = "Log", sqrt = "Sqrt", abs = "Abs",
                    neg = "Neg" }
for name, operator in pairs(POINTWISE) do
  methods[name] = function(self) return made(self, operator, { self.name }, self.value[name](self.value)) end
end

for name, operator in pairs { softmax = "Softmax", log_softmax = "LogSoftmax" } do
  methods[name] = function(self, dim)
    local value = self.value[name](self.value, dim)
    return made(self, operator, { self.name }, value, { axis = dim < 0 and #value.shape + dim or dim - 1 })
  end
end

for _, name in ipairs { "reshape", "view", "flatten" } do
  methods[name] = function(self, ...)
    local value = self.value[name](self.value, ...)
    return Symbol(self.graph, shapes.reshape(self.graph, self, value.shape), value)
  end
end

function methods:permute(...)
  local value, order = self.value:permute(...), { ... }
  if type(order[1]) == "table" then order = order[1] end
  for i, dim in ipairs(order) do order[i] = dim < 0 and #value.shape + dim or dim - 1 end
  return made(self, "Transpose", { self.name }, value, { perm = order })
end

function methods:detach() return self end
methods.contiguous = methods.detach

local TENSOR_FIELDS = { shape = true, dtype = true, ndim = true }

Symbol = class.new("onnx.Symbol", {
  __init = function(self, graph, name, value)
    rawset(self, "graph", graph)
    rawset(self, "name", name)
    rawset(self, "value", value)
  end,
  __index = function(self, key)
    if methods[key] then return methods[key] end
    if TENSOR_FIELDS[key] then return rawget(self, "value")[key] end
    sys.fail(("'%s' of a tensor cannot be followed into an ONNX graph: use a layer of ml.nn, or %s"):format(tostring(key),
      table.concat(names.of(methods), ", ")))
  end,
  __len = function(self) return #self.value end,
})

-- The name and the value of an operand: what a graph computes, a tensor of the model, or a number.
local function operand(graph, x)
  if class.is(x, Symbol) then return x.name, x.value end
  if type(x) == "number" then return graph:numbers("number", x), x end
  if core.tensor.is_tensor(x) then return graph:constant("constant", x), x end
  sys.fail(("a %s cannot be an operand in an ONNX graph"):format(type(x)))
end

for event, operator in pairs { __add = "Add", __sub = "Sub", __mul = "Mul", __div = "Div", __pow = "Pow" } do
  local plain = { __add = function(a, b) return a + b end, __sub = function(a, b) return a - b end,
                  __mul = function(a, b) return a * b end, __div = function(a, b) return a / b end,
                  __pow = function(a, b) return a ^ b end }
  Symbol.__meta[event] = function(a, b)
    local graph = class.is(a, Symbol) and a.graph or b.graph
    local a_name, a_value = operand(graph, a)
    local b_name, b_value = operand(graph, b)
    return Symbol(graph, graph:node(operator, { a_name, b_name }), plain[event](a_value, b_value))
  end
end
Symbol.__meta.__unm = function(a) return a:neg() end

return Symbol
