--- mlprun.experiment.claim - claim.json in a run's folder: who is at work there, so that nobody else is.
--
-- It is made whole and only where there is none (a link to a finished file). It says host, process, when that began, the task of
-- an engine that it belongs to (--task) and how often that was started again (--restarts), and since when. It is looked at again
-- before a checkpoint or a manifest is written.
--
-- On the same host a claim lives as long as its process; one of another host as long as it is renewed, by the clock of the
-- folder's file system: a thread sets the file's time, whatever the run is busy with. A dead one is taken over, and at once one
-- of the same task that was started less often. There are no locks: a shared folder must only link and rename as POSIX says. A
-- file whose handle is stale (NFS) is not there.
--
-- Of several that find a dead claim one takes it over: who has claimed that, by claim.json.next, which is made in the same way.
-- It looks again whose claim.json is, replaces it, and removes claim.json.next. A process that dies in between leaves a dead
-- claim.json.next: that is taken over in the same way.
local core = require "mlprun.core"
local class = require "mlprun.base.class"
local defer = require "mlprun.base.defer"
local passing = require "mlprun.base.passing"
local json, sys = core.json, core.sys

local claim = class.new("claim")

local FILE = "claim.json"
local SILENCE = 120 -- seconds without a renewal, after which one of another host is dead
local RENEWED = 20 -- seconds between two renewals, and where it is asked often, between two looks
local GONE = { [2] = true, [3] = true, [116] = true } -- ENOENT, ESRCH (of /proc), ESTALE

-- The text of a file; nil where it is gone.
local function text_of(path)
  local file, why, number = io.open(path)
  local text
  if file then
    text, why, number = file:read("a")
    file:close()
    if not text then why = ("%s: %s"):format(path, why) end
  end
  if not text and not GONE[number] then sys.fail(why) end
  return text
end

-- When a process began, in the kernel's count, so that another one with the same number is not taken for it; nil: it is gone.
local function began(process)
  local text = text_of(("/proc/%d/stat"):format(process))
  if not text then return nil end
  local fields, count = text:match("^.*%) (.*)$") or "Z", 2
  if fields:find("^[ZX]") then return nil end -- it has ended, and its parent has not looked yet
  for field in fields:gmatch("%S+") do
    count = count + 1
    if count == 22 then return field end
  end
end

-- The claim in a folder; nil without one.
local function read(path)
  local text = text_of(path)
  if not text then return nil end
  local ok, held = passing.pcall(json.decode, text)
  return ok and type(held) == "table" and held or {}
end

-- Whether a claim's owner is at work. now: by the clock that stamped the file at `path`.
local function is_alive(held, path, now)
  if held.host ~= sys.host().hostname then
    local renewed = held.host ~= nil and sys.modified(path)
    return renewed and math.abs(now - renewed) < SILENCE or false -- a clock that was set back would keep it for ever
  end
  return math.type(held.process) == "integer" and held.began ~= nil and began(held.process) == held.began
end

--- task: { name, restarts } of the engine that this process works for; nil without one
function claim:__init(path, task)
  self.path, self.looked = path .. "/" .. FILE, -math.huge
  self.held = { host = sys.host().hostname, process = sys.pid(), began = began(sys.pid()), since = sys.wall_time(),
                task = task and task.name, restarts = task and task.restarts }
  -- Processes of two hosts may have the same number.
  self.own = ("%s.%s.tmp.%d.0"):format(self.path, self.held.host, sys.pid())
end

local function write(self) sys.write_file(self.own, json.encode(self.held) .. "\n") end

local FIELDS = { "host", "process", "began", "since" }

local function same(a, b)
  for _, field in ipairs(FIELDS) do
    if a[field] ~= b[field] then return false end
  end
  return true
end

-- Makes the file where there is none. A reply that a server's network lost says that there is one: it may be ours.
local function make(self, path)
  write(self)
  self.making = true
  local made = sys.link(self.own, path)
  if not made then
    local held = read(path)
    made = held ~= nil and same(held, self.held)
  end
  sys.remove(self.own)
  return made
end

local function remove(self, path)
  local held = read(path)
  if held and same(held, self.held) then sys.remove(path) end
end

