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
-- With --folds each run has a fold of its own for validation, see folds.lua.
local sys = require("mlprun.core").sys
local account = require "mlprun.experiment.account"
local attempt = require "mlprun.experiment.attempt"
local beginning = require "mlprun.experiment.beginning"
local class = require "mlprun.base.class"
local common = require "mlprun.experiment.options"
local console = require "mlprun.experiment.console"
local defer = require "mlprun.base.defer"
local ending = require "mlprun.experiment.ending"
local fields = require "mlprun.experiment.fields"
local foresight = require "mlprun.experiment.foresight"
local gather = require "mlprun.sweep.gather"
local folder = require "mlprun.experiment.folder"
local folds = require "mlprun.experiment.folds"
local hparams = require "mlprun.experiment.hparams"
local incomplete = require "mlprun.experiment.incomplete"
local jobs = require "mlprun.experiment.jobs"
local leftovers = require "mlprun.experiment.leftovers"
local mistakes = require "mlprun.experiment.mistakes"
local names = require "mlprun.base.names"
local options = require "mlprun.options"
local part = require "mlprun.sweep.part"
local pictures = require "mlprun.experiment.pictures"
local plan = require "mlprun.sweep.plan"
local progress = require "mlprun.experiment.progress"
local queue = require "mlprun.sweep.queue"
local room = require "mlprun.experiment.room"
local searching = require "mlprun.experiment.searching"
local set_seed = require "mlprun.base.seed"
local slurm = require "mlprun.sweep.slurm"

local Experiment = class.new("mlprun.Experiment", { __what = "an experiment" })

-- ---- trials ----

-- What is the same for all runs of a call, or of all calls that share a plan.
local COMMON = { data = true, val = true, test = true, folds = true, group = true, seeds = true, seed = true, split_seed = true,
                 out = true, cpu = true, plan = true, runs = true, shard = true, train = true, task = true, restarts = true,
                 on = true, slurm = true, pack = true, parallel = true }

-- The options of one trial: those of the experiment with the trial's own in front.
local function options_of(self, name, own)
  if not own then return self.options end
  local o = {}
  for key, value in pairs(self.options) do o[key] = value end
  for key, value in pairs(own) do
    if o[key] == nil or COMMON[key] then
      sys.fail(("trial '%s': '%s' is not an option of a trial%s"):format(name, tostring(key), names.hint(key,
        { "epochs", "patience", "batch_size", "image_size", "channels", "augment" })))
    end
    o[key] = value
  end
  setmetatable(o, getmetatable(self.options)) -- a name that is no option is an error here too
  return common.checked(o)
end

-- The pictures of the run with a seed; with another number of channels split as the experiment's own are.
local function data_of(self, o, seed)
  local data, others = self.data, self._others
  if o.channels ~= self.options.channels and o.channels ~= self._channels then
    others[o.channels] = others[o.channels] or pictures.open(o, nil, data.grouping)
    data = others[o.channels]
  end
  return folds.of(data, o, seed)
end

-- What a run is, see attempt.lua.
local function spec_of(self, name, seed, fn, own, first)
  local o = options_of(self, name, own)
  local number = self._numbers[name]
  return { trial = name, number = number, seed = seed, fn = fn, options = o, own = own,
           values = self._results.trials[number].values, data = data_of(self, o, seed), first = first }
end

-- One run, here.
local function run_here(self, name, ...)
  self._inside = name
  local _ <close> = defer(function() self._inside = false end)
  return attempt.run(self, spec_of(self, name, ...))
end

-- Decodes the pictures of a run's size before the first process begins.
local function warm(self, o, seed)
  local data = data_of(self, o, seed)
  local key = ("%d/%d"):format(data.all.channels, o.image_size)
  if self._warm[key] then return end
  self._warm[key] = true
  pictures.decode(data, o.image_size)
end

-- Makes this process, which is one of several, train with its share of the threads.
local function share_threads(self, relay, share)
  self._progress = relay
  sys.threads(share)
  self.options.workers = math.min(self.options.workers, share - 1)
end

