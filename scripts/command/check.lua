--- mlprun.command.check - `mlprun check SCRIPT`: the script runs on a few small pictures of noise, a step or two of each
--- trial, so that a misspelt name, an unknown option or a size that does not fit shows at once, without data and without
--- training.
---
--- What is put in place of the library's own, while it runs: data.open opens these pictures whatever the path, options
--- are one step of an epoch and one seed, results go into a folder that is removed, and nothing is printed.
local core = require "mlprun.core"
local sys = core.sys
local errors = require "mlprun.errors"
local is_module = require("mlprun.nn.module").is_module
local loops = require "mlprun.command.loops"
local missing_script = require "mlprun.base.missing_script"
local skipped = require "mlprun.data.skipped"
local suspects = require "mlprun.command.suspects"
local words = require "mlprun.base.words"

local CLASSES, EACH, SIDE, FEW = 3, 20, 16, 5

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

-- Of as many classes as the real ones have, so that a net that is made for them fits.
local function pictures_of_noise(folder, classes)
  if sys.exists(folder) then return folder end
  core.tensor.manual_seed(1)
  for class = 1, classes do
    sys.make_folder(("%s/class%d"):format(folder, class))
    for i = 1, classes > 2 * CLASSES and FEW or EACH do
      local pixels = core.tensor.randint(0, 256, { SIDE, SIDE, 3 }, { dtype = "u8" })
      core.image.from_tensor(pixels):save(("%s/class%d/%d.png"):format(folder, class, i))
    end
  end
  return folder
end

-- What is at a path, when something is that opens: how many classes, and an error where folders are called almost like parts.
local function classes_at(path, open, o, grouped)
  local fine, set = pcall(open, path, o)
  if not fine then return CLASSES end
  local warning = skipped.warning(set:passed_over(), grouped)
  if warning then sys.fail(("'%s': %s"):format(path, warning)) end
  return #set.classes
end

-- ---- in place of the library's own ----

local QUICK = { max_time = "0.000001s", jobs = 1, workers = 0, resume = false, patience = 1, keep_going = false,
                csv_path = "", csv_label = "", group = "", pictures = false }

