-- nn.Conv2d and its function.
local core = require "mlprun.core"
local base = require "mlprun.nn.module"
local options = require "mlprun.nn.options"
local sizes = require "mlprun.nn.pairs"
local init = require "mlprun.nn.initialisers"
local fail = core.sys.fail

local functions = {}

local PADDINGS = { same = true, valid = true }
local KNOWN = { "stride", "padding", "dilation", "groups", "bias", "padding_mode", "dtype" }

-- How kernels lie on pictures, with PyTorch's defaults.
local function geometry(o, who)
  return {
    stride = sizes.pair(o.stride or 1, who, "stride", 1),
    padding = sizes.pair(o.padding or 0, who, "padding", 0, PADDINGS),
    dilation = sizes.pair(o.dilation or 1, who, "dilation", 1),
    groups = options.count(o.groups or 1, who, "groups", 1),
  }
end

-- The same as core.nn takes it.
local function plain(g)
  local padding = g.padding == "valid" and { 0, 0 } or g.padding
  return { stride = g.stride, padding = padding, dilation = g.dilation, groups = g.groups }
end

--- The convolution of pictures, n x channels x height x width or one without the n, with kernels: nn.Conv2d's function.
---@param x Tensor   the pictures
---@param weight Tensor   out_channels x in_channels / groups x height x width
---@param o? { bias: Tensor, stride = 1, padding = 0, dilation = 1, groups = 1 }
---@return Tensor
---@example nn.functional.conv2d(ml.randn { 1, 3, 8, 8 }, ml.randn { 4, 3, 3, 3 }, { padding = 1 })
function functions.conv2d(x, weight, o, ...)
  local who = "nn.functional.conv2d"
  o = options.check(o, { "bias", "stride", "padding", "dilation", "groups" }, who, ...)
  return core.nn.conv2d(x, weight, o.bias, plain(geometry(o, who)))
end

local Conv2d = base.Module:subclass("Conv2d")
Conv2d.built_in = true

--- Slides out_channels kernels over pictures: n x in_channels x height x width becomes n x out_channels x height' x width',
--- height' = (height + 2 padding - dilation (kernel_size - 1) - 1) // stride + 1. Sizes are one number or { rows, columns }.
--- padding: zeros around the picture, 'same' (height' = height) or 'valid' (none). Weight (out_channels, in_channels / groups,
--- rows, columns) and bias are drawn from U(-b, b), b = 1 / sqrt(in_channels / groups * rows * columns), as PyTorch does.
---@param in_channels integer   3 for colour images, 1 for grey ones
---@param out_channels integer   how many kernels
---@param kernel_size integer|table
---@param o? { stride = 1, padding = 0, dilation = 1, groups = 1, bias = true, padding_mode = "zeros", dtype = "f32" }
---@example nn.Conv2d(3, 16, 3, { padding = 1 })
---@example nn.Conv2d(16, 32, { 3, 5 }, { stride = 2 })
function Conv2d:__init(in_channels, out_channels, kernel_size, o, ...)
  local who = "nn.Conv2d"
  o = options.check(o, KNOWN, who, ...)
  self.in_channels = options.count(in_channels, who, "in_channels", 1)
  self.out_channels = options.count(out_channels, who, "out_channels", 1)
  self.kernel_size = sizes.pair(kernel_size, who, "kernel_size", 1)
    or fail(who .. ": kernel_size is nil, expected a whole number or a list of two, { rows, columns }")
  local g = geometry(o, who)
  for name, value in pairs(g) do self[name] = value end
  core.nn.conv2d_check(self.in_channels, self.out_channels, plain(g), who)
  self.padding_mode = options.value(o.padding_mode, "zeros", "string", who, "padding_mode")
  if self.padding_mode ~= "zeros" then
    fail(("%s: padding_mode is '%s', expected 'zeros': the other modes are not there"):format(who, self.padding_mode))
  end
  local bias = options.value(o.bias, true, "boolean", who, "bias")
  local with = { dtype = options.value(o.dtype, "f32", "string", who, "dtype") }
  local shape = { self.out_channels, self.in_channels // g.groups, self.kernel_size[1], self.kernel_size[2] }
  self.weight = base.Parameter(core.tensor.empty(shape, with))
  self:register_parameter("bias", bias and base.Parameter(core.tensor.empty({ self.out_channels }, with)) or nil)
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

function Conv2d:forward(x)
  return core.nn.conv2d(x, self.weight, self.bias, plain(self))
end

function Conv2d:input_channels()
  return self.in_channels
end

function Conv2d:extra_repr()
  local parts = { ("%d, %d, kernel_size=%s, stride=%s"):format(self.in_channels, self.out_channels,
    sizes.text(self.kernel_size), sizes.text(self.stride)) }
  local padding = sizes.text(self.padding)
  if padding ~= "0" then parts[#parts + 1] = "padding=" .. padding end
  local dilation = sizes.text(self.dilation)
  if dilation ~= "1" then parts[#parts + 1] = "dilation=" .. dilation end
  if self.groups ~= 1 then parts[#parts + 1] = "groups=" .. self.groups end
  if not self.bias then parts[#parts + 1] = "bias=false" end
  return table.concat(parts, ", ")
end

return { functions = functions, classes = { Conv2d = Conv2d } }
