--- mlprun.experiment.watch - the number of an epoch that decides something: which weights are best, when patience has run out,
--- what ReduceLROnPlateau gets (--monitor, --mode; run.monitor).
local sys = require("mlprun.core").sys
local class = require "mlprun.base.class"
local names = require "mlprun.base.names"
local recording = require "mlprun.experiment.recording"
local words = require "mlprun.base.words"

-- The numbers that every epoch has: which way is better, and what they are called.
local OWN = {
  val_accuracy = { "max", "validation accuracy" }, val_loss = { "min", "validation loss" },
  train_accuracy = { "max", "training accuracy" }, train_loss = { "min", "training loss" },
}
local LOWER = { "loss", "error", "mae", "mse", "rmse" } -- what names of numbers that should fall have in them
local HIGHER = { "acc", "auc", "f1", "score", "precision", "recall", "kappa", "mcc" }

local watch = class.new("watch")

local function has_one(name, parts)
  for _, part in ipairs(parts) do
    if name:lower():find(part, 1, true) then return true end
  end
  return false
end

--- Which way is better, "max" or "min", as a name says; nil when it does not.
function watch.mode_of(name)
  if OWN[name] then return OWN[name][1] end
  return has_one(name, LOWER) and "min" or has_one(name, HIGHER) and "max" or nil
end

local ELSEWHERE = { validation = "val", valid = "val", training = "train", acc = "accuracy" } -- words of other libraries

-- ": did you mean 'val_accuracy'?", or "".
local function hint(name, further)
  local parts, known = {}, names.of(OWN)
  for word in name:lower():gmatch("%a+") do parts[#parts + 1] = ELSEWHERE[word] or word end
  local one, with_part = table.concat(parts, "_"), "val_" .. table.concat(parts, "_")
  table.move(further, 1, #further, #known + 1, known)
  return names.hint(OWN[one] and one or OWN[with_part] and with_part or name, known)
end

-- What "auto" is: the trials are compared by it, so it is what their best epochs are chosen by.
local function meant(name) return name == "auto" and "val_accuracy" or name end

--- What is wrong with a name ("auto": val_accuracy) and a mode ("min", "max", "auto": as the name says), as words behind the
--- name of the option; nil when they go together.
function watch.problem(name, mode)
  if type(name) ~= "string" or name == "" then return "monitor", "expected the name of a number, such as val_loss" end
  if mode ~= "min" and mode ~= "max" and mode ~= "auto" then return "mode", "expected min, max or auto" end
  local own = OWN[meant(name)] and OWN[meant(name)][1]
  if own and mode ~= "auto" and mode ~= own then
    return "mode", ("but %s is better when it is %s"):format(meant(name), own == "max" and "higher" or "lower")
  end
  if mode == "auto" and not own and not watch.mode_of(name) then
    return "monitor", ("expected %s, or a name that run:record leaves, with --mode=max or --mode=min where it does not say "
      .. "which way is better%s"):format(table.concat(names.of(OWN), ", "), hint(name, {}))
  end
end

--- mode: "min", "max" or "auto".
function watch:__init(name, mode)
  self.chosen, name = name ~= "auto", meant(name)
  self.name, self.recorded = name, OWN[name] == nil
  self.mode = OWN[name] and OWN[name][1] or mode ~= "auto" and mode or watch.mode_of(name)
end

--- The worst value that there is.
function watch:worst() return self.mode == "max" and -math.huge or math.huge end

--- Whether a value is better than another by more than `delta`.
function watch:better(value, than, delta)
  if self.mode == "max" then return value > than + (delta or 0) end
  return value < than - (delta or 0)
end

--- Whether its values are shares.
function watch:is_share() return self.name == "val_accuracy" or self.name == "train_accuracy" end

--- "validation accuracy", as in: without a better validation accuracy.
function watch:text() return OWN[self.name] and OWN[self.name][2] or ("'%s'"):format(self.name) end

--- As it stands in a sentence: "the validation loss", or the name that a script gave.
function watch:phrase() return (OWN[self.name] and "the " or "") .. self:text() end

-- It is not there; further: other names that are near enough.
local function refuse(self, problem, further)
  local near = hint(self.name, further)
  sys.fail(("run:fit: monitor is '%s', %s%s"):format(self.name, problem, near ~= "" and near
    or (": there are %s, and what run:record leaves in run:on(\"epoch\", ...)"):format(words.list(names.of(OWN)))))
end

local IN_ROWS = { lr = true, seconds = true, epoch = true } -- also there

--- Before training: whether there will be such a number, as far as that can be known.
---@param expected table   see recording.lua
function watch:expect(expected)
  if not self.recorded or IN_ROWS[self.name] or recording.may_leave(expected, self.name) then return end
  refuse(self, "which no epoch will have", recording.near(expected))
end

--- Takes the number into the row of an epoch, when it is one of those that run:record left in it. One of an earlier epoch decides
--- nothing: patience would run out, and rates fall, by what nobody measured.
---@param recorded table[]   see run:record
function watch:take(row, recorded)
  if not self.recorded or row[self.name] then return end
  local further, problem = {}, ("which epoch %d has not"):format(row.epoch)
  for i, entry in ipairs(recorded) do
    further[i] = entry.name
    if entry.name == self.name and not entry.anew then
      sys.fail(("run:fit: monitor is '%s', %s: it was recorded before, and what decides has to be recorded in every epoch (the "
        .. "last value once more, where there is no new one)"):format(self.name, problem))
    elseif entry.name == self.name then
      row[self.name] = entry.value
    end
  end
  if not row[self.name] then refuse(self, problem, further) end
end

--- Its value in a row of the history.
function watch:value(row) return row[self.name] end

return watch
