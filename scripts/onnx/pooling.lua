--- mlprun.onnx.pooling - windows in operators of ONNX. Pictures have the size of the example's.
local resizing = require "mlprun.onnx.resizing"
local sys = require("mlprun.core").sys

local pooling = {}

-- kernel_shape, strides and pads. Where ceil_mode lets windows hang over the end, padding there says the same; returns whether
-- it does.
local function window_of(layer, x, y, dilation)
  local kernel, stride, padding = layer.kernel_size, layer.stride, layer.padding
  local pads, hangs = {}, false
  for i = 1, 2 do
    local size, out = x.value.shape[i + 2], y.shape[i + 2]
    local reached = (out - 1) * stride[i] + dilation[i] * (kernel[i] - 1) + 1
    local over = math.max(0, reached - size - 2 * padding[i])
    pads[i], pads[i + 2], hangs = padding[i], padding[i] + over, hangs or over > 0
  end
  return { kernel_shape = kernel, strides = stride, pads = pads }, hangs
end

function pooling.max(g, layer, x)
  local window = window_of(layer, x, layer:forward(x.value), layer.dilation)
  window.dilations = layer.dilation
  return g:node("MaxPool", { x.name }, window)
end

function pooling.average(g, layer, x)
  local window, hangs = window_of(layer, x, layer:forward(x.value), { 1, 1 })
  local padded, kernel, divisor = layer.padding[1] + layer.padding[2] > 0, layer.kernel_size, layer.divisor_override
  if hangs and (divisor or padded and layer.count_include_pad) then
    sys.fail("ceil_mode with windows that hang over the end, and padding that counts, has no operator in ONNX")
  end
  window.count_include_pad = (divisor or padded and layer.count_include_pad) and 1 or 0
  local y = g:node("AveragePool", { x.name }, window)
  if not divisor then return y end
  return g:node("Mul", { y, g:numbers("scale", kernel[1] * kernel[2] / divisor) })
end

-- Windows that share the picture evenly; nil where they do not.
local function even_window(x, out)
  local height, width, rows, columns = x.value.shape[3], x.value.shape[4], out[3], out[4]
  if height % rows ~= 0 or width % columns ~= 0 then return nil end
  local window = { height // rows, width // columns }
  return { kernel_shape = window, strides = window }
end

function pooling.adaptive(g, layer, x)
  local out = layer:forward(x.value).shape
  if out[3] == 1 and out[4] == 1 then return g:node("GlobalAveragePool", { x.name }) end
  local window = even_window(x, out)
  if window then return g:node("AveragePool", { x.name }, window) end
  return resizing.linear(g, x, function(pictures) return layer:forward(pictures) end)
end

-- The largest of each window along a dimension, one window after the other.
local function largest(g, name, dim, size, out)
  local axis, parts = g:numbers("axis", { dim - 1 }, "i64"), {}
  for i = 0, out - 1 do
    local first, last = i * size // out, ((i + 1) * size + out - 1) // out
    local part = g:node("Slice", { name, g:numbers("first", { first }, "i64"), g:numbers("last", { last }, "i64"), axis })
    parts[i + 1] = g:node("ReduceMax", { part, axis }, { keepdims = 1 })
  end
  return g:node("Concat", parts, { axis = dim - 1 })
end

function pooling.adaptive_max(g, layer, x)
  local out = layer:forward(x.value).shape
  local window = even_window(x, out)
  if window then return g:node("MaxPool", { x.name }, window) end
  return largest(g, largest(g, x.name, 3, x.value.shape[3], out[3]), 4, x.value.shape[4], out[4])
end

return pooling
