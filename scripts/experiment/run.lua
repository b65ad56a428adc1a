--- mlprun.experiment.run - one training run of a trial: what the function of activity:trial gets.
-- What scripts read and set in it stands in fields.lua; any other field is an error.
local core = require "mlprun.core"
local sys, augment = core.sys, core.augment
local answering = require "mlprun.experiment.answering"
local class = require "mlprun.base.class"
local fields = require "mlprun.experiment.fields"
local hooks = require "mlprun.experiment.hooks"
local is_module = require("mlprun.nn.module").is_module
local kept = require "mlprun.experiment.kept"
local limits = require "mlprun.experiment.limits"
local names = require "mlprun.base.names"
local options = require "mlprun.options"
local words = require "mlprun.base.words"

local FORMATS = { "number", "percent", "points", "count" }

local STATE = {} -- the key of a run's hidden state

local methods = {}

local readable, settable = fields.run, fields.run_settable

local function refuse_to_read(key)
  local known = names.of(methods)
  for _, list in ipairs { readable, settable } do table.move(fields.names(list), 1, #list, #known + 1, known) end
  local meant = fields.elsewhere[key]
  if meant then sys.fail(("a run has no field '%s': %s"):format(key, meant)) end
  sys.fail(("a run has no field '%s'%s"):format(tostring(key), names.hint(key, known)))
end

local function refuse_to_set(key)
  if readable[key] then sys.fail(("run.%s is not for the script to set"):format(key)) end
  local known = fields.names(settable)
  local meant = fields.elsewhere[key]
  if meant then sys.fail(("a run has no field '%s' to set: %s"):format(key, meant)) end
  sys.fail(("a run has no field '%s' to set%s"):format(tostring(key),
    names.hint(key, known, { otherwise = ": there are " .. words.list(known) })))
end

-- Whether a value has methods: some objects raise an error when they are asked for one that they lack.
local function can(value, ...)
  for _, method in ipairs { ... } do
    local ok, found = pcall(function() return value[method] end)
    if not ok or type(found) ~= "function" then return false end
  end
  return type(value) == "table" or type(value) == "userdata"
end

local function is_callable(value)
  local meta = type(value) ~= "function" and getmetatable(value)
  return type(value) == "function" or type(meta) == "table" and meta.__call ~= nil
end

local KINDS = { -- of what can be set: a check, and what is expected
  Dataset = { core.data.is_dataset, "a data set" }, string = { function(v) return type(v) == "string" end, "a text" },
  boolean = { function(v) return type(v) == "boolean" end, "true or false" },
  Module = { function(v) return is_module(v) or class.of(v) or type(v) == "function" end, "a module" },
  Optimizer = { function(v) return can(v, "step", "zero_grad") end,
    "an optimizer, such as optim.Adam(run.model:parameters())" },
  Sampler = { function(v) return type(v) == "table" or type(v) == "userdata" end,
    "a sampler, such as data.WeightedRandomSampler(run.train:sample_weights(), #run.train)" },
  ["function"] = { is_callable, "a function" },
}
local NEEDED = { train = true, val = true, criterion = true, train_transform = true, val_transform = true }

local function check_value(key, value)
  local kind = KINDS[settable[key].type]
  if value == nil and not NEEDED[key] then return end
  if type(value) == "table" and rawget(value, "__meta") then
    sys.fail(("run.%s is a class, expected an object of it: call it, with () behind its name"):format(key))
  elseif value == nil or kind and not kind[1](value) then
    sys.fail(("run.%s is %s, expected %s"):format(key, words.value(value), kind and kind[2]
      or "a " .. settable[key].type:lower()))
  end
end

local Run = class.new("mlprun.Run", {
  __index = function(self, key)
    if methods[key] then return methods[key] end
    if not readable[key] and not settable[key] then return refuse_to_read(key) end
    return rawget(self, STATE).fields[key]
  end,
  __newindex = function(self, key, value)
    if not settable[key] then return refuse_to_set(key) end
    check_value(key, value)
    local state = rawget(self, STATE).fields
    state[key] = value
    if key == "train" then state.classes, state.num_classes = value.classes, #value.classes end
  end,
  __tostring = function(self) return ("run of %s, seed %d"):format(self.trial, self.seed) end,
})

-- ---- transforms ----

local function normalize(channels)
  if channels == 1 then return augment.Normalize { mean = { 0.5 }, std = { 0.5 } } end
  return augment.Normalize()
end

--- Resize, Normalize, ToTensorV2; with `varied` the flips, light changes and shifts of the practical work in between.
local function transform(size, channels, varied)
  local steps = { augment.Resize(size, size) }
  if varied then
    steps[#steps + 1] = augment.HorizontalFlip { p = 0.5 }
    steps[#steps + 1] = augment.RandomBrightnessContrast { p = 0.2 }
    steps[#steps + 1] = augment.ShiftScaleRotate { p = 0.5 }
  end
  steps[#steps + 1] = normalize(channels)
  steps[#steps + 1] = augment.ToTensorV2()
  return augment.Compose(steps)
end

-- ---- methods ----

local function state_of(self) return rawget(self, STATE) end

local function one_of(value, list, who, what)
  local problem = names.problem(value, list, what)
  if problem then sys.fail(who .. ": " .. problem) end
end

--- Calls fn(...) at every "backward" (epoch, step; the gradients are there, the weights not yet changed: the place to clip
--- or to measure them), "step" (epoch, step, loss), "epoch" (epoch, row of the history) or "end" (history).
---@param event string
---@param fn function
function methods:on(event, fn)
  one_of(event, hooks.EVENTS, "run:on", "event")
  if type(fn) ~= "function" then sys.fail(("run:on: got a %s, expected a function"):format(type(fn))) end
  local hung = state_of(self).hooks[event]
  hung[#hung + 1] = fn
end

--- Makes an object a part of what --resume goes on from: whatever has state_dict and load_state_dict (an average of the
--- weights, a schedule), or a plain table of numbers, texts, tensors and such tables. Call it before run:fit().
---@param name string
---@param object any
---@return any   the object
function methods:keep(name, object)
  kept.add(state_of(self), name, object)
  return object
end

--- Ends the training of this run after the epoch that is under way, which ends here and is measured. A function at "epoch" can
--- return false for the same.
---@param reason? string   for the line about the run, and its manifest
function methods:stop(reason)
  if reason ~= nil and type(reason) ~= "string" then
    sys.fail(("run:stop: got %s, expected a reason in words"):format(words.value(reason)))
  end
  local state = state_of(self)
  if not state.stop or state.result then
    sys.fail("run:stop: this run is not being trained: call it in a function that run:on takes")
  end
  limits.stop(state, reason or "run:stop was called")
end

--- Trains `run.model` until `epochs`, or until validation accuracy has not improved for `patience` epochs; see fit.lua.
---@param o? { epochs: integer, patience: integer, epoch: function }
---@return table   one row per epoch; `.best` is the row whose weights the model ends with
function methods:fit(o)
  return require("mlprun.experiment.fit")(state_of(self), o)
end

--- What early stopping with a shorter patience would have given: known from the curve of a run that went on for longer.
---@param patience integer
---@return table   epochs (that would have been run), best_epoch, accuracy, seconds, stopped (false: the epochs ran out first)
function methods:with_patience(patience)
  local history = state_of(self).fields.history
  if not history then sys.fail("run:with_patience: call run:fit() first") end
  if math.type(patience) ~= "integer" or patience < 1 then
    sys.fail(("run:with_patience: got %s, expected a number of epochs"):format(words.value(patience)))
  end
  return require("mlprun.experiment.stopping").replay(history, patience, state_of(self).stop)
end

--- Adds columns to the experiment's table: the accuracy that stopping with a shorter patience would have given, after how
--- many epochs, and how many points that loses against the run as it was.
---@param patience integer
function methods:record_patience(patience)
  local shorter, best = self:with_patience(patience), self.history.best
  if not best then return end
  local name = ("patience %d: "):format(patience)
  self:record(name .. "accuracy", shorter.accuracy, "percent")
  self:record(name .. "epochs", shorter.epochs, "count")
  self:record(name .. "lost", best.val_accuracy - shorter.accuracy, "points")
end

--- Adds a column to the experiment's table: its mean over the runs of each trial.
---@param name string   the head of the column
---@param value number
---@param format? string   "number" (default: three digits), "percent" (of a share), "points" (100 times a share), "count"
function methods:record(name, value, format)
  if type(name) ~= "string" or name == "" then sys.fail("run:record: expected the name of a column first") end
  if type(value) ~= "number" then
    sys.fail(("run:record: '%s' is %s"):format(name, words.no_number(value)))
  end
  one_of(format or "number", FORMATS, "run:record", "format")
  local recorded = state_of(self).recorded
  for _, entry in ipairs(recorded) do
    if entry.name == name then
      entry.value, entry.anew = value, true
      return
    end
  end
  recorded[#recorded + 1] = { name = name, value = value, format = format or "number", anew = true } -- since the last epoch
end

--- Adds columns to the experiment's table that tell how the weights look after the last epoch, and curves of them to the report
--- and TensorBoard: their norm, their kurtosis, and the share of their sum of squares that lies more than 3 deviations out
--- (3 and 2.9 % of a normal distribution, 1.8 and 0 of a uniform one). Call it before run:fit().
---@return Run   itself
function methods:record_weights()
  local state = state_of(self)
  if state.result then sys.fail("run:record_weights: call it before run:fit(), which it watches") end
  for _, name in ipairs { "norm", "kurtosis", "tail" } do table.insert(state.announced, name .. " of the weights") end
  table.insert(state.measures, function(row)
    local shape = require("mlprun.experiment.weights").of(state.fields.model)
    local function tell(name, value, format)
      if not value then return end
      row["weights_" .. name] = value
      self:record(name .. " of the weights", value, format)
      self.writer:add_scalar("weights/" .. name, value, row.epoch)
    end
    tell("norm", shape.norm)
    tell("kurtosis", shape.kurtosis)
    tell("tail", shape.tail, "percent")
  end)
  return self
end

--- Measures the model as it is, on the validation pictures or on others.
---@param o? { data: Dataset, transform: Transform, training = false, batch_size = 256 }
---@return table   loss, accuracy, labels, predictions, scores (softmax, n x classes), samples, correct
function methods:evaluate(o)
  o = options.check(o, { "data", "transform", "training", "batch_size" }, "run:evaluate")
  local f = state_of(self).fields
  if f.model == nil then sys.fail("run:evaluate: run.model is not set") end
  local set, size = (o.data or f.val):with(o.transform or f.val_transform), o.batch_size or 256
  -- The statistics of a batch take two pictures: a last one that would be alone is left out.
  local alone = o.training and size > 1 and #set > 1 and #set % size == 1
  local loader = require("mlprun.data").DataLoader(set,
    { batch_size = size, seed = f.seed, workers = f.options.workers, drop_last = alone or false })
  return require("mlprun.experiment.evaluate").answers(f.model, f.criterion, loader, o.training)
end

--- The Euclidean norm of all parameters (or of all gradients, with "grad") of the model.
---@param what? "grad"
---@return number
function methods:norm(what)
  local sum = 0
  for _, p in ipairs(state_of(self).fields.model:parameters()) do
    local t = what == "grad" and p.grad or what == nil and p:detach()
    if t then sum = sum + t:norm():item() ^ 2 end
  end
  return math.sqrt(sum)
end

require("mlprun.base.public").methods(methods, nil, Run)

local run = { STATE = STATE, transform = transform }

--- values: of the readable fields, without the transforms and the criterion, which get their defaults here.
function run.new(values, state)
  local o = values.options
  values.train_transform = transform(values.image_size, values.channels, o.augment)
  values.val_transform = transform(values.image_size, values.channels, false)
  values.criterion = answering.criterion(values.train)
  values.zero_grad, state.usual_val_transform = true, values.val_transform
  state.fields, state.hooks, state.recorded, state.kept, state.measures = values, hooks.none(), {}, {}, {}
  state.announced = {} -- names that measures will record
  state.run = setmetatable({ [STATE] = state }, Run.__meta)
  return state.run
end

return run
