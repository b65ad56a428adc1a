-- optim.lr_scheduler: schedules of learning rates. They are called as in PyTorch: optimizer:step() for every batch, then
-- scheduler:step() once for every epoch (OneCycleLR: for every batch). A schedule of one's own is
-- lr_scheduler.LRScheduler:subclass(...), see lr_base.lua.
local lr_scheduler = {
  LRScheduler = require "mlprun.optim.lr_base",
  OneCycleLR = require "mlprun.optim.lr_cycle",
  CyclicLR = require "mlprun.optim.lr_cyclic",
  ReduceLROnPlateau = require "mlprun.optim.lr_plateau",
}
for _, file in ipairs { "mlprun.optim.lr_decay", "mlprun.optim.lr_combine" } do
  for name, schedule in pairs(require(file)) do lr_scheduler[name] = schedule end
end
return lr_scheduler
