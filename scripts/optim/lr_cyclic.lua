-- optim.lr_scheduler.CyclicLR: up and down between two rates, again and again, with momentum the other way round.
local core = require "mlprun.core"
local LRScheduler = require "mlprun.optim.lr_base"
local fail = core.sys.fail

--- CyclicLR(optimizer, base_lr, max_lr [, { step_size_up = 2000, step_size_down = the same, mode = "triangular",
--- "triangular2" or "exp_range", gamma = 1.0, scale_fn = nil, scale_mode = "cycle", cycle_momentum = true, base_momentum = 0.8,
--- max_momentum = 0.9 }]): step it after every batch. triangular2 halves the height after each cycle, exp_range has it times
--- gamma in each step; with scale_fn it is times scale_fn(number of the cycle, from 1), or with scale_mode = "iterations"
--- scale_fn(number of steps, from 0), and mode and gamma do not count. Rates and
--- momenta are numbers, or lists of one for each group. It overwrites the optimizer's own rate and momentum.
local CyclicLR = LRScheduler:subclass("CyclicLR", {
  arguments = { "base_lr", "max_lr" },
  options = { "step_size_up", "step_size_down", "mode", "gamma", "scale_fn", "scale_mode", "cycle_momentum", "base_momentum",
              "max_momentum" },
  defaults = { step_size_up = 2000, step_size_down = false, mode = "triangular", gamma = 1.0, scale_fn = false,
               scale_mode = "cycle", cycle_momentum = true, base_momentum = 0.8, max_momentum = 0.9 },
  interval = "step",
})

local SCALES = {
  triangular = function() return 1 end,
  triangular2 = function(_, cycle) return 1 / 2 ^ (cycle - 1) end,
  exp_range = function(self) return self.gamma ^ self.last_epoch end,
}

function CyclicLR:check(who)
  self:count("step_size_up", 1)
  if self.step_size_down then self:count("step_size_down", 1) else self.step_size_down = self.step_size_up end
  if not SCALES[self.mode] then
    fail(("%s: mode is '%s', expected 'triangular', 'triangular2' or 'exp_range'"):format(who, tostring(self.mode)))
  end
  if self.scale_fn and type(self.scale_fn) ~= "function" then
    fail(("%s: scale_fn is a %s, expected a function"):format(who, type(self.scale_fn)))
  elseif self.scale_mode ~= "cycle" and self.scale_mode ~= "iterations" then
    fail(("%s: scale_mode is '%s', expected 'cycle' or 'iterations'"):format(who, tostring(self.scale_mode)))
  end
  self:number("gamma", "a number", function(x) return x == x and math.abs(x) < math.huge end)
  for _, name in ipairs { "base_lr", "max_lr", "base_momentum", "max_momentum" } do self[name] = self:for_groups(name) end
  local defaults = self.optimizer.defaults
  if self.cycle_momentum and defaults.momentum == nil and defaults.betas == nil then
    fail(("%s: %s has neither momentum nor betas: pass { cycle_momentum = false }"):format(who, self.optimizer.__name))
  end
end

-- What the height of this step is times.
local function scale_of(self, cycle)
  if not self.scale_fn then return SCALES[self.mode](self, cycle) end
  local scale = self.scale_fn(self.scale_mode == "cycle" and cycle or self.last_epoch)
  if type(scale) ~= "number" then
    fail(("%s: scale_fn returned a %s, expected a number"):format(self:who(), type(scale)))
  end
  return scale
end

function CyclicLR:prepare()
  if self.last_epoch == -1 then
    for i, group in ipairs(self.optimizer.param_groups) do group.initial_lr = self.base_lr[i] end
  end
  LRScheduler.prepare(self)
end

function CyclicLR:rates()
  local total = self.step_size_up + self.step_size_down
  local cycle = 1 + self.last_epoch // total
  local x, top = 1 + self.last_epoch / total - cycle, self.step_size_up / total
  local height = (x <= top and x / top or (x - 1) / (top - 1)) * scale_of(self, cycle)
  return self:each(function(_, _, group, i)
    if self.cycle_momentum then
      local momentum = self.max_momentum[i] - (self.max_momentum[i] - self.base_momentum[i]) * height
      if group.betas then group.betas = { momentum, table.unpack(group.betas, 2) } else group.momentum = momentum end
    end
    return self.base_lr[i] + (self.max_lr[i] - self.base_lr[i]) * height
  end)
end

return CyclicLR
