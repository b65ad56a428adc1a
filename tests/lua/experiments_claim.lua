-- Who is at work in a run's folder.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local claim = require "mlprun.experiment.claim"
local folder = require "mlprun.experiment.folder"
local json, sys = core.json, core.sys

local here = sys.host().hostname

-- ago: seconds since it was renewed
local function folder_with(held, ago)
  local path = t.folder()
  if held then
    sys.write_file(path .. "/claim.json", type(held) == "string" and held or json.encode(held))
    if ago then os.execute(("touch -d '%d seconds ago' '%s/claim.json'"):format(ago, path)) end
  end
  return path
end

t.test("one that lives keeps everybody else out, also those of this process", function()
  local path = folder_with()
  local first = claim.take(path .. "/seed-1")
  local second, held = claim.take(path .. "/seed-1")
  t.equal({ second, held.process, held.host }, { nil, sys.pid(), here })
  t.equal(claim.words(held), ("process %d on %s"):format(sys.pid(), here))
  first:release()
  t.equal(#sys.list(path .. "/seed-1"), 0)
  t.ok(claim.take(path .. "/seed-1"))
end)

t.test("dead ones are taken over", function()
  local function taken(held, ago) return claim.take(folder_with(held, ago)) ~= nil end
  t.ok(taken { host = here, process = 4999999, began = "1" }, "its process is gone")
  t.ok(taken { host = here, process = sys.pid(), began = "1" }, "another one has its number")
  t.ok(taken({ host = "far", process = 1, began = "1" }, 130), "silent for long")
  t.ok(not taken({ host = "far", process = 1, began = "1" }, 60),
    "renewed a minute ago, by the clock of the file system")
  t.ok(not taken({ host = "far", process = 1, began = "1" }, -60), "the clock went back a little")
  t.ok(taken({ host = "far", process = 1, began = "1" }, -3600), "and by an hour: it would be alive until then")
  for _, text in ipairs { "", "5", "null", "{}" } do t.ok(taken(text), text) end
end)

t.test("memory that is out while a claim is read is no other owner", function()
  local mine = claim.take(folder_with())
  local decode = json.decode
  json.decode = function() error "not enough memory" end
  local ok, why = pcall(mine.hold, mine)
  json.decode = decode
  t.equal(ok, false)
  t.ok(why:find "not enough memory" and not why:find "took this run over", why)
  t.ok(mine:holds())
end)

t.test("a claim that was made is its own, whatever fails behind that", function()
  local path, remove, failed = folder_with(), sys.remove, 0
  sys.remove = function(...)
    failed = failed + 1
    if failed == 1 then error("cannot remove: Input/output error", 0) end
    return remove(...)
  end
  local _ <close> = require("mlprun.base.defer")(function() sys.remove = remove end)
  local mine, other = claim.take(path)
  t.equal({ mine ~= nil, other }, { true, nil })
  t.equal({ failed, #sys.list(path) }, { 2, 1 })
  t.equal({ claim.take(path) }, { nil, json.decode(sys.read_file(path .. "/claim.json")) })
end)

t.test("whoever was taken over notices before it writes", function()
  local path = folder_with()
  local mine = claim.take(path)
  mine:hold(true)
  sys.write_file(path .. "/claim.json", json.encode { host = "far", process = 7, began = "1" })
  mine:hold(true) -- it has looked just now
  mine.looked = -math.huge
  t.raises("claim.json: process 7 on far took this run over", mine.hold, mine, true)
  mine:release()
  t.equal(sys.exists(path .. "/claim.json"), "file", "it is not released by another one")
end)

t.test("a task that was started again takes its runs over at once, and no others", function()
  local function taken(held, task)
    local mine = claim.take(folder_with { host = "far", process = 1, began = "1", task = held[1], restarts = held[2] }, task)
    return mine ~= nil
  end
  t.ok(taken({ "7_3", 0 }, { name = "7_3", restarts = 1 }))
  t.ok(not taken({ "7_3", 1 }, { name = "7_3", restarts = 1 }), "the same start")
  t.ok(not taken({ "7_3", 2 }, { name = "7_3", restarts = 1 }), "a later start")
  t.ok(not taken({ "7_4", 0 }, { name = "7_3", restarts = 1 }), "another task")
  t.ok(not taken({ nil, nil }, { name = "7_3", restarts = 1 }), "no task")
  t.ok(not taken({ "7_3", 0 }, nil), "without a task")
  local _, held = claim.take(folder_with { host = "far", process = 1, began = "1", task = "7_4", restarts = 0 })
  t.equal(claim.words(held), "process 1 on far (task 7_4)")
end)

t.test("it says who is at work, for whom and since when", function()
  local path = folder_with()
  local mine = claim.take(path, { name = "7_3", restarts = 2 })
  local held = json.decode(sys.read_file(path .. "/claim.json"))
  t.equal({ held.host, held.process, held.task, held.restarts }, { here, sys.pid(), "7_3", 2 })
  t.ok(sys.wall_time() - held.since < 60)
  t.equal(claim.look(path).process, sys.pid())
  mine:release()
  t.equal(claim.look(path), nil)
  t.equal(#sys.list(path), 0)
end)

t.test("it is looked at: one that was replaced or is gone is lost", function()
  local path = folder_with()
  local mine = claim.take(path)
  mine:hold()
  sys.write_file(path .. "/claim.json", json.encode { host = "far", process = 7, began = "1" })
  t.raises("claim.json: process 7 on far took this run over", mine.hold, mine)
  t.equal({ mine:holds() }, { false, { host = "far", process = 7, began = "1" } })
  sys.remove(path .. "/claim.json")
  t.equal(mine:holds(), false)
  t.raises("claim.json: another process took this run over and has ended", mine.hold, mine)
end)

t.test("what the next owner has is not touched by one that was taken over", function()
  local path = folder_with()
  local mine = claim.take(path)
  sys.write_file(path .. "/claim.json", json.encode { host = "far", process = 7, began = "1" })
  sys.write_file(path .. "/last.safetensors", "the next one's")
  t.raises("claim.json: process 7 on far took this run over: it is left to it", folder.open, path, {}, nil, mine)
  t.equal(sys.list(path), { "claim.json", "last.safetensors" })
  t.ok(mine.lost:find "process 7 on far took this run over")
end)

-- Whether a file becomes as new as now while nothing but Lua is executed; ten seconds are given to it.
local function becomes_new(path)
  os.execute(("touch -d '180 seconds ago' '%s'"):format(path))
  local before, began = sys.modified(path), sys.clock()
  while sys.modified(path) == before do
    if sys.clock() - began > 10 then return false end
  end
  return sys.wall_time() - sys.modified(path) < 60
end

t.test("it is renewed whatever the process does meanwhile, until it is released or taken over", function()
  local renewing = sys.renewing
  sys.renewing = function(path) return renewing(path, 0.001) end
  local _ <close> = require("mlprun.base.defer")(function() sys.renewing = renewing end)
  local path = folder_with { host = "far", process = 1, began = "1" }
  os.execute(("touch -d '180 seconds ago' '%s/claim.json'"):format(path))
  local mine = claim.take(path)
  t.ok(becomes_new(path .. "/claim.json"))
  sys.rename(path, path .. ".old")
  mine:follow(path .. ".old")
  t.ok(becomes_new(path .. "/claim.json"), "where it was moved to")
  local kept = claim.take(path .. "/other")
  mine:release()
  t.equal({ mine.renewing, sys.exists(path .. "/claim.json") }, {})
  sys.write_file(path .. "/far.json", json.encode { host = "far", process = 7, began = "1" })
  os.execute(("touch -d '180 seconds ago' '%s/far.json'"):format(path))
  sys.rename(path .. "/far.json", path .. "/other/claim.json")
  local before = sys.modified(path .. "/other/claim.json")
  mine = claim.take(path .. "/third")
  t.ok(becomes_new(path .. "/third/claim.json"))
  t.equal(sys.modified(path .. "/other/claim.json"), before, "another one's is not touched")
  t.raises("took this run over", kept.hold, kept)
  t.equal(kept.renewing, nil)
  mine:release()
end)

t.test("a stale handle is nothing there", function()
  local path = folder_with { host = "far", process = 1, began = "1" }
  local open = io.open
  io.open = function(name, ...) -- luacheck: ignore
    if name:sub(-10) == "claim.json" then return nil, name .. ": Stale file handle", 116 end
    return open(name, ...)
  end
  local ok, held = pcall(claim.look, path)
  io.open = open -- luacheck: ignore
  t.equal({ ok, held }, { true, nil })
end)

t.done()
