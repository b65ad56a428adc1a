-- nn.Conv2d: kernels that slide over pictures.
local core = require "mlprun.core"
local weighted = require "mlprun.nn.weighted"
local init = require "mlprun.nn.initialisers"
local text = require("mlprun.nn.repr").sizes
local empty = core.tensor.empty

local Conv2d, keep = weighted.class("Conv2d")

function Conv2d:__init(...)
  local o = keep(self, ...)
  local rows, columns = table.unpack(o.kernel_size)
  weighted.register(self, "weight", empty({ o.out_channels, o.in_channels // o.groups, rows, columns }, o.tensor))
  weighted.register(self, "bias", o.bias and empty({ o.out_channels }, o.tensor))
  self:reset_parameters()
end

--- Draws weight and bias again.
function Conv2d:reset_parameters()
  init.kaiming_uniform_(self.weight, { a = math.sqrt(5) })
  if self.bias then
    local fan_in = self.in_channels // self.groups * self.kernel_size[1] * self.kernel_size[2]
    init.uniform_(self.bias, { a = -1 / math.sqrt(fan_in), b = 1 / math.sqrt(fan_in) })
  end
end

function Conv2d:input_channels()
  return self.in_channels
end

function Conv2d:extra_repr()
  local parts = { ("%d, %d, kernel_size=%s, stride=%s"):format(self.in_channels, self.out_channels, text(self.kernel_size),
    text(self.stride)) }
  local padding = text(self.padding)
  if padding ~= "0" then parts[#parts + 1] = "padding=" .. padding end
  local dilation = text(self.dilation)
  if dilation ~= "1" then parts[#parts + 1] = "dilation=" .. dilation end
  if self.groups ~= 1 then parts[#parts + 1] = "groups=" .. self.groups end
  if self.padding_mode ~= "zeros" then parts[#parts + 1] = "padding_mode=" .. text(self.padding_mode) end
  if not self.bias then parts[#parts + 1] = "bias=false" end
  return table.concat(parts, ", ")
end

return Conv2d
