-- optim: optimizers, schedules of their learning rates, averages of weights. A new rule is a file in runtime/optim.
local averages = require "mlprun.optim.averages"

local optim = {
  Optimizer = require "mlprun.optim.optimizer",
  lr_scheduler = require "mlprun.optim.lr_scheduler",
  lr_finder = require "mlprun.optim.lr_finder",
  LBFGS = require "mlprun.optim.lbfgs",
  EMA = averages.EMA,
  swa_utils = averages.swa_utils,
}
for name, class in pairs(require "mlprun.optim.rules") do optim[name] = class end
return optim
