-- nn.ModuleDict: modules by name, which forward calls itself.
local core = require "mlprun.core"
local base = require "mlprun.nn.module"
local words = require "mlprun.base.words"
local fail = core.sys.fail

local ModuleDict = base.Module:subclass("ModuleDict")
ModuleDict.built_in = true

local function add(self, name, module)
  if type(name) ~= "string" then
    fail(("nn.ModuleDict: got the name %s, expected a text"):format(tostring(name)))
  end
  if ModuleDict[name] ~= nil or name == "training" then
    fail(("nn.ModuleDict: '%s' is the name of something that every ModuleDict has: choose another one"):format(name))
  end
  if not base.is_module(module) then
    fail(("nn.ModuleDict: '%s' is %s, expected a module"):format(name, words.value(module)))
  end
  self:add_module(name, module)
end

--- nn.ModuleDict { name = module, ... }, or { { name, module }, ... }: tables of Lua have no order, so the names of the first
--- form are sorted, and the second form keeps its order. dict.name and dict["name"] read, dict.name = module adds.
---@param modules? table<string, Module>|table[]
function ModuleDict:__init(modules, ...)
  if select("#", ...) > 0 or modules ~= nil and (type(modules) ~= "table" or base.is_module(modules)) then
    fail("nn.ModuleDict takes one table: nn.ModuleDict { conv = nn.Linear(4, 2) }")
  end
  if modules then self:update(modules) end
end

--- Adds modules in either form of the constructor's argument; those of known names take their place. Returns the dict.
---@param modules table<string, Module>|table[]
---@return self
function ModuleDict:update(modules)
  if type(modules) ~= "table" then fail("update: got " .. type(modules) .. ", expected a table of modules") end
  local names = {}
  for key, value in pairs(modules) do
    if type(key) == "string" then
      names[#names + 1] = key
    elseif type(value) ~= "table" or base.is_module(value) or type(value[1]) ~= "string" then
      fail(("nn.ModuleDict: entry %s has no name: write name = module, or { name, module }"):format(tostring(key)))
    end
  end
  for _, pair in ipairs(modules) do add(self, pair[1], pair[2]) end
  table.sort(names)
  for _, name in ipairs(names) do add(self, name, modules[name]) end
  return self
end

function ModuleDict:__length()
  local count = 0
  for _ in self:named_children() do count = count + 1 end
  return count
end

--- Iterates over (name, module).
---@return fun(): string, Module
function ModuleDict:items()
  return self:named_children()
end

--- The list of names.
---@return string[]
function ModuleDict:keys()
  local list = {}
  for name in self:named_children() do list[#list + 1] = name end
  return list
end

--- The list of modules.
---@return Module[]
function ModuleDict:values()
  local list = {}
  for _, module in self:named_children() do list[#list + 1] = module end
  return list
end

--- Whether there is a module of that name.
---@param name string
---@return boolean
function ModuleDict:contains(name)
  for known in self:named_children() do
    if known == name then return true end
  end
  return false
end

--- Takes a module out and returns it.
---@param name string
---@return Module
function ModuleDict:pop(name)
  if not self:contains(name) then fail(("pop: the ModuleDict has no module '%s'"):format(tostring(name))) end
  local module = self[name]
  self[name] = nil
  return module
end

--- Takes all modules out.
function ModuleDict:clear()
  for _, name in ipairs(self:keys()) do self[name] = nil end
end

return ModuleDict
