-- optim.NAdam: Adam that looks ahead along its momentum, as Nesterov's variant of SGD does.
local core = require "mlprun.core"
local Optimizer = require "mlprun.optim.optimizer"

--- optim.NAdam(parameters [, { lr = 2e-3, betas = { 0.9, 0.999 }, eps = 1e-8, weight_decay = 0, momentum_decay = 4e-3,
--- decoupled_weight_decay = false, maximize = false }]). decoupled_weight_decay: of the weight itself, as in AdamW.
local NAdam = Optimizer:subclass("NAdam", {
  options = { "lr", "betas", "eps", "weight_decay", "momentum_decay", "decoupled_weight_decay", "maximize" },
  defaults = {
    lr = 2e-3, betas = { 0.9, 0.999 }, eps = 1e-8, weight_decay = 0, momentum_decay = 4e-3,
    decoupled_weight_decay = false, maximize = false,
  },
})

function NAdam:check(group, who)
  self.at_least_zero(group, "lr", "learning rate", who)
  self.at_least_zero(group, "eps", "epsilon value", who)
  self.check_betas(group, who)
  self.at_least_zero(group, "weight_decay", "weight_decay value", who)
  self.at_least_zero(group, "momentum_decay", "momentum_decay value", who)
end

function NAdam.update(_, p, state, group)
  if not state.exp_avg then
    state.step, state.mu_product = 0, 1
    state.exp_avg, state.exp_avg_sq = core.tensor.zeros_like(p), core.tensor.zeros_like(p)
  end
  state.step = state.step + 1
  state.mu_product = core.optim.nadam_step(p, state.exp_avg, state.exp_avg_sq, state.mu_product, group, state.step)
end

return NAdam
