--- mlprun.experiment.room - what stays on disk of runs that have ended: weights (--keep), and what more epochs would go on from
--- (--keep_last).
local core = require "mlprun.core"
local words = require "mlprun.base.words"
local sys = core.sys

local room = {}

local WEIGHTS, LAST = "best.safetensors", "last.safetensors"

local UNITS = { [""] = 1, K = 1e3, M = 1e6, G = 1e9, T = 1e12 }

--- "500M", "2G", "0" or "all" in bytes; nil when it is none of them.
function room.bytes(text)
  if text == "all" then return math.huge end
  local number, unit = tostring(text):match("^([%d.]+)%s*([KMGTkmgt]?)B?$")
  return tonumber(number) and tonumber(number) * UNITS[unit:upper()] or nil
end

-- Of the tensors in a table.
local function size_of(value)
  if core.tensor.is_tensor(value) then return value:numel() * value:element_size() end
  if type(value) ~= "table" then return 0 end
  local sum = 0
  for _, inner in pairs(value) do sum = sum + size_of(inner) end
  return sum
end

--- Whether there is room for the state of a run: as if those of the runs before it were as large, which no order of the runs,
--- nor how many work side by side, changes.
---@param most string      --keep_last
---@param place integer    of the run among all of the experiment
---@param state table
function room.holds(most, place, state) return place * size_of(state) <= room.bytes(most) end

-- ---- weights ----

local ENDED = { finished = true, diverged = true }

local function better(a, b)
  if a.watched == nil or b.watched == nil then return b.watched == nil and a.watched ~= nil end
  if a.mode == "min" then return a.watched < b.watched end
  return a.watched > b.watched
end

--- Leaves the weights of a trial's runs that --keep says, of those that have ended: the others need theirs to go on.
---@param trial table    runs: see summary.lua
---@param keep string    "best" (by what the runs watch; the first of equal ones), "all" or "none"
function room.tidy(trial, keep)
  if keep == "all" then return end
  local seeds, best = {}, nil
  for k in pairs(trial.runs) do seeds[#seeds + 1] = k end
  table.sort(seeds)
  for _, k in ipairs(seeds) do
    local run = trial.runs[k]
    if keep == "best" and ENDED[run.status] and (not best or better(run, best)) then best = run end
  end
  for _, k in ipairs(seeds) do
    local run = trial.runs[k]
    if ENDED[run.status] and run ~= best then sys.remove(run.path .. "/" .. WEIGHTS) end
  end
end

-- ---- in words ----

local function size_at(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local size = file:seek("end")
  file:close()
  return size
end

--- Whether there is a state of a run that more epochs would go on from.
function room.has_state(run) return run.path ~= nil and size_at(run.path .. "/" .. LAST) ~= nil end

local function sum_of(trials, name)
  local sum, count = 0, 0
  for _, trial in ipairs(trials) do
    for _, run in pairs(trial.runs) do
      local size = size_at(run.path .. "/" .. name)
      if size then sum, count = sum + size, count + 1 end
    end
  end
  return sum, count
end

local KEPT = { all = "--keep=all", best = "--keep=best: each trial's best seed", none = "--keep=none" }

--- What is there of an experiment's runs, as sentences without an end.
---@param gathered? boolean   other processes trained them, which leave all
---@return string[]
function room.words(trials, o, gathered)
  local runs = 0
  for _, trial in ipairs(trials) do
    for _ in pairs(trial.runs) do runs = runs + 1 end
  end
  local weights, with = sum_of(trials, WEIGHTS)
  local last, states = sum_of(trials, LAST)
  local lines = { ("weights of %d of %s, %s (%s)"):format(with, words.count(runs, "run"), words.bytes(weights),
    gathered and "as they were trained: --resume in place of --no-train leaves what --keep says" or KEPT[o.keep]) }
  if states > 0 then
    lines[2] = ("last states of %s, %s, which --resume goes on from, also with more --epochs (--keep_last=%s)"):format(
      words.count(states, "run"), words.bytes(last), o.keep_last)
  end
  return lines
end

return room
