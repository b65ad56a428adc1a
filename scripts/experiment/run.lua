--- mlprun.experiment.run - one training run of a trial: what the function of activity:trial gets.
--
-- To read: run.options, seed, trial, in_features, num_classes, classes, channels, image_size, train and val (the data),
-- folder (a path), history. To set: run.model and run.optimizer (needed), run.criterion, run.train_transform,
-- run.val_transform. Any other field is an error, with a did-you-mean.
local core = require "mlprun.core"
local sys, augment = core.sys, core.augment

local READABLE = { "options", "seed", "trial", "in_features", "num_classes", "classes", "channels", "image_size",
                   "train", "val", "folder", "history" }
local SETTABLE = { "model", "optimizer", "criterion", "train_transform", "val_transform" }
local EVENTS = { step = true, epoch = true, ["end"] = true }

local STATE = {} -- the key of a run's hidden state

local methods = {}

local function set_of(list)
  local set = {}
  for _, name in ipairs(list) do set[name] = true end
  return set
end
local readable, settable = set_of(READABLE), set_of(SETTABLE)

local function refuse(key, verb, ...)
  local names = {}
  for _, list in ipairs { ... } do table.move(list, 1, #list, #names + 1, names) end
  for name in pairs(methods) do names[#names + 1] = name end
  local near = type(key) == "string" and sys.nearest(key, names)
  sys.fail(("a run has no field '%s'%s%s"):format(tostring(key), verb,
    near and (": did you mean '%s'?"):format(near) or ""))
end

local meta = {
  __name = "mlprun.Run",
  __index = function(self, key)
    if methods[key] then return methods[key] end
    if not readable[key] and not settable[key] then return refuse(key, "", READABLE, SETTABLE) end
    return rawget(self, STATE).fields[key]
  end,
  __newindex = function(self, key, value)
    if readable[key] then sys.fail(("run.%s is not for the script to set"):format(key)) end
    if not settable[key] then return refuse(key, " to set", SETTABLE) end
    rawget(self, STATE).fields[key] = value
  end,
  __tostring = function(self) return ("run of %s, seed %d"):format(self.trial, self.seed) end,
}

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

--- Calls fn(...) at every "step" (epoch, step, loss), "epoch" (epoch, row of the history) or "end" (history).
---@param event string
---@param fn function
function methods:on(event, fn)
  if not EVENTS[event] then
    local near = type(event) == "string" and sys.nearest(event, { "step", "epoch", "end" })
    sys.fail(("run:on: there is no event '%s': %s"):format(tostring(event),
      near and ("did you mean '%s'?"):format(near) or "there are step, epoch and end"))
  end
  if type(fn) ~= "function" then sys.fail(("run:on: got a %s, expected a function"):format(type(fn))) end
  local hooks = rawget(self, STATE).hooks[event]
  hooks[#hooks + 1] = fn
end

--- Trains `run.model` until `epochs`, or until validation accuracy has not improved for `patience` epochs; see fit.lua.
---@param o? { epochs: integer, patience: integer }   both default to the activity's options; patience 0: never stop early
---@return table   one row per epoch; `.best` is the row whose weights the model ends with
function methods:fit(o)
  return require("mlprun.experiment.fit")(rawget(self, STATE), o)
end

local run = { STATE = STATE }

--- fields: the readable ones, without the transforms and the criterion, which get their defaults here.
function run.new(fields, state)
  local o = fields.options
  fields.train_transform = transform(fields.image_size, fields.channels, o.augment)
  fields.val_transform = transform(fields.image_size, fields.channels, false)
  fields.criterion = require("mlprun.nn").CrossEntropyLoss()
  state.fields, state.hooks = fields, { step = {}, epoch = {}, ["end"] = {} }
  return setmetatable({ [STATE] = state }, meta)
end

return run
