-- Copies of tensors, of plain tables and of whole models.
local core = require "mlprun.core"
local module = require "mlprun.nn.module"

local copies = {}

local function deep(value, known)
  if known[value] ~= nil then return known[value] end
  if core.tensor.is_tensor(value) then
    known[value] = value:detach():clone()
    return known[value]
  end
  if type(value) ~= "table" or getmetatable(value) ~= nil and not module.is_module(value) then return value end
  local new = {}
  known[value] = new
  for key, item in next, value do new[key] = deep(item, known) end
  return setmetatable(new, getmetatable(value))
end

--- A copy of a value: tensors without their history, plain tables and modules with all that is in them. Functions and other
--- objects are shared.
function copies.of(value)
  return value == nil and nil or deep(value, {})
end

--- A copy of a state, as state_dict gives it: tensors without their history, in plain tables.
function copies.state(value)
  if core.tensor.is_tensor(value) then return value:detach():clone() end
  if type(value) ~= "table" then return value end
  local new = {}
  for key, item in pairs(value) do new[key] = copies.state(item) end
  return new
end

--- A model with parameters and buffers of its own and the same values.
function copies.model(model)
  local known = {}
  for _, p in model:named_parameters() do
    known[p] = module.Parameter(p:detach():clone(), { requires_grad = p.requires_grad })
  end
  return deep(model, known)
end

--- Iterates over one pass of a DataLoader, or of a list of batches: { images, labels }, or tensors.
function copies.batches(loader, who)
  if type(loader) == "table" and getmetatable(loader) == nil and loader.batches == nil then
    local i = 0
    return function()
      i = i + 1
      local batch = loader[i]
      if type(batch) == "table" then return table.unpack(batch) end
      return batch
    end
  end
  if type(loader) ~= "userdata" and type(loader) ~= "table" or core.tensor.is_tensor(loader) then
    core.sys.fail(("%s: the loader is a %s, expected a DataLoader or a list of batches"):format(who, type(loader)))
  end
  return loader:batches()
end

return copies
