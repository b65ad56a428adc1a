-- The losses that go element by element, as functions of nn.functional; pointwise_losses.lua makes classes of them. Input
-- and target have the same shape: PyTorch would broadcast some of them, which is never what was meant.
local core = require "mlprun.core"
local options = require "mlprun.nn.options"

-- function, class, options with their defaults in PyTorch's order ("tensor": one or a list, nil by default), the option that
-- is the operation's parameter.
local specs = {
  { "mse_loss", "MSELoss", { { "reduction", "mean" } } },
  { "l1_loss", "L1Loss", { { "reduction", "mean" } } },
  { "smooth_l1_loss", "SmoothL1Loss", { { "reduction", "mean" }, { "beta", 1.0 } }, "beta" },
  { "huber_loss", "HuberLoss", { { "reduction", "mean" }, { "delta", 1.0 } }, "delta" },
  { "binary_cross_entropy", "BCELoss", { { "weight", "tensor" }, { "reduction", "mean" } } },
  { "binary_cross_entropy_with_logits", "BCEWithLogitsLoss",
    { { "weight", "tensor" }, { "reduction", "mean" }, { "pos_weight", "tensor" } } },
  { "kl_div", "KLDivLoss", { { "reduction", "mean" }, { "log_target", false } } },
}

local loss = { functions = {}, specs = {} }

local CHECKS = {
  beta = function(value) return value >= 0, "0 or more" end,
  delta = function(value) return value > 0, "more than 0" end,
}

--- The options of a specification by name, checked, with their defaults.
function loss.read(spec, who, o, ...)
  o = options.check(o, spec.names, who, ...)
  local values = {}
  for _, option in ipairs(spec.options) do
    local name, default, value = option[1], option[2], o[option[1]]
    if default == "tensor" then
      if type(value) == "table" then value = core.tensor.tensor(value, { dtype = "f32" }) end
      if value ~= nil and not core.tensor.is_tensor(value) then
        core.sys.fail(("%s: %s is %s, expected a tensor or a list of numbers"):format(who, name, tostring(value)))
      end
      values[name] = value
    else
      values[name] = options.value(value, default, type(default), who, name)
      local ok, expected = true, nil
      if CHECKS[name] then ok, expected = CHECKS[name](values[name]) end
      if not ok then core.sys.fail(("%s: %s is %s, expected %s"):format(who, name, values[name], expected)) end
    end
  end
  local known = { mean = true, sum = true, none = true, batchmean = spec.name == "kl_div" }
  if not known[values.reduction] then
    core.sys.fail(("%s: '%s' is not a valid value for reduction: expected 'mean', 'sum' or 'none'%s"):format(who,
      values.reduction, known.batchmean and ", or 'batchmean'" or ""))
  end
  return values
end

--- The loss for options that were read.
function loss.compute(spec, input, target, values)
  local fn = values.log_target and core.nn.kl_div_log or core.nn[spec.name]
  return fn(input, target, { reduction = values.reduction, a = spec.parameter and values[spec.parameter],
    weight = values.weight, pos_weight = values.pos_weight })
end

for _, row in ipairs(specs) do
  local spec = { name = row[1], class = row[2], options = row[3], parameter = row[4], names = {} }
  for i, option in ipairs(spec.options) do spec.names[i] = option[1] end
  loss.specs[#loss.specs + 1] = spec
  loss.functions[spec.name] = function(input, target, ...)
    return loss.compute(spec, input, target, loss.read(spec, "nn.functional." .. spec.name, ...))
  end
end

return loss
