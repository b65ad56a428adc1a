-- optim.Optimizer: groups of parameters with their options, and the state that a rule keeps for each parameter.
--
-- A rule is a class with `options` (their names in order), `defaults`, optionally `check(group, who)`, and
-- `update(p, state, group)`, which is called for every parameter that has a gradient:
--
--   local Plain = optim.Optimizer:subclass("Plain", { options = { "lr" }, defaults = { lr = 0.1 } })
--   function Plain:update(p, state, group) p:sub_(p.grad * group.lr) end
local core = require "mlprun.core"
local class = require "mlprun.base.class"
local copies = require "mlprun.optim.copies"
local words = require "mlprun.base.words"
local mode = require "mlprun.autograd"
local module = require "mlprun.nn.module"
local options = require "mlprun.nn.options"
local fail, is_tensor = core.sys.fail, core.tensor.is_tensor

local OPTIONS = {} -- of all rules of the runtime, some of them several times
for _, name in ipairs(core.optim.names()) do
  for _, parameter in ipairs(core.optim.describe(name).parameters) do OPTIONS[#OPTIONS + 1] = parameter.name end
end

-- An option is written where it is read: in a group.
local function write(self, key, value)
  for _, option in ipairs(self.options) do
    if option == key then
      fail(("an optimizer %s has no field '%s': its groups have it: optimizer.param_groups[1].%s = %s"):format(self.__name, key,
        key, tostring(value)))
    end
  end
  rawset(self, key, value)
end

local Optimizer = class.new("Optimizer", {
  options = {}, defaults = {},
  __newindex = write,
  __what = "an optimizer %s",
  __tostring = function(self) return self:text() end,
})

--- A new rule.
---@param name string
---@param rule { options: string[], defaults: table }
function Optimizer:subclass(name, rule)
  return class.new(name, rule, self)
end

-- ---- groups ----

local function who(self)
  return "optim." .. self.__name
end

local function check_parameter(self, p, i)
  if not is_tensor(p) then
    fail(("%s: parameter %d is a %s, expected a tensor: pass model:parameters()"):format(who(self), i, type(p)))
  end
  if not p.is_leaf then
    fail(("%s: parameter %d is the result of an operation, expected a leaf: can't optimize a non-leaf tensor")
      :format(who(self), i))
  end
  for _, group in ipairs(self.param_groups) do
    for _, other in ipairs(group.params) do
      if rawequal(other, p) then
        fail(("%s: some parameters appear in more than one parameter group"):format(who(self)))
      end
    end
  end
end

--- Adds a group: { params = list, and any options }; options that are left out take the optimizer's own.
---@param group table
function Optimizer:add_param_group(group)
  if type(group) ~= "table" or group.params == nil then
    fail(("%s: a parameter group is a table { params = model:parameters(), lr = ... }"):format(who(self)))
  end
  local given = {}
  for key, value in pairs(group) do
    if key ~= "params" then given[key] = value end
  end
  options.check(given, self.options, who(self))
  local list, seen = is_tensor(group.params) and { group.params } or group.params, {}
  if type(list) ~= "table" then
    fail(("%s: params is a %s, expected a list of tensors"):format(who(self), type(list)))
  end
  local new = { params = {} }
  for i, p in ipairs(list) do
    check_parameter(self, p, i)
    if seen[p] then fail(("%s: parameter %d is in its group twice"):format(who(self), i)) end
    seen[p] = true
    new.params[i] = p
  end
  for _, name in ipairs(self.options) do
    local value = given[name]
    if value == nil then value = self.defaults[name] end
    new[name] = copies.state(value) -- a schedule that writes into betas changes this group only
  end
  self:check(new, who(self))
  self.param_groups[#self.param_groups + 1] = new
end

--- Raises an error when an option of the group is outside its domain; rules add theirs: check(group, who).
function Optimizer.check() end

--- Raises an error when a rule cannot go on from a state: check_state(state, p, number of p, who).
function Optimizer.check_state() end

function Optimizer.__new(rule, params, o, ...)
  local name = "optim." .. rule.__name
  o = options.check(o, rule.options, name, ...)
  if module.is_module(params) then fail(("%s: got a module, expected its parameters: pass model:parameters()"):format(name)) end
  if type(params) ~= "table" then
    fail(("%s: got a %s, expected a list of parameters or of groups: pass model:parameters()"):format(name,
      is_tensor(params) and "tensor" or type(params)))
  end
  if #params == 0 then
    fail(params.params and ("%s: got one parameter group, expected a list of them: { { params = ... } }"):format(name)
      or ("%s: optimizer got an empty parameter list"):format(name))
  end
  local defaults = {}
  for _, key in ipairs(rule.options) do
    defaults[key] = o[key]
    if defaults[key] == nil then defaults[key] = rule.defaults[key] end
  end
  local self = setmetatable({ param_groups = {}, state = {}, defaults = defaults }, rule.__meta)
  if type(params[1]) == "table" then
    for _, group in ipairs(params) do self:add_param_group(group) end
  else
    self:add_param_group { params = params }
  end
  return self
end

-- ---- stepping ----

--- Updates every parameter that has a gradient.
---@param closure? function   computes the loss again; its result is returned
---@return any
function Optimizer:step(closure)
  local loss = closure and mode.enable_grad(closure) or nil
  local update, has_grad = self.update, core.autograd.has_grad
  mode.no_grad(function()
    for _, group in ipairs(self.param_groups) do
      for _, p in ipairs(group.params) do
        if has_grad(p) then
          local state = self.state[p]
          if not state then
            state = {}
            self.state[p] = state
          end
          update(self, p, state, group)
        end
      end
    end
  end)
  return loss
end

function Optimizer:update()
  fail(("optimizer %s has no update: write function %s:update(p, state, group) ... end"):format(self.__name, self.__name))
end

--- Forgets all gradients.
---@param o? { set_to_none = true }
function Optimizer:zero_grad(o)
  local forget = options.check(o, { "set_to_none" }, "zero_grad").set_to_none ~= false
  for _, group in ipairs(self.param_groups) do
    for _, p in ipairs(group.params) do core.autograd.zero_grad(p, forget) end
  end
end

-- ---- state ----

--- { state = { [number of the parameter] = its state }, param_groups = { options, params = numbers } }. Parameters count
--- from 1 through all groups. Tensors are shared with the optimizer.
---@return table
function Optimizer:state_dict()
  local state, groups, number = {}, {}, 0
  for g, group in ipairs(self.param_groups) do
    local plain = { params = {} }
    for key, value in pairs(group) do
      if key ~= "params" then plain[key] = value end
    end
    for i, p in ipairs(group.params) do
      number = number + 1
      plain.params[i] = number
      state[number] = self.state[p]
    end
    groups[g] = plain
  end
  return { state = state, param_groups = groups }
end

local function check_saved(self, saved)
  if type(saved) ~= "table" or type(saved.state) ~= "table" or type(saved.param_groups) ~= "table" then
    fail(("%s: load_state_dict expects a table with 'state' and 'param_groups', as state_dict gives"):format(who(self)))
  end
  if #saved.param_groups ~= #self.param_groups then
    fail(("%s: loaded state dict has a different number of parameter groups: %d, expected %d"):format(who(self),
      #saved.param_groups, #self.param_groups))
  end
  for g, group in ipairs(self.param_groups) do
    if #saved.param_groups[g].params ~= #group.params then
      fail(("%s: loaded state dict contains a parameter group that doesn't match the size of optimizer's group %d: %d "
        .. "parameters, expected %d"):format(who(self), g, #saved.param_groups[g].params, #group.params))
    end
  end
end

-- The group with what was saved of it. Keys that are no optimizer's options are notes of schedules and scripts.
local function restored(self, group, saved)
  local function refuse(what, key)
    fail(("%s: the state to load is another optimizer's: its groups %s %s, and the options of %s are %s"):format(who(self), what,
      key, self.__name, words.list(self.options)))
  end
  local new = {}
  for key, value in pairs(group) do new[key] = value end
  for _, option in ipairs(self.options) do
    if saved[option] == nil and new[option] ~= nil then refuse("lack", option) end
  end
  for _, option in ipairs(OPTIONS) do
    if saved[option] ~= nil and new[option] == nil then refuse("have", option) end
  end
  for key, value in pairs(saved) do
    if key ~= "params" then new[key] = copies.state(value) end
  end
  self:check(new, who(self))
  return new
end

--- Takes over what state_dict gave, in copies. An error leaves the optimizer as it was.
---@param saved table
function Optimizer:load_state_dict(saved)
  check_saved(self, saved)
  local state, groups, number = {}, {}, 0
  for g, group in ipairs(self.param_groups) do
    groups[g] = restored(self, group, saved.param_groups[g])
    for i, p in ipairs(group.params) do
      number = number + 1
      local own = saved.state[saved.param_groups[g].params[i]]
      if own then self:check_state(own, p, number, who(self)) end
      state[p] = copies.state(own)
    end
  end
  for g, group in ipairs(self.param_groups) do
    for key, value in pairs(groups[g]) do group[key] = value end
  end
  self.state = state
end

function Optimizer:text()
  local lines = { self.__name .. " (" }
  for g, group in ipairs(self.param_groups) do
    lines[#lines + 1] = ("Parameter Group %d: %d parameters"):format(g, #group.params)
    for _, name in ipairs(self.options) do lines[#lines + 1] = ("    %s: %s"):format(name, words.value(group[name])) end
  end
  lines[#lines + 1] = ")"
  return table.concat(lines, "\n")
end

--- Whether a value is an object of optim.Optimizer or of a class below it.
function Optimizer.is_optimizer(value)
  return class.is(value, Optimizer)
end

return Optimizer
