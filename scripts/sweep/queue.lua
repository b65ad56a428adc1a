--- mlprun.sweep.queue - what was submitted to Slurm of an experiment's runs, and what of it is in its queue.
--
-- Each submission leaves two files in slurm/ of the experiment's folder: NAME.tasks, with the runs of a task in each line, and
-- NAME.json: arrays (job, offset: the line before its task 0, count), report (the job that gathers).
local core = require "mlprun.core"
local json, sys = core.json, core.sys
local passing = require "mlprun.base.passing"
local shell = require "mlprun.base.shell"

local queue = {}

local FOLDER = "slurm"

--- Where the files are.
function queue.folder(experiment) return experiment .. "/" .. FOLDER end

--- Writes a submission down.
---@param path string        without .json
---@param submission table   arrays, report
function queue.add(path, submission) sys.write_file(path .. ".json", json.encode(submission) .. "\n") end

-- The submissions of an experiment, each with the path of its files.
local function submissions(experiment)
  local folder, list = queue.folder(experiment), {}
  if sys.exists(folder) ~= "folder" then return list end
  for _, name in ipairs(sys.list(folder)) do
    local stem = name:match("^(.*)%.json$")
    local ok, submission = passing.pcall(function() return stem and json.decode(sys.read_file(folder .. "/" .. name)) end)
    if ok and type(submission) == "table" then
      submission.path = folder .. "/" .. stem
      list[#list + 1] = submission
    end
  end
  return list
end

-- The states of this user's tasks in the queue, by "job_index"; nil where there is no Slurm.
local function states()
  if not shell.has("squeue") then return nil end
  local ok, text = shell.run("squeue", "-h", "-r", "--me", "-o", "%F_%K %T")
  if not ok then return nil end
  local list = {}
  for task, state in text:gmatch("(%d+_%d+) (%u+)") do list[task] = state end
  return list
end

local function each_number(text, fn)
  for first, last in text:gmatch("(%d+)%-?(%d*)") do
    first = math.tointeger(tonumber(first))
    for number = first, math.tointeger(tonumber(last)) or first do fn(number) end
  end
end

--- The runs that are in the queue: number -> "pending", "running" or another state in Slurm's words; and whether Slurm could
--- be asked.
---@param experiment string   its folder
---@return table<integer, string>
---@return boolean known   false: there is no Slurm here, or it does not answer
function queue.runs(experiment)
  local list, found = submissions(experiment), {}
  if #list == 0 then return found, true end
  local in_queue = states()
  for _, submission in ipairs(in_queue and list or {}) do
    local place, lines = 0, {}
    for line in io.lines(submission.path .. ".tasks") do
      place = place + 1
      lines[place] = line
    end
    for _, array in ipairs(submission.arrays) do
      for index = 0, array.count - 1 do
        local state = in_queue[("%s_%d"):format(array.job, index)]
        if state then each_number(lines[array.offset + index + 1] or "", function(n) found[n] = state:lower() end) end
      end
    end
  end
  return found, in_queue ~= nil
end

return queue
