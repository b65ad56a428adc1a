--- mlprun.command.check - `mlprun check SCRIPT`: the script runs on a few small pictures of noise, a step or two of each
--- trial, so that a misspelt name, an unknown option or a size that does not fit shows at once, without data and without
--- training.
---
--- What is put in place of the library's own, while it runs: data.open opens these pictures whatever the path, options
--- are one step of an epoch and one seed, results go into a folder that is removed, and nothing is printed.
local core = require "mlprun.core"
local sys = core.sys
local errors = require "mlprun.errors"

local CLASSES, EACH, SIDE = 3, 20, 16

local function temporary()
  local path = os.tmpname()
  os.remove(path)
  sys.make_folder(path)
  return path
end

local function remove_all(path)
  if sys.exists(path) == "folder" then
    for _, name in ipairs(sys.list(path)) do remove_all(path .. "/" .. name) end
  end
  sys.remove(path)
end

local function pictures_of_noise(folder)
  core.tensor.manual_seed(1)
  for class = 1, CLASSES do
    sys.make_folder(("%s/class%d"):format(folder, class))
    for i = 1, EACH do
      local pixels = core.tensor.randint(0, 256, { SIDE, SIDE, 3 }, { dtype = "u8" })
      core.image.from_tensor(pixels):save(("%s/class%d/%d.png"):format(folder, class, i))
    end
  end
end

-- ---- in place of the library's own ----

local QUICK = { max_time = "0.000001s", seeds = 1, jobs = 1, workers = 0, resume = false, patience = 1, keep_going = false }

local function replace(folder, count)
  local ml = require "mlprun"
  local options = require "mlprun.options"
  local parse, open = options.parse, ml.data.open
  function options.parse(defaults, spec)
    local values = parse(defaults, spec)
    for name, value in pairs(QUICK) do
      if defaults[name] ~= nil then values[name] = value end
    end
    if defaults.data ~= nil then values.data = folder .. "/pictures" end
    if defaults.out ~= nil then values.out = folder .. "/runs" end
    return values
  end
  function ml.data.open(_, o) return open(folder .. "/pictures", o and { channels = o.channels }) end
  local writers = ml.writers
  local summary = writers.SummaryWriter
  function writers.SummaryWriter(_, o)
    count.writers = count.writers + 1
    return summary(("%s/writer-%d"):format(folder, count.writers), o)
  end
  require("mlprun.experiment.precheck").strict = true
  local run = require "mlprun.experiment.fit"
  package.loaded["mlprun.experiment.fit"] = function(...)
    count.trials = count.trials + 1
    return run(...)
  end
end

local ENDED = {} -- raised in place of ending the process

local function silent()
  local quiet = setmetatable({}, { __index = function() return function(self) return self end end })
  local before = { print = print, write = io.write, stdout = io.stdout, stderr = io.stderr, exit = sys.exit,
                   os_exit = os.exit }
  print, io.write, io.stdout, io.stderr = function() end, function() return quiet end, quiet, quiet -- luacheck: ignore
  sys.exit = function(status) error(setmetatable({ status = status }, ENDED), 0) end
  os.exit = sys.exit -- luacheck: ignore
  return function()
    print, io.write, io.stdout, io.stderr, sys.exit, os.exit = -- luacheck: ignore
      before.print, before.write, before.stdout, before.stderr, before.exit, before.os_exit
  end
end

local function with_trace(message)
  if getmetatable(message) == ENDED then return message end
  local lines = {}
  for line in debug.traceback("", 2):gmatch("[^\n]+") do
    if not line:find("^\t%[C%]") and not line:find("^\tmlprun/") then lines[#lines + 1] = line end
  end
  return tostring(message) .. "\n" .. table.concat(lines, "\n")
end

return function(wrong, path, ...)
  if not path then return wrong("check", "a script is missing, such as 'mlprun check experiments/dropout.lua'") end
  if sys.exists(path) ~= "file" then return wrong("check", ("no such script: '%s'"):format(path)) end
  local script, problem = loadfile(path, "t")
  if not script then
    io.stderr:write(errors.text(problem, { colour = errors.colour() }) .. "\n")
    return 1
  end
  local folder, count, began = temporary(), { writers = 0, trials = 0 }, sys.clock()
  local _ <close> = setmetatable({}, { __close = function() remove_all(folder) end })
  pictures_of_noise(folder .. "/pictures")
  replace(folder, count)
  _G.arg = { [0] = path, ... }
  local own = path:match("^(.*)/")
  if own then package.path = ("%s/?.lua;%s/?/init.lua;%s"):format(own, own, package.path) end
  local loud = silent()
  local ok, failure = xpcall(script, with_trace, ...)
  loud()
  if not ok and getmetatable(failure) == ENDED then ok = failure.status == 0 or failure.status == nil end
  if not ok then
    if type(failure) == "string" then io.stderr:write(errors.text(failure, { colour = errors.colour() }) .. "\n") end
    return 1
  end
  io.stdout:write(("%s: no mistake found (%s%.1f s)\n"):format(path,
    count.trials > 0 and ("%d runs on pictures of noise, "):format(count.trials) or "", sys.clock() - began))
  return 0
end