-- One run in a process of its own, see jobs.lua.
local function start(self, done, name, seed, fn, own, first)
  warm(self, options_of(self, name, own), seed)
  return self._jobs:start(("%s, seed %d:"):format(name, seed), function(relay, share)
    share_threads(self, relay, share)
    return run_here(self, name, seed, fn, own, first)
  end, done, function(why) return attempt.lost(self, spec_of(self, name, seed, fn, own, first), why) end)
end

-- What the status of this process tells, see incomplete.lua.
local function note(self, trial, k, result) incomplete.note(("%s/%s/%d"):format(self.folder, trial.name, k), result) end

-- A run has come to its end.
local function take(self, trial, k, result)
  trial.runs[k] = result
  if self._part.does == "train" then room.tidy(trial, self.options.keep) end -- a better seed may be trained elsewhere
  note(self, trial, k, result)
end

-- A run that this process does not train: it is planned, or was trained elsewhere.
local function without_training(self, trial, k, number, ...)
  local spec = spec_of(self, trial.name, ...)
  local place, manifest = attempt.place(spec), attempt.manifest(self, spec)
  if self._plan then self._plan:add(number, manifest, place) end
  if not self._gather then return end
  local result = self._gather:take(number, self.folder .. "/" .. place, manifest)
  if self._part.does == "gather" then take(self, trial, k, result) end
end

-- Run k of a trial, as far as this process is asked for it; false after a request to stop.
local function go_through(self, trial, k, ...)
  local asked = self._part
  local number, wanted = asked:next()
  if self._plan or self._gather then
    without_training(self, trial, k, number, ...)
    return not sys.stop_requested()
  end
  if not wanted then return true end
  local first = trial.begun == nil
  trial.begun = true
  if asked.does == "some" then
    local spec = spec_of(self, trial.name, ...)
    plan.check(self.folder, number, attempt.manifest(self, spec))
  end
  local function done(result)
    take(self, trial, k, result)
    asked:ended(number, result)
  end
  local seed, fn, own = ...
  if self._jobs then return start(self, done, trial.name, seed, fn, own, first) end
  done(run_here(self, trial.name, seed, fn, own, first))
  return trial.runs[k].status ~= "stopped" and not trial.runs[k].at_stop
end

-- After Ctrl-C or another signal: out, with what there is.
local function leave()
  local _, status = sys.signal()
  io.stdout:flush()
  sys.exit(status or 130)
end

function Experiment:_leave()
  self:report()
  leave()
end

-- A script that goes on with results has come to its end where there are none.
function Experiment:_stop_before_answers()
  local why = self._plan and "nothing was trained" or self._part.option .. " trains a part of the runs"
  if not self._reported then sys.fail(("activity:answers: %s: call activity:report() before it"):format(why)) end
  io.stderr:write(("%s: the script ends before activity:answers\n"):format(why))
  io.stdout:flush()
  sys.exit(sys.exit_status())
end

-- The options of a trial's own, with those of the experiment's that are among its values; a list is what trials take theirs from.
local function own_of(self, values, own)
  local all = {}
  for key, value in pairs(values or {}) do
    local option = self._plain_options[key]
    if option ~= nil and type(option) ~= "table" and not COMMON[key] then all[key] = value end
  end
  if next(all) == nil then return own end
  for key, value in pairs(own or {}) do all[key] = value end
  return all
end

-- Runs fn(run) with `count` seeds, from the first one on. Returns the trial.
local function run_trial(self, name, values, fn, own, first, count)
  local safe = folder.safe_name(name)
  if self._taken[safe] then
    sys.fail(self._taken[safe] == name and ("there is a trial '%s' already: give each its own name"):format(name)
      or ("the trials '%s' and '%s' would share the folder '%s': name one of them differently"):format(self._taken[safe],
        name, safe))
  end
  self._taken[safe] = name
  local trial = { name = name, runs = {}, own = own, values = values }
  self._numbers[name] = #self._results.trials + 1
  self._results.trials[self._numbers[name]] = trial
  for k = 1, count do
    if not go_through(self, trial, k, first + k - 1, fn, own) then return self:_leave() end
  end
  return trial
