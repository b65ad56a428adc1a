-- The rules of the runtime as classes, by name: options, defaults, limits and what is kept for a parameter come from the row
-- in runtime/optim that describes each.
local core = require "mlprun.core"
local words = require "mlprun.base.words"
local Optimizer = require "mlprun.optim.optimizer"
local fail, is_tensor = core.sys.fail, core.tensor.is_tensor

local Rule = Optimizer:subclass("Rule")

function Rule:check(group, who)
  core.optim.check(self.rule, group, who)
end

local function shown(t)
  return t.dtype .. " " .. table.concat(t:size(), "x")
end

function Rule:check_state(state, p, number, who)
  for name, value in pairs(state) do
    if self.kept[name] == nil then
      fail(("%s: the state to load is another optimizer's: it has %s for parameter %d, and %s keeps %s"):format(who, name,
        number, self.rule, words.list(self.kept)))
    end
    if is_tensor(value) ~= (self.kept[name] == "tensor") then
      fail(("%s: %s of parameter %d in the state to load is a %s, expected a %s"):format(who, name, number,
        is_tensor(value) and "tensor" or type(value), self.kept[name]))
    end
    if is_tensor(value) and shown(value) ~= shown(p) then
      fail(("%s: %s of parameter %d in the state to load is %s, but the parameter is %s: the state is another model's")
        :format(who, name, number, shown(value), shown(p)))
    end
  end
end

local function class_of(name)
  local about = core.optim.describe(name)
  local options, defaults, kept = {}, {}, {}
  for i, parameter in ipairs(about.parameters) do
    options[i], defaults[parameter.name] = parameter.name, parameter.default
  end
  for _, kind in ipairs { "number", "tensor" } do
    for _, one in ipairs(about[kind .. "s"]) do
      kept[#kept + 1], kept[one] = one, kind
    end
  end
  local step = core.optim.stepper(name)
  return Rule:subclass(name, {
    rule = name, options = options, defaults = defaults, kept = kept,
    update = function(_, p, state, group) step(p, state, group) end,
  })
end

local rules = {}
for _, name in ipairs(core.optim.names()) do rules[name] = class_of(name) end
return rules
