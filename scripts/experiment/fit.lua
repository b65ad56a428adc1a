--- mlprun.experiment.fit - the training loop of an experiment: what run:fit does.
--
-- Each epoch goes once through the training pictures and then measures the validation pictures. The weights of the epoch
-- that is best by what is watched (watch.lua) are kept in memory, written to best.safetensors, and are in the model at the end.
-- With `epoch = function(epoch) ... end` the script goes through the epoch and returns what it measured.
-- A row of the history has epoch, train_loss and train_accuracy (of the batches as they were trained on, with dropout at
-- work), val_loss, val_accuracy, seconds, and lr where the optimizer has one.
-- Ctrl-C ends the current step; a loss or a gradient that is no number ends the run, before the weights are touched (see
-- nonfinite.lua). Either way what was reached is kept: where no epoch was finished, the last finite weights. With --resume a
-- run goes on where it was, see going_on.lua.
local defer = require "mlprun.base.defer"
local sys = require("mlprun.core").sys
local options = require "mlprun.options"
local answering = require "mlprun.experiment.answering"
local best_weights = require "mlprun.experiment.best_weights"
local doubts = require "mlprun.experiment.doubts"
local evaluate = require "mlprun.experiment.evaluate"
local gallery = require "mlprun.experiment.gallery"
local going_on = require "mlprun.experiment.going_on"
local hooks = require "mlprun.experiment.hooks"
local hparams = require "mlprun.experiment.hparams"
local judged = require "mlprun.experiment.judged"
local kept = require "mlprun.experiment.kept"
local limits = require "mlprun.experiment.limits"
local measuring = require "mlprun.experiment.measuring"
local nonfinite = require "mlprun.experiment.nonfinite"
local precheck = require "mlprun.experiment.precheck"
local recording = require "mlprun.experiment.recording"
local reshape = require "mlprun.experiment.reshape"
local schedule = require "mlprun.experiment.schedule"
local spread = require "mlprun.experiment.spread"
local stopping = require "mlprun.experiment.stopping"
local training = require "mlprun.experiment.training"
local watch = require "mlprun.experiment.watch"
local words = require "mlprun.base.words"

local EVALUATION_BATCH = 64 -- batches wait for the collector: small ones keep the memory low
local WRITE_EVERY = 5 -- seconds between two writes of the best weights; the last ones are always written

-- ---- checks ----

local function check_run(state)
  local fields = state.fields
  if state.result then
    sys.fail("run:fit: this run was trained already: a run is one training. A longer one is the same experiment with more "
      .. "epochs, which resume makes go on from here; another model is another activity:trial; run:evaluate() measures this one")
  elseif state.stop then
    sys.fail("run:fit: this run is being trained: a function that it calls cannot train it too")
  end
  if fields.model == nil then sys.fail("run:fit: run.model is not set: assign the model, such as nn.Sequential { ... }") end
  if fields.optimizer == nil then
    sys.fail("run:fit: run.optimizer is not set: assign it, such as optim.Adam(run.model:parameters(), { lr = 1e-3 })")
  end
end

local function whole(value, who, name, least)
  if math.type(value) ~= "integer" or value < least then
    sys.fail(("%s: %s is %s, expected a whole number of at least %d"):format(who, name, words.value(value), least))
  end
end

-- ---- the run ----

-- Functions of the script in a transform can run in its own thread alone.
local function tell_of_workers(state, loader)
  if loader.workers < state.fields.options.workers then
    state:tell(("training pictures are made one after the other, without the %d threads of --workers: augment.Lambda is a "
      .. "function of the script"):format(state.fields.options.workers))
  end
end

