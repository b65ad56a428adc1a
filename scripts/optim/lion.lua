-- optim.Lion: steps of one size along the sign of the momentum (Chen et al., 2023). Half of Adam's state. Its steps are
-- larger than Adam's: take a third to a tenth of Adam's lr, and three to ten times its weight_decay.
local core = require "mlprun.core"
local Optimizer = require "mlprun.optim.optimizer"

--- optim.Lion(parameters [, { lr = 1e-4, betas = { 0.9, 0.99 }, weight_decay = 0, maximize = false }]). betas: what the step
--- and the momentum keep of the momentum before; the decay is of the weight itself, as in AdamW.
local Lion = Optimizer:subclass("Lion", {
  options = { "lr", "betas", "weight_decay", "maximize" },
  defaults = { lr = 1e-4, betas = { 0.9, 0.99 }, weight_decay = 0, maximize = false },
})

function Lion:check(group, who)
  self.at_least_zero(group, "lr", "learning rate", who)
  self.check_betas(group, who)
  self.at_least_zero(group, "weight_decay", "weight_decay value", who)
end

function Lion.update(_, p, state, group)
  state.exp_avg = state.exp_avg or core.tensor.zeros_like(p)
  core.optim.lion_step(p, state.exp_avg, group)
end

return Lion
