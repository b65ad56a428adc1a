--- mlprun.experiment.going_on - what a run that was stopped needs to go on to the bits of one that was not.
--
-- A run is at one place at a time: in the training of an epoch, behind a step (phase "training", place: step and sums so far);
-- in its validation ("validation", which begins again when the run goes on: place stays behind the last step); or in the
-- measurements behind the last epoch ("measuring", ending: how the epochs ended). The state of the generator of random
-- numbers is that of the place where the run goes on.
local core = require "mlprun.core"
local checkpoint = require "mlprun.experiment.checkpoint"
local kept = require "mlprun.experiment.kept"
local sys = core.sys

local going_on = {}

--- What --resume says of a checkpoint.
---@param from table   what checkpoint.load gave
function going_on.words(from)
  if from.phase == "measuring" then return "goes on with the last measurements" end
  return (from.phase == "validation" and "goes on in epoch %d, with its validation" or "goes on in epoch %d"):format(from.epoch)
end

-- Everything that going on in this epoch needs. An optimizer of the script's own that has no state_dict cannot go on.
local function save(state, epoch)
  state.claim:renew()
  local f, best, history = state.fields, state.keeping.best, state.keeping.history
  if not f.optimizer.state_dict then return end
  checkpoint.save(f.folder, {
    phase = state.phase, epoch = epoch, place = state.place, ending = state.ending, last_accuracy = state.last_accuracy,
    history = table.move(history, 1, #history, 1, {}), best_epoch = history.best and history.best.epoch,
    best = best.state, model = f.model:state_dict(), optimizer = f.optimizer:state_dict(),
    scheduler = f.scheduler and f.scheduler:state_dict(), random = state.random or core.tensor.get_rng_state(),
    recorded = state.recorded, kept = kept.states(state), steps = state.steps, over = state.over, seconds = state:seconds(),
  })
  state.saved = sys.clock()
  for _, line in ipairs(kept.lost(state)) do state.progress:say(("%s, seed %d: %s"):format(f.trial, f.seed, line)) end
end

-- The same, when the last one is some time ago.
local function save_if_due(state, epoch)
  state.claim:renew()
  if sys.clock() - state.saved >= checkpoint.EVERY then state:save(epoch) end
end

-- A phase begins that begins again when it is not finished.
local function enter(state, phase, epoch)
  state.phase, state.random = phase, core.tensor.get_rng_state()
  state:save_if_due(epoch)
end

-- A line about the run, on standard error: once for each trial.
local function tell(state, line)
  local f = state.fields
  if line and f.seed == f.options.seed then state.progress:say(("%s: %s"):format(f.trial, line)) end
end

local function seconds(state) return state.seconds_before + sys.clock() - state.began end

--- Gives a run's state what it needs to be saved.
---@param state table
---@param keeping table   best (see best_weights.lua) and history, which the trainer fills
function going_on.prepare(state, keeping)
  state.keeping, state.status, state.phase = keeping, "finished", "training"
  state.began, state.saved, state.seconds_before = sys.clock(), sys.clock(), 0
  state.save, state.save_if_due, state.enter, state.seconds, state.tell = save, save_if_due, enter, seconds, tell
end

--- Puts a saved run back.
---@return integer   the epoch to go on in
function going_on.restore(state, from, stop)
  local f, best, history = state.fields, state.keeping.best, state.keeping.history
  for i, row in ipairs(from.history) do
    history[i] = row
    stop:update(i, stop.watched:value(row))
  end
  history.best, best.state, best.unwritten = history[from.best_epoch], from.best, from.best_epoch ~= nil
  state.best_accuracy, state.place = history.best and history.best.val_accuracy, from.place
  state.ending, state.last_accuracy = from.ending, from.last_accuracy
  if from.ending then state.status, state.reason, state.hint = from.ending.status, from.ending.reason, from.ending.hint end
  f.model:load_state_dict(from.model)
  f.optimizer:load_state_dict(from.optimizer)
  if f.scheduler then f.scheduler:load_state_dict(from.scheduler) end
  kept.restore(state, from.kept)
  for i, entry in ipairs(from.recorded) do state.recorded[i] = entry end
  core.tensor.set_rng_state(from.random)
  state.seconds_before, state.steps, state.over = from.seconds, from.steps, from.over
  return from.epoch
end

return going_on
