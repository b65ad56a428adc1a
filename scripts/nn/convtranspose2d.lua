-- nn.ConvTranspose2d: a window of the result for each pixel of the input.
local core = require "mlprun.core"
local weighted = require "mlprun.nn.weighted"
local init = require "mlprun.nn.initialisers"
local text = require("mlprun.nn.repr").sizes
local empty = core.tensor.empty

local ConvTranspose2d, keep = weighted.class("ConvTranspose2d")

function ConvTranspose2d:__init(...)
  local o = keep(self, ...)
  local rows, columns = table.unpack(o.kernel_size)
  weighted.register(self, "weight", empty({ o.in_channels, o.out_channels // o.groups, rows, columns }, o.tensor))
  weighted.register(self, "bias", o.bias and empty({ o.out_channels }, o.tensor))
  self:reset_parameters()
end

--- Draws weight and bias again.
function ConvTranspose2d:reset_parameters()
  init.kaiming_uniform_(self.weight, { a = math.sqrt(5) })
  if self.bias then
    local shape = self.weight.shape
    local fan_in = shape[2] * shape[3] * shape[4] -- as PyTorch counts: of the transposed weight
    init.uniform_(self.bias, { a = -1 / math.sqrt(fan_in), b = 1 / math.sqrt(fan_in) })
  end
end

function ConvTranspose2d:input_channels()
  return self.in_channels
end

function ConvTranspose2d:extra_repr()
  local parts = { ("%d, %d, kernel_size=%s, stride=%s"):format(self.in_channels, self.out_channels, text(self.kernel_size),
    text(self.stride)) }
  for _, field in ipairs { { "padding", "0" }, { "dilation", "1" }, { "output_padding", "0" } } do
    local value = text(self[field[1]])
    if value ~= field[2] then parts[#parts + 1] = ("%s=%s"):format(field[1], value) end
  end
  if self.groups ~= 1 then parts[#parts + 1] = "groups=" .. self.groups end
  if not self.bias then parts[#parts + 1] = "bias=false" end
  return table.concat(parts, ", ")
end

return ConvTranspose2d
