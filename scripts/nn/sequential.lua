-- nn.Sequential and nn.ModuleList: lists of modules. model[1] is the first; its state names begin with "0.", as PyTorch's do.
local core = require "mlprun.core"
local class = require "mlprun.base.class"
local base = require "mlprun.nn.module"
local Conv2d = require "mlprun.nn.conv2d"
local batch_norms = require "mlprun.nn.batchnorm"
local ReLU = require("mlprun.nn.layers").classes.ReLU
local words = require "mlprun.base.words"
local fail = core.sys.fail

local ModuleList = base.Module:subclass("ModuleList")
ModuleList.built_in = true

local function describe(value)
  if value == base.Module or type(value) == "table" and rawget(value, "__meta") then
    return "the class " .. value.__name .. " (write nn." .. value.__name .. "(...))"
  end
  return type(value) == "userdata" and "a tensor" or type(value) == "string" and "'" .. value .. "'" or tostring(value)
end

--- nn.ModuleList { module, ... }: modules that forward calls itself.
---@param modules? Module[]
function ModuleList:__init(modules, ...)
  local who = "nn." .. self:class_name()
  if modules == nil then modules = {} end
  if base.is_module(modules) or select("#", ...) > 0 or type(modules) ~= "table" then
    fail(("%s takes one table of modules: %s { nn.Flatten(), nn.Linear(4, 2) }"):format(who, who))
  end
  local count = 0
  for key in pairs(modules) do
    if math.type(key) ~= "integer" then fail(("%s: got the named entry '%s', expected a list of modules"):format(who,
      tostring(key))) end
    count = math.max(count, key)
  end
  self._count = 0
  for i = 1, count do
    if not base.is_module(modules[i]) then
      fail(("%s: entry %d is %s, expected a module"):format(who, i, describe(modules[i])))
    end
    self:append(modules[i])
  end
end

--- Adds a module at the end. Returns the list.
---@param module Module
---@return self
function ModuleList:append(module)
  if not base.is_module(module) then
    fail(("append: got %s, expected a module"):format(describe(module)))
  end
  self:add_module(tostring(self._count), module)
  self._count = self._count + 1
  return self
end

function ModuleList:__length()
  return self._count
end

-- model[i], counting from 1, or from the end with -1
function ModuleList:__item(i)
  local at = i < 0 and self._count + i or i - 1
  if at < 0 or at >= self._count then
    if i == self._count + 1 then return nil end -- ends ipairs
    fail(("index %d is out of range: the %s has %s"):format(i, self:class_name(), words.count(self._count, "module")))
  end
  return self[tostring(at)]
end

function ModuleList:__set_item(i, module)
  if i < 1 or i > self._count or not base.is_module(module) then
    fail(("[%d] = %s: expected a module at 1 to %d; append(module) adds one"):format(i, describe(module), self._count))
  end
  self:add_module(tostring(i - 1), module)
end

local Sequential = ModuleList:subclass("Sequential")
Sequential.built_in = true

-- Whether calling the module is what `forward` does, and nobody sees what it is called with or gives.
local function is_plainly(module, of, forward)
  return class.of(module) == of and base.is_plain(module, forward)
end

-- Classes that can take the ReLU behind them along: what their forward is, and what computes both.
local rectify, pairs_with_relu = ReLU.forward, {}
local function pair_with_relu(of, both) pairs_with_relu[of] = { forward = of.forward, both = both } end
local convolve_with = core.nn.layer("Conv2d").forward_with
pair_with_relu(Conv2d, function(self, x) return convolve_with(self, "activation", "relu", x) end)
for _, of in ipairs { batch_norms.BatchNorm1d, batch_norms.BatchNorm2d } do
  local normalise = of._normalise
  pair_with_relu(of, function(self, x) return normalise(self, x, "relu") end)
end

--- nn.Sequential { module, ... }: each module gets the result of the one before. A convolution or a BatchNorm and the ReLU
--- behind it are computed in one pass: the same numbers.
---@param x mlprun.Tensor
function Sequential:forward(x)
  local waits, both -- whose turn it is, unless a ReLU follows; and what computes both
  for child in self:children() do
    if waits and is_plainly(child, ReLU, rectify) then
      x, waits = base.call_both(waits, child, both, x), nil
    else
      if waits then x, waits = waits(x), nil end
      local of = class.of(child)
      local pair = pairs_with_relu[of]
      if pair and is_plainly(child, of, pair.forward) then waits, both = child, pair.both else x = child(x) end
    end
  end
  return waits and waits(x) or x
end

return { ModuleList = ModuleList, Sequential = Sequential }
