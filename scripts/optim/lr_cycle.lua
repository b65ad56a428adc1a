-- optim.lr_scheduler.OneCycleLR: up to a high rate and down to almost nothing, once, with momentum the other way round.
local core = require "mlprun.core"
local LRScheduler = require "mlprun.optim.lr_base"
local fail = core.sys.fail

--- OneCycleLR(optimizer, max_lr [, { total_steps = or epochs = and steps_per_epoch =, pct_start = 0.3, anneal_strategy =
--- "cos" or "linear", cycle_momentum = true, base_momentum = 0.85, max_momentum = 0.95, div_factor = 25.0,
--- final_div_factor = 1e4, three_phase = false }]): step it after every batch, total_steps times at most. The rate goes from
--- max_lr / div_factor up to max_lr in the first pct_start of the steps, then down to the first rate / final_div_factor;
--- momentum (the first beta of Adam and its relatives) from max_momentum to base_momentum and back. max_lr and the momenta are
--- numbers, or lists of one for each group. It overwrites the optimizer's own rate and momentum.
local OneCycleLR = LRScheduler:subclass("OneCycleLR", {
  arguments = { "max_lr" },
  options = {
    "total_steps", "epochs", "steps_per_epoch", "pct_start", "anneal_strategy", "cycle_momentum", "base_momentum",
    "max_momentum", "div_factor", "final_div_factor", "three_phase",
  },
  defaults = {
    total_steps = false, epochs = false, steps_per_epoch = false, pct_start = 0.3, anneal_strategy = "cos",
    cycle_momentum = true, base_momentum = 0.85, max_momentum = 0.95, div_factor = 25.0, final_div_factor = 1e4,
    three_phase = false,
  },
  interval = "step", ends_at = "total_steps",
})

local function above_zero(x)
  return x > 0 and x < math.huge
end

function OneCycleLR:check(who)
  if self.total_steps then self:count("total_steps", 1)
  elseif self.epochs and self.steps_per_epoch then
    self:count("epochs", 1)
    self:count("steps_per_epoch", 1)
    self.total_steps = self.epochs * self.steps_per_epoch
  else
    fail(who .. ": give total_steps, or epochs and steps_per_epoch")
  end
  self:number("pct_start", "0 to 1", function(x) return x >= 0 and x <= 1 end)
  if self.anneal_strategy ~= "cos" and self.anneal_strategy ~= "linear" then
    fail(("%s: anneal_strategy is '%s', expected 'cos' or 'linear'"):format(who, tostring(self.anneal_strategy)))
  end
  self:number("div_factor", "more than 0", above_zero)
  self:number("final_div_factor", "more than 0", above_zero)
  for _, name in ipairs { "max_lr", "base_momentum", "max_momentum" } do self[name] = self:for_groups(name) end
  local defaults = self.optimizer.defaults
  if self.cycle_momentum and defaults.momentum == nil and defaults.betas == nil then
    fail(("%s: %s has neither momentum nor betas: pass { cycle_momentum = false }"):format(who, self.optimizer.__name))
  end
end

local function set_momentum(group, momentum)
  if group.betas then group.betas = { momentum, table.unpack(group.betas, 2) }
  else group.momentum = momentum end
end

function OneCycleLR:prepare()
  if self.last_epoch == -1 then
    for i, group in ipairs(self.optimizer.param_groups) do
      group.max_lr = self.max_lr[i]
      group.initial_lr = group.max_lr / self.div_factor
      group.min_lr = group.initial_lr / self.final_div_factor
      if self.cycle_momentum then
        group.max_momentum, group.base_momentum = self.max_momentum[i], self.base_momentum[i]
      end
    end
  end
  LRScheduler.prepare(self)
end

-- Phases: last step, rates and momenta at both ends (fields of the group).
local function phases(self)
  local last, up = self.total_steps - 1, self.pct_start * self.total_steps
  local rise = { up - 1, "initial_lr", "max_lr", "max_momentum", "base_momentum" }
  if not self.three_phase then return { rise, { last, "max_lr", "min_lr", "base_momentum", "max_momentum" } } end
  return {
    rise, { 2 * up - 2, "max_lr", "initial_lr", "base_momentum", "max_momentum" },
    { last, "initial_lr", "min_lr", "max_momentum", "max_momentum" },
  }
end

function OneCycleLR:between(from, to, part)
  if self.anneal_strategy == "cos" then return to + (from - to) / 2 * (1 + math.cos(math.pi * part)) end
  return (to - from) * part + from
end

function OneCycleLR:rates()
  local step = self.last_epoch
  if step > self.total_steps then
    fail(("%s: tried to step %d times. The specified number of total steps is %d: step it once for each batch, and count "
      .. "epochs * batches in an epoch"):format(self:who(), step, self.total_steps))
  end
  local list, start = phases(self), 0
  for i, phase in ipairs(list) do
    if step <= phase[1] or i == #list then
      local part = phase[1] == start and 1 or (step - start) / (phase[1] - start)
      return self:each(function(_, _, group)
        if self.cycle_momentum then set_momentum(group, self:between(group[phase[4]], group[phase[5]], part)) end
        return self:between(group[phase[2]], group[phase[3]], part)
      end)
    end
    start = phase[1]
  end
end

return OneCycleLR
