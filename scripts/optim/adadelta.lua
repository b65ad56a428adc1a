-- optim.Adadelta: steps as large as the steps before were for gradients as large as these.
local core = require "mlprun.core"
local Optimizer = require "mlprun.optim.optimizer"

--- optim.Adadelta(parameters [, { lr = 1.0, rho = 0.9, eps = 1e-6, weight_decay = 0, maximize = false }])
local Adadelta = Optimizer:subclass("Adadelta", {
  options = { "lr", "rho", "eps", "weight_decay", "maximize" },
  defaults = { lr = 1.0, rho = 0.9, eps = 1e-6, weight_decay = 0, maximize = false },
})

function Adadelta:check(group, who)
  self.at_least_zero(group, "lr", "learning rate", who)
  if type(group.rho) ~= "number" or not (group.rho >= 0 and group.rho <= 1) then
    core.sys.fail(("%s: invalid rho value: %s, expected 0 <= rho <= 1"):format(who, tostring(group.rho)))
  end
  self.at_least_zero(group, "eps", "epsilon value", who)
  self.at_least_zero(group, "weight_decay", "weight_decay value", who)
end

function Adadelta.update(_, p, state, group)
  if not state.square_avg then
    state.step = 0
    state.square_avg, state.acc_delta = core.tensor.zeros_like(p), core.tensor.zeros_like(p)
  end
  state.step = state.step + 1
  core.optim.adadelta_step(p, state.square_avg, state.acc_delta, group)
end

return Adadelta
