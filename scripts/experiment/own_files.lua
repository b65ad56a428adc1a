--- mlprun.experiment.own_files - the files of Lua that a script needs beside itself: its text alone is not enough to run it
--- again, or to make a net of a class that stands in one of them.
local core = require "mlprun.core"
local sys, io_ = core.sys, core.io

local LUAS = { _G = true, package = true, coroutine = true, table = true, io = true, os = true, string = true, math = true,
               utf8 = true, debug = true }

-- The file of a module, as package.searchpath finds it, which takes one that cannot be opened now for one that is not there.
local function file_of(name)
  name = name:gsub("%.", "/"):gsub("%%", "%%%%")
  for template in package.path:gmatch("[^;]+") do
    local path = template:gsub("%?", name)
    if sys.exists(path) == "file" then return path end
  end
end

-- Files that modules were loaded from.
local function required(list)
  for name in pairs(package.loaded) do
    local path = type(name) == "string" and not LUAS[name] and not name:find "^mlprun" and file_of(name)
    if path then list[path] = true end
  end
end

-- Files that a text names in dofile and loadfile.
local function named(text, list)
  for _, call in ipairs { "dofile", "loadfile" } do
    for path in text:gmatch("%f[%w_]" .. call .. "%s*%(?%s*[\"']([^\"'\n]+)[\"']") do list[path] = true end
  end
end

--- Their paths with the SHA-256 of each, by path. One that is there and cannot be read is an error.
---@param text string   of the script
---@return { path: string, sha256: string }[]
return function(text)
  local found, list = {}, core.json.array {}
  required(found)
  named(text, found)
  for path in pairs(found) do
    if sys.exists(path) == "file" then list[#list + 1] = { path = path, sha256 = io_.sha256(sys.read_file(path)) } end
  end
  table.sort(list, function(a, b) return a.path < b.path end)
  return list
end
