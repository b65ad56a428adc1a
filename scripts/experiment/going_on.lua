--- mlprun.experiment.going_on - what a run that was stopped needs to go on to the bits of one that was not.
--
-- A run is at one place at a time: in the training of an epoch, behind a step (phase "training", place: step and sums so far);
-- in its validation ("validation", which begins again when the run goes on: place stays behind the last step); or in the
-- measurements behind the last epoch ("measuring", ending: how the epochs ended). The state of the generator of random
-- numbers is that of the place where the run goes on.
local checkpoint = require "mlprun.experiment.checkpoint"
local copies = require "mlprun.optim.copies"
local dice = require "mlprun.base.dice"
local is_module = require("mlprun.nn.module").is_module
local kept = require "mlprun.experiment.kept"
local Optimizer = require "mlprun.optim.optimizer"
local reshape = require "mlprun.experiment.reshape"
local room = require "mlprun.experiment.room"
local settle = require "mlprun.experiment.settle"
local sys = require("mlprun.core").sys

local going_on = {}

-- Whether a run whose epochs ran out has more of them now.
local function is_extended(from, epochs) return from.ending and from.ending.used_up and from.ending.epochs < epochs end

--- What --resume says of a checkpoint.
---@param from table       what checkpoint.load gave
---@param epochs integer   at most, now
function going_on.words(from, epochs)
  if is_extended(from, epochs) then return ("goes on in epoch %d of %d"):format(from.epoch + 1, epochs) end
  if from.phase == "measuring" then return "goes on with the last measurements" end
  return (from.phase == "validation" and "goes on in epoch %d, with its validation" or "goes on in epoch %d"):format(from.epoch)
end

-- Of parameters beside their values, by name: whether they learn, and where a script keeps them (run.zero_grad = false) the
-- gradients that the next step adds to.
local function parameters(f)
  local learns, gradients = {}, not f.zero_grad and {} or nil
  for name, p in f.model:named_parameters() do
    learns[name] = p.requires_grad
    if gradients then gradients[name] = p.grad end
  end
  return { learns = learns, gradients = gradients }
end

local function restore_parameters(f, from)
  for name, p in f.model:named_parameters() do
    if from.learns[name] ~= nil then p:requires_grad_(from.learns[name]) end
    if from.gradients and from.gradients[name] then p.grad = from.gradients[name] end
  end
end

-- The state of a loss that has one: weights that are learned, or of classes.
local function loss_state(f) return is_module(f.criterion) and f.criterion:state_dict() or nil end

