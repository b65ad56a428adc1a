-- Who is at work in a run's folder.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local claim = require "mlprun.experiment.claim"
local json, sys = core.json, core.sys

local here = sys.host().hostname

local function folder_with(held)
  local path = t.folder()
  if held then sys.write_file(path .. "/claim.json", type(held) == "string" and held or json.encode(held)) end
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
  local function taken(held) return claim.take(folder_with(held)) ~= nil end
  t.ok(taken { host = here, process = 4999999, began = "1", renewed = sys.wall_time() }, "its process is gone")
  t.ok(taken { host = here, process = sys.pid(), began = "1", renewed = sys.wall_time() }, "another one has its number")
  t.ok(taken { host = "far", process = 1, began = "1", renewed = sys.wall_time() - 200 }, "silent for long")
  t.ok(not taken { host = "far", process = 1, began = "1", renewed = sys.wall_time() - 60 }, "renewed a minute ago")
  for _, text in ipairs { "", "5", "null", "{}" } do t.ok(taken(text), text) end
end)

t.test("whoever was taken over notices before it writes", function()
  local path = folder_with()
  local mine = claim.take(path)
  mine:renew()
  sys.write_file(path .. "/claim.json", json.encode { host = "far", process = 7, began = "1", renewed = sys.wall_time() })
  mine.written = -math.huge
  t.raises("claim.json: process 7 on far took this run over", mine.renew, mine)
  mine:release()
  t.equal(sys.exists(path .. "/claim.json"), "file", "it is not released by another one")
end)

t.done()
