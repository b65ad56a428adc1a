--- mlprun.experiment.studied - the trials of a search, as they lie on disk: <experiment>/search/<number>/values.json, and a
--- run's folder for each seed beside it.
--
-- What is to be done next follows from these files alone, so that a search goes on after a stop, and several processes share
-- one: values.json is made by one process only, a run is claimed by one (claim.lua). A trial
--   is open      until its runs have come to the next rung (without pruning: to their end); nobody is at it
--   is busy      while somebody is
--   waits        at a rung
--   is over      finished, pruned, diverged or failed
local core = require "mlprun.core"
local claim = require "mlprun.experiment.claim"
local class = require "mlprun.base.class"
local course = require "mlprun.experiment.course"
local leftovers = require "mlprun.experiment.leftovers"
local passing = require "mlprun.base.passing"
local pruning = require "mlprun.search.pruning"
local methods = require "mlprun.search.methods"
local turn = require "mlprun.search.turn"
local json, sys = core.json, core.sys

local studied = class.new("studied")

local OVER = { finished = true, pruned = true, diverged = true, failed = true }

--- plan: what activity:search was asked for (see searching.lua); watched: see watch.lua; seeds: of each trial's runs.
function studied:__init(folder, plan, watched, seeds)
  self.folder, self.plan, self.watched, self.seeds = folder, plan, watched, seeds
  self.started = {} -- number -> true: this process began it, and it has not ended
  self.final = {} -- path -> run that has come to its end
end

--- The folder of a trial.
function studied:path(number) return ("%s/%04d"):format(self.folder, number) end

--- The folder of one of its runs.
function studied:run_path(number, seed) return ("%s/seed-%d"):format(self:path(number), seed) end

--- A score as a value of what is watched, and the other way round: scores are better when they are lower.
function studied:value(score) return self.watched.mode == "max" and -score or score end

-- ---- reading ----

local function decode(path)
  local text = leftovers.text(path)
  if not text then return nil end
  local ok, value = passing.pcall(json.decode, text)
  return ok and type(value) == "table" and value or nil
end

local function rows_of(path) return course.rows(leftovers.text(path .. "/metrics.jsonl")) end

local function read_run(self, path)
  if self.final[path] then return self.final[path] end
  local manifest = decode(path .. "/manifest.json")
  if not manifest then return { status = "new", rows = {}, seconds = 0 } end
  local result = type(manifest.result) == "table" and manifest.result or {}
  local run = { status = manifest.status, rows = rows_of(path), seconds = result.seconds or 0,
                reason = manifest.reason or result.reason, manifest = manifest }
  if OVER[run.status] then self.final[path] = run end
  return run
end

