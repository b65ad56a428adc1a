-- optim.lr_scheduler.CyclicLR: up and down between two rates, again and again, with momentum the other way round.
local core = require "mlprun.core"
local LRScheduler = require "mlprun.optim.lr_base"
local fail = core.sys.fail

--- CyclicLR(optimizer, base_lr, max_lr [, { step_size_up = 2000, step_size_down = the same, mode = "triangular",
--- "triangular2" or "exp_range", gamma = 1.0, cycle_momentum = true, base_momentum = 0.8, max_momentum = 0.9 }]): step it
--- after every batch. triangular2 halves the height after each cycle, exp_range has it times gamma in each step. Rates and
--- momenta are numbers, or lists of one for each group. It overwrites the optimizer's own rate and momentum.
local CyclicLR = LRScheduler:subclass("CyclicLR", {
  arguments = { "base_lr", "max_lr" },
  options = { "step_size_up", "step_size_down", "mode", "gamma", "cycle_momentum", "base_momentum", "max_momentum" },
  defaults = { step_size_up = 2000, step_size_down = false, mode = "triangular", gamma = 1.0, cycle_momentum = true,
               base_momentum = 0.8, max_momentum = 0.9 },
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
  self:number("gamma", "a number", function(x) return x == x and math.abs(x) < math.huge end)
  for _, name in ipairs { "base_lr", "max_lr", "base_momentum", "max_momentum" } do self[name] = self:for_groups(name) end
  local defaults = self.optimizer.defaults
  if self.cycle_momentum and defaults.momentum == nil and defaults.betas == nil then
    fail(("%s: %s has neither momentum nor betas: pass { cycle_momentum = false }"):format(who, self.optimizer.__name))
  end
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
  local height = (x <= top and x / top or (x - 1) / (top - 1)) * SCALES[self.mode](self, cycle)
  return self:each(function(_, _, group, i)
    if self.cycle_momentum then
      local momentum = self.max_momentum[i] - (self.max_momentum[i] - self.base_momentum[i]) * height
      if group.betas then group.betas = { momentum, table.unpack(group.betas, 2) } else group.momentum = momentum end
    end
    return self.base_lr[i] + (self.max_lr[i] - self.base_lr[i]) * height
  end)
end

return CyclicLR