-- Everything that going on in this epoch needs.
local function everything(state, epoch)
  local f, best, history = state.fields, state.keeping.best, state.keeping.history
  local left = state.left or { model = f.model:state_dict(), kept = kept.states(state) }
  return {
    phase = state.phase, epoch = epoch, place = state.place, ending = state.ending, last_accuracy = state.last_accuracy,
    history = table.move(history, 1, #history, 1, {}), best_epoch = history.best and history.best.epoch,
    best = best.state, outputs = best.outputs, model = left.model, optimizer = f.optimizer:state_dict(),
    scheduler = f.scheduler and f.scheduler:state_dict(), criterion = loss_state(f), parameters = parameters(f),
    random = state.random or dice.state(), recorded = state.recorded, spread = state.spread, kept = left.kept,
    steps = state.steps, over = state.over, seconds = state:seconds(), made = state.made, lost = state.lost,
  }
end

local function say_all(state, lines)
  local f = state.fields
  for _, line in ipairs(lines) do state.progress:say(("%s, seed %d: %s"):format(f.trial, f.seed, line)) end
end

-- Has `how` write it down, and says what is not in it; of runs that have ended once for each trial, and when they go on. An
-- optimizer of the script's own that has no state_dict cannot go on.
local function write(state, epoch, how)
  local f = state.fields
  settle(state)
  state.claim:hold()
  if not f.optimizer.state_dict then return end
  local lost = kept.lost(state)
  how(f.folder, everything(state, epoch))
  state.saved = sys.clock()
  if not state.used_up or state.first then say_all(state, lost) end
end

local function save(state, epoch) write(state, epoch, checkpoint.save) end

-- Of a run whose epochs ran out, by a thread while it measures: that changes neither the best weights nor the state of an
-- optimizer of the library.
local function begin_to_save(state, epoch)
  if not Optimizer.is_optimizer(state.fields.optimizer) then return state:save(epoch) end
  write(state, epoch, function(path, saved) state.saving = checkpoint.begin(path, saved) end)
end

-- Writes it down when the last time is long ago.
local function save_if_due(state, epoch)
  state.claim:hold(true)
  if sys.clock() - state.saved >= checkpoint.EVERY then state:save(epoch) end
end

-- A phase begins that begins again when it is not finished. The state of a run whose epochs ran out stays, for more of them:
-- they go on from what training left. The model gets the best weights meanwhile, and so does what the script keeps of it.
local function enter(state, phase, epoch)
  state.phase, state.random = phase, dice.state()
  local extends = phase == "measuring" and state.used_up and state.fields.optimizer.state_dict
  if extends then
    state.left = { model = copies.state(state.fields.model:state_dict()), kept = copies.state(kept.states(state)) }
  end
  local stays = extends and room.holds(state.fields.options.keep_last, state.place_in_sweep, everything(state, epoch))
  state.folder.keeps_last = stays
  if stays then begin_to_save(state, epoch) else state:save_if_due(epoch) end
end

-- A line about the run, on standard error: once for each trial.
local function tell(state, line)
  if line and state.first then state.progress:say(("%s: %s"):format(state.fields.trial, line)) end
end

local function seconds(state) return state.seconds_before + sys.clock() - state.began end

--- Gives a run's state what it needs to be saved.
---@param state table
---@param keeping table   best (see best_weights.lua) and history, which the trainer fills
function going_on.prepare(state, keeping)
  state.keeping, state.status, state.phase = keeping, "finished", "training"
  state.began, state.saved, state.seconds_before = sys.clock(), sys.clock(), 0
  state.save, state.save_if_due, state.enter, state.seconds, state.tell = save, save_if_due, enter, seconds, tell
  state.settle = settle
end

-- Puts schedules and other kept objects back; returns what is to be done when the optimizer's state is there: see reshape.lua.
local function restore_schedules(state, from)
  local f, history, later, watched = state.fields, state.keeping.history, {}, {}
  for i, row in ipairs(from.other_epochs and state.schedule and state.schedule.watched and history or {}) do
    watched[i] = state.schedule.watched:value(row)
  end
  local function restore(name, schedule, saved, made)
    if not from.other_epochs or not made then return false end
    local values = rawequal(schedule, f.scheduler) and watched or {}
    later[#later + 1] = { schedule = schedule, set = reshape.restore(name, schedule, saved, made, values) }
    return true
  end
  if f.scheduler and not restore("run.scheduler", f.scheduler, from.scheduler, from.made.scheduler) then
    f.scheduler:load_state_dict(from.scheduler)
  end
  kept.restore(state, from.kept, function(name, schedule, saved)
    return restore(("the schedule '%s'"):format(name), schedule, saved, from.made.kept[name])
  end)
  return later
end

-- Sets the rates of schedules that follow the number of epochs, and says so.
local function follow_epochs(state, from, later, epochs)
  local f = state.fields
  for _, entry in ipairs(later) do
    if entry.set then
      local before, now = entry.set()
      state.progress:say(("%s, seed %d: %s follows the number of epochs, %d so far: it goes on as the one for %d, the rate from "
        .. "%.3g to %.3g; a run of %d epochs from the beginning has other rates until here (leave --resume out for it)"):format(
        f.trial, f.seed, entry.schedule.__name, from.other_epochs, epochs, before, now, epochs))
    end
  end
end

-- A run whose epochs ran out, and that has more of them now, goes on with the next one.
local function extend(state, from)
  say_all(state, from.lost or {})
  state.ending, state.last_accuracy, state.used_up = nil, nil, nil
  return from.epoch + 1
end

--- Puts a saved run back.
---@param epochs integer   at most
---@return integer   the epoch to go on in
function going_on.restore(state, from, stop, epochs)
  local f, best, history = state.fields, state.keeping.best, state.keeping.history
  for i, row in ipairs(from.history) do
    history[i] = row
    stop:update(i, stop.watched:value(row))
  end
  history.best, best.state, best.unwritten = history[from.best_epoch], from.best, true
  best.outputs = from.outputs
  state.best_accuracy, state.place = history.best and history.best.val_accuracy, from.place
  state.ending, state.last_accuracy = from.ending, from.last_accuracy
  if from.ending then state.status, state.reason, state.hint = from.ending.status, from.ending.reason, from.ending.hint end
  state.used_up = from.ending and from.ending.used_up
  f.model:load_state_dict(from.model)
  if from.criterion then f.criterion:load_state_dict(from.criterion) end
  if from.parameters then restore_parameters(f, from.parameters) end
  local later = restore_schedules(state, from)
  f.optimizer:load_state_dict(from.optimizer)
  follow_epochs(state, from, later, epochs)
  for i, entry in ipairs(from.recorded) do state.recorded[i] = entry end
  state.spread = from.spread
  dice.restore(from.random)
  state.seconds_before, state.steps, state.over = from.seconds, from.steps, from.over
  return is_extended(from, epochs) and extend(state, from) or from.epoch
end

return going_on
