--- mlprun.experiment.stopping - early stopping by patience.
--
-- An epoch improves when its validation accuracy is higher than that of every epoch before it; a tie does not count.
-- Training stops after `patience` epochs in a row without an improvement; patience 0 never stops it.
local stopping = {}
stopping.__index = stopping

function stopping.new(patience)
  return setmetatable({ patience = patience, best_epoch = 0, best = -math.huge }, stopping)
end

--- Tells of an epoch's accuracy.
---@return boolean improved, boolean stop
function stopping:update(epoch, accuracy)
  local improved = accuracy > self.best
  if improved then self.best, self.best_epoch = accuracy, epoch end
  return improved, self.patience > 0 and epoch - self.best_epoch >= self.patience
end

return stopping
