--- mlprun.sweep.slurm - hands the runs of an experiment that are missing to Slurm (--on=slurm), as an array of tasks and a job
--- behind it that gathers.
--
-- A task is this command with --runs=..., --resume and the name of the task. Slurm says with SIGUSR1 that its time is nearly up:
-- the run is saved, the command ends with status 75, and the task asks to be started again. What Slurm starts again by itself (a
-- node died, somebody with more right came) goes on as well; restarts.lua gives up what does not get on.
local core = require "mlprun.core"
local sys = core.sys
local class = require "mlprun.base.class"
local console = require "mlprun.experiment.console"
local part = require "mlprun.sweep.part"
local queue = require "mlprun.sweep.queue"
local shell = require "mlprun.base.shell"
local words = require "mlprun.base.words"

local slurm = class.new("slurm")

local NOTICE = 120 -- seconds between SIGUSR1 and the end of a task's time

local TASK = [[
#!/bin/sh
# One task of an array, written by mlprun. Arguments: a file with the runs of each task, and the line before the first one.
runs=$(sed -n "$(($2 + SLURM_ARRAY_TASK_ID + 1))p" "$1")
task=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
trap 'kill -USR1 "$child" 2>/dev/null' USR1
trap 'kill -TERM "$child" 2>/dev/null' TERM
echo "task $task on $(hostname): runs $runs, restarts ${SLURM_RESTART_COUNT:-0}"
%s --runs="$runs" --resume --task="slurm-$task" --restarts="${SLURM_RESTART_COUNT:-0}"%s &
child=$!
while wait "$child"; status=$?; kill -0 "$child" 2>/dev/null; do :; done
[ "$status" -ne 75 ] || scontrol requeue "$task"
exit "$status"
]]

-- Options that are of the submission, or that each task sets.
local OWN = { on = true, slurm = true, pack = true, parallel = true, resume = true }

