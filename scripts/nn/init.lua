-- nn: modules, layers, losses, initial values. A layer that is written in Lua, or has weights, is a file beside this one and
-- a line here; what else has a kernel is a row in runtime/nn.
local base = require "mlprun.nn.module"

local nn = {
  Module = base.Module,
  Parameter = base.Parameter,
  is_module = base.is_module,
  Identity = require "mlprun.nn.identity",
  Linear = require "mlprun.nn.linear",
  Conv2d = require "mlprun.nn.conv2d",
  ConvTranspose2d = require "mlprun.nn.convtranspose2d",
  LayerNorm = require "mlprun.nn.layernorm",
  Embedding = require "mlprun.nn.embedding",
  PReLU = require "mlprun.nn.prelu",
  Flatten = require "mlprun.nn.flatten",
  Unflatten = require "mlprun.nn.unflatten",
  ModuleDict = require "mlprun.nn.moduledict",
  functional = require "mlprun.nn.functional",
  init = require "mlprun.nn.initialisers",
  utils = require "mlprun.nn.utils",
}

-- Files that hold several classes.
for _, file in ipairs { "sequential", "batchnorm", "groupnorm", "padding" } do
  for name, class in pairs(require("mlprun.nn." .. file)) do nn[name] = class end
end

-- Those that are rows alone.
for name, class in pairs(require("mlprun.nn.layers").classes) do nn[name] = class end

return nn
