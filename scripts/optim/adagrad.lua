-- optim.Adagrad: gradients over the root of the sum of all their squares so far.
local core = require "mlprun.core"
local Optimizer = require "mlprun.optim.optimizer"

--- optim.Adagrad(parameters [, { lr = 1e-2, lr_decay = 0, weight_decay = 0, initial_accumulator_value = 0, eps = 1e-10,
--- maximize = false }]). The rate of step t is lr / (1 + (t - 1) * lr_decay).
local Adagrad = Optimizer:subclass("Adagrad", {
  options = { "lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps", "maximize" },
  defaults = { lr = 1e-2, lr_decay = 0, weight_decay = 0, initial_accumulator_value = 0, eps = 1e-10, maximize = false },
})

function Adagrad:check(group, who)
  self.at_least_zero(group, "lr", "learning rate", who)
  self.at_least_zero(group, "lr_decay", "lr_decay value", who)
  self.at_least_zero(group, "weight_decay", "weight_decay value", who)
  self.at_least_zero(group, "initial_accumulator_value", "initial_accumulator_value value", who)
  self.at_least_zero(group, "eps", "epsilon value", who)
end

function Adagrad.update(_, p, state, group)
  if not state.sum then
    state.step, state.sum = 0, core.tensor.zeros_like(p):fill_(group.initial_accumulator_value)
  end
  state.step = state.step + 1
  core.optim.adagrad_step(p, state.sum, group, state.step)
end

return Adagrad
