-- nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, and their functions. Sizes are one number or { rows, columns }.
local core = require "mlprun.core"
local base = require "mlprun.nn.module"
local options = require "mlprun.nn.options"
local sizes = require "mlprun.nn.pairs"
local fail = core.sys.fail

local functions, classes = {}, {}

local MAX = { "stride", "padding", "dilation", "ceil_mode" }
local AVG = { "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override" }

-- What core.nn's pooling functions take.
local function window(kernel_size, o, known, who, ...)
  o = options.check(o, known, who, ...)
  if kernel_size == nil then
    fail(who .. ": kernel_size is nil, expected a whole number or a list of two, { rows, columns }")
  end
  local kernel = sizes.pair(kernel_size, who, "kernel_size", 1)
  local read = {
    stride = sizes.pair(o.stride, who, "stride", 1) or kernel,
    padding = sizes.pair(o.padding or 0, who, "padding", 0),
    ceil_mode = options.value(o.ceil_mode, false, "boolean", who, "ceil_mode"),
  }
  if known == MAX then
    read.dilation = sizes.pair(o.dilation or 1, who, "dilation", 1)
  else
    read.count_include_pad = options.value(o.count_include_pad, true, "boolean", who, "count_include_pad")
    read.divisor_override = o.divisor_override and options.count(o.divisor_override, who, "divisor_override", 1)
  end
  for i = 1, 2 do
    local reach = (read.dilation and read.dilation[i] or 1) * (kernel[i] - 1) + 1
    if read.padding[i] > reach // 2 then
      fail(("%s: padding is %d, expected at most half of the window, %d"):format(who, read.padding[i], reach // 2))
    end
  end
  return kernel, read
end

-- A size that false leaves as it is.
local function output_size(size, who)
  local list = type(size) == "table" and #size == 2 and size or { size, size }
  local both = {}
  for i = 1, 2 do both[i] = list[i] == false and -1 or sizes.pair(list[i], who, "output_size", 1) end
  for i = 1, 2 do
    if both[i] == nil then
      fail(who .. ": output_size is nil, expected a whole number or a list of two, { rows, columns }")
    end
    both[i] = both[i] == -1 and -1 or both[i][1]
  end
  return both
end

--- The maximum of each window of pictures: nn.MaxPool2d's function.
---@param x Tensor
---@param kernel_size integer|table
---@param o? { stride: integer|integer[], padding = 0, dilation = 1, ceil_mode = false }
---@return Tensor
function functions.max_pool2d(x, kernel_size, o, ...)
  return core.nn.max_pool2d(x, window(kernel_size, o, MAX, "nn.functional.max_pool2d", ...))
end

--- The mean of each window of pictures: nn.AvgPool2d's function.
---@param x Tensor
---@param kernel_size integer|table
---@param o? { stride: integer|integer[], padding = 0, ceil_mode = false, count_include_pad = true,
---  divisor_override: integer }
---@return Tensor
function functions.avg_pool2d(x, kernel_size, o, ...)
  return core.nn.avg_pool2d(x, window(kernel_size, o, AVG, "nn.functional.avg_pool2d", ...))
end

--- Means of windows as even as can be, so that pictures of any size become output_size: nn.AdaptiveAvgPool2d's function.
---@param x Tensor
---@param size integer|table
---@return Tensor
function functions.adaptive_avg_pool2d(x, size, ...)
  options.check(nil, {}, "nn.functional.adaptive_avg_pool2d", ...)
  return core.nn.adaptive_avg_pool2d(x, output_size(size, "nn.functional.adaptive_avg_pool2d"))
end

local Pool = base.Module:subclass("Pool")

function Pool:__init(kernel_size, o, ...)
  local kernel, read = window(kernel_size, o, self.known, "nn." .. self:class_name(), ...)
  self.kernel_size = kernel
  for _, name in ipairs(self.known) do self[name] = read[name] end
end

function Pool:forward(x)
  local o = {}
  for _, name in ipairs(self.known) do o[name] = self[name] end
  return self.compute(x, self.kernel_size, o)
end

function Pool:extra_repr()
  local parts = { ("kernel_size=%s, stride=%s, padding=%s"):format(sizes.text(self.kernel_size), sizes.text(self.stride),
    sizes.text(self.padding)) }
  local last
  if self.known == MAX then
    parts[#parts + 1] = "dilation=" .. sizes.text(self.dilation)
  else
    if not self.count_include_pad then last = "count_include_pad=false" end
    if self.divisor_override then last = (last and last .. ", " or "") .. "divisor_override=" .. self.divisor_override end
  end
  parts[#parts + 1] = "ceil_mode=" .. tostring(self.ceil_mode)
  parts[#parts + 1] = last
  return table.concat(parts, ", ")
end

--- Keeps the maximum of each window: n x channels x height x width becomes n x channels x height' x width', height' =
--- (height + 2 padding - dilation (kernel_size - 1) - 1) // stride + 1. ceil_mode rounds up. Padding never wins.
---@param kernel_size integer|table
---@param o? table   stride = kernel_size, padding = 0, dilation = 1, ceil_mode = false
---@return mlprun.Module
---@example nn.MaxPool2d(2)
---@example nn.MaxPool2d(3, { stride = 2, padding = 1 })
classes.MaxPool2d = Pool:subclass("MaxPool2d")
classes.MaxPool2d.known, classes.MaxPool2d.compute, classes.MaxPool2d.built_in = MAX, core.nn.max_pool2d, true

--- Keeps the mean of each window, with the sizes of nn.MaxPool2d. count_include_pad counts padding as zeros.
---@param kernel_size integer|table
---@param o? table   stride = kernel_size, padding = 0, ceil_mode = false, count_include_pad = true, divisor_override
---@return mlprun.Module
---@example nn.AvgPool2d(2)
classes.AvgPool2d = Pool:subclass("AvgPool2d")
classes.AvgPool2d.known, classes.AvgPool2d.compute, classes.AvgPool2d.built_in = AVG, core.nn.avg_pool2d, true

local AdaptiveAvgPool2d = base.Module:subclass("AdaptiveAvgPool2d")
AdaptiveAvgPool2d.built_in = true
classes.AdaptiveAvgPool2d = AdaptiveAvgPool2d

--- Means of windows as even as can be: pictures of any size become output_size. nn.AdaptiveAvgPool2d(1) gives one number for
--- each channel.
---@param size integer|table
---@example nn.AdaptiveAvgPool2d(1)
function AdaptiveAvgPool2d:__init(size, ...)
  options.check(nil, {}, "nn.AdaptiveAvgPool2d", ...)
  self.output_size = output_size(size, "nn.AdaptiveAvgPool2d")
end

function AdaptiveAvgPool2d:forward(x)
  return core.nn.adaptive_avg_pool2d(x, self.output_size)
end

function AdaptiveAvgPool2d:extra_repr()
  local text = sizes.text(self.output_size):gsub("%-1", "false")
  return "output_size=" .. text
end

return { functions = functions, classes = classes }
