--- mlprun.experiment.jobs - runs side by side (--jobs), each in a process of its own.
--
-- A process begins as a copy of this one, so it shares the pictures that are decoded already, and it gets its share of the
-- cores. What it computes does not depend on how many run beside it. What it prints appears here in the order in which the
-- runs were started, as if they had run one after the other. Variables of the script that a run sets stay in its process:
-- what the table should show goes through run:record.
local core = require "mlprun.core"
local process, sys = core.process, core.sys
local class = require "mlprun.base.class"
local plain = require "mlprun.base.plain"
local words = require "mlprun.base.words"

local TELL, LOOK = 0.2, 0.5 -- seconds: between two messages about a run's progress, and between two looks at the signals
local SIGTERM = 15

-- ---- in the process of a run: its progress becomes messages ----

local relay = class.new("relay")

function relay:__init(send, title) self.send, self.title = send, title end

function relay:begin(title, epochs)
  self.title, self.epochs, self.last = title, epochs, -math.huge
end

function relay:step(state)
  local now = sys.clock()
  if now - self.last < TELL then return end
  self.last = now
  self.send(plain.encode { at = ("%s epoch %d/%d"):format(self.title, state.epoch, self.epochs) })
end

function relay:say(line) self.send(plain.encode { say = line }) end

function relay:ended() end -- luacheck: ignore 212

function relay:clear() end -- luacheck: ignore 212

-- ---- here ----

local jobs = class.new("jobs")

--- At most `limit` runs at a time, which share `threads` threads; what happens is said through `progress`. keep_going: whether a
--- process that ends before its run does leaves the others alone.
function jobs:__init(limit, threads, progress, keep_going)
  self.limit, self.share, self.progress, self.keep_going = limit, math.max(1, threads // limit), progress, keep_going
  self.active, self.ended = {}, 0
  self.before = sys.graceful(true) -- a signal reaches the runs, which save what they have
end

-- What the runs are doing, in one line.
local function overview(self)
  local doing = {}
  for _, job in ipairs(self.active) do
    if not job.over then doing[#doing + 1] = job.at end
  end
  return ("%s done; %s"):format(words.count(self.ended, "run"), table.concat(doing, "; "))
end

local function hear(self, job, message)
  if message.kind == "message" then
    local said = plain.decode(message.text)
    if said.say then self.progress:say(said.say) else job.at = said.at end
  elseif message.kind == "waits" then
    job.at = ("%s waiting for '%s'"):format(job.title, message.text)
  elseif message.kind == "result" then
    job.result = plain.decode(message.text)
  else
    job.result = { failed = message.text }
  end
end

-- The first run that began prints as it goes; the others' words wait for their turn.
local function print_in_order(self)
  while self.active[1] do
    local job = self.active[1]
    local said = job.child:output()
    if said ~= "" then
      self.progress:clear()
      io.stdout:write(said):flush()
    end
    if not job.over then return end
    table.remove(self.active, 1)
    job.child:close()
    if job.result.value then job.done(job.result.value) end
  end
end

local function stop_all(self)
  for _, job in ipairs(self.active) do job.child:signal(SIGTERM) end
end

local function running(self)
  local count = 0
  for _, job in ipairs(self.active) do count = count + (job.over and 0 or 1) end
  return count
end

-- Waits for something to happen and takes note of it.
local function turn(self)
  local children = {}
  for i, job in ipairs(self.active) do children[i] = job.child end
  process.wait(children, LOOK)
  if sys.stop_requested() and not self.stopping then
    self.stopping = true
    stop_all(self)
  end
  local failed
  for _, job in ipairs(self.active) do
    for _, message in ipairs(job.child:messages()) do hear(self, job, message) end
    local status = job.child:ended()
    if status and not job.over then
      job.over, self.ended = true, self.ended + 1
      if job.at_end then job.at_end() end
      local died = not job.result and ("its process ended %s before the run did"):format(
        status < 0 and ("by signal %d"):format(-status) or ("with status %d"):format(status))
      job.result = job.result or { failed = job.title .. " " .. died }
      if job.result.failed and (self.stopping or self.keep_going and status ~= 1) then
        local why = died or job.result.failed
        self.progress:say(("%s %s%s"):format(job.title, why, self.stopping and "" or "; that does not end the experiment"))
        job.result = { value = job.lost(why) }
      end
      failed = failed or job.result.failed
    end
  end
  print_in_order(self)
  if failed then
    stop_all(self)
    while running(self) > 0 do
      process.wait(children, LOOK)
      for _, job in ipairs(self.active) do job.over = job.child:ended() end
    end
    self.active = {}
    sys.graceful(self.before)
    self.progress:clear()
    error(failed, 0)
  end
  if #self.active > 0 then self.progress:note(overview(self)) end
end

--- Waits until one of the places is free.
function jobs:wait_for_place()
  while running(self) >= self.limit do turn(self) end
end

--- Waits for something to happen: a run to say something or to end, half a second at most.
function jobs:turn() turn(self) end

--- Starts fn(progress, share) in a process, when one of the places is free; done(value) is called here with what it returns.
---@param title string   names the run in messages
---@param lost function        (why) -> what done gets when the process ended before the run did, and that does not end all
---@param at_end? function     called as soon as the process has ended, before what others print first
---@return boolean started   false: a stop was requested
function jobs:start(title, fn, done, lost, at_end)
  self:wait_for_place()
  if sys.stop_requested() then return false end
  self.progress:clear()
  local job = { title = title, at = title, done = done, lost = lost, at_end = at_end }
  job.child = process.spawn(function(send)
    local ok, value = pcall(fn, relay(send, title), self.share)
    return plain.encode(ok and { value = value } or { failed = tostring(value) })
  end)
  self.active[#self.active + 1] = job
  return true
end

--- Waits for all runs.
function jobs:finish()
  while #self.active > 0 do turn(self) end
  self.progress:clear()
  sys.graceful(self.before)
end

return jobs
