-- optim: optimizers, schedules of their learning rates, averages of weights. A new rule is a file beside this one and a line
-- here.
local adam = require "mlprun.optim.adam"
local averages = require "mlprun.optim.averages"

return {
  Optimizer = require "mlprun.optim.optimizer",
  SGD = require "mlprun.optim.sgd",
  Adam = adam.Adam,
  AdamW = adam.AdamW,
  RMSprop = require "mlprun.optim.rmsprop",
  Adagrad = require "mlprun.optim.adagrad",
  Adadelta = require "mlprun.optim.adadelta",
  NAdam = require "mlprun.optim.nadam",
  Lion = require "mlprun.optim.lion",
  lr_scheduler = require "mlprun.optim.lr_scheduler",
  lr_finder = require "mlprun.optim.lr_finder",
  EMA = averages.EMA,
  swa_utils = averages.swa_utils,
}
