--- mlprun.sweep.plan - plan.jsonl in an experiment's folder: which runs there are, without training any (--plan).
--
-- One line a run: number, experiment, trial, seed, folder (below the experiment's), hash (of the script and of the options that
-- count in this trial), data (the pictures' fingerprint and split), build, processor, cpu and blas (the kernels that compute).
-- A process that trains some of them (--runs, --shard) looks there first: numbers mean what the plan says, or nothing.
local core = require "mlprun.core"
local io_, json, sys = core.io, core.json, core.sys
local class = require "mlprun.base.class"
local likeness = require "mlprun.experiment.likeness"
local passing = require "mlprun.base.passing"
local words = require "mlprun.base.words"

local plan = class.new("plan")

local FILE = "plan.jsonl"

function plan:__init(folder) self.folder, self.lines = folder, {} end

local function path_of(folder) return folder .. "/" .. FILE end

-- What must be the same for a run to be the one that was planned.
local function hash_of(manifest)
  local counted = {}
  for name, value in pairs(manifest.options) do
    if likeness.counts(name) then counted[name] = value end
  end
  return io_.sha256(json.encode { script = manifest.script and manifest.script.sha256, options = counted })
end

--- A run as a line of the plan has it.
---@param number integer
---@param manifest table   as its folder will have it, see attempt.lua
---@param folder string    below the experiment's
local function line_of(number, manifest, folder)
  local data, host = manifest.data, manifest.host
  return { number = number, trial = manifest.trial, seed = manifest.seed, folder = folder, hash = hash_of(manifest),
           data = { fingerprint = data.fingerprint, train = data.train, val = data.val, groups = data.groups },
           experiment = manifest.experiment,
           build = manifest.versions.mlprun, processor = host.cpu, cpu = host.level, blas = host.blas }
end

--- Adds a run.
function plan:add(number, manifest, folder) self.lines[#self.lines + 1] = json.encode(line_of(number, manifest, folder)) end

-- In what a run differs from the one that was planned under its number, in words; nil where it does not.
local function difference(planned, now)
  return (planned.trial ~= now.trial or planned.seed ~= now.seed) and "another run" or planned.hash ~= now.hash
    and "of another script or of other options" or planned.data.fingerprint ~= now.data.fingerprint and "of other pictures"
    or planned.build ~= now.build and "of another version of mlprun" or nil
end

--- Writes it, and says so. An error when an engine still has runs of an earlier one to which these numbers mean something else.
---@param queued table<integer, string>   number -> state of what is in a queue, see queue.lua
---@return string   a sentence
function plan:write(queued)
  for number, planned in ipairs(next(queued) and plan.is_in(self.folder) and plan.runs(self.folder) or {}) do
    local now = self.lines[number]
    local what = queued[number] and (now and difference(planned, json.decode(now)) or not now and "no run")
    if what then
      sys.fail(("run %d (%s, seed %d) is in Slurm's queue (%s), and would be %s in a new %s: wait for it, or scancel its job; "
        .. "another --out has a plan of its own"):format(number, planned.trial, planned.seed, queued[number], what,
        path_of(self.folder)))
    end
  end
  sys.write_file(path_of(self.folder), table.concat(self.lines, "\n") .. (#self.lines > 0 and "\n" or ""))
  return ("%s: %s"):format(path_of(self.folder), words.count(#self.lines, "run"))
end

--- Whether a folder has one.
function plan.is_in(folder) return sys.exists(path_of(folder)) == "file" end

-- A line as a run; nil and a sentence where it is none.
local function run_of(folder, number, line)
  local ok, run = passing.pcall(json.decode, line)
  if ok and type(run) == "table" and type(run.folder) == "string" and type(run.data) == "table" then return run end
  return nil, ("line %d of %s is no run of a plan: --plan writes it anew"):format(number, path_of(folder))
end

--- Its runs, in the order of their numbers, as far as its lines are such; and what is wrong with the next one, if it is none.
---@return table[]
---@return string?
function plan.runs(folder)
  local list = {}
  for line in io.lines(path_of(folder)) do
    local run, why = run_of(folder, #list + 1, line)
    if not run then return list, why end
    list[#list + 1] = run
  end
  return list
end

-- The lines of the plan that was looked at last: a process asks for one after the other.
local last = {}

local function line_at(folder, number)
  local path = path_of(folder)
  local written = sys.modified(path)
  if last.path ~= path or last.written ~= written then
    last = { path = path, written = written, lines = {} }
    for line in io.lines(path) do last.lines[#last.lines + 1] = line end
  end
  return last.lines[number]
end

--- Raises an error when a plan is there in which run `number` is another one than this.
function plan.check(folder, number, manifest)
  if not plan.is_in(folder) then return end
  local line = line_at(folder, number)
  if not line then sys.fail(("there is no run %d in %s: --plan writes it anew"):format(number, path_of(folder))) end
  local planned, why = run_of(folder, number, line)
  if not planned then sys.fail(why) end
  local now = line_of(number, manifest)
  local what = difference(planned, now)
  if what then sys.fail(("run %d is %s in %s: --plan writes it anew"):format(number, what, path_of(folder))) end
end

return plan
