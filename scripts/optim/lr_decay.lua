-- Schedules that are a formula of the epoch: StepLR, MultiStepLR, ConstantLR, LinearLR, ExponentialLR, PolynomialLR,
-- CosineAnnealingLR, CosineAnnealingWarmRestarts, LambdaLR, MultiplicativeLR. e: epochs since the beginning.
local core = require "mlprun.core"
local LRScheduler = require "mlprun.optim.lr_base"
local words = require "mlprun.base.words"
local fail = core.sys.fail

local function finite(x)
  return x == x and math.abs(x) < math.huge
end

local function share(x)
  return x > 0 and x <= 1
end

local function share_or_zero(x)
  return x >= 0 and x <= 1
end

-- base * factor for all groups
local function scaled(self, factor)
  return self:each(function(base) return base * factor end)
end

-- the present rate * factor for all groups
local function multiplied(self, factor)
  return self:each(function(_, lr) return lr * factor end)
end

--- StepLR(optimizer, step_size [, { gamma = 0.1 }]): times gamma every step_size epochs.
local StepLR = LRScheduler:subclass("StepLR",
  { arguments = { "step_size" }, options = { "gamma" }, defaults = { gamma = 0.1 }, begins_at = "step_size" })

function StepLR:check(_)
  self:count("step_size", 1)
  self:number("gamma", "a number", finite)
end

function StepLR:rates()
  return multiplied(self, (self.is_initial or self.last_epoch % self.step_size ~= 0) and 1 or self.gamma)
end

