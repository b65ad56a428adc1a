-- nn.ZeroPad2d, ConstantPad2d, ReflectionPad2d, ReplicationPad2d, CircularPad2d: one function, and a mode for each.
local core = require "mlprun.core"
local weighted = require "mlprun.nn.weighted"
local text = require("mlprun.nn.repr").sizes

local MODES = {
  ZeroPad2d = "constant", ConstantPad2d = "constant", ReflectionPad2d = "reflect", ReplicationPad2d = "replicate",
  CircularPad2d = "circular",
}

local function class_for(name, mode)
  local class, keep = weighted.class(name)

  function class:__init(...)
    local padding = keep(self, ...).padding
    if #padding == 1 then self.padding = { padding[1], padding[1], padding[1], padding[1] } end
  end

  function class:forward(x)
    return core.nn.pad(x, self.padding, { mode = mode, value = name == "ConstantPad2d" and self.value or nil })
  end

  function class:extra_repr()
    return text(self.padding) .. (name == "ConstantPad2d" and (", value=%g"):format(self.value) or "")
  end

  return class
end

local classes = {}
for name, mode in pairs(MODES) do classes[name] = class_for(name, mode) end
return classes