end

-- Nothing begins inside a run.
local function check_outside(self, who, what)
  if self._inside then
    sys.fail(("%s: %s begins inside trial '%s': write it behind the first one"):format(who, what, self._inside))
  end
end

--- Runs fn(run) once per seed. fn sets run.model and run.optimizer, and calls run:fit().
---@param name string   also the name of the trial's folder
---@param values? table   what this trial sets: { p = 0.5, init = "he" }; run.values has it, its manifest, `mlprun runs` and
---  TensorBoard's table of runs; the name of an option gives that option this value
---@param fn fun(run: Run)
---@param own? table   options that are different in this trial: epochs, patience, batch_size, image_size, channels,
---  augment or one of the script's own
function Experiment:trial(name, values, fn, own)
  if type(values) == "function" then values, fn, own = nil, values, fn end
  if type(name) ~= "string" or name == "" then
    sys.fail(("activity:trial: got %s, expected the trial's name"):format(name == "" and "an empty name" or type(name)))
  end
  if not utf8.len(name) then
    sys.fail(("activity:trial: the name %q is not UTF-8, which tables, pages and event files need"):format(name))
  end
  if type(fn) ~= "function" then
    sys.fail(("activity:trial: got a %s, expected a function that takes a run"):format(type(fn)))
  end
  if values ~= nil and type(values) ~= "table" then
    sys.fail(("activity:trial: got a %s, expected what trial '%s' sets: { p = 0.5 }"):format(type(values), name))
  end
  hparams.check(values or {}, name)
  own = own_of(self, values, own)
  check_outside(self, "activity:trial", ("'%s'"):format(name))
  run_trial(self, name, values, fn, own, self.options.seed, folds.runs(self.options))
end

