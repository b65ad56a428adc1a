--- mlprun.prompt.modules - modules of somebody's own files that a session has loaded with require: what their files were then,
--- and loading those again that have changed.
local names = require "mlprun.base.names"
local sys = require("mlprun.core").sys

local modules = {}

--- Looks for modules that are new; what their files hold now is what was loaded.
---@param seen table<string, { path: string, text: string }>   by the name that require was given; filled
function modules.note(seen)
  for name in next, package.loaded do
    local own = type(name) == "string" and not seen[name] and not name:find("^mlprun")
    local path = own and package.searchpath(name, package.path)
    local ok, text = pcall(sys.read_file, path or "")
    if path and ok then seen[name] = { path = path, text = text } end
  end
end

-- What was there has the new fields: variables that hold it need not be given anew.
local function renewed(old, new)
  if type(old) ~= "table" or type(new) ~= "table" or rawequal(old, new) then return new end
  for key in next, old do rawset(old, key, nil) end
  for key, value in next, new do rawset(old, key, value) end
  return debug.setmetatable(old, debug.getmetatable(new))
end

--- Loads those again whose files have changed.
---@param seen table
---@param handler function   of errors, as xpcall takes it
---@return string[] again   what was done with each, as sentences
---@return any failure      what the handler made of an error, which ends it: the module stays as it was
function modules.again(seen, handler)
  local again = {}
  for _, name in ipairs(names.sorted(seen)) do
    local module = seen[name]
    local ok, text = pcall(sys.read_file, module.path)
    if not ok then again[#again + 1] = ("%s stays as it was: '%s' cannot be read"):format(name, module.path)
    elseif text ~= module.text then
      local f, problem = load(text:gsub("^#[^\n]*", ""), "@" .. module.path, "t")
      if not f then return again, handler(problem) end
      local done, value = xpcall(f, handler, name, module.path)
      if not done then return again, value end
      module.text = text
      if value ~= nil then package.loaded[name] = renewed(package.loaded[name], value) end
      again[#again + 1] = ("%s is loaded again from '%s'"):format(name, module.path)
    end
  end
  return again
end

return modules
