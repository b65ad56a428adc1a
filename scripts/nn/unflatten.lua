-- nn.Unflatten: one dimension becomes several, the opposite of nn.Flatten.
local core = require "mlprun.core"
local base = require "mlprun.nn.module"
local options = require "mlprun.nn.options"
local words = require "mlprun.base.words"
local fail = core.sys.fail

local Unflatten = base.Module:subclass("Unflatten")
Unflatten.built_in = true

--- nn.Unflatten(dim, unflattened_size): dim counts from 1; one of the sizes may be -1. nn.Unflatten(2, { 3, 8, 8 }) makes
--- n x 3 x 8 x 8 of n x 192.
---@param dim integer
---@param unflattened_size integer[]
function Unflatten:__init(dim, unflattened_size, ...)
  options.check(nil, {}, "nn.Unflatten", ...)
  if math.type(dim) ~= "integer" or dim == 0 then
    fail(("nn.Unflatten: dim is %s, expected a dimension: 1 is the first, -1 the last"):format(words.value(dim)))
  end
  if type(unflattened_size) ~= "table" or #unflattened_size == 0 then
    fail(("nn.Unflatten: unflattened_size is %s, expected a list of sizes"):format(words.value(unflattened_size)))
  end
  self.dim = dim
  self.unflattened_size = {}
  for i, size in ipairs(unflattened_size) do
    self.unflattened_size[i] = options.count(size, "nn.Unflatten", "unflattened_size", -1)
  end
end

function Unflatten:forward(x)
  local shape, sizes = x.shape, self.unflattened_size
  local at = self.dim < 0 and #shape + 1 + self.dim or self.dim
  if at < 1 or at > #shape then
    fail(("Unflatten: there is no dimension %d in an input of %d dimensions"):format(self.dim, #shape))
  end
  local product, open = 1, 0
  for _, size in ipairs(sizes) do
    if size == -1 then open = open + 1 else product = product * size end
  end
  local fits = open == 0 and product == shape[at] or open == 1 and product > 0 and shape[at] % product == 0
  if not fits then
    fail(("Unflatten: dimension %d of the input %s is %d, which cannot become {%s}"):format(at, table.concat(shape, "x"),
      shape[at], table.concat(sizes, ", ")))
  end
  local new = table.move(shape, 1, at - 1, 1, {})
  for _, size in ipairs(sizes) do new[#new + 1] = size == -1 and shape[at] // product or size end
  return x:reshape(table.move(shape, at + 1, #shape, #new + 1, new))
end

function Unflatten:extra_repr()
  return ("dim=%d, unflattened_size={%s}"):format(self.dim, table.concat(self.unflattened_size, ", "))
end

return Unflatten
