-- optim.SGD: stochastic gradient descent, with momentum and Nesterov's variant.
local core = require "mlprun.core"
local Optimizer = require "mlprun.optim.optimizer"

--- optim.SGD(parameters [, { lr = 1e-3, momentum = 0, dampening = 0, weight_decay = 0, nesterov = false, maximize = false }])
local SGD = Optimizer:subclass("SGD", {
  options = { "lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize" },
  defaults = { lr = 1e-3, momentum = 0, dampening = 0, weight_decay = 0, nesterov = false, maximize = false },
})

function SGD:check(group, who)
  self.at_least_zero(group, "lr", "learning rate", who)
  self.at_least_zero(group, "momentum", "momentum value", who)
  self.at_least_zero(group, "weight_decay", "weight_decay value", who)
  if type(group.dampening) ~= "number" then
    core.sys.fail(("%s: invalid dampening value: %s, expected a number"):format(who, tostring(group.dampening)))
  end
  if group.nesterov and (group.momentum <= 0 or group.dampening ~= 0) then
    core.sys.fail(who .. ": Nesterov momentum requires a momentum and zero dampening")
  end
end

function SGD.update(_, p, state, group)
  local first = false
  if group.momentum ~= 0 and not state.momentum_buffer then
    state.momentum_buffer, first = core.tensor.zeros_like(p), true
  end
  core.optim.sgd_step(p, state.momentum_buffer, group, first)
end

return SGD
