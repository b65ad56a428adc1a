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
  if type(group.betas) ~= "table" or #group.betas ~= 2 then
    core.sys.fail(("%s: betas is %s, expected two numbers: { 0.9, 0.999 }"):format(who, tostring(group.betas)))
  end
  for i, beta in ipairs(group.betas) do
    if type(beta) ~= "number" or not (beta >= 0 and beta < 1) then
      core.sys.fail(("%s: invalid beta parameter at index %d: %s, expected 0 <= beta < 1"):format(who, i, tostring(beta)))
    end
  end
  group.betas = { group.betas[1], group.betas[2] } -- a schedule that writes it changes this group only
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
