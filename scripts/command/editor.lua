--- mlprun.command.editor - the settings with which an editor's Lua language server finds the library's annotations.
local core = require "mlprun.core"
local sys = core.sys

local editor = {}

-- Where `make install` has put the annotations: beside the program, in share. nil for a program that is not installed.
local function installed()
  local prefix = sys.real_path("/proc/self/exe"):match("^(.*)/bin/[^/]+$")
  local folder = prefix and prefix .. "/share/mlprun/types"
  return folder and sys.exists(folder .. "/mlprun.lua") and folder
end

-- The folder with the annotations for scripts in `folder`; without installed ones they are written beside the scripts.
local function annotations(folder)
  local found = installed()
  if found then return found end
  sys.make_folder(folder .. ".mlprun")
  sys.write_file(folder .. ".mlprun/mlprun.lua", require("mlprun.command.types").text())
  return ".mlprun"
end

--- Writes `.luarc.json` into a folder of scripts, unless there is one that knows of the library; says what it did.
---@param folder string   "" or with a slash at its end
---@return string? said    one line; nil when there was nothing to do
function editor.settle(folder)
  local path = folder .. ".luarc.json"
  if sys.exists(path) then
    if sys.read_file(path):find("mlprun", 1, true) then return nil end
    return ("%s is yours: with \"%s\" in its workspace.library an editor knows the library"):format(path, annotations(folder))
  end
  sys.write_file(path, core.json.encode({ ["runtime.version"] = "Lua 5.4", ["workspace.library"] = { annotations(folder) } })
    .. "\n")
  return path .. " is written: an editor with the Lua language server completes names and options"
end

return editor
