-- The rules of the runtime as classes, by name: options, their defaults and limits come from the row in runtime/optim that
-- describes each.
local core = require "mlprun.core"
local Optimizer = require "mlprun.optim.optimizer"

local Rule = Optimizer:subclass("Rule")

function Rule:check(group, who)
  core.optim.check(self.rule, group, who)
end

function Rule:update(p, state, group)
  core.optim.step(self.rule, p, state, group)
end

local function class_of(name)
  local about = core.optim.describe(name)
  local options, defaults = {}, {}
  for i, parameter in ipairs(about.parameters) do
    options[i], defaults[parameter.name] = parameter.name, parameter.default
  end
  return Rule:subclass(name, { rule = name, options = options, defaults = defaults })
end

local rules = {}
for _, name in ipairs(core.optim.names()) do rules[name] = class_of(name) end
return rules