-- The command that submitted, as a task repeats it.
local function command_of()
  local given, list = rawget(_G, "arg") or {}, { shell.word(sys.real_path("/proc/self/exe")) }
  if sys.exists(given[0] or "") ~= "file" then
    sys.fail("--on=slurm: the tasks run the script again, which must be a file: mlprun SCRIPT --on=slurm")
  end
  list[2] = shell.word(given[0])
  local i = 1
  while given[i] do
    local name, value = given[i]:match("^%-%-([^=]+)(.*)$")
    if not (name and OWN[name]) then list[#list + 1] = shell.word(given[i])
    elseif value == "" and name ~= "resume" then i = i + 1 end
    i = i + 1
  end
  return table.concat(list, " ")
end

-- Runs a command that the user can repeat; returns what it wrote.
local function run(command)
  local ok, text = shell.run("sh", "-c", command)
  if not ok then sys.fail(("%s\n%s"):format(command, text:gsub("%s+$", ""))) end
  return text
end

-- A log's path as sbatch takes it, where % stands for something of the job's. A backslash switches that off and is dropped.
local function pattern(folder, log) return (folder:gsub("%%", "%%%%")) .. "/" .. log end

-- An index of an array is below this.
local function largest_array()
  return math.tointeger(tonumber(run("scontrol show config"):match("MaxArraySize%s*=%s*(%d+)"))) or 1001
end

-- The runs of each task: `pack` of them, in their order.
local function tasks_of(numbers, pack)
  local tasks = {}
  for i = 1, #numbers, pack do
    tasks[#tasks + 1] = part.shown(table.move(numbers, i, math.min(i + pack - 1, #numbers), 1, {}))
  end
  return tasks
end

function slurm:__init(experiment)
  local o = experiment.options
  self.folder, self.name, self.o = queue.folder(experiment.folder), experiment.name, o
  if self.folder:find("^%-") then self.folder = "./" .. self.folder end -- sbatch and sed would take it for an option
  self.experiment, self.commands = experiment.folder, {}
  if not shell.has("sbatch") then
    sys.fail("--on=slurm: there is no program sbatch here: expected a machine from which jobs are submitted to Slurm")
  end
  if self.folder:find("\\", 1, true) then
    sys.fail(("--on=slurm: Slurm drops the backslash in '%s', the folder of its logs: expected --out without one"):format(
      self.folder))
  end
  self.command = command_of()
end

-- Submits a job and returns its number.
function slurm:submit(log, options, what)
  local command = ("sbatch --parsable --job-name=%s --open-mode=append --output=%s %s%s %s"):format(
    shell.word("mlprun-" .. self.name .. (what and "-" .. what or "")), shell.word(pattern(self.folder, log)), options[1],
    self.o.slurm ~= "" and " " .. self.o.slurm or "", options[2])
  local job = run(command):match("(%d+)[;%s]*[^\n]*\n*$")
  if not job then sys.fail(("%s: Slurm gave no number of a job"):format(command)) end
  self.commands[#self.commands + 1] = command
  return job
end

-- Submits the tasks, in arrays as long as they may be. With --parallel they wait for each other.
function slurm:submit_arrays(path, count)
  local most, arrays, script = largest_array(), {}, self.folder .. "/task.sh"
  sys.write_file(script, TASK:format(self.command, self.o.threads == 0 and ' --threads="${SLURM_CPUS_ON_NODE:-1}"' or ""))
  for offset = 0, count - 1, most do
    local size, before = math.min(most, count - offset), arrays[#arrays]
    local job = self:submit("%A_%a.log", {
      ("--array=0-%d%s --requeue --signal=B:USR1@%d%s"):format(size - 1, self.o.parallel > 0 and "%" .. self.o.parallel or "",
        NOTICE, self.o.parallel > 0 and before and " --dependency=afterany:" .. before.job or ""),
      ("%s %s %d"):format(shell.word(script), shell.word(path .. ".tasks"), offset),
    })
    arrays[#arrays + 1] = { job = job, offset = offset, count = size }
    queue.add(path, { arrays = arrays }) -- what is in the queue is known from here on, whatever follows
  end
  return arrays
end

-- What was submitted, how to watch it, how to take it back.
local function tell(self, count, tasks, arrays, report)
  local jobs = {}
  for i, array in ipairs(arrays) do jobs[i] = array.job end
  jobs[#jobs + 1] = report
  console.entry("submitted", ("%s as %s, and a job that makes the report when they have ended"):format(words.count(count, "run"),
    words.count(tasks, "task")))
  for _, command in ipairs(self.commands) do print("  " .. command) end
  console.entry("watch", "the state of each run; the jobs; what they print")
  print("  mlprun runs " .. shell.word(self.experiment))
  print("  squeue --jobs=" .. table.concat(jobs, ","))
  print(("  tail %s/*.log"):format(shell.word(self.folder)))
  console.entry("cancel", "what runs is saved; the same command submits again what is missing")
  print("  scancel " .. table.concat(jobs, " "))
end

--- Submits the runs that are missing and are not in the queue, and says how to go on.
---@param missing integer[]   their numbers
---@param all integer         how many runs there are
function slurm:hand_over(missing, all)
  local queued, known = queue.runs(self.experiment)
  if not known then sys.fail("--on=slurm: squeue does not answer, so what is in the queue already is not known") end
  local numbers = {}
  for _, number in ipairs(missing) do
    if not queued[number] then numbers[#numbers + 1] = number end
  end
  if #numbers < all then
    console.entry("there is", ("%s, and %s in the queue"):format(words.count(all - #missing, "result"),
      words.count(#missing - #numbers, "run")))
  end
  if #numbers == 0 then
    console.entry("submitted", #missing == 0 and "nothing: all runs have ended. --no-train in place of --on=slurm reports them"
      or "nothing: what is missing is in the queue")
    return
  end
  sys.make_folder(self.folder)
  local path = ("%s/%s-%d"):format(self.folder, os.date("!%Y%m%dT%H%M%S"), sys.pid())
  local tasks = tasks_of(numbers, self.o.pack)
  sys.write_file(path .. ".tasks", table.concat(tasks, "\n") .. "\n")
  local arrays, behind = self:submit_arrays(path, #tasks), {}
  for i, array in ipairs(arrays) do behind[i] = array.job end
  local report = self:submit("report.log", { "--dependency=afterany:" .. table.concat(behind, ":"),
    "--wrap=" .. shell.quote(("exec %s --no-train"):format(self.command)) }, "report")
  queue.add(path, { arrays = arrays, report = report })
  tell(self, #numbers, #tasks, arrays, report)
end

return slurm