local function replace(folder, count)
  local ml = require "mlprun"
  local options = require "mlprun.options"
  local parse, open = options.parse, ml.data.open
  function options.parse(defaults, spec)
    local values = parse(defaults, spec)
    local grouped = defaults.group ~= nil and values.group ~= ""
    for name, value in pairs(QUICK) do
      if type(defaults[name]) == type(value) then values[name] = value end -- one of another type is a mistake
    end
    local own = {}
    for name in pairs(defaults) do
      if not (spec and spec.common and spec.common[name]) then own[#own + 1] = name end
    end
    local watch, unread = suspects.options(own)
    watch(values)
    count.watch[values], count.unread[#count.unread + 1] = watch, unread
    if defaults.seeds ~= nil then values.seeds, count.options = math.min(values.seeds, 2), values end
    if defaults.data ~= nil then
      local chosen = values.data ~= defaults.data and values.data
      values.data = pictures_of_noise(folder .. "/pictures", classes_at(chosen, open, nil, grouped))
    end
    if math.type(values.val) == "integer" and values.val >= 1 then values.val = 0.2 end -- a number of the real ones
    if defaults.out ~= nil then values.out = folder .. "/runs" end
    return values
  end
  function ml.data.open(path, o)
    if path == folder .. "/pictures" then return open(path, o and { channels = o.channels }) end
    return open(pictures_of_noise(folder .. "/pictures", classes_at(path, open, o)), o and { channels = o.channels })
  end
  local writers = ml.writers
  local summary = writers.SummaryWriter
  function writers.SummaryWriter(_, o)
    count.writers = count.writers + 1
    return summary(("%s/writer-%d"):format(folder, count.writers), o)
  end
  require("mlprun.experiment.doubts").strict = true
  local run = require "mlprun.experiment.fit"
  package.loaded["mlprun.experiment.fit"] = function(state, o)
    count.runs = count.runs + 1
    if count.options then count.options.seeds = 1 end -- the second run of the first trial shows what is not made anew
    if type(o) == "table" and type(o.epoch) == "function" and is_module(state.fields.model) and state.fields.optimizer then
      o.epoch = loops.watched(state.fields, o.epoch, function(text) count.hint = text end)
      return run(state, o)
    end
    return suspects.train(run, state, o)
  end
  local attempt = require "mlprun.experiment.attempt"
  local attempt_run, look = attempt.run, suspects.trials()
  function attempt.run(experiment, spec)
    if count.watch[experiment.options] then count.watch[experiment.options](spec.options) end
    local result = attempt_run(experiment, spec)
    count.unreported = spec.trial
    look(spec, result)
    return result
  end
  for name, of in pairs { experiments = "mlprun.experiment.beginning", reports = "mlprun.experiment.ending" } do
    local inner = require(of)
    package.loaded[of] = function(...)
      count[name] = count[name] + 1
      if name == "reports" then count.unreported = nil end
      return inner(...)
    end
  end
end

-- What is missing in a script that came to its end, or too much.
local function missing(count)
  if count.experiments > 0 and count.runs == 0 then
    return "no trial is run: activity:trial(\"name\", function(run) ... end) does"
  end
  for _, unread in ipairs(count.unread) do
    local name = unread()[1]
    if name then
      return ("nothing reads the option '%s': run.options.%s has its value, which --%s=... sets"):format(name, name, name)
    end
  end
  if count.experiments == 0 then return nil end
  if count.reports < count.experiments then return "activity:report() is missing at the end: there would be no table" end
  if count.unreported then
    return ("trial '%s' comes behind activity:report(), and is in no table"):format(count.unreported)
  end
end

local ENDED = {} -- raised in place of ending the process

local function silent()
  local said = {}
  local errors_said = setmetatable({}, { __index = function(_, name)
    return function(self, ...)
      if name == "write" then said[#said + 1] = table.concat({ ... }) end
      return self
    end
  end })
  local quiet = setmetatable({}, { __index = function() return function(self) return self end end })
  local before = { print = print, write = io.write, stdout = io.stdout, stderr = io.stderr, exit = sys.exit,
                   os_exit = os.exit, warn = warn }
  print, io.write, io.stdout, io.stderr = function() end, function() return quiet end, quiet, errors_said -- luacheck: ignore
  sys.exit = function(status) error(setmetatable({ status = status }, ENDED), 0) end
  os.exit = sys.exit -- luacheck: ignore
  local quiet_globals = false
  function warn(text) if text == "@off" then quiet_globals = true end end -- luacheck: ignore
  return function()
    print, io.write, io.stdout, io.stderr, sys.exit, os.exit, warn = -- luacheck: ignore
      before.print, before.write, before.stdout, before.stderr, before.exit, before.os_exit, before.warn
    return table.concat(said), quiet_globals
  end
end

local function with_trace(message)
  return getmetatable(message) == ENDED and message or errors.traced(message)
end

return function(wrong, path, ...)
  if not path then return wrong("check", "a script is missing, such as 'mlprun check experiments/dropout.lua'") end
  if sys.exists(path) ~= "file" then
    local near = missing_script(path)
    return wrong("check", ("no such script: '%s'%s"):format(path, near and (": did you mean '%s'?"):format(near) or ""))
  end
  local script, problem = loadfile(path, "t")
  if not script then
    io.stderr:write(errors.text(problem, { colour = errors.colour() }) .. "\n")
    return 1
  end
  local folder, began = temporary(), sys.clock()
  local count = { writers = 0, runs = 0, experiments = 0, reports = 0, unread = {}, watch = {} }
  local _ <close> = setmetatable({}, { __close = function() remove_all(folder) end })
  replace(folder, count)
  _G.arg = { [0] = path, ... }
  local own = path:match("^(.*)/")
  if own then package.path = ("%s/?.lua;%s/?/init.lua;%s"):format(own, own, package.path) end
  local globals = {}
  for name, value in next, _G do globals[name] = value end
  local loud = silent()
  local ok, failure = xpcall(script, with_trace, ...)
  local said, quiet = loud()
  if not ok and getmetatable(failure) == ENDED then ok = failure.status == 0 or failure.status == nil end
  if not ok then
    if getmetatable(failure) == ENDED then io.stderr:write(said) end
    if type(failure) == "string" then io.stderr:write(errors.text(failure, { colour = errors.colour() }) .. "\n") end
    return 1
  end
  local wrong_name = suspects.global(script, path, globals, quiet) or suspects.field(path)
  if wrong_name then
    io.stderr:write(errors.text(wrong_name, { colour = errors.colour() }) .. "\n")
    return 1
  end
  local lacking = missing(count)
  if lacking then
    io.stderr:write(("mlprun: %s: %s\n"):format(path, lacking))
    return 1
  end
  if count.hint then io.stdout:write(("%s: a hint: %s\n"):format(path, count.hint)) end
  io.stdout:write(("%s: no mistake found (%s%.1f s)\n"):format(path,
    count.runs > 0 and words.count(count.runs, "run") .. " on pictures of noise, " or "", sys.clock() - began))
  return 0
end
