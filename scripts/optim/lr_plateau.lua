-- optim.lr_scheduler.ReduceLROnPlateau: a smaller rate when a value, such as the validation loss, has stopped improving.
local core = require "mlprun.core"
local LRScheduler = require "mlprun.optim.lr_base"
local fail, is_tensor = core.sys.fail, core.tensor.is_tensor

--- ReduceLROnPlateau(optimizer [, { mode = "min" or "max", factor = 0.1, patience = 10, threshold = 1e-4, threshold_mode =
--- "rel" or "abs", cooldown = 0, min_lr = 0, eps = 1e-8 }]): times factor when more than `patience` epochs in a row were no
--- better than the best by `threshold`, not below min_lr (a number, or a list of one for each group); then `cooldown` epochs do
--- not count. Changes of at most eps are left out. NaN is never better.
local ReduceLROnPlateau = LRScheduler:subclass("ReduceLROnPlateau", {
  options = { "mode", "factor", "patience", "threshold", "threshold_mode", "cooldown", "min_lr", "eps" },
  defaults = {
    mode = "min", factor = 0.1, patience = 10, threshold = 1e-4, threshold_mode = "rel", cooldown = 0, min_lr = 0, eps = 1e-8,
  },
  needs_metric = true,
  transient = { best = true }, -- nil before the first step
  best = false,
})

local function one_of(self, name, a, b)
  if self[name] ~= a and self[name] ~= b then
    fail(("%s: %s is '%s', expected '%s' or '%s'"):format(self:who(), name, tostring(self[name]), a, b))
  end
end

local function at_least_zero(x)
  return x >= 0
end

function ReduceLROnPlateau:check(who)
  one_of(self, "mode", "min", "max")
  one_of(self, "threshold_mode", "rel", "abs")
  self:number("factor", "0 to less than 1", function(x) return x >= 0 and x < 1 end)
  self:count("patience", 0)
  self:count("cooldown", 0)
  self:number("threshold", "a number of at least 0", at_least_zero)
  self:number("eps", "a number of at least 0", at_least_zero)
  self.min_lr = self:for_groups("min_lr")
  if self.last_epoch ~= -1 then fail(who .. ": it has no last_epoch: load its state_dict instead") end
end

function ReduceLROnPlateau:initial()
  self.last_epoch, self.num_bad_epochs, self.cooldown_counter = 0, 0, 0
  self:set(self:present())
end

--- Begins now, with the rates as they are (SequentialLR).
function ReduceLROnPlateau:restart()
  self.best = nil
  self:initial()
end

function ReduceLROnPlateau:is_better(value)
  local best = self.best or (self.mode == "min" and math.huge or -math.huge)
  local sign = self.mode == "min" and -1 or 1
  local bar = self.threshold_mode == "rel" and best * (1 + sign * self.threshold) or best + sign * self.threshold
  if self.mode == "min" then return value < bar end
  return value > bar
end

--- Takes the value of this epoch: a number, or a tensor of one element.
---@param value number|Tensor
function ReduceLROnPlateau:step(value, ...)
  if is_tensor(value) then value = value:item() end
  if type(value) ~= "number" or select("#", ...) > 0 then
    fail(("%s: step takes the value that is watched, such as the validation loss: scheduler:step(val_loss); got %s"):format(
      self:who(), select("#", ...) > 0 and "more than one" or type(value)))
  end
  self.last_epoch = self.last_epoch + 1
  if self:is_better(value) then self.best, self.num_bad_epochs = value, 0
  else self.num_bad_epochs = self.num_bad_epochs + 1 end
  if self.cooldown_counter > 0 then self.cooldown_counter, self.num_bad_epochs = self.cooldown_counter - 1, 0 end
  if self.num_bad_epochs <= self.patience then return self:set(self:present()) end
  self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
  self:set(self:each(function(_, lr, _, i)
    local new = math.max(lr * self.factor, self.min_lr[i])
    return lr - new > self.eps and new or lr
  end))
end

return ReduceLROnPlateau
