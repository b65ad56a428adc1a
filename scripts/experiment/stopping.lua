--- mlprun.experiment.stopping - the best epoch, and early stopping by patience.
--
-- An epoch is the best so far when what is watched (watch.lua) is better than in every epoch before it; a tie does not count.
-- Training stops after `patience` epochs in a row that were no better by more than `min_delta` than the last that was; patience
-- 0 never stops it.
local class = require "mlprun.base.class"
local watch = require "mlprun.experiment.watch"
local words = require "mlprun.base.words"

local stopping = class.new("stopping")

---@param patience integer
---@param watched? table     the validation accuracy, unless given
---@param min_delta? number
function stopping:__init(patience, watched, min_delta)
  self.patience, self.watched, self.min_delta = patience, watched or watch("val_accuracy", "auto"), min_delta or 0
  self.best_epoch, self.best = 0, self.watched:worst()
  self.counted_epoch, self.counted = 0, self.best -- the last that was better by min_delta
end

--- Tells of an epoch.
---@param epoch integer
---@param value number   of what is watched
---@return boolean improved, boolean stop
function stopping:update(epoch, value)
  local improved = self.watched:better(value, self.best)
  if improved then self.best, self.best_epoch = value, epoch end
  if self.watched:better(value, self.counted, self.min_delta) then self.counted, self.counted_epoch = value, epoch end
  return improved, self.patience > 0 and epoch - self.counted_epoch >= self.patience
end

--- Why it says stop.
function stopping:reason()
  return ("patience: %s without a better %s"):format(words.count(self.patience, "epoch"), self.watched:text())
end

--- What early stopping with another patience gives, from the curve of a run that went on for longer: up to where it stops,
--- the two are the same run.
---@param history table[]   rows with what is watched and seconds
---@param as? stopping      what the run itself was stopped by
---@return { patience: integer, epochs: integer, best_epoch: integer, accuracy: number, seconds: number, stopped: boolean }
---   stopped: whether patience ended it; where not, the curve ended first
function stopping.replay(history, patience, as)
  local stop, seconds, epochs, enough = stopping(patience, as and as.watched, as and as.min_delta), 0, 0, false
  for epoch, row in ipairs(history) do
    epochs, seconds = epoch, seconds + (row.seconds or 0)
    local _
    _, enough = stop:update(epoch, stop.watched:value(row))
    if enough then break end
  end
  return { patience = patience, epochs = epochs, best_epoch = stop.best_epoch, seconds = seconds, stopped = enough,
           accuracy = stop.best_epoch > 0 and history[stop.best_epoch].val_accuracy or -math.huge }
end

return stopping