-- The best of what is watched in the first epochs of a run, lower is better; nil without any.
local function score_of(self, run, epochs)
  local best
  for i = 1, math.min(epochs, #run.rows) do
    local value = self.watched:value(run.rows[i])
    if type(value) == "number" and (best == nil or self.watched:better(value, best)) then best = value end
  end
  return best and self:value(best)
end

-- The mean over the runs of a trial; nil where one has none.
local function mean_score(self, runs, epochs)
  local sum = 0
  for _, run in ipairs(runs) do
    local score = score_of(self, run, epochs)
    if not score then return nil end
    sum = sum + score
  end
  return sum / #runs
end

local function read_trial(self, number)
  local stored = decode(self:path(number) .. "/values.json")
  if not stored then return nil end
  local trial = { number = number, values = stored.values, runs = {}, epochs = math.huge, trained = math.huge, seconds = 0,
                  over = true, busy = self.started[number] or false }
  local some = {} -- status -> true: of one of its runs at least
  for i, seed in ipairs(self.seeds) do
    local path = self:run_path(number, seed)
    local run = read_run(self, path)
    some[run.status], trial.runs[i], trial.seconds = true, run, trial.seconds + run.seconds
    trial.epochs = math.min(trial.epochs, OVER[run.status] and run.status ~= "pruned" and self.plan.epochs or #run.rows)
    trial.trained = math.min(trial.trained, #run.rows)
    trial.over = trial.over and OVER[run.status] or false
    trial.busy = trial.busy or not OVER[run.status] and run.status ~= "paused" and claim.look(path) ~= nil
    local to = run.manifest and math.tointeger(run.manifest.until_epoch)
    if not OVER[run.status] and run.status ~= "paused" and to then trial.going = math.max(trial.going or 0, to) end
    trial.failed = trial.failed or run.status == "failed" and (run.reason or "no reason was written down")
  end
  trial.score = mean_score(self, trial.runs, math.huge) or (some.diverged or some.failed) and math.huge or nil
  trial.waits = not trial.over and not trial.busy and some.paused or false
  local ended = some.pruned and "pruned" or trial.failed and "failed" or some.diverged and "diverged" or "finished"
  trial.state = trial.over and ended or trial.waits and "paused" or "running"
  return trial
end

--- All trials, by number.
---@return table[]   { number, values, runs, epochs (that it counts as having come to: all, where nothing is to follow), trained
---                   (that there are), seconds, over, busy, waits, failed (why, or false), score, state }
function studied:look()
  local trials, numbers = {}, {}
  if sys.exists(self.folder) ~= "folder" then return trials end
  for _, name in ipairs(sys.list(self.folder)) do
    if name:find("^%d+$") then numbers[#numbers + 1] = math.tointeger(tonumber(name)) end
  end
  table.sort(numbers)
  for _, number in ipairs(numbers) do trials[#trials + 1] = read_trial(self, number) end
  return trials
end

-- ---- what comes next ----

-- Makes the next trial, with values that follow from those before it; nil when another process was faster.
local function create(self, trials, number)
  local plan = self.plan
  local values = number == 1 and plan.first or methods.propose(plan.method, plan.space, plan.seed, number,
    { history = trials, trials = plan.trials })
  sys.make_folder(self:path(number))
  local file = self:path(number) .. "/values.json"
  local own = ("%s.%s.tmp.%d.0"):format(file, sys.host().hostname, sys.pid()) -- two hosts may have the same number
  sys.write_file(own, json.encode { number = number, values = values } .. "\n")
  local made = sys.link(own, file)
  sys.remove(own)
  return made and { number = number, values = values, epochs = 0 } or nil
end

--- What this process does next: a trial and the epochs that it is trained to; nil and whether others are still at work. New
--- trials begin while the time that the plan gives to training is not spent.
---@return table? work   number, values, epochs (the target)
---@return boolean? busy
function studied:next()
  local trials = self:look()
  local busy, last, seconds = false, 0, 0
  for _, trial in ipairs(trials) do
    busy, last, seconds = busy or trial.busy, math.max(last, trial.number), seconds + trial.seconds
  end
  local trial, epochs = turn.next(self.plan, trials, function(...) return self:score_at(...) end)
  if trial then return { number = trial.number, values = trial.values, epochs = epochs } end
  local is_time_left = self.plan.seconds == 0 or seconds < self.plan.seconds
  while is_time_left and last < self.plan.trials do
    last = last + 1
    trial = create(self, trials, last)
    if trial then return { number = trial.number, values = trial.values, epochs = turn.target(self.plan, trial) } end
  end
  return nil, busy
end

--- Whether a run of a trial has something to do for `work` (see next).
function studied:wants(work, seed)
  local run = read_run(self, self:run_path(work.number, seed))
  return not OVER[run.status] and (run.status ~= "paused" or #run.rows < work.epochs)
end

--- The best of what is watched in a trial's first epochs, mean over its runs, lower is better; nil where a run has none.
function studied:score_at(trial, epochs) return mean_score(self, trial.runs, epochs) end

--- The same of one run in any folder.
function studied:score_in(path, epochs) return score_of(self, { rows = rows_of(path) }, epochs) end

--- The best trial: of those that were trained longest, the one with the best score; nil without any. One that ended with an
--- error is none: it would end so again.
---@param trials table[]   see look
function studied.best(trials)
  local best
  for _, trial in ipairs(trials) do
    if trial.score and trial.score < math.huge and not trial.failed then
      local longer = best and trial.epochs > best.epochs
      if not best or longer or trial.epochs == best.epochs and trial.score < best.score then best = trial end
    end
  end
  return best
end

--- What ends a run of a trial before its last epoch: (rows so far) -> "paused", "pruned" or nil.
---@param work table   see next
function studied:judge(work)
  local plan = self.plan
  if plan.rungs then
    return function(rows) return #rows >= work.epochs and #rows < plan.epochs and "paused" or nil end
  end
  if plan.prune ~= "median" then return nil end
  return function(rows)
    local others, n = {}, #rows
    if n < plan.least then return nil end
    for _, trial in ipairs(self:look()) do
      local score = trial.number ~= work.number and #trial.runs[1].rows >= n and score_of(self, trial.runs[1], n)
      if score then others[#others + 1] = score end
    end
    return pruning.below_median(score_of(self, { rows = rows }, n), others, plan.company) and "pruned" or nil
  end
end

return studied
