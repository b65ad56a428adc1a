-- host_sys.lua - mlprun.core.sys, and the environment that scripts run in.
local t = dofile("tests/lua/harness.lua")
local sys = require("mlprun.core").sys

t.test("files are written whole, read, listed in order, renamed and removed", function()
  local folder = t.folder()
  sys.make_folder(folder .. "/a/b")
  sys.write_file(folder .. "/a/two", "first")
  sys.write_file(folder .. "/a/two", "second\0part")
  sys.write_file(folder .. "/a/one", "")
  t.equal(sys.read_file(folder .. "/a/two"), "second\0part")
  t.equal(sys.read_file(folder .. "/a/one"), "")
  t.equal(sys.list(folder .. "/a"), { "b", "one", "two" })
  t.equal(sys.exists(folder .. "/a"), "folder")
  t.equal(sys.exists(folder .. "/a/one"), "file")
  t.equal(sys.exists(folder .. "/nothing"), nil)
  sys.rename(folder .. "/a/one", folder .. "/three")
  sys.remove(folder .. "/three")
  sys.remove(folder .. "/three") -- absent is fine
  t.equal(sys.list(folder), { "a" })
end)

t.test("what the system refuses names the path and the reason", function()
  local folder = t.folder()
  t.raises("cannot open '" .. folder .. "/x': No such file", sys.read_file, folder .. "/x")
  t.raises("not a regular file", sys.read_file, folder)
  t.raises("cannot list '" .. folder .. "/x'", sys.list, folder .. "/x")
  t.raises("cannot rename", sys.rename, folder .. "/x", folder .. "/y")
  t.raises("cannot find", sys.real_path, folder .. "/x")
  sys.write_file(folder .. "/file", "x")
  t.raises("Not a directory", sys.make_folder, folder .. "/file/inside")
  t.raises("cannot remove '" .. folder .. "'", sys.remove, folder)
end)

t.test("a file is renewed by its own process until that is stopped, and not by a copy of it", function()
  local path, process = t.folder() .. "/file", require("mlprun.core").process
  sys.write_file(path, "x")
  local function touch() os.execute(("touch -d '180 seconds ago' '%s'"):format(path)) end
  local function becomes_new()
    touch()
    local before, began = sys.modified(path), sys.clock()
    while sys.modified(path) == before do
      if sys.clock() - began > 10 then return false end
    end
    return true
  end
  local r = sys.renewing(path, 0.001)
  local child = process.spawn(function()
    r:stop()
    return "stopped its copy"
  end)
  while not child:ended() do process.wait({ child }, 1) end
  t.ok(becomes_new(), "it goes on here")
  r:stop()
  r:stop() -- harmless
  touch()
  local before = sys.modified(path)
  t.equal(sys.read_file(path), "x")
  sys.remove(path)
  t.equal({ before < sys.wall_time() - 60, sys.exists(path) }, { true, nil })
  t.raises("cannot open '" .. path, sys.renewing, path, 20)
  sys.write_file(path, "x")
  for _, seconds in ipairs { 0, -1, 0 / 0, 1e9 } do t.raises("0.001 to 86400 seconds", sys.renewing, path, seconds) end
end)

t.test("threads are set and checked", function()
  local before = sys.threads()
  t.equal(sys.threads(3), 3)
  t.equal(sys.threads(), 3)
  t.equal(sys.threads(0), sys.cores())
  t.raises("threads is -1, expected 0 (one per core) to 256", sys.threads, -1)
  t.raises("threads is 1000", sys.threads, 1000)
  sys.threads(before)
end)

t.test("the host tells where it runs", function()
  local host = sys.host()
  t.ok(#host.hostname > 0 and host.os:find("Linux") and host.cores >= 1, "host")
  t.ok(sys.memory().resident > 1e6, "resident memory")
  t.ok(sys.pid() > 0 and sys.clock() > 0 and sys.wall_time() > 1.7e9, "numbers")
  t.equal(sys.env("MLPRUN_NO_SUCH_VARIABLE"), nil)
  t.ok(sys.columns("stdout") >= 1, "columns")
end)

t.test("the nearest word of a list is found, or none", function()
  t.equal(sys.nearest("wieght_decay", { "lr", "weight_decay" }), "weight_decay")
  t.equal(sys.nearest("epoch", { "epochs", "patience" }), "epochs")
  t.equal(sys.nearest("LR", { "lr" }), "lr")
  t.equal(sys.nearest("zzz", { "lr", "epochs" }), nil)
  t.equal(sys.nearest("x", {}), nil)
  t.equal(sys.nearest("x", { "a" }), nil) -- nothing of it is the same
end)

t.test("undefined globals are errors with a suggestion; defining one is allowed", function()
  t.raises("undefined global 'tabel': did you mean 'table'?", function() return tabel end)
  t.raises("undefined global 'zzzzzzzz'", function() return zzzzzzzz end)
  a_new_global = 5
  t.equal(a_new_global, 5)
  a_new_global = nil
end)

t.test("load, loadfile and dofile take text only, and an environment", function()
  t.equal(load("return 1 + 1")(), 2)
  t.equal(load("return x", "name", "t", { x = 7 })(), 7)
  local compiled = string.dump(function() return 1 end)
  local chunk, message = load(compiled)
  t.equal(chunk, nil)
  t.ok(message:find("binary"), "load says why")
  t.raises("compiled chunks are refused", load, "return 1", "name", "b")
  local folder = t.folder()
  sys.write_file(folder .. "/text.lua", "return ...")
  sys.write_file(folder .. "/compiled.lua", compiled)
  t.equal(loadfile(folder .. "/text.lua")(3), 3)
  t.equal(loadfile(folder .. "/compiled.lua"), nil)
  t.raises("binary", dofile, folder .. "/compiled.lua")
  sys.write_file(folder .. "/env.lua", "return y")
  t.equal(loadfile(folder .. "/env.lua", "t", { y = 9 })(), 9)
end)

t.test("an error of the library points at the user's line", function()
  local ml = require "mlprun"
  local message = t.raises("unknown option 'alhpa': did you mean 'alpha'?", function()
    return ml.ones(2):add(1, { alhpa = 2 })
  end)
  t.ok(message:find("^tests/lua/host_sys.lua:%d+: "), "position in: " .. message)
  message = t.raises("nn.Dropout", function()
    local layer = ml.nn.Dropout(1.5)
    return layer
  end)
  t.ok(message:find("^tests/lua/host_sys.lua:%d+: "), "position in: " .. message)
end)

t.done()