function StepLR:closed_form()
  return scaled(self, self.gamma ^ (self.last_epoch // self.step_size))
end

--- MultiStepLR(optimizer, milestones [, { gamma = 0.1 }]): times gamma when each of the milestones (numbers of epochs) is
--- reached; one that is listed twice counts twice.
local MultiStepLR = LRScheduler:subclass("MultiStepLR",
  { arguments = { "milestones" }, options = { "gamma" }, defaults = { gamma = 0.1 }, begins_at = "milestones" })

local function check_milestones(self)
  if type(self.milestones) ~= "table" then
    fail(("%s: milestones is a %s, expected a list of numbers of epochs: { 30, 80 }"):format(self:who(), type(self.milestones)))
  end
  local list = {}
  for i, m in ipairs(self.milestones) do
    if type(m) ~= "number" or not math.tointeger(m) or m < 0 then
      fail(("%s: milestone %d is %s, expected a whole number of epochs"):format(self:who(), i, words.value(m)))
    end
    list[i] = math.tointeger(m)
  end
  self.milestones = list
end

function MultiStepLR:check(_)
  check_milestones(self)
  self:number("gamma", "a number", finite)
end

function MultiStepLR:rates()
  local times = 0
  for _, m in ipairs(self.milestones) do times = times + (m == self.last_epoch and 1 or 0) end
  return multiplied(self, self.gamma ^ times)
end

function MultiStepLR:closed_form()
  local times = 0
  for _, m in ipairs(self.milestones) do times = times + (m <= self.last_epoch and 1 or 0) end
  return scaled(self, self.gamma ^ times)
end

--- ConstantLR(optimizer [, { factor = 1/3, total_iters = 5 }]): times factor for total_iters epochs.
local ConstantLR = LRScheduler:subclass("ConstantLR",
  { options = { "factor", "total_iters" }, defaults = { factor = 1 / 3, total_iters = 5 }, ends_at = "total_iters" })

function ConstantLR:check(_)
  self:number("factor", "more than 0 and at most 1", share)
  self:count("total_iters", 1)
end

function ConstantLR:rates()
  local e = self.last_epoch
  return multiplied(self, e == 0 and self.factor or e == self.total_iters and 1 / self.factor or 1)
end

function ConstantLR:closed_form()
  return scaled(self, self.last_epoch >= self.total_iters and 1 or self.factor)
end

--- LinearLR(optimizer [, { start_factor = 1/3, end_factor = 1.0, total_iters = 5 }]): times a factor that goes from one to
--- the other in total_iters epochs; a warm-up. The first factor is applied at once.
local LinearLR = LRScheduler:subclass("LinearLR", {
  options = { "start_factor", "end_factor", "total_iters" },
  defaults = { start_factor = 1 / 3, end_factor = 1.0, total_iters = 5 },
  ends_at = "total_iters",
})

function LinearLR:check(_)
  self:number("start_factor", "more than 0 and at most 1", share)
  self:number("end_factor", "0 to 1", share_or_zero)
  self:count("total_iters", 1)
end

function LinearLR:rates()
  local e, first, total = self.last_epoch, self.start_factor, self.total_iters
  if e == 0 then return multiplied(self, first) end
  if self.is_initial or e > total then return self:present() end
  local difference = self.end_factor - first
  return multiplied(self, 1 + difference / (total * first + (e - 1) * difference))
end

function LinearLR:closed_form()
  local part = math.min(self.total_iters, self.last_epoch) / self.total_iters
  return scaled(self, self.start_factor + (self.end_factor - self.start_factor) * part)
end

--- ExponentialLR(optimizer, gamma): times gamma every epoch.
local ExponentialLR = LRScheduler:subclass("ExponentialLR", { arguments = { "gamma" } })

function ExponentialLR:check(_)
  self:number("gamma", "a number", finite)
end

function ExponentialLR:rates()
  return multiplied(self, self.is_initial and 1 or self.gamma)
end

function ExponentialLR:closed_form()
  return scaled(self, self.gamma ^ self.last_epoch)
end

--- PolynomialLR(optimizer [, { total_iters = 5, power = 1.0 }]): down to 0 in total_iters epochs, as (1 - e / total)^power.
local PolynomialLR = LRScheduler:subclass("PolynomialLR",
  { options = { "total_iters", "power" }, defaults = { total_iters = 5, power = 1.0 }, ends_at = "total_iters" })

function PolynomialLR:check(_)
  self:count("total_iters", 1)
  self:number("power", "a number of at least 0", function(x) return x >= 0 and finite(x) end)
end

function PolynomialLR:rates()
  local e, total = self.last_epoch, self.total_iters
  if self.is_initial or e > total then return self:present() end
  return multiplied(self, ((1 - e / total) / (1 - (e - 1) / total)) ^ self.power)
end

function PolynomialLR:closed_form()
  return scaled(self, (1 - math.min(self.total_iters, self.last_epoch) / self.total_iters) ^ self.power)
end

--- CosineAnnealingLR(optimizer, T_max [, { eta_min = 0.0 }]): half a cosine from the initial rate down to eta_min in T_max
--- epochs; stepped further it rises again.
local CosineAnnealingLR = LRScheduler:subclass("CosineAnnealingLR",
  { arguments = { "T_max" }, options = { "eta_min" }, defaults = { eta_min = 0.0 }, ends_at = "T_max", turns = true })

function CosineAnnealingLR:check(_)
  self:number("T_max", "a number of epochs above 0", function(x) return x > 0 and finite(x) end)
  self:number("eta_min", "a number", finite)
end

function CosineAnnealingLR:rates()
  local e, T, low = self.last_epoch, self.T_max, self.eta_min
  if self.is_initial then return self:present() end
  if (e - 1 - T) % (2 * T) == 0 then -- the first epoch on the way up, where the ratio below is x / 0
    return self:each(function(base, lr) return lr + (base - low) * (1 - math.cos(math.pi / T)) / 2 end)
  end
  local ratio = (1 + math.cos(math.pi * e / T)) / (1 + math.cos(math.pi * (e - 1) / T))
  return self:each(function(_, lr) return ratio * (lr - low) + low end)
end

function CosineAnnealingLR:closed_form()
  local part = (1 + math.cos(math.pi * self.last_epoch / self.T_max)) / 2
  return self:each(function(base) return self.eta_min + (base - self.eta_min) * part end)
end

--- CosineAnnealingWarmRestarts(optimizer, T_0 [, { T_mult = 1, eta_min = 0.0 }]): as CosineAnnealingLR, back at the initial
--- rate after T_0 epochs, then after T_0 * T_mult more, and so on. step(epoch) takes a part of an epoch too: after each
--- batch, step(epoch + batch / batches).
local WarmRestarts = LRScheduler:subclass("CosineAnnealingWarmRestarts",
  { arguments = { "T_0" }, options = { "T_mult", "eta_min" }, defaults = { T_mult = 1, eta_min = 0.0 }, part_of_epoch = 0 })

--- The next epoch; or the one that is given, from 0, which may have a part.
---@param epoch? number
function WarmRestarts:step(epoch, ...)
  if epoch == nil or select("#", ...) > 0 then return LRScheduler.step(self, ...) end
  if type(epoch) ~= "number" or not (epoch >= 0 and epoch < 1e15) then
    fail(("%s: step takes an epoch of at least 0, got %s"):format(self:who(), tostring(epoch)))
  end
  self.last_epoch = math.floor(epoch)
  self.part_of_epoch = epoch - self.last_epoch
  self:set(self:rates())
end

function WarmRestarts:check(_)
  self:count("T_0", 1)
  self:count("T_mult", 1)
  self:number("eta_min", "a number", finite)
end

function WarmRestarts:rates()
  local since, length = self.last_epoch + self.part_of_epoch, self.T_0
  if self.T_mult == 1 then since = since % length
  else
    while since >= length do since, length = since - length, length * (self.T_mult + 0.0) end -- whole ones would wrap
  end
  local part = (1 + math.cos(math.pi * since / length)) / 2
  return self:each(function(base) return self.eta_min + (base - self.eta_min) * part end)
end

-- ---- from functions ----

local function check_lambdas(self, _)
  local given, count = self.lr_lambda, #self.optimizer.param_groups
  local list = {}
  if type(given) == "table" and getmetatable(given) == nil and #given ~= count then
    fail(("%s: expected %d lr_lambdas, one for each group, but got %d"):format(self:who(), count, #given))
  end
  for i = 1, count do
    local fn = given
    if type(given) == "table" and getmetatable(given) == nil then fn = given[i] end
    if type(fn) ~= "function" and not (getmetatable(fn) or {}).__call then
      fail(("%s: lr_lambda is %s, expected a function of the epoch that returns a factor"):format(self:who(), type(fn)))
    end
    list[i] = fn
  end
  self.lr_lambda = function(i) -- a function is left out of state_dict
    local factor = list[i](self.last_epoch)
    if type(factor) ~= "number" then
      fail(("%s: lr_lambda returned a %s for epoch %d, expected a number"):format(self:who(), type(factor), self.last_epoch))
    end
    return factor
  end
end

--- LambdaLR(optimizer, lr_lambda): the initial rate times lr_lambda(e), a function or a list of one for each group.
local LambdaLR = LRScheduler:subclass("LambdaLR", { arguments = { "lr_lambda" } })
LambdaLR.check = check_lambdas

function LambdaLR:rates()
  return self:each(function(base, _, _, i) return base * self.lr_lambda(i) end)
end

--- MultiplicativeLR(optimizer, lr_lambda): every epoch times lr_lambda(e).
local MultiplicativeLR = LRScheduler:subclass("MultiplicativeLR", { arguments = { "lr_lambda" } })
MultiplicativeLR.check = check_lambdas

function MultiplicativeLR:rates()
  if self.is_initial then return self:present() end
  return self:each(function(_, lr, _, i) return lr * self.lr_lambda(i) end)
end

return {
  StepLR = StepLR, MultiStepLR = MultiStepLR, ConstantLR = ConstantLR, LinearLR = LinearLR, ExponentialLR = ExponentialLR,
  PolynomialLR = PolynomialLR, CosineAnnealingLR = CosineAnnealingLR, CosineAnnealingWarmRestarts = WarmRestarts,
  LambdaLR = LambdaLR, MultiplicativeLR = MultiplicativeLR,
}