--- Looks for the best values of some hyperparameters. Then the best ones and the baseline are trained again with fresh seeds, as
--- two trials, which the report compares.
---@param o table   what fields.lua lists
function Experiment:search(o)
  check_outside(self, "activity:search", "a search")
  if self._results.search then sys.fail("activity:search: there was a search already: an experiment has one") end
  if self._part.does ~= "train" then
    sys.fail("activity:search: which trials there are is not known before: processes share a search with --resume, not with "
      .. "--plan, --runs, --shard or --no-train")
  end
  if self.options.folds > 0 then
    sys.fail("activity:search: its trials are judged by the same validation pictures: leave --folds out; --test=0.2 keeps "
      .. "pictures for the two trials behind it")
  end
  local asked = searching.plan(o, self.options)
  console.entry("search", searching.words(asked))
  print()
  local study, done = searching.run(self, asked, function() warm(self, self.options) end, share_threads)
  self._results.search = { study = study, again = false }
  if not done then return self:_leave() end
  local trials = study:look()
  local best = study.best(trials)
  if not best then return end
  local function again(name, values)
    return run_trial(self, name, values, function(run) return asked.train(run, values) end, nil,
      self.options.seed + asked.seeds, asked.confirm)
  end
  again(asked.named and "baseline" or "middle of the space", asked.baseline)
  self._results.search.again = again(("best of %d"):format(#trials), best.values)
end

--- What the best weights of a run answered for the pictures that judge: tensors labels, predictions, samples (positions in
--- activity.data.all) and scores (n x classes), a ConfusionMatrix confusion, lists: wrong (sample, label, prediction, sure;
--- the surest first) and confused (label, prediction, count, share of the label's pictures; most often first); its seed, and
--- runs, how many there are in confusion and confused. Without a seed the rest is of the trial's run with the highest
--- validation accuracy, and confusion and confused are of all its runs together, as the page has them.
---@param trial string   its name
---@param seed? integer
---@return table
function Experiment:answers(trial, seed)
  if self._jobs then self._jobs:finish() end
  if self._plan or self._part.does == "some" then self:_stop_before_answers() end
  local given, best = {}, nil
  for _, one in ipairs(self._results.trials) do
    for _, run in ipairs(one.runs) do
      if one.name == trial and (not seed or run.seed == seed) and run.best_epoch then
        local answers = mistakes.read(run.path, self.data.answers)
        answers.seed = run.seed
        given[#given + 1] = answers
        if not best or run.val_accuracy > best.val_accuracy then best = { val_accuracy = run.val_accuracy, of = answers } end
      end
    end
  end
  if best then return mistakes.together(best.of, given, self.data.answers) end
  sys.fail(("activity:answers: no run of '%s'%s finished an epoch"):format(tostring(trial),
    seed and " with seed " .. tostring(seed) or ""))
end

-- Looks again at the runs that other processes were at work on; returns how many still are at work.
local function look_again(self)
  local left = 0
  for _, trial in ipairs(self._results.trials) do
    for k, run in pairs(trial.runs) do
      if run.status == "running" then
        local spec = spec_of(self, trial.name, run.seed, nil, trial.own)
        local result = attempt.of_others(run.path, attempt.manifest(self, spec))
        note(self, trial, k, result or run)
        if result then
          trial.runs[k] = result
          self._progress:say(("%s, seed %d: has come to its end meanwhile and is taken over"):format(trial.name, run.seed))
        else
          left = left + 1
        end
      end
    end
  end
  return left
end

--- Prints the table and what it says, and writes results.csv, results.md and pictures into the experiment's folder.
---@param o? table   what fields.lua lists
function Experiment:report(o)
  o = options.check(o, fields.names(fields.report), "activity:report")
  if self._jobs then self._jobs:finish() end
  self._progress:clear()
  self._reported = true
  if self._plan then console.entry("plan", self._plan:write(queue.runs(self.folder))) end
  if self._part.does == "submit" then self._slurm:hand_over(self._gather.numbers, self._part.count)
  elseif self._plan then console.entry("", "--runs=1,3-5 or --shard=1/4 in place of --plan trains a part of them")
  elseif self._part.does == "some" then
    console.entry("trained", self._part:words(select(3, sys.signal()), incomplete.saved(self.folder)))
  elseif self._gather and self._gather:is_empty() then console.paragraphs(self._gather:lines())
  elseif self._gather then ending(self, self._results, o, { missing = self._gather:lines(), gathered = self._gather.read })
  else ending(self, self._results, o, { at_work = look_again(self) }) end
  if sys.stop_requested() then leave() end -- while the last runs were at work side by side
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
  foresight.check((rawget(_G, "arg") or {})[0])
  sys.threads(o.threads)
  local plain = {}
  for key, value in pairs(o) do plain[key] = value end
  local self = setmetatable({
    name = spec.name, about = spec.about or "an experiment", options = o, data = pictures.open(o, spec.data),
    folder = o.out:gsub("/+$", "") .. "/" .. folder.safe_name(spec.name),
    _plain_options = plain, _process = folder.describe_process(), _progress = progress { curve = o.curve },
    _taken = {}, _numbers = {}, _others = {},
    _results = { name = spec.name, trials = {} }, _began = sys.clock(), _inside = false, _part = part(o),
    _task = o.task ~= "" and { name = o.task, restarts = o.restarts },
  }, Experiment.__meta)
  local does = self._part.does
  self._plan = (does == "plan" or does == "submit") and plan(self.folder)
  self._gather = (does == "gather" or does == "submit") and gather()
  self._slurm = does == "submit" and slurm(self)
  self._channels = self.data.all.channels
  local limit = (self._plan or self._gather) and 1 or o.jobs == 0 and sys.threads() or o.jobs
  self._jobs, self._warm = limit > 1 and jobs(limit, sys.threads(), self._progress, o.keep_going), {}
  sys.make_folder(self.folder)
  if does == "train" then -- others may be at work in it otherwise, on other machines
    account.begin(self)
    leftovers.remove_unfinished(self.folder)
  end
  set_seed(o.split_seed) -- what a script draws before its runs is the same wherever they are trained
  beginning(self)
  return self
end

require("mlprun.base.public").methods(Experiment)

return experiment
