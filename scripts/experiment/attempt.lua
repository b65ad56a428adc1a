--- mlprun.experiment.attempt - one run of a trial, from its folder to its result.
--
-- spec, which says what the run is: trial (its name), number (the trial's), seed, fn, options, own (those that are this trial's
-- own), data (see pictures.lua), first (whether it is the trial's first one here); of a search: place (its folder), values (what
-- the search tries), judge (see studied.lua), until_epoch (where it waits next).
local core = require "mlprun.core"
local answering = require "mlprun.experiment.answering"
local sys = core.sys
local card = require "mlprun.experiment.card"
local claim = require "mlprun.experiment.claim"
local defer = require "mlprun.base.defer"
local errors = require "mlprun.errors"
local folder = require "mlprun.experiment.folder"
local folds = require "mlprun.experiment.folds"
local going_on = require "mlprun.experiment.going_on"
local leftovers = require "mlprun.experiment.leftovers"
local pictures = require "mlprun.experiment.pictures"
local restarts = require "mlprun.sweep.restarts"
local resume = require "mlprun.experiment.resume"
local run = require "mlprun.experiment.run"
local set_seed = require "mlprun.base.seed"
local words = require "mlprun.base.words"

local attempt = {}

-- How long a run was trained so far.
local function seconds_of(state) return state.keeping and state:seconds() or 0 end

-- Writes down how a run ended when an error or Ctrl-C leaves it.
local function guard(state, on_exit)
  return defer(function(failure)
    if failure ~= nil then
      local why = type(failure) == "string" and errors.sentence(failure) or nil
      -- where that fails the failure says more
      pcall(state.folder.finish, state.folder, sys.signal() and "stopped" or "failed",
        { reason = why, seconds = seconds_of(state) })
    end
    on_exit()
  end)
end

-- What the manifest keeps of it.
local function summary_of(result)
  local kept = {}
  for key, value in pairs(result) do
    if key ~= "history" and key ~= "path" and not core.tensor.is_tensor(value) then kept[key] = value end
  end
  if result.recorded then
    kept.recorded = {}
    for i, entry in ipairs(result.recorded) do
      kept.recorded[i] = { name = entry.name, format = entry.format, value = resume.written(entry.value) }
    end
  end
  return kept
end

local function end_line(name, result, seed)
  if not result.best_epoch then
    return ("%s, seed %d: %s before the %s"):format(name, seed, result.status,
      result.unmeasured and "best weights were measured: their pictures could not be read" or "first epoch was finished")
  end
  return ("%s, seed %d: validation %s at epoch %d of %d, %s%s%s%s"):format(name, seed,
    words.percent(result.val_accuracy), result.best_epoch, result.epochs,
    result.train_accuracy and ("training %s, "):format(words.percent(result.train_accuracy)) or "",
    result.test_accuracy and ("test %s, "):format(words.percent(result.test_accuracy)) or "",
    words.duration(result.seconds), result.status ~= "finished" and " (" .. result.status .. ")"
    or result.ended and (" (ended: %s)"):format(result.ended) or "")
end

--- Where a run leaves its files: below the experiment's folder.
function attempt.place(spec) return spec.place or ("%s/seed-%d"):format(folder.safe_name(spec.trial), spec.seed) end

--- How a run is made, for its folder.
function attempt.manifest(experiment, spec)
  local fold, deal = folds.place(spec.options, spec.seed)
  local manifest = {
    experiment = experiment.name, about = experiment.about, trial = spec.trial, number = spec.number, seed = spec.seed,
    options = spec.own and spec.options or experiment._plain_options, own = spec.own, values = spec.values,
    until_epoch = spec.until_epoch,
    data = pictures.facts(spec.data), fold = fold, deal = deal, classes = spec.data.answers,
  }
  for key, value in pairs(experiment._process) do manifest[key] = value end
  return manifest
end

