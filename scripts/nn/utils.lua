-- nn.utils: what is done to gradients between backward and step.
local core = require "mlprun.core"
local options = require "mlprun.nn.options"
local words = require "mlprun.base.words"
local fail = core.sys.fail

local utils = {}

local function list_of(parameters, who)
  if core.tensor.is_tensor(parameters) then return { parameters } end
  if type(parameters) ~= "table" then
    fail(("%s: got %s, expected a list of parameters: model:parameters()"):format(who, type(parameters)))
  end
  return parameters
end

--- Scales all gradients so that their norm together is at most max_norm. Returns the norm before, a number.
---@param parameters Tensor[]
---@param max_norm number
---@param o? { norm_type = 2, error_if_nonfinite = false }
---@return Tensor
function utils.clip_grad_norm_(parameters, max_norm, o, ...)
  local who = "clip_grad_norm_"
  o = options.check(o, { "norm_type", "error_if_nonfinite" }, who, ...)
  parameters = list_of(parameters, who)
  if type(max_norm) ~= "number" then fail(("%s: max_norm is %s, expected a number"):format(who, words.value(max_norm))) end
  local order = options.value(o.norm_type, 2, "number", who, "norm_type")
  local norm = core.optim.grad_norm(parameters, order)
  if o.error_if_nonfinite and (norm ~= norm or norm == math.huge) then
    fail(("%s: the total norm of order %g for the gradients is non-finite (%s), so it cannot be clipped"):format(who, order,
      norm))
  end
  local factor = max_norm / (norm + 1e-6)
  if factor < 1 or factor ~= factor then core.optim.grad_scale_(parameters, factor) end
  return norm
end

--- Moves every element of the gradients into [-clip_value, clip_value].
---@param parameters Tensor[]
---@param clip_value number
function utils.clip_grad_value_(parameters, clip_value)
  parameters = list_of(parameters, "clip_grad_value_")
  if type(clip_value) ~= "number" then
    fail(("clip_grad_value_: clip_value is %s, expected a number"):format(words.value(clip_value)))
  end
  core.optim.grad_clamp_(parameters, clip_value)
end

return utils