-- Whether another claim is of the same task, which was started again since.
local function outlived(self, held)
  local mine = self.held
  return mine.task ~= nil and held.task == mine.task and (tonumber(held.restarts) or 0) < mine.restarts
end

local try

-- Puts the claim in the place of a dead one, which is never empty meanwhile; false and the living claim of who does so now.
local function succeed(self, path, dead)
  local next_ = path .. ".next"
  local _ <close> = defer(function() pcall(remove, self, next_) end)
  local taken, living = try(self, next_)
  if not taken then return false, living end
  local held = read(path)
  if not held or not same(held, dead) then return false end -- another one did so before
  write(self)
  sys.rename(self.own, path)
  held = read(path)
  return held ~= nil and same(held, self.held)
end

-- One try for claim.json, or for what is next to it: whether it is ours now, and the living claim that is not.
function try(self, path)
  local held = read(path)
  if not held then return make(self, path) end
  if self.making and same(held, self.held) then -- the try before made it, and failed behind that
    pcall(sys.remove, self.own)
    return true
  end
  write(self) -- for the time
  local living = not outlived(self, held) and is_alive(held, path, sys.modified(self.own) or sys.wall_time())
  sys.remove(self.own)
  if living then return false, held end
  self.making = true
  return succeed(self, path, held)
end

local function stop_renewing(self)
  if self.renewing then self.renewing:stop() end
  self.renewing = nil
end

-- Has it renewed from now on. The thread opens the file, and the look behind that shows whether it is still this one.
local function keep(self)
  self.renewing = sys.renewing(self.path, RENEWED)
  local holds = self:holds()
  if not holds then stop_renewing(self) end
  return holds
end

-- One try: as above, and it is kept.
local function try_to_keep(self)
  local taken, held = try(self, self.path)
  return taken and keep(self), held
end

--- Claims a run's folder. Its owner may just move it aside: then it is made again.
---@param path string
---@param task? { name: string, restarts: integer }   that this process works for
---@return claim?          nil when somebody is at work there
---@return table? held     the living claim: host, process, task, restarts, since
function claim.take(path, task)
  local self, why = claim(path, task), nil
  for _ = 1, 10 do
    sys.make_folder(path)
    local fine, taken, held = pcall(try_to_keep, self)
    if fine and taken then return self end
    if held then return nil, held end
    why = not fine and taken or nil
  end
  if why then
    pcall(self.release, self)
    error(why, 0)
  end
  return nil, read(self.path) or { host = "another host", process = 0 }
end

--- The living claim in a folder; nil when nobody is at work there.
function claim.look(path)
  local held = read(path .. "/" .. FILE)
  return held and is_alive(held, path .. "/" .. FILE, sys.wall_time()) and held or nil
end

--- The folder was moved: what is made in its place is claimed again.
---@param to string   where it is now
function claim:follow(to)
  stop_renewing(self)
  sys.remove(to .. "/" .. FILE)
  sys.make_folder((self.path:gsub("/[^/]*$", "")))
  if not (make(self, self.path) and keep(self)) then self:hold() end
end

--- Whether the run is still this process's. Where there is no claim any more another one had it, and has ended.
---@return boolean
---@return table? held   by whom it was taken over
function claim:holds()
  local held = read(self.path)
  return held ~= nil and same(held, self.held), held
end

--- Looks whether the run is still this process's: before anything is written that its next owner would miss. An error when it
--- was taken over, which `lost` tells from then on.
---@param often? boolean   this is called often: it looks now and then
function claim:hold(often)
  if often and sys.clock() - self.looked < RENEWED then return end
  self.looked = sys.clock()
  local holds, held = self:holds()
  if not holds then
    stop_renewing(self)
    self.lost = ("%s: %s took this run over%s"):format(self.path, held and claim.words(held) or "another process",
      held and ": it is left to it" or " and has ended, or the file was removed")
    sys.fail(self.lost)
  end
end

--- The run is over.
function claim:release()
  stop_renewing(self)
  remove(self, self.path)
end

--- Who holds a claim, in words.
function claim.words(held)
  return ("process %s on %s%s"):format(tostring(held.process), tostring(held.host),
    held.task and (" (task %s)"):format(tostring(held.task)) or "")
end

return claim
