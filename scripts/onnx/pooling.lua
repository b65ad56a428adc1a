--- mlprun.onnx.pooling - windows in operators of ONNX. Pictures have the size of the example's.
local core = require "mlprun.core"
local sys = core.sys

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

-- The matrix that takes the means of windows along one side.
local function means(size, out)
  local m = core.tensor.zeros { out, size }
  for i = 0, out - 1 do
    local first, last = i * size // out, ((i + 1) * size + out - 1) // out
    for k = first, last - 1 do m[i + 1][k + 1] = 1 / (last - first) end
  end
  return m
end

function pooling.adaptive(g, layer, x)
  local height, width = x.value.shape[3], x.value.shape[4]
  local out = layer:forward(x.value).shape
  local rows, columns = out[3], out[4]
  if rows == 1 and columns == 1 then return g:node("GlobalAveragePool", { x.name }) end
  if height % rows == 0 and width % columns == 0 then
    local window = { height // rows, width // columns }
    return g:node("AveragePool", { x.name }, { kernel_shape = window, strides = window })
  end
  local y = g:node("MatMul", { g:constant("means_of_rows", means(height, rows)), x.name })
  return g:node("MatMul", { y, g:constant("means_of_columns", means(width, columns):t():contiguous()) })
end

return pooling
