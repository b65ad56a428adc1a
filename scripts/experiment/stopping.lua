--- mlprun.experiment.stopping - early stopping by patience.
--
-- An epoch improves when its validation accuracy is higher than that of every epoch before it; a tie does not count.
-- Training stops after `patience` epochs in a row without an improvement; patience 0 never stops it.
local class = require "mlprun.base.class"

local stopping = class.new("stopping")

function stopping:__init(patience)
  self.patience, self.best_epoch, self.best = patience, 0, -math.huge
end

--- Tells of an epoch's accuracy.
---@return boolean improved, boolean stop
function stopping:update(epoch, accuracy)
  local improved = accuracy > self.best
  if improved then self.best, self.best_epoch = accuracy, epoch end
  return improved, self.patience > 0 and epoch - self.best_epoch >= self.patience
end

--- What early stopping with another patience gives, from the curve of a run that went on for longer: up to where it stops,
--- the two are the same run.
---@param history table[]   rows with val_accuracy and seconds
---@return { patience: integer, epochs: integer, best_epoch: integer, accuracy: number, seconds: number, stopped: boolean }
---   stopped: whether patience ended it; where not, the curve ended first
function stopping.replay(history, patience)
  local stop, seconds, epochs, enough = stopping(patience), 0, 0, false
  for epoch, row in ipairs(history) do
    epochs, seconds = epoch, seconds + (row.seconds or 0)
    local _
    _, enough = stop:update(epoch, row.val_accuracy)
    if enough then break end
  end
  return { patience = patience, epochs = epochs, best_epoch = stop.best_epoch, accuracy = stop.best, seconds = seconds,
           stopped = enough }
end

return stopping
