--- mlprun.nn.description - how a model is built, as a text: what turns weights in a file into a model again. Nothing in such a
--- text can run code: it names classes of mlprun.nn and what their fields hold.
--
-- A class of the script's own has code that no text can bring back, so a model with one has no description. Hooks are not
-- part of it.
local core = require "mlprun.core"
local base = require "mlprun.nn.module"
local nn = require "mlprun.nn"
local plain = require "mlprun.base.plain"

local description = {}

local function is_plain(value, depth)
  local kind = type(value)
  if kind == "number" or kind == "string" or kind == "boolean" then return true end
  if kind ~= "table" or getmetatable(value) ~= nil or depth == 0 then return false end
  for key, item in pairs(value) do
    if not is_plain(key, depth - 1) or not is_plain(item, depth - 1) then return false end
  end
  return true
end

local function names_of(map)
  local list = {}
  for name in base.each(map) do list[#list + 1] = name end
  return list
end

-- Of one module and those in it; nil and why there is none.
local function of(module)
  local state, class = base.state(module), module:class_name()
  if rawget(nn, class) ~= getmetatable(module).class then return nil, ("%s is a class of the script's own"):format(class) end
  local about = { class = class, fields = {}, absent = {}, parameters = names_of(state.parameters), buffers = {}, modules = {} }
  for key, value in pairs(state.fields) do
    if not is_plain(value, 3) then return nil, ("%s has a field '%s' that no text can hold"):format(class, tostring(key)) end
    about.fields[key] = value
  end
  for name, tensor in base.each(state.buffers) do
    about.buffers[#about.buffers + 1] = { name = name, value = state.transient[name] and tensor or nil }
  end
  for name, child in base.each(state.modules) do
    local inner, why = of(child)
    if not inner then return nil, why end
    about.modules[#about.modules + 1] = { name = name, about = inner }
  end
  for name in pairs(state.declared) do
    local there = state.fields[name] ~= nil or state.parameters.values[name] or state.buffers.values[name]
      or state.modules.values[name]
    if not there then about.absent[#about.absent + 1] = name end
  end
  table.sort(about.absent)
  return about
end

--- The text; nil and why there is none.
---@param module Module
---@return string? text, string? why
function description.of(module)
  local about, why = of(module)
  if not about then return nil, why end
  return plain.encode(about)
end

local function tensor_of(tensors, name)
  local tensor = tensors[name]
  if not tensor then core.sys.fail(("there is no tensor '%s', which the model's description names"):format(name)) end
  return tensor
end

local function build(about, tensors, prefix)
  local class = rawget(nn, about.class)
  if type(class) ~= "table" or not rawget(class, "__meta") or not class.built_in then
    core.sys.fail(("this version has no layer '%s'"):format(tostring(about.class)))
  end
  local module = base.bare(class)
  for key, value in pairs(about.fields) do module[key] = value end
  for _, name in ipairs(about.absent) do module:register_parameter(name, nil) end
  for _, name in ipairs(about.parameters) do module[name] = base.Parameter(tensor_of(tensors, prefix .. name)) end
  for _, buffer in ipairs(about.buffers) do
    module:register_buffer(buffer.name, buffer.value or tensor_of(tensors, prefix .. buffer.name),
      { persistent = buffer.value == nil })
  end
  for _, child in ipairs(about.modules) do
    module:add_module(child.name, build(child.about, tensors, prefix .. child.name .. "."))
  end
  return module
end

--- The model of a text, with these weights and in evaluation mode.
---@param text string
---@param tensors table   as state_dict gives them
---@return Module
function description.build(text, tensors)
  local module = build(plain.decode(text), tensors, "")
  module:eval()
  return module
end

return description
