--- mlprun.experiment - ml.experiment { ... }: trials on the same data, with several seeds each, and what they amount to.
--
--   local activity = ml.experiment { name = "dropout", about = "...", options = { p = { 0, 0.5 }, lr = 1e-3 } }
--   for _, p in ipairs(activity.options.p) do
--     activity:trial("dropout=" .. p, function(run) run.model = ...; run.optimizer = ...; run:fit() end)
--   end
--   activity:report()
--
-- Every trial sees the same training and validation pictures (split by --seed) and the same seeds, so that differences
-- between trials are paired. Run k of a trial uses the seed --seed + k - 1 for initial weights, order and augmentation.
local core = require "mlprun.core"
local class = require "mlprun.base.class"
local defer = require "mlprun.base.defer"
local names = require "mlprun.base.names"
local sys = core.sys
local options = require "mlprun.options"
local common = require "mlprun.experiment.common"
local folder = require "mlprun.experiment.folder"
local jobs = require "mlprun.experiment.jobs"
local progress = require "mlprun.experiment.progress"
local resume = require "mlprun.experiment.resume"
local run = require "mlprun.experiment.run"
local show = require "mlprun.experiment.show"
local words = require "mlprun.base.words"

local Experiment = class.new("mlprun.Experiment", { __what = "an experiment" })

-- ---- trials ----

-- Writes down how a run ended when an error or Ctrl-C leaves it.
local function guard(state, on_exit)
  return defer(function(failure)
    if failure ~= nil then
      local why = type(failure) == "string" and failure:match("^[^\n]*") or nil
      state.folder:finish(sys.signal() and "stopped" or "failed", { reason = why })
    end
    on_exit()
  end)
end

local function summary_of(result)
  local kept = {}
  for key, value in pairs(result) do
    if key ~= "correct" and key ~= "history" and key ~= "path" then kept[key] = value end
  end
  return kept
end

local function end_line(name, result, seed)
  if not result.best_epoch then
    return ("%s, seed %d: %s before the first epoch was finished"):format(name, seed, result.status)
  end
  return ("%s, seed %d: validation %s at epoch %d of %d, training %s, %s%s"):format(name, seed,
    words.percent(result.val_accuracy), result.best_epoch, result.epochs, words.percent(result.train_accuracy),
    words.duration(result.seconds), result.status ~= "finished" and " (" .. result.status .. ")" or "")
end

local function open_data(o, given)
  local data = require "mlprun.data"
  local channels = o.channels ~= 0 and o.channels or nil
  local all = given or data.open(o.data, { channels = channels, draft = o.draft })
  local train, val, test = all:split { val = o.val, stratify = true, seed = o.seed }
  return { all = all, train = train, val = val, test = test, classes = all.classes }
end

-- The options of one trial: those of the experiment with the trial's own in front.
local function options_of(self, name, own)
  if not own then return self.options end
  local o = {}
  for key, value in pairs(self.options) do o[key] = value end
  for key, value in pairs(own) do
    if o[key] == nil or key == "data" or key == "seeds" or key == "seed" or key == "out" then
      sys.fail(("trial '%s': '%s' is not an option of a trial%s"):format(name, tostring(key), names.hint(key,
        { "epochs", "patience", "batch_size", "image_size", "channels", "augment" })))
    end
    o[key] = value
  end
  return common.checked(o)
end

-- The pictures with another number of channels, split as the experiment's own are.
local function data_of(self, o)
  if o.channels == self.options.channels or o.channels == self._channels then return self.data end
  local others = self._others
  if not others[o.channels] then others[o.channels] = open_data(o, nil) end
  return others[o.channels]
end

function Experiment:_run(name, seed, fn, own)
  local o = options_of(self, name, own)
  local data = data_of(self, o)
  local path = ("%s/%s/seed-%d"):format(self.folder, folder.safe_name(name), seed)
  local manifest = { experiment = self.name, about = self.about, trial = name, seed = seed,
                     options = own and o or self._plain_options,
                     data = show.data_facts(data), classes = data.classes }
  for key, value in pairs(self._process) do manifest[key] = value end
  local before = o.resume and resume.look(path, manifest) or {}
  if before.result then
    self._progress:say(("%s, seed %d: taken over, validation %s"):format(name, seed,
      before.result.val_accuracy and words.percent(before.result.val_accuracy) or "-"))
    return before.result
  elseif before.state then
    self._progress:say(("%s, seed %d: goes on in epoch %d"):format(name, seed, before.state.epoch))
  elseif before.why and before.why ~= "there is none" then
    self._progress:say(("%s, seed %d: begins anew: %s"):format(name, seed, before.why))
  end
  local state = { folder = folder.open(path, manifest, before.state and before.state.history), resumed = before.state,
                  progress = self._progress, status = "finished" }
  -- Nothing that differs between equal runs (no times, no number of threads) belongs into the file of the weights.
  function state.about(row)
    return { experiment = self.name, trial = name, seed = ("%d"):format(seed), epoch = ("%d"):format(row.epoch),
             val_accuracy = ("%.6f"):format(row.val_accuracy) }
  end
  local channels = data.all.channels
  local this = run.new({
    options = o, seed = seed, trial = name, folder = path, train = data.train, val = data.val, classes = data.classes,
    num_classes = #data.classes, channels = channels, image_size = o.image_size,
    in_features = channels * o.image_size * o.image_size, writer = state.folder.writer,
  }, state)
  local _ <close> = guard(state, function() self._progress:clear() end)
  core.tensor.manual_seed(seed)
  fn(this)
  local result = state.result
  if not result then
    sys.fail(("trial '%s' did not train: call run:fit() in its function"):format(name))
  end
  result.seed, result.path = seed, path
  if #state.recorded > 0 then result.recorded = state.recorded end
  state.folder:finish(result.status, { result = summary_of(result) })
  self._progress:say(end_line(name, result, seed))
  return result
