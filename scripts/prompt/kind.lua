--- mlprun.prompt.kind - what the value of a name is, for sentences that depend on it; nothing is called.
local completion = require "mlprun.prompt.completion"
local tensor = require("mlprun.core").tensor

local OURS = { DataLoader = "loader", Dataset = "data set" }

---@param path string   a.b.c
---@param environment table
---@return string?   "list" (a table with a first value), "table" (one without), "text", "number", "tensor", "one
---                  number" (a tensor of one), "module", "loader", "data set"; nil for anything else
return function(path, environment)
  local value = completion.resolve(path, environment)
  if tensor.is_tensor(value) then
    local ok, count = pcall(value.numel, value) -- not of one that is closed
    return ok and count == 1 and "one number" or "tensor"
  end
  if type(value) == "string" then return "text" end
  if type(value) == "number" then return "number" end
  if value == nil then return nil end
  local meta = debug.getmetatable(value)
  local name = type(meta) == "table" and rawget(meta, "__name")
  if type(name) == "string" and OURS[name:match("%w+$")] then return OURS[name:match("%w+$")] end
  if type(value) ~= "table" then return nil end
  if require("mlprun.nn").is_module(value) then return "module" end
  if meta == nil then return value[1] ~= nil and "list" or "table" end
end
