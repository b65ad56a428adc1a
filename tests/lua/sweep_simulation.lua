-- 10,000 runs on 1,000 slots of 100 machines, with the claims as they are on a file system and with clocks of the simulation's
-- own: tasks are launched twice, machines die, processes hang for minutes and go on. Each run must finish exactly once.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"

local RUNS, SLOTS, MACHINES, CHECKPOINTS = 10000, 1000, 100, 6
local SEED = 20260801

math.randomseed(SEED)
local random = math.random

-- ---- a world: its clock, its processes, its files ----

local now, queue, size = 0, {}, 0 -- a heap of { when, process }

local function push(when, process)
  size = size + 1
  local i, entry = size, { when, process }
  while i > 1 and queue[i // 2][1] > when do queue[i], i = queue[i // 2], i // 2 end
  queue[i] = entry
end

local function pop()
  local first, last = queue[1], queue[size]
  queue[size] = nil
  size = size - 1
  local i = 1
  while size > 0 and 2 * i <= size do
    local k = 2 * i
    if k < size and queue[k + 1][1] < queue[k][1] then k = k + 1 end
    if last[1] <= queue[k][1] then break end
    queue[i], i = queue[k], k
  end
  if size > 0 then queue[i] = last end
  return first
end

local files, processes, me = {}, {}, nil -- path -> { text, written }; number -> process; who is at work

-- Every call of the file system takes time, in which others do theirs.
local function pause(seconds) coroutine.yield(seconds) end
local function call() pause(random() * 0.01) end

local sys = setmetatable({}, { __index = function(_, name) error("the simulation has no sys." .. name) end })
function sys.host() return { hostname = me.host } end
function sys.pid() return me.number end
function sys.wall_time() return now + me.skew end -- machines' clocks differ; the file system has its own
function sys.clock() return now end
function sys.make_folder() end
function sys.fail(text) error(text, 0) end
function sys.write_file(path, text) call() files[path] = { text = text, written = now } end
-- A file that is renewed is as new as its process is; every 20 seconds are not counted out.
function sys.modified(path)
  call()
  local file = files[path]
  return file and math.max(file.written, file.by and (file.by.still or now) or 0) or nil
end
function sys.renewing(path)
  call()
  if not files[path] then error("not there", 0) end
  local file = files[path]
  file.by = me
  return { stop = function() file.by = nil end }
end
function sys.remove(path) call() files[path] = nil end
function sys.rename(from, to)
  call()
  if not files[from] then error("not there", 0) end
  files[to], files[from] = files[from], nil
end
function sys.link(from, to)
  call()
  if files[to] then return false end
  files[to] = files[from]
  return true
end

local function open(path)
  call()
  local text = files[path] and files[path].text
  local number = path:match("^/proc/(%d+)/stat$")
  local process = number and processes[tonumber(number)]
  if process and process.host == me.host and not process.dead then
    text = ("%d (mlprun) S %s %d"):format(process.number, ("0 "):rep(18), process.number)
  end
  if not text then return nil, path .. ": No such file or directory", 2 end
  return { read = function() return text end, close = function() end }
end

local claim = load(core.sys.script("mlprun/experiment/claim.lua"), "@claim", "t", setmetatable({
  io = { open = open },
  require = function(name) return name == "mlprun.core" and { json = core.json, sys = sys } or require(name) end,
}, { __index = _G }))()

-- ---- what a process does: as attempt.lua and folder.lua, without training ----

local counts = { finished = 0, twice = 0, taken = 0, left = 0, lost = 0, died = 0, hung = 0, restarts = 0 }
local made, finished = {}, {} -- run -> checkpoints that are saved; run -> how often it finished

local function work(run, task)
  local mine = claim.take("run" .. run, task)
  if not mine then
    counts.left = counts.left + 1
    return
  end
  if (finished[run] or 0) > 0 then
    counts.taken = counts.taken + 1
    return mine:release()
  end
  -- Between a look and the write behind it no time passes here: what a process writes that stops in between for two minutes are
  -- the bits that the next one writes as well.
  for k = (made[run] or 0) + 1, CHECKPOINTS do
    pause(20 + random() * 20)
    if random() < 0.002 then -- it hangs, and does not know
      counts.hung = counts.hung + 1
      me.still = now
      pause(100 + random() * 400)
      me.still = nil
    end
    mine:hold()
    made[run] = math.max(made[run] or 0, k)
  end
  mine:hold()
  finished[run] = (finished[run] or 0) + 1
  mine:release()
end

-- ---- the engine ----

local waiting, first, last, busy, serial = {}, 1, 0, 0, 0

local function enqueue(task, back)
  task.since = now + (back or 0)
  last = last + 1
  waiting[last] = task
end

local function start(task)
  serial = serial + 1
  local process = { number = serial, host = "m" .. random(MACHINES), skew = 0, task = task }
  process.skew = (tonumber(process.host:sub(2)) - MACHINES / 2) * 3 -- up to minutes
  process.body = coroutine.create(function() work(task.run, { name = task.name, restarts = task.restarts }) end)
  processes[serial], busy = process, busy + 1
  push(now + random() * 0.01, process)
  if random() < 0.03 then -- it will die, wherever it is then
    process.doom = now + random() * 200
  end
end

local function over(process)
  process.dead, process.still, busy = true, process.still or now, busy - 1
  processes[process.number] = nil
end

local function again(task)
  task.restarts, counts.restarts = task.restarts + 1, counts.restarts + 1
  enqueue(task)
end

-- Lets a process do what it does until it waits for something.
local function step(process)
  if process.doom and now >= process.doom then
    counts.died = counts.died + 1
    over(process)
    return again(process.task)
  end
  -- Slurm takes a machine for dead that does not answer, and starts its task again while the process still hangs there.
  me = process
  local ok, seconds = coroutine.resume(process.body)
  if ok and coroutine.status(process.body) == "suspended" then
    if seconds > 99 and random() < 0.5 then again(process.task) end
    return push(now + seconds, process)
  end
  if not ok then
    if not tostring(seconds):find("took this run over") then error(seconds, 0) end
    counts.lost = counts.lost + 1
  end
  over(process)
  -- A submission later on finds what is missing.
  if not finished[process.task.run] and not ok then enqueue({ run = process.task.run, name = "late" .. serial, restarts = 0 }) end
end

t.test("each run finishes exactly once, whatever happens to those that are at work on it", function()
  for run = 1, RUNS do
    enqueue { run = run, name = "a" .. run, restarts = 0 }
    if random() < 0.2 then enqueue { run = run, name = "b" .. run, restarts = 0 } end -- submitted twice
  end
  local rounds = 0
  repeat
    while busy < SLOTS and first <= last do
      start(waiting[first])
      waiting[first], first = nil, first + 1
    end
    if size > 0 then
      local entry = pop()
      now = math.max(now, entry[1])
      if not entry[2].dead then step(entry[2]) end
    end
    if size == 0 and first > last then -- all is quiet: the command is given again, for what is missing
      rounds, now = rounds + 1, now + 130
      for run = 1, RUNS do
        if not finished[run] then enqueue { run = run, name = ("c%d.%d"):format(rounds, run), restarts = 0 } end
      end
    end
  until (size == 0 and first > last) or rounds > 20
  local once = 0
  for run = 1, RUNS do once = once + (finished[run] == 1 and 1 or 0) end
  t.equal(once, RUNS)
  for _, what in ipairs { "died", "hung", "lost", "left", "taken", "restarts" } do
    t.ok(counts[what] > 0, "none " .. what .. ": the simulation shows nothing")
  end
  t.equal(next(files), nil, "no claim stays")
end)

-- ---- several at one dead claim ----

-- Lets processes that claim the same run take turns, one call of the file system at a time; the one in `dies` dies after as many.
local function race(count, dies, after)
  files = { ["run/claim.json"] = { text = '{"host":"m1","process":0,"began":"0","since":0}', written = now } }
  local racing = {}
  for i = 1, count do
    serial = serial + 1
    local process = { number = serial, host = "m1", skew = 0 }
    process.body = coroutine.create(function() process.claim, process.told = claim.take("run") end)
    processes[serial], racing[i] = process, process
  end
  local left = { table.unpack(racing) }
  while #left > 0 do
    local i = random(#left)
    me = left[i]
    now = now + 0.001
    local ok, why = coroutine.resume(me.body)
    if not ok then error(why, 0) end
    t.ok(files["run/claim.json"], "its place is empty")
    if me == racing[dies] then
      after = after - 1
      if after == 0 then me.dead, processes[me.number] = true, nil end
    end
    if me.dead or coroutine.status(me.body) == "dead" then table.remove(left, i) end
  end
  return racing
end

t.test("of several that find a dead claim exactly one takes it over", function()
  for _ = 1, 2000 do
    local count = 0
    for _, process in ipairs(race(random(2, 4))) do
      count = count + (process.claim and 1 or 0)
      t.ok(process.claim or process.told.process ~= 0, "left to one that is dead")
    end
    if count ~= 1 then t.equal(count, 1) end
    t.equal({ next(files) }, { "run/claim.json", files["run/claim.json"] }, "what they made beside it is gone")
  end
end)

t.test("one that dies while it takes a claim over keeps nobody out", function()
  for _ = 1, 200 do
    for after = 1, 25 do
      local count = 0
      for i, process in ipairs(race(3, 1, after)) do count = count + (i > 1 and process.claim and 1 or 0) end
      t.ok(count <= 1, "two took it over")
      processes = {}
      me = { number = 0, host = "m1", skew = 0 }
      local fresh = coroutine.wrap(function() return "taken", claim.take("run") ~= nil end)
      local what, taken
      repeat what, taken = fresh() until what == "taken"
      t.ok(taken, "nobody can take it over any more")
      t.equal(files["run/claim.json.next"], nil)
    end
  end
end)

t.done()
