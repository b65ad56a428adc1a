--- mlprun.sweep.states - how the runs of a plan stand that their folders do not tell: they wait, or wait again, in Slurm's queue,
--- or nobody is at work on them.
local sys = require("mlprun.core").sys
local claim = require "mlprun.experiment.claim"
local plan = require "mlprun.sweep.plan"
local queue = require "mlprun.sweep.queue"

local states = {}

local OVER = { finished = true, diverged = true }

-- Below a folder, the experiments that have a plan.
local function planned_in(path)
  local list = {}
  local function look(at)
    if plan.is_in(at) then list[#list + 1] = at end
  end
  look(path)
  for _, name in ipairs(sys.list(path)) do
    if sys.exists(path .. "/" .. name) == "folder" then look(path .. "/" .. name) end
  end
  return list
end

-- What is known of a run that began and is not over.
local function begun(status, path, queued)
  if OVER[status] or claim.look(path) then return status end
  if queued == "pending" then return "requeued" end
  return status == "running" and (queued or "killed") or status
end

--- Adds the runs that are planned and have not begun to rows (see report/runs.lua), "pending" or "planned", and mends the status
--- of those that wait to be started again ("requeued") or that nobody is at work on ("killed").
---@param path string    what the rows are of
---@param rows table[]   with folder: the run's
function states.add(path, rows)
  local known = {}
  for _, row in ipairs(rows) do known[row.folder] = row end
  for _, folder in ipairs(planned_in(path)) do
    local queued = queue.runs(folder)
    local runs, why = plan.runs(folder)
    if why then io.stderr:write(("mlprun: %s; what stands before it is shown\n"):format(why)) end
    for _, run in ipairs(runs) do
      local at = folder .. "/" .. run.folder
      local row = known[at]
      if row then row.status = begun(row.status, at, queued[run.number])
      else
        rows[#rows + 1] = { experiment = run.experiment, trial = run.trial, seed = run.seed, folder = at, path = at, options = {},
                             values = {},
                            status = queued[run.number] or claim.look(at) and "running" or "planned" }
      end
    end
  end
end

return states
