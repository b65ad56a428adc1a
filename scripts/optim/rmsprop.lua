-- optim.RMSprop: gradients over the root of the running mean of their squares.
local core = require "mlprun.core"
local Optimizer = require "mlprun.optim.optimizer"
local zeros_like = core.tensor.zeros_like

--- optim.RMSprop(parameters [, { lr = 1e-2, alpha = 0.99, eps = 1e-8, weight_decay = 0, momentum = 0, centered = false,
--- maximize = false }]). alpha: what a step keeps of the mean; centered: over the estimated standard deviation.
local RMSprop = Optimizer:subclass("RMSprop", {
  options = { "lr", "alpha", "eps", "weight_decay", "momentum", "centered", "maximize" },
  defaults = { lr = 1e-2, alpha = 0.99, eps = 1e-8, weight_decay = 0, momentum = 0, centered = false, maximize = false },
})

function RMSprop:check(group, who)
  self.at_least_zero(group, "lr", "learning rate", who)
  self.at_least_zero(group, "eps", "epsilon value", who)
  self.at_least_zero(group, "momentum", "momentum value", who)
  self.at_least_zero(group, "weight_decay", "weight_decay value", who)
  self.at_least_zero(group, "alpha", "alpha value", who)
end

function RMSprop.update(_, p, state, group)
  state.step = (state.step or 0) + 1
  state.square_avg = state.square_avg or zeros_like(p)
  if group.momentum > 0 then state.momentum_buffer = state.momentum_buffer or zeros_like(p) end
  if group.centered then state.grad_avg = state.grad_avg or zeros_like(p) end
  core.optim.rmsprop_step(p, state.square_avg, state.grad_avg, state.momentum_buffer, group)
end

return RMSprop
