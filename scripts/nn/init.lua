-- nn: modules, layers, losses, initial values. A layer that is written in Lua is a file beside this one and a line here;
-- one with a kernel is a row in runtime/nn.
local base = require "mlprun.nn.module"

local nn = {
  Module = base.Module,
  Parameter = base.Parameter,
  is_module = base.is_module,
  Identity = require "mlprun.nn.identity",
  Linear = require "mlprun.nn.linear",
  Flatten = require "mlprun.nn.flatten",
  Unflatten = require "mlprun.nn.unflatten",
  ModuleDict = require "mlprun.nn.moduledict",
  functional = require "mlprun.nn.functional",
  init = require "mlprun.nn.initialisers",
  utils = require "mlprun.nn.utils",
}

-- Files that hold several classes.
for _, file in ipairs { "sequential", "batchnorm" } do
  for name, class in pairs(require("mlprun.nn." .. file)) do nn[name] = class end
end

-- And functions beside them.
for _, file in ipairs { "layers", "prelu", "row_layers", "conv" } do
  for name, class in pairs(require("mlprun.nn." .. file).classes) do nn[name] = class end
end

return nn
