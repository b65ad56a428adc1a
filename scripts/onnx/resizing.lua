--- mlprun.onnx.resizing - what makes pictures of another size in a graph: padding, upsampling, means over areas. What they do
--- along a side does not depend on the other one, and is found by asking the layer itself; pictures have the example's size.
local core = require "mlprun.core"

local resizing = {}

-- What an operation on pictures makes of height numbers that each stand in a row (or, for a width, in a column).
local function along(operation, x, dim, numbers)
  local n, height, width = numbers.shape[1], x.value.shape[3], x.value.shape[4]
  local sizes = dim == 3 and { n, 1, height, 1 } or { n, 1, 1, width }
  local pictures = numbers:reshape(sizes):expand(n, 1, height, width):contiguous()
  return operation(pictures):select(dim == 3 and 4 or 3, 1):select(2, 1)
end

--- A linear operation, such as Upsample or means over areas: a matrix for each side.
---@param g table            the graph
---@param x table            name, value
---@param operation function  of n x 1 x height x width
---@return string
function resizing.linear(g, x, operation)
  local height, width = x.value.shape[3], x.value.shape[4]
  local rows = along(operation, x, 3, core.tensor.eye(height)):t():contiguous()
  local columns = along(operation, x, 4, core.tensor.eye(width))
  local y = g:node("MatMul", { g:constant("rows", rows), x.name })
  return g:node("MatMul", { y, g:constant("columns", columns) })
end

--- An operation that takes its pixels from the picture: which row, and which column.
function resizing.picking(g, x, operation)
  local name = x.name
  for dim = 3, 4 do
    local places = core.tensor.arange(0, x.value.shape[dim]):float():reshape(1, -1)
    local from = along(operation, x, dim, places):round():long():reshape(-1)
    name = g:node("Gather", { name, g:constant("from", from) }, { axis = dim - 1 })
  end
  return name
end

--- Padding: { left, right, top, bottom }.
function resizing.pad(g, x, padding, mode, value)
  if mode ~= "constant" and mode ~= "zeros" then
    return resizing.picking(g, x, function(pictures) return core.nn.pad(pictures, padding, { mode = mode }) end)
  end
  local left, right, top, bottom = table.unpack(padding)
  local pads = g:numbers("pads", { 0, 0, top, left, 0, 0, bottom, right }, "i64")
  return g:node("Pad", { x.name, pads, g:constant("value", core.tensor.tensor(value or 0, { dtype = "f32" })) })
end

return resizing