end

-- Decodes the pictures of a run's size once, so that all processes share them.
local function warm(self, o)
  local data = data_of(self, o)
  local key = ("%d/%d"):format(data.all.channels, o.image_size)
  if self._warm[key] then return end
  self._warm[key] = true
  local steps = run.transform(o.image_size, data.all.channels, false)
  local loader = require("mlprun.data").DataLoader(data.all:with(steps),
    { batch_size = 256, workers = sys.threads() > 1 and sys.threads() or 0 })
  for _ in loader:batches() do
    if sys.stop_requested() then return end
  end
end

-- One run in a process of its own, see jobs.lua.
local function start(self, name, seed, fn, own, done)
  warm(self, options_of(self, name, own))
  return self._jobs:start(("%s, seed %d:"):format(name, seed), function(relay, share)
    self._progress = relay
    sys.threads(share)
    self.options.workers = math.min(self.options.workers, share - 1)
    return self:_run(name, seed, fn, own)
  end, done)
end

-- After Ctrl-C: what there is, and out.
function Experiment:_leave()
  self:report()
  io.stdout:flush()
  sys.exit(128 + (sys.signal() or 2))
end

--- Runs fn(run) once per seed. fn sets run.model and run.optimizer, and calls run:fit().
---@param name string   also the name of the trial's folder
---@param fn fun(run: Run)
---@param own? table   options that are different in this trial: epochs, patience, batch_size, image_size, channels,
---  augment or one of the script's own
function Experiment:trial(name, fn, own)
  if type(name) ~= "string" or name == "" then
    sys.fail(("activity:trial: got %s, expected the trial's name"):format(name == "" and "an empty name" or type(name)))
  end
  if type(fn) ~= "function" then
    sys.fail(("activity:trial: got a %s, expected a function that takes a run"):format(type(fn)))
  end
  local safe = folder.safe_name(name)
  if self._taken[safe] then
    sys.fail(self._taken[safe] == name and ("there is a trial '%s' already: give each its own name"):format(name)
      or ("the trials '%s' and '%s' would share the folder '%s': name one of them differently"):format(self._taken[safe],
        name, safe))
  end
  self._taken[safe] = name
  local trial = { name = name, runs = {} }
  self._results.trials[#self._results.trials + 1] = trial
  for k = 1, self.options.seeds do
    local seed = self.options.seed + k - 1
    if self._jobs then
      if not start(self, name, seed, fn, own, function(result) trial.runs[k] = result end) then return self:_leave() end
    else
      trial.runs[k] = self:_run(name, seed, fn, own)
      if trial.runs[k].status == "stopped" then return self:_leave() end
    end
  end
end

--- Prints the table and what it says, and writes results.csv, results.md and pictures into the experiment's folder.
---@param o? { columns: string[], pairs: string[][], conclude: fun(trials: table, found: table): string }
function Experiment:report(o)
  o = options.check(o, { "columns", "pairs", "conclude" }, "activity:report")
  if self._jobs then self._jobs:finish() end
  return show.report(self, o)
end

-- ---- beginning ----

local function check_spec(spec)
  spec = options.check(spec, { "name", "about", "options", "data", "arguments", "order", "help" }, "ml.experiment")
  if type(spec.name) ~= "string" or spec.name == "" then
    sys.fail("ml.experiment: name is missing: expected a short name, which is also the name of its folder")
  end
  if spec.about ~= nil and type(spec.about) ~= "string" then sys.fail("ml.experiment: about is not a text") end
  if spec.options ~= nil and type(spec.options) ~= "table" then
    sys.fail("ml.experiment: options is not a table of names and defaults")
  end
  return spec
end

local experiment = {}

--- Begins an experiment: reads its options from the command line, opens the data and says what will happen.
---@param spec { name: string, about: string, options: table, data: Dataset, arguments: string[], order: string[],
---  help: table<string, string> }
---@return Experiment
function experiment.new(spec)
  spec = check_spec(spec)
  local o = common.read(spec)
  sys.threads(o.threads)
  local plain = {}
  for key, value in pairs(o) do plain[key] = value end
  local self = setmetatable({
    name = spec.name, about = spec.about or "an experiment", options = o, data = open_data(o, spec.data),
    folder = o.out:gsub("/+$", "") .. "/" .. folder.safe_name(spec.name),
    _plain_options = plain, _process = folder.describe_process(), _progress = progress(), _taken = {}, _others = {},
    _results = { name = spec.name, trials = {} }, _began = sys.clock(),
  }, Experiment.__meta)
  self._channels = self.data.all.channels
  local limit = o.jobs == 0 and sys.threads() or o.jobs
  self._jobs, self._warm = limit > 1 and jobs(limit, sys.threads(), self._progress), {}
  sys.make_folder(self.folder)
  show.beginning(self)
  return self
end

require("mlprun.base.public").methods(Experiment)

return experiment
