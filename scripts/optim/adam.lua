-- optim.Adam and optim.AdamW. They differ in weight decay: in the gradient (L2), or of the weight itself (decoupled).
local core = require "mlprun.core"
local Optimizer = require "mlprun.optim.optimizer"

local OPTIONS = { "lr", "betas", "eps", "weight_decay", "amsgrad", "maximize" }

local function defaults(weight_decay)
  return { lr = 1e-3, betas = { 0.9, 0.999 }, eps = 1e-8, weight_decay = weight_decay, amsgrad = false, maximize = false }
end

--- optim.Adam(parameters [, { lr = 1e-3, betas = { 0.9, 0.999 }, eps = 1e-8, weight_decay = 0, amsgrad = false,
--- maximize = false }])
local Adam = Optimizer:subclass("Adam", { options = OPTIONS, defaults = defaults(0), decoupled = false })

--- optim.AdamW: the same with weight_decay = 0.01.
local AdamW = Adam:subclass("AdamW", { options = OPTIONS, defaults = defaults(1e-2), decoupled = true })

function Adam:check(group, who)
  self.at_least_zero(group, "lr", "learning rate", who)
  self.at_least_zero(group, "eps", "epsilon value", who)
  self.at_least_zero(group, "weight_decay", "weight_decay value", who)
  self.check_betas(group, who)
end

function Adam:update(p, state, group)
  if not state.step then
    state.step = 0
    state.exp_avg, state.exp_avg_sq = core.tensor.zeros_like(p), core.tensor.zeros_like(p)
  end
  if group.amsgrad and not state.max_exp_avg_sq then state.max_exp_avg_sq = core.tensor.zeros_like(p) end
  state.step = state.step + 1
  core.optim.adam_step(p, state.exp_avg, state.exp_avg_sq, state.max_exp_avg_sq, group, state.step, self.decoupled)
end

return { Adam = Adam, AdamW = AdamW }
