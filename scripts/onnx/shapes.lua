--- mlprun.onnx.shapes - other shapes in a graph whose batch may have any size.
local sys = require("mlprun.core").sys

local shapes = {}

--- x in another shape, where the first dimension is that of x or takes up what the others leave.
---@param g table       the graph
---@param x table       name, value
---@param shape integer[]   as it is for the example
---@return string   the name
function shapes.reshape(g, x, shape)
  local sizes, from = table.move(shape, 1, #shape, 1, {}), x.value.shape
  if #sizes == 0 then sys.fail("a shape without dimensions has no place for the batch") end
  local rest, rest_before = 1, 1
  for i = 2, #sizes do rest = rest * sizes[i] end
  for i = 2, #from do rest_before = rest_before * from[i] end
  if rest == rest_before then sizes[1] = 0 -- as it is in x
  elseif rest > 0 and rest_before % rest == 0 then sizes[1] = -1
  else
    sys.fail(("%s cannot become %s for a batch of any size"):format(table.concat(from, "x"), table.concat(shape, "x")))
  end
  return g:node("Reshape", { x.name, g:numbers("shape", sizes, "i64") })
end

return shapes
