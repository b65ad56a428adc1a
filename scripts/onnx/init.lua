--- mlprun.onnx - models as ONNX files: ml.export_onnx.
local core = require "mlprun.core"
local sys = core.sys
local autograd = require "mlprun.autograd"
local Graph = require "mlprun.onnx.graph"
local is_module = require("mlprun.nn.module").is_module
local modes = require "mlprun.nn.modes"
local names = require "mlprun.base.names"
local options = require "mlprun.options"
local preparing = require "mlprun.onnx.preparing"
local trace = require "mlprun.onnx.trace"

local onnx = { OPSET = core.io.ONNX_OPSET }

local WHO = "ml.export_onnx"

local function refuse(problem, ...) sys.fail((WHO .. ": " .. problem):format(...)) end

local function check(model, example, path, o)
  if not is_module(model) then refuse("got a %s, expected a model", type(model)) end
  if type(example) ~= "userdata" or not core.tensor.is_tensor(example) then
    refuse("the example is a %s, expected a tensor such as the model takes: ml.zeros { 1, 3, 64, 64 }", type(example))
  end
  if #example.shape < 1 or example.shape[1] < 1 then refuse("the example is empty, expected a batch of at least one") end
  if type(path) ~= "string" then refuse("got a %s, expected the path of the file", type(path)) end
  o = options.check(o, { "metadata", "transform", "preprocess", "input_name", "output_name" }, WHO)
  if o.preprocess and not o.transform then
    refuse("preprocess puts a transform into the graph: give it, such as transform = about.transform")
  end
  for name, p in model:named_parameters() do
    if p.dtype ~= "f32" then refuse("the parameter '%s' is %s, expected f32: model:float()", name, p.dtype) end
  end
  return o
end

-- The sizes of a value in the graph: its first is open.
local function open_batch(shape)
  local sizes = table.move(shape, 1, #shape, 1, {})
  sizes[1] = "batch"
  return sizes
end

local function add_properties(g, o)
  local about = o.transform and preparing.metadata(o.transform) or {}
  for key, text in pairs(o.metadata or {}) do
    if type(key) ~= "string" or type(text) ~= "string" then refuse("metadata has names and texts only") end
    about[key] = text
  end
  for _, key in ipairs(names.sorted(about)) do g.properties[#g.properties + 1] = { key, about[key] } end
end

--- Writes a model as an ONNX file, as it is in evaluation mode: operators of opset 18, f32, a batch of any size. Pictures
--- have the example's size. Containers and forward methods of the script's own are followed with the example; a layer that
--- has no form in ONNX is an error that names it.
---@param model Module
---@param example Tensor   such as the model takes: n x 3 x height x width
---@param path string
---@param o? { metadata: table, transform: Transform, preprocess = false, input_name = "input", output_name = "output" }
---@example ml.export_onnx(net, ml.zeros { 1, 3, 64, 64 }, "model.onnx")
function onnx.export(model, example, path, o)
  o = check(model, example, path, o)
  local g, input = Graph("model"), o.input_name or "input"
  local output = o.output_name or "output"
  g:fresh(input)
  g:fresh(output)
  local _ <close> = modes.evaluating(model)
  local taken = input
  if o.preprocess then
    if #example.shape ~= 4 then refuse("preprocess is for pictures, but the example is %s", table.concat(example.shape, "x")) end
    g.inputs[1] = { input, "u8", { "batch", "height", "width", example.shape[2] } }
    taken = preparing.add(g, input, o.transform)
  else
    g.inputs[1] = { input, example.dtype, open_batch(example.shape) }
  end
  local name, value = autograd.no_grad(function() return trace(g, model, taken, example:detach()) end)
  g.nodes[#g.nodes + 1] = { "Identity", { name }, { output }, {} }
  g.outputs[1] = { output, value.dtype, open_batch(value.shape) }
  add_properties(g, o)
  core.io.onnx_save(path, g)
end

return onnx
