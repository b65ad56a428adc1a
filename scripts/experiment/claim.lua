--- mlprun.experiment.claim - claim.json in a run's folder: who is at work there, so that nobody else is.
--
-- It is made whole and only where there is none (a link to a finished file), says host, process, when that began, and when it
-- was renewed, which happens at checkpoints. On the same host a claim lives as long as its process; one of another host as
-- long as it is renewed. A dead one is taken over.
local core = require "mlprun.core"
local class = require "mlprun.base.class"
local json, sys = core.json, core.sys

local claim = class.new("claim")

local FILE = "claim.json"
local SILENCE = 120 -- seconds without a renewal, after which one of another host is dead
local RENEWED = 20 -- seconds between two renewals

-- When a process began, in the kernel's count, so that another one with the same number is not taken for it; nil: it is gone.
local function began(process)
  local file = io.open(("/proc/%d/stat"):format(process))
  if not file then return nil end
  local text = file:read("a") or ""
  file:close()
  local fields, count = text:match("^.*%) (.*)$") or "Z", 2
  if fields:find("^[ZX]") then return nil end -- it has ended, and its parent has not looked yet
  for field in fields:gmatch("%S+") do
    count = count + 1
    if count == 22 then return field end
  end
end

local function is_alive(held)
  if type(held) ~= "table" then return false end
  if held.host ~= sys.host().hostname then return sys.wall_time() - (tonumber(held.renewed) or 0) < SILENCE end
  return math.type(held.process) == "integer" and held.began ~= nil and began(held.process) == held.began
end

-- The claim in a folder; nil without one.
local function read(path)
  local file, why, number = io.open(path)
  if not file and number == 2 then return nil end -- ENOENT
  if not file then sys.fail(why) end
  local text = file:read("a")
  file:close()
  local ok, held = pcall(json.decode, text)
  return ok and type(held) == "table" and held or {}
end

function claim:__init(path)
  self.path, self.written = path .. "/" .. FILE, -math.huge
  self.held = { host = sys.host().hostname, process = sys.pid(), began = began(sys.pid()) }
end

local function write(self, path)
  self.held.renewed = sys.wall_time()
  sys.write_file(path, json.encode(self.held) .. "\n")
  self.written = sys.clock()
end

local function same(a, b) return a.host == b.host and a.process == b.process and a.began == b.began end

-- Moves a dead claim away, so that one process alone makes the next; puts back what turns out to be another one.
local function bury(self, dead)
  local grave = ("%s.tmp.%d.1"):format(self.path, sys.pid())
  if not pcall(sys.rename, self.path, grave) then return end -- somebody else was faster
  local buried = read(grave)
  if buried and not same(buried, dead) then sys.link(grave, self.path) end
  sys.remove(grave)
end

--- Claims a run's folder.
---@param path string
---@return claim?          nil when somebody is at work there
---@return table? held     the living claim: host, process, renewed
function claim.take(path)
  sys.make_folder(path)
  local self = claim(path)
  local own = ("%s.tmp.%d.0"):format(self.path, sys.pid())
  for _ = 1, 10 do
    local held = read(self.path)
    if held and is_alive(held) then return nil, held end
    if held then bury(self, held) end
    write(self, own)
    local made = sys.link(own, self.path)
    sys.remove(own)
    if made then return self end
  end
  return nil, read(self.path) or { host = "another host", process = 0 }
end

--- The folder was moved: what is made in its place is claimed again.
---@param to string   where it is now
function claim:follow(to)
  sys.remove(to .. "/" .. FILE)
  sys.make_folder((self.path:gsub("/[^/]*$", "")))
  write(self, self.path)
end

--- Says that this process is still at work: as often as it is worth a write.
function claim:renew()
  if sys.clock() - self.written < RENEWED then return end
  local held = read(self.path)
  if held and not same(held, self.held) then
    sys.fail(("%s: process %s on %s took this run over: it is left to it"):format(self.path, tostring(held.process),
      tostring(held.host)))
  end
  write(self, self.path)
end

--- The run is over.
function claim:release()
  local held = read(self.path)
  if held and same(held, self.held) then sys.remove(self.path) end
end

--- Who holds a claim, in words.
function claim.words(held) return ("process %s on %s"):format(tostring(held.process), tostring(held.host)) end

return claim
