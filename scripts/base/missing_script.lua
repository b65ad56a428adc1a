--- mlprun.base.missing_script - what somebody most likely meant with the path of a script that is not there.
local sys = require("mlprun.core").sys

-- The scripts of a folder that look like this: their names as they are written here, with or without .lua -> their paths.
local function scripts_in(folder, whole, found)
  local fine, names = pcall(sys.list, folder == "" and "." or folder)
  for _, name in ipairs(fine and names or {}) do
    local stem = name:match("^(.+)%.lua$")
    local known = stem and (whole and name or stem)
    if known and not found[known] and sys.exists(folder .. name) == "file" then
      found[#found + 1], found[known] = known, folder .. name
    end
  end
end

--- A path that is there: with .lua behind it, in the folder experiments, or with a name that is nearly the same; or a command
--- with such a name; nil where there is nothing like it.
---@param path string
---@param commands? string[]
---@return string?
return function(path, commands)
  local folder, name = path:match("^(.*/)([^/]*)$")
  folder, name = folder or "", name or path
  for _, other in ipairs { path .. ".lua", "experiments/" .. path, "experiments/" .. path .. ".lua" } do
    if name ~= "" and sys.exists(other) == "file" then return other end
  end
  local whole, found = name:find("%.lua$") ~= nil, {}
  for _, command in ipairs(folder == "" and commands or {}) do found[#found + 1], found[command] = command, command end
  scripts_in(folder, whole, found)
  scripts_in("experiments/" .. folder, whole, found)
  local near = sys.nearest(name, found)
  return near and found[near]
end
