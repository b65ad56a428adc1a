-- calls.lua - whatever reads files, while a call fails, in one process that faults.c was preloaded into: each task below is
-- tried with the k-th call failing, k = 1, 2, ... until it is done before that, with each error.
--
--   mlprun tests/faults/calls.lua FOLDER     FOLDER is for files
--
-- What cannot be read now is neither absent nor empty: each try gives what the task gives, or an error with the path and the
-- reason, or it says them on standard error.
local ml = require "mlprun"
local core = require "mlprun.core"
local account = require "mlprun.experiment.account"
local checkpoint = require "mlprun.experiment.checkpoint"
local claim = require "mlprun.experiment.claim"
local embedding = require "mlprun.writers.embedding"
local experiment_folder = require "mlprun.experiment.folder"
local foresight = require "mlprun.experiment.foresight"
local leftovers = require "mlprun.experiment.leftovers"
local load_ = require "mlprun.report.load"
local own_files = require "mlprun.experiment.own_files"
local restarts = require "mlprun.sweep.restarts"
local json, sys = core.json, core.sys

local folder = arg[1] .. "/calls"
local path = folder .. "/net/a/seed-42"
local errors = { EIO = "Input/output error", EINTR = "Interrupted system call", EMFILE = "Too many open files" }

-- ---- what is read ----

local manifest = { experiment = "net", trial = "a", seed = 42, number = 1, status = "stopped", started = "1" }
local script = 'local mine = dofile "' .. folder .. '/mine.lua"\n'
for file, text in pairs {
  ["manifest.json"] = json.encode(manifest), ["metrics.jsonl"] = '{"epoch":1,"val_accuracy":0.5}\n',
  ["restarts.json"] = '{"task":"7_3","without":1}',
} do
  sys.make_folder(path)
  sys.write_file(path .. "/" .. file, text)
end
checkpoint.save(path, { epoch = 1 })
sys.write_file(folder .. "/net/results.json", '{"experiment":"net"}')
sys.write_file(folder .. "/mine.lua", "return 1")
sys.write_file(folder .. "/script.lua", script)
sys.make_folder(folder .. "/repository/.git/refs/heads")
sys.write_file(folder .. "/repository/.git/HEAD", "ref: refs/heads/main\n")
sys.write_file(folder .. "/repository/.git/packed-refs", "c0ffee refs/heads/main\n")
sys.make_folder(folder .. "/repository/inside")
sys.write_file(folder .. "/mistaken.lua", "activity:report { titel = 1 }\n")
core.io.npz_save(folder .. "/x.npz", { { "x", ml.ones(3) } })
sys.make_folder(folder .. "/idx")
sys.write_file(folder .. "/idx/train-images-idx3-ubyte", string.pack(">BBBBI4I4I4", 0, 0, 8, 3, 2, 2, 2) .. "12345678")
sys.write_file(folder .. "/idx/train-labels-idx1-ubyte", string.pack(">BBBBI4", 0, 0, 8, 1, 2) .. "\0\1")
sys.write_file(folder .. "/idx/classes.txt", "shirt\nshoe\n")
local cifar = folder .. "/cifar"
sys.make_folder(cifar)
for i = 1, 3 do sys.write_file(("%s/data_batch_%d.bin"):format(cifar, i), ("\1"):rep(3073)) end
sys.write_file(cifar .. "/batches.meta.txt", ("plane\ncar\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n"))
sys.make_folder(folder .. "/points")
local list = folder .. "/points/projector_config.pbtxt"
embedding.write(folder .. "/points", ml.ones(3, 2), { tag = "first" })
local mine <const> = claim.take(folder .. "/claimed")
package.path = folder .. "/?.lua;" .. package.path
package.loaded.mine = true

-- ---- how ----

local tasks, order = {}, {}
local function task(name, fn) tasks[name], order[#order + 1] = fn, name end

task("is it there", function() return sys.exists(path) .. tostring((sys.exists(path .. "/nothing"))) end)
task("when was it written", function() return sys.modified(path .. "/manifest.json") end)
task("the machine", function() return json.encode(sys.host()) end)
task("a list", function() return table.concat(sys.list(path), " ") end)
task("a text", function() return sys.read_file(path .. "/manifest.json") end)
task("a commit", function() return experiment_folder.git_commit(folder .. "/repository/inside") end)
task("files of a script", function() return json.encode(own_files(script)) end)
task("an option that is none", function() return (select(2, pcall(foresight.check, folder .. "/mistaken.lua"))) end)
task("a checkpoint", function() return json.encode((checkpoint.load(path))) end)
task("whether a claim lives", function() return claim.look(folder .. "/claimed").process end)
task("whether a claim is one's own", function() return mine:holds() end)
task("an account", function() return json.encode(account.read(folder .. "/net")) end)
task("restarts", function() return json.encode(restarts.read(path)) end)
task("runs", function() return json.encode(load_.runs(folder)) end)
task("a curve", function() return json.encode(load_.result { path = path, manifest = manifest }) end)
task("whether a file can be read", function() return leftovers.readable(path .. "/manifest.json") end)
task("how many runs", function() return leftovers.count_runs(folder .. "/net") end)
task("names of classes", function() return table.concat(ml.data.open(folder .. "/idx").classes, " ") end)
task("a data set in several files", function()
  local set = ml.data.open(cifar)
  return #set .. table.concat(set.classes, " ")
end)
task("one file of two", function() return #ml.data.open(folder .. "/idx/train-labels-idx1-ubyte") end)
task("a digest", function() return core.io.sha256_file and core.io.sha256_file(folder .. "/mine.lua") or "" end)
task("what is beside an embedding", function()
  local ok, why = pcall(embedding.write, folder .. "/points", ml.ones(3, 2), { tag = "second" })
  local now = sys.read_file(list)
  if not now:find("first", 1, true) then return "the first one is lost" end
  if not ok then error(why, 0) end
  return now
end)
task("arrays", function() return core.io.npz_load(folder .. "/x.npz").x:sum():item() end)

-- ---- tries ----

local said
local own = io.stderr
local function with_ear(fn, ...)
  said = ""
  io.stderr = { write = function(self, ...) -- luacheck: ignore
    said = said .. table.concat { ... }
    return self
  end }
  local ok, value = pcall(fn, ...)
  io.stderr = own -- luacheck: ignore
  return ok, value
end

local tried, wrong = 0, 0
for _, name in ipairs(order) do
  local ok, expected = with_ear(tasks[name])
  if not ok or expected == nil then error(("%s: %s"):format(name, tostring(expected))) end
  for error_name, reason in pairs(errors) do
    for k = 1, math.maxinteger do
      local words = ("faults: calls %d %s once"):format(k, error_name)
      os.getenv(words)
      local fine, value = with_ear(tasks[name])
      local count = tonumber(os.getenv "faults: off")
      if count < k then break end
      tried = tried + 1
      local told = tostring(value) .. said
      if not (fine and value == expected) and not told:gsub("^[^:]*:%d+: ", ""):find("/.*" .. reason) then
        wrong = wrong + 1
        io.write(("# %s: %s fails (%s, call %d): %s\n"):format(name, os.getenv "faults: hit", error_name, k, tostring(value)))
      end
    end
  end
end
mine:release()
io.write(("%d tries, %d wrong\n"):format(tried, wrong))
os.exit(wrong == 0, true)
