--- mlprun.experiment.leftovers - what earlier processes left in a folder: whether it can be read, what to move aside, what to
--- remove.
local sys = require("mlprun.core").sys

local leftovers = {}

local ABSENT = 2 -- ENOENT
local CHUNK = 1 << 20

local function refuse(why) sys.fail(("%s: nothing was changed"):format(why)) end

-- A file; nil where there is none.
local function open(path)
  local file, why, number = io.open(path, "rb")
  if not file and number ~= ABSENT then refuse(why) end
  return file
end

--- Whether a file is there. One that cannot be read for another reason than that it does not exist (no permission, a disk that
--- fails, too many open files) is an error with its path: what cannot be looked at now is not gone.
---@param path string
---@return boolean
function leftovers.readable(path)
  local file = open(path)
  if not file then return false end
  local bytes, failure
  repeat bytes, failure = file:read(CHUNK) until not bytes
  file:close()
  if failure then refuse(("%s: %s"):format(path, failure)) end
  return true
end

--- The text of a file; nil where there is none, also where another process has just removed it. Else an error as of readable.
---@param path string
---@return string?
function leftovers.text(path)
  local file = open(path)
  if not file then return nil end
  local text, failure = file:read("a")
  file:close()
  if not text then refuse(("%s: %s"):format(path, failure)) end
  return text
end

--- Moves a folder to NAME.old, or NAME.old-2 and so on; returns where it is now.
---@param path string
---@return string
function leftovers.move_aside(path)
  local to, number = path .. ".old", 1
  while sys.exists(to) do
    number = number + 1
    to = ("%s.old-%d"):format(path, number)
  end
  sys.rename(path, to)
  return to
end

--- Whether a name is of a folder that was moved aside.
function leftovers.is_aside(name) return name:find("%.old$") ~= nil or name:find("%.old%-%d+$") ~= nil end

--- How many runs there are in an experiment's folder.
---@param path string
---@return integer
function leftovers.count_runs(path)
  local count = 0
  for _, trial in ipairs(sys.exists(path) == "folder" and sys.list(path) or {}) do
    local below = path .. "/" .. trial
    for _, run in ipairs(sys.exists(below) == "folder" and sys.list(below) or {}) do
      if not leftovers.is_aside(run) and sys.exists(("%s/%s/manifest.json"):format(below, run)) then count = count + 1 end
    end
  end
  return count
end

--- Removes what processes that are gone began to write in a folder: NAME.tmp.PROCESS.NUMBER.
---@param path string
function leftovers.remove_unfinished(path)
  for _, name in ipairs(sys.list(path)) do
    local process = name:match("%.tmp%.(%d+)%.%d+$")
    if process and not sys.exists("/proc/" .. process) then sys.remove(path .. "/" .. name) end
  end
end

return leftovers
