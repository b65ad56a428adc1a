-- optim: optimizers, schedules of their learning rates, averages of weights. A new rule is a file beside this one and a line
-- here.
local adam = require "mlprun.optim.adam"

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
}
