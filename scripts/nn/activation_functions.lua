-- The element-wise nonlinearities with parameters: nn.functional has them as functions, nn as classes (activation.lua).
--
-- Parameters may be given as PyTorch's users write them, nn.LeakyReLU(0.2), or by name, nn.LeakyReLU { negative_slope = 0.2 }.
local core = require "mlprun.core"
local options = require "mlprun.nn.options"
local fail = core.sys.fail

-- function, class, parameters with their defaults in PyTorch's order, and what computes it (default: core.nn's function of
-- that name, on the parameters in order).
local specs = {
  { "leaky_relu", "LeakyReLU", { { "negative_slope", 0.01 } } },
  { "elu", "ELU", { { "alpha", 1.0 } } },
  { "celu", "CELU", { { "alpha", 1.0 } } },
  { "selu", "SELU", {} },
  { "gelu", "GELU", { { "approximate", "none" } }, function(x, approximate)
    return (approximate == "tanh" and core.nn.gelu_tanh or core.nn.gelu)(x)
  end },
  { "silu", "SiLU", {} },
  { "mish", "Mish", {} },
  { "softplus", "Softplus", { { "beta", 1.0 }, { "threshold", 20.0 } } },
  { "softsign", "Softsign", {} },
  { "logsigmoid", "LogSigmoid", {} },
  { "hardtanh", "Hardtanh", { { "min_val", -1.0 }, { "max_val", 1.0 } } },
  { "relu6", "ReLU6", {}, function(x) return core.nn.hardtanh(x, 0, 6) end },
  { "hardsigmoid", "Hardsigmoid", {} },
  { "hardswish", "Hardswish", {} },
}

local activation = { functions = {}, specs = {} }

--- The values of a specification's parameters, in order, from positional arguments or one table of names.
function activation.read(spec, who, o, ...)
  local names = {}
  for i, parameter in ipairs(spec.parameters) do names[i] = parameter[1] end
  local given = table.pack(o, ...)
  if type(o) == "table" or #names == 0 then
    local by_name = options.check(o, names, who, ...)
    for i, name in ipairs(names) do given[i] = by_name[name] end
  elseif given.n > #names then
    fail(("%s: got %d arguments, expected at most %d: %s"):format(who, given.n, #names, table.concat(names, ", ")))
  end
  local values = {}
  for i, parameter in ipairs(spec.parameters) do
    values[i] = options.value(given[i], parameter[2], type(parameter[2]), who, parameter[1])
    if parameter[1] == "approximate" and values[i] ~= "none" and values[i] ~= "tanh" then
      fail(("%s: approximate is '%s', expected 'none' or 'tanh'"):format(who, values[i]))
    end
  end
  return values
end

for _, row in ipairs(specs) do
  local spec = { name = row[1], class = row[2], parameters = row[3], compute = row[4] or core.nn[row[1]] }
  activation.specs[#activation.specs + 1] = spec
  activation.functions[spec.name] = function(x, ...)
    return spec.compute(x, table.unpack(activation.read(spec, "nn.functional." .. spec.name, ...)))
  end
end

return activation