-- What --resume finds, and says: see resume.look.
local function before_of(spec, path, manifest, progress, claimed)
  if not spec.options.resume then return {} end
  local before = resume.look(path, manifest)
  claimed:hold()
  local function say(what, ...) progress:say(("%s, seed %d: " .. what):format(spec.trial, spec.seed, ...)) end
  local kernels = before.kernels and "; " .. before.kernels or ""
  if before.result and before.epochs then
    local result = before.result
    say("taken over, validation %s: it ended after epoch %d, %s%s%s", words.percent(result.val_accuracy), result.epochs,
      result.epochs < before.epochs and ("before its %d did"):format(before.epochs) or ("for a reason of its own (%s)"):format(
      result.ended), result.schedule and ("; if %s follows their number, a run of %d is another one (without "
      .. "--resume)"):format(result.schedule, spec.options.epochs) or "", kernels)
    resume.adopt(path, spec.options)
  elseif before.result then
    say("taken over, validation %s%s", words.percent(before.result.val_accuracy), kernels)
  elseif before.state then
    say("%s%s", going_on.words(before.state, spec.options.epochs), kernels)
  elseif before.empty then
    say("begins anew: %s, and it had not finished an epoch", before.why)
  elseif before.why ~= "there is none" then
    local aside = leftovers.move_aside(path)
    claimed:follow(aside)
    say("begins anew: %s; what was there is in %s", before.why, aside)
  end
  return before
end

