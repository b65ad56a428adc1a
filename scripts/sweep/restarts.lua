--- mlprun.sweep.restarts - restarts.json in a run's folder: how often an engine started the run again without its getting on.
--
-- Only where a task has a name (--task): a run that takes longer to its first save than it is ever given would be started for
-- ever.
local core = require "mlprun.core"
local passing = require "mlprun.base.passing"
local json, sys = core.json, core.sys

local restarts = {}

local FILE = "restarts.json"
local MOST = 5

--- What was counted so far; nil without it.
function restarts.read(path)
  local ok, counted = passing.pcall(function() return json.decode(sys.read_file(path .. "/" .. FILE)) end)
  return ok and type(counted) == "table" and counted or nil
end

-- Where a run goes on, in words that are the same as long as it does not get on.
local function place_of(state)
  if not state then return "at its beginning" end
  return ("in epoch %d, behind step %d, %s"):format(state.epoch, state.steps or 0, state.phase)
end

--- Counts a start of a run.
---@param path string
---@param task table      name, restarts
---@param before? table   what read gave
---@param state? table    of the checkpoint that it goes on from
---@return string?        why it should be given up
function restarts.count(path, task, before, state)
  local now = { task = task.name, restarts = task.restarts, place = place_of(state), without = 0 }
  if before and before.task == now.task and before.place == now.place then
    now.without = before.without + (before.restarts ~= now.restarts and 1 or 0)
  end
  sys.write_file(path .. "/" .. FILE, json.encode(now) .. "\n")
  if now.without < MOST then return nil end
  return ("it is given up: it was started again %d times and is still %s. Is it given less time than from one save to the next?")
    :format(MOST, now.place)
end

--- The run has ended.
function restarts.forget(path) sys.remove(path .. "/" .. FILE) end

return restarts
