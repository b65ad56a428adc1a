-- optim: optimizers. A new rule is a file beside this one and a line here.
local adam = require "mlprun.optim.adam"

return {
  Optimizer = require "mlprun.optim.optimizer",
  SGD = require "mlprun.optim.sgd",
  Adam = adam.Adam,
  AdamW = adam.AdamW,
}