-- What the trial's function gets.
local function run_of(experiment, spec, path, state)
  local o, data = spec.options, spec.data
  local channels = data.all.channels
  function state.file_of(sample)
    local ok, file = pcall(data.all.path, data.all, sample)
    local root = tostring(data.all.root) .. "/"
    if ok and file:sub(1, #root) == root then file = file:sub(#root + 1) end -- the same wherever the pictures lie
    return ok and file or nil
  end
  -- Nothing that differs between equal runs (no times, no number of threads) belongs into the file of the weights.
  function state.about(row, calibration)
    local about = card.of(state.fields, o, experiment._process.script, calibration)
    about.experiment, about.trial, about.seed = experiment.name, spec.trial, ("%d"):format(spec.seed)
    about.epoch, about.val_accuracy = ("%d"):format(row.epoch), ("%.6f"):format(row.val_accuracy)
    return about
  end
  return run.new({
    options = o, values = spec.values or {}, seed = spec.seed, trial = spec.trial, folder = path,
    train = data.train, val = data.val, test = data.test,
    classes = data.classes, num_classes = #data.classes, channels = channels, image_size = o.image_size,
    in_features = channels * o.image_size * o.image_size, writer = state.folder.writer,
  }, state)
end

-- The run's own error, without what an interrupt raises; nil when the trial's function came to its end.
local function error_of(experiment, fn, this)
  if not experiment.options.keep_going then
    fn(this)
    return nil
  end
  local ok, failure = xpcall(fn, function(failure)
    if sys.interrupting() then return failure end
    if failure == nil or type(failure) == "table" and not (getmetatable(failure) or {}).__tostring then
      failure = ("error was called with %s instead of a text"):format(failure == nil and "nothing" or "a table")
    end
    return errors.traced(failure)
  end, this)
  if ok then return nil end
  if sys.interrupting() then error(failure, 0) end
  return failure
end

-- While a run tells how far it is, warnings do not begin in that line.
local function with_warnings_apart(progress)
  local before = warn
  local function own(...)
    progress:clear()
    return before(...)
  end
  warn = own -- luacheck: ignore
  return defer(function()
    if rawequal(warn, own) then warn = before end -- luacheck: ignore
  end)
end

--- A run that another process was at work on, and has come to its end since: its result; nil while it has not.
---@param manifest table   as attempt.manifest gives it
function attempt.of_others(path, manifest)
  if claim.look(path) then return nil end
  local before = resume.look(path, manifest)
  return before.result
end

-- Of a run that another process is at work on, or has taken over: nothing is known of it here.
local function left_alone(spec, path, why, progress)
  progress:say(("%s, seed %d: %s"):format(spec.trial, spec.seed, why))
  return { status = "running", reason = why, seed = spec.seed, path = path, epochs = 0, seconds = 0 }
end

-- Calls fn; where the run was taken over meanwhile, which is no failure of it, who has it now in words.
local function loss_in(experiment, claimed, fn)
  local failure = error_of(experiment, fn)
  if failure and not claimed.lost then error(failure, 0) end
  return failure and claimed.lost
end

-- What a run that ended with an error leaves for the table. at_stop: whether that was when it was asked to stop, and what it had
-- reached is "saved" or "lost"; --resume goes on with it then, as far as it can.
local function failed(state, spec, path, failure)
  local history = state.keeping and state.keeping.history or {}
  local reason, seconds, stops = errors.sentence(failure), seconds_of(state), sys.stop_requested()
  state.progress:say(("%s, seed %d: ended with an error%s: %s"):format(spec.trial, spec.seed,
    stops and " when it was asked to stop" or ", which does not end the experiment",
    errors.text(failure, { colour = errors.colour() })))
  local ending = { reason = reason, seconds = seconds }
  if not stops then state.folder:finish("failed", ending)
  else pcall(state.folder.finish, state.folder, "stopped", ending) end -- where that fails it was said why
  return { status = "failed", reason = reason, seed = spec.seed, path = path, epochs = #history,
           seconds = seconds, at_stop = stops and (state.result and "saved" or "lost") or nil }
end

--- Of a run whose process has ended before the run did: its manifest says that it failed. One that a request to stop ended is
--- left as it is, and so is one that another process has taken over since.
---@param experiment Experiment
---@param spec table
---@param why string
---@return table   the result, as for one that ended with an error
function attempt.lost(experiment, spec, why)
  local path, reason = experiment.folder .. "/" .. attempt.place(spec), why:match("^[^\n]*")
  local claimed = not sys.stop_requested() and claim.take(path, experiment._task or nil)
  if claimed then
    local _ <close> = defer(function() claimed:release() end)
    folder.fail(path, attempt.manifest(experiment, spec), reason, claimed)
  end
  return { status = "failed", reason = reason, seed = spec.seed, path = path, epochs = 0, seconds = 0,
           at_stop = sys.stop_requested() and "lost" or nil }
end

--- Runs a trial's function once.
---@param experiment Experiment
---@param spec table
---@return table       the result, see summary.lua
function attempt.run(experiment, spec)
  local progress = experiment._progress
  local path = experiment.folder .. "/" .. attempt.place(spec)
  local manifest = attempt.manifest(experiment, spec)
  local claimed, held = claim.take(path, experiment._task or nil)
  if not claimed then
    return left_alone(spec, path, ("%s is at work on it: it is left alone"):format(claim.words(held)), progress)
  end
  local counted = experiment._task and restarts.read(path)
  local _ <close> = defer(function() claimed:release() end)
  local before, opened
  local lost = loss_in(experiment, claimed, function()
    before = before_of(spec, path, manifest, progress, claimed)
    if not before.result then opened = folder.open(path, manifest, before.state and before.state.history, claimed) end
  end)
  if lost then return left_alone(spec, path, lost, progress) end
  if before.result then return before.result end
  local state = { folder = opened, resumed = before.state, progress = progress, status = "finished", claim = claimed,
                  first = spec.first,
                  place_in_sweep = (spec.number - 1) * folds.runs(spec.options) + spec.seed - spec.options.seed + 1,
                  fold = manifest.fold, deal = manifest.deal, judge = spec.judge }
  local this = run_of(experiment, spec, path, state)
  local _ <close> = guard(state, function() progress:clear() end)
  local _ <close> = with_warnings_apart(progress)
  collectgarbage() -- the tensors of the run before: their memory is used again, and the system need not clear other pages
  set_seed(spec.seed)
  local failure = error_of(experiment, function(run_)
    local why = experiment._task and restarts.count(path, experiment._task, counted, before.state)
    if why then sys.fail(why) end
    spec.fn(run_)
    if not state.result then sys.fail(("trial '%s' did not train: call run:fit() in its function"):format(spec.trial)) end
  end, this)
  if failure and claimed.lost then
    state.folder:finish("failed") -- closes its files: what the manifest says is its owner's
    return left_alone(spec, path, claimed.lost, progress)
  end
  if failure then return failed(state, spec, path, failure) end
  local result = state.result
  result.seed, result.path = spec.seed, path
  if #state.recorded > 0 then result.recorded = state.recorded end
  lost = loss_in(experiment, claimed, function()
    state.folder:finish(result.status, { result = summary_of(result), classes = answering.names(state.fields.train) })
  end)
  if lost then return left_alone(spec, path, lost, progress) end
  progress:say(end_line(spec.trial, result, spec.seed))
  return result
end

return attempt