local function make_loaders(state)
  local data = require "mlprun.data"
  local f, o = state.fields, state.fields.options
  return {
    train = data.DataLoader(f.train:with(f.train_transform),
      { batch_size = o.batch_size, shuffle = not f.sampler, sampler = f.sampler, seed = f.seed, workers = o.workers,
        drop_last = precheck.drop_last(state, #(f.sampler or f.train)) }),
    val = data.DataLoader(f.val:with(f.val_transform),
      { batch_size = EVALUATION_BATCH, seed = f.seed, workers = o.workers }),
    test = f.test and data.DataLoader(f.test:with(f.val_transform),
      { batch_size = EVALUATION_BATCH, seed = f.seed, workers = o.workers }),
    check = data.DataLoader(f.train:with(f.val_transform),
      { batch_size = EVALUATION_BATCH, seed = f.seed, workers = o.workers }),
  }
end

local function rate_of(optimizer)
  local groups = type(optimizer) == "table" and optimizer.param_groups
  return groups and groups[1] and groups[1].lr or nil
end

-- One row of the history; false when the run ended before the epoch did.
local function epoch_row(state, loaders, epoch, progress)
  local f, began = state.fields, sys.clock()
  state.phase = "training"
  local loss, accuracy, status, reason, hint = training.epoch(state, loaders.train, epoch, progress)
  if not status then state:enter("validation", epoch) end
  local val = not status and evaluate.outputs(f.model, f.criterion, loaders.val, false, true) or nil
  state.outputs = val
  if not val then
    state.status, state.reason, state.hint = status or "stopped", reason, hint
    if state.status == "stopped" then state:save(epoch) end
    return false
  end
  if val.loss - val.loss ~= 0 then
    state.place, state.random = nil, nil
    local name = nonfinite.parameter(f.model)
    state.status, state.hint = "diverged", "lower the learning rate or clip the gradients"
    state.reason = ("the validation loss became %s in epoch %d: %s"):format(nonfinite.word(val.loss), epoch,
      name and ("the parameter %s is not finite any more"):format(name)
        or "the weights are finite, what the layers make of the validation pictures is not")
    return false
  end
  return {
    epoch = epoch, train_loss = loss, train_accuracy = accuracy, val_loss = val.loss, val_accuracy = val.accuracy,
    seconds = sys.clock() - began, lr = rate_of(f.optimizer),
  }
end

local OWN_ROW = { "train_loss", "train_accuracy", "val_loss", "val_accuracy" }
local IS_SHARE = { train_accuracy = true, val_accuracy = true }
local ROUNDING = 1e-6 -- of a mean of batches

-- Refuses a number of such a row that can be no share.
local function check_share(name, value)
  if value >= -ROUNDING and value <= 1 + ROUNDING then return end
  local percent = value > 1 and value <= 100 and (": %s percent are %.6g"):format(words.value(value), value / 100) or ""
  sys.fail(("run:fit: %s of what epoch returned is %s, expected the share that was right, from 0 to 1%s"):format(name,
    words.value(value), percent))
end

-- The row of an epoch that the script's own loop went through.
local function own_row(state, loop, epoch)
  local began, given = sys.clock(), loop(epoch)
  if type(given) ~= "table" then
    sys.fail(("run:fit: epoch returned a %s, expected a table of %s"):format(type(given), words.list(OWN_ROW)))
  end
  options.check(given, OWN_ROW, "what epoch returns")
  local row = { epoch = epoch, seconds = sys.clock() - began, lr = rate_of(state.fields.optimizer) }
  for _, name in ipairs(OWN_ROW) do
    row[name] = given[name]
    if type(row[name]) ~= "number" then
      sys.fail(("run:fit: %s of what epoch returned is %s"):format(name, words.no_number(row[name])))
    elseif row[name] - row[name] ~= 0 then
      state.status, state.hint = "diverged", "lower the learning rate or clip the gradients"
      state.reason = ("%s became %s in epoch %d"):format(name, nonfinite.word(row[name]), epoch)
      return false
    end
    if IS_SHARE[name] then check_share(name, row[name]) end
  end
  return row
end

local function wants_histograms(f) return f.histograms == nil and f.options.histograms or f.histograms end

-- Every parameter, and its last gradient, as histograms for TensorBoard where they are asked for; epoch 0 is before the first
-- step. One that cannot be drawn (a run that is about to break has numbers of 1e30) is left out, which a text says.
local function log_histograms(state, epoch)
  local f, writer = state.fields, state.folder.writer
  if not wants_histograms(f) then return end
  local function add(tag, values)
    local ok, why = pcall(writer.add_histogram, writer, tag, values, epoch)
    if not ok then writer:add_text("histograms left out", tostring(why), epoch) end
  end
  local some = epoch == 0
  for name, p in f.model:named_parameters() do
    add("parameters/" .. name, p:detach())
    if p.grad then
      some = true
      add("gradients/" .. name, p.grad)
    end
  end
  if not some then -- a checkpoint of an epoch's last step does not hold them
    writer:add_text("histograms left out", "no parameter had a gradient when the epoch was measured", epoch)
  end
end

-- What run:record left so far is none of the next epoch's numbers.
local function set_apart(recorded)
  for _, entry in ipairs(recorded) do entry.anew = nil end
end

-- What stands before the first epoch: once, so not where a run goes on.
local function begin_records(state)
  set_apart(state.recorded)
  hparams.write(state.folder.writer, state.fields, state.fields.values)
  log_histograms(state, 0)
  if wants_histograms(state.fields) then state.spread = spread.of(state.fields.model) end
end

-- How many epochs, with how much patience, what is watched, and the script's own loop, if it has one.
local function read_options(o, f)
  o = options.check(o, { "epochs", "patience", "epoch" }, "run:fit")
  local epochs, patience = o.epochs or f.options.epochs, o.patience or f.options.patience
  whole(epochs, "run:fit", "epochs", 1)
  whole(patience, "run:fit", "patience", 0)
  if o.epoch ~= nil and type(o.epoch) ~= "function" then
    sys.fail(("run:fit: epoch is %s, expected a function that goes through an epoch"):format(words.value(o.epoch)))
  end
  if o.epoch and f.options.max_steps > 0 then
    sys.fail("run:fit: --max_steps counts the steps of the usual loop, not of the script's own: pass --epochs or --max_time")
  end
  return { epochs = epochs, patience = patience, loop = o.epoch }
end

-- What decides which epoch is best: run.monitor, or --monitor with --mode.
local function watched_by(f)
  local name, mode = f.monitor or f.options.monitor, f.monitor_mode or f.options.mode
  local field, why = watch.problem(name, mode)
  if field then
    local what = field == "monitor" and (f.monitor and "run.monitor" or "--monitor")
      or f.monitor_mode and "run.monitor_mode" or "--mode"
    sys.fail(("run:fit: %s is %s, %s"):format(what, words.value(field == "mode" and mode or name), why))
  end
  return watch(name, mode)
end

-- Whether the number that is watched will be there.
local function check_watched(state, watched, loop)
  local f, functions, there = state.fields, { loop }, {}
  for _, event in ipairs { "step", "backward", "epoch" } do
    for _, hook in ipairs(state.hooks[event]) do functions[#functions + 1] = hook end
  end
  for _, name in ipairs { "criterion", "batch_transform" } do
    if type(f[name]) == "function" then functions[#functions + 1] = f[name] end
  end
  for i, entry in ipairs(state.recorded) do there[i] = entry.name end
  table.move(state.announced, 1, #state.announced, #there + 1, there)
  watched:expect(recording.of(functions, there, { state.run, f.model }))
end

local function end_of_epoch_hooks(state, row)
  if hooks.call(state, "epoch", row.epoch, row) then
    limits.stop(state, ("a function at \"epoch\" returned false after epoch %d"):format(row.epoch))
  end
end

-- Writes the row of an epoch down. Where that fails the run is saved as it was before its validation, if it is the usual
-- loop that trains it: weights, optimizer and schedule are still those of that place.
local function write_down(state, row)
  local ok, why = pcall(state.folder.add_epoch, state.folder, row)
  if not ok and state.place then
    local saved, again = pcall(state.save, state, row.epoch)
    why = why .. (saved and ("; the run is saved: --resume goes on in epoch %d, with its validation"):format(row.epoch)
      or "; nor could the run be saved: " .. again)
  end
  if not ok then error(why, 0) end
  set_apart(state.recorded)
  state.place, state.random = nil, nil
end

-- Writes an epoch down and keeps its weights where they are the best so far. Returns whether patience has run out.
local function end_epoch(state, row, best, history, stop)
  local f, early = state.fields, stop.watched.recorded -- what a hook records has to be there before it is looked at
  for _, measure in ipairs(state.measures) do measure(row) end
  if wants_histograms(f) then
    row.parameters = spread.of(f.model)
    if row.epoch == 1 then row.parameters_before = state.spread end
  end
  if early then end_of_epoch_hooks(state, row) end
  stop.watched:take(row, state.recorded)
  write_down(state, row)
  history[row.epoch] = row
  state.progress:ended(row)
  log_histograms(state, row.epoch)
  if state.outputs and gallery.is_due(f, row.epoch) then
    gallery.log(state.folder.writer, "val", f.val, answering.names(f.val), evaluate.read(state.outputs, f.val), row.epoch)
  end
  schedule.end_epoch(state.schedule, row)
  local improved, enough = stop:update(row.epoch, stop.watched:value(row))
  if improved then
    history.best, state.best_accuracy = row, row.val_accuracy
    best:keep(f.model, not hooks.any(state) and state.outputs or nil) -- a hook may change the net, or the loss
    if sys.clock() - best.written >= WRITE_EVERY then best:write(state.folder, state.about(row)) end
  end
  if not early then end_of_epoch_hooks(state, row) end
  return enough
end

local function tell_why_it_broke(state, history, progress)
  local f = state.fields
  progress:say(("%s, seed %d: stopped because %s; %s (%s)"):format(f.trial, f.seed, state.reason, state.hint,
    history.best and ("the weights of epoch %d are kept: %s"):format(history.best.epoch,
      words.percent(history.best.val_accuracy)) or "no epoch was finished: the weights before it are kept"))
end

-- Whether a search has other trials try first.
local function has_to_wait(state, plan, history)
  local waits = state.judge and #history > 0 and #history < plan.epochs and state.judge(history)
  if not waits then return false end
  state.status, state.phase = waits, "training"
  state:save(#history + 1)
  return true
end

-- Goes through the epochs from `first` on, until the last one or what ends the run before.
local function go_through(state, first, plan, loaders, keeping, stop)
  if has_to_wait(state, plan, keeping.history) then return end -- it was killed before that was written down
  local taken = schedule.taken(state.schedule)
  for epoch = first, plan.epochs do
    local row
    if plan.loop then row = own_row(state, plan.loop, epoch)
    else row = epoch_row(state, loaders, epoch, state.progress) end
    if not row then return end
    local enough = end_epoch(state, row, keeping.best, keeping.history, stop)
    if epoch == first then state:tell(schedule.forgotten(state.schedule, taken, epoch)) end
    if enough then limits.stop(state, stop:reason()) end
    if limits.after_epoch(state, epoch) then return end
    state.used_up = epoch == plan.epochs
    if has_to_wait(state, plan, keeping.history) then return end
    if plan.loop and not state.used_up then -- the script's own loop does neither; behind the last epoch the measuring does
      if sys.stop_requested() then
        state.status = "stopped"
        state:save(epoch + 1)
        return
      end
      state:save_if_due(epoch + 1)
    end
  end
end

return function(state, o)
  check_run(state)
  local f = state.fields
  local plan, watched = read_options(o, f), watched_by(f)
  local keeping = { best = best_weights(), history = {} }
  local _ <close> = defer(function() -- nothing is written behind the run
    pcall(keeping.best.settle, keeping.best)
    if state.settle then pcall(state.settle, state) end
  end)
  check_watched(state, watched, plan.loop)
  going_on.prepare(state, keeping)
  precheck.look(state)
  judged.check(f)
  answering.check(f)
  local loaders, stop, first = make_loaders(state), stopping(plan.patience, watched, f.options.min_delta), 1
  tell_of_workers(state, loaders.train)
  state.schedule = schedule.of(f, watched, plan.epochs, not plan.loop and #loaders.train or nil)
  local best, history = keeping.best, keeping.history
  kept.begin(state, plan.loop)
  state.folder:describe(f)
  state.limits, state.steps, state.stop = limits.of(f.options), 0, stop
  state.made = { scheduler = reshape.made(f.scheduler), kept = kept.made(state) }
  if state.resumed then first = going_on.restore(state, state.resumed, stop, plan.epochs) else begin_records(state) end
  if next(best.state) == nil then best:keep(f.model) end -- for a run that breaks before its first epoch ends
  local before = sys.graceful(true)
  local _ <close> = defer(function() sys.graceful(before) end)
  state:tell(schedule.words(state.schedule))
  local misfits, never = schedule.mismatches(state.schedule)
  for _, line in ipairs(misfits) do state:tell(line) end
  for _, line in ipairs(never) do doubts.say(state, "%s", line) end
  state:tell(evaluate.weigher_words(f.criterion))
  if not f.optimizer.state_dict then
    state:tell("run.optimizer has no state_dict, so that nothing can be saved to go on from: --resume begins a stopped run anew")
  end
  state.progress:begin(("%s, seed %d:"):format(f.trial, f.seed), plan.epochs)
  local is_over = state.ending or state.over and not state.place -- an epoch that was cut short is still validated
  if not is_over then go_through(state, first, plan, loaders, keeping, stop) end
  f.history = history
  local result = measuring.conclude(state, best, history, loaders)
  best:settle()
  state:settle()
  result.seconds = state:seconds()
  state.result = result
  state.progress:clear()
  hooks.call(state, "end", history)
  if state.status == "diverged" then tell_why_it_broke(state, history, state.progress) end
  return history
end
