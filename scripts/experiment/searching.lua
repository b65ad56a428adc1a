--- mlprun.experiment.searching - activity:search: trials whose values are looked for, then the best of them and the baseline
--- trained again.
local core = require "mlprun.core"
local process, sys = core.process, core.sys
local alike = require "mlprun.base.alike"
local attempt = require "mlprun.experiment.attempt"
local claim = require "mlprun.experiment.claim"
local defer = require "mlprun.base.defer"
local fields = require "mlprun.experiment.fields"
local incomplete = require "mlprun.experiment.incomplete"
local leftovers = require "mlprun.experiment.leftovers"
local limits = require "mlprun.experiment.limits"
local methods = require "mlprun.search.methods"
local names = require "mlprun.base.names"
local options = require "mlprun.options"
local passing = require "mlprun.base.passing"
local space = require "mlprun.search.space"
local studied = require "mlprun.experiment.studied"
local turn = require "mlprun.search.turn"
local watch = require "mlprun.experiment.watch"
local words = require "mlprun.base.words"
local json = core.json

local searching = {}

local WHO = "activity:search"
local WAIT = 1 -- seconds between two looks at what other processes do
local SOON = 0.1 -- the same where they only begin
local TAKING_PART = "processes" -- the folder of a search with a claim of each process

local DEFAULTS = { trials = 40, method = "tpe", prune = "none", reduction = 3, min_epochs = 1, budget = "", seeds = 1 }
local PRUNES = { "asha", "hyperband", "median", "none" }

-- ---- what is asked for ----

local function refuse(problem, ...) sys.fail((WHO .. ": " .. problem):format(...)) end

local LEAST = { trials = 1, reduction = 2, min_epochs = 1, seeds = 1, confirm = 1 }

local function check_numbers(o)
  for name, least in pairs(LEAST) do
    if math.type(o[name]) ~= "integer" or o[name] < least then
      refuse("%s is %s, expected a whole number of at least %d", name, words.value(o[name]), least)
    end
  end
  if not limits.seconds(o.budget) then
    refuse("budget is %s, expected a time such as 20m, 1h30m or 90s", words.value(o.budget))
  end
  for name, known in pairs { method = names.of(methods.KNOWN), prune = PRUNES } do
    local problem = names.problem(o[name], known, name)
    if problem then refuse("%s", problem) end
  end
end

-- Where nobody says what the values usually are: the middle of every range, the first of every choice.
local function middle(list)
  local values = {}
  for _, entry in ipairs(list) do
    local dimension = entry.dimension
    if space.is_choice(dimension) then values[entry.name] = dimension.values[1]
    else values[entry.name] = dimension:value(0.5) end
  end
  return values
end

--- What a search does, of what the script asks for.
---@param common table   the experiment's options
function searching.plan(o, common)
  o = options.check(o, fields.names(fields.search), WHO)
  for name, value in pairs(DEFAULTS) do
    if o[name] == nil then o[name] = value end
  end
  o.confirm = o.confirm or common.seeds
  local epochs, seed = common.epochs, common.seed
  check_numbers(o)
  if type(o.train) ~= "function" then
    refuse("train is %s, expected a function (run, values) that sets run.model and run.optimizer and calls run:fit()",
      words.value(o.train))
  end
  local list = space.read(o.space, WHO)
  if o.baseline then space.check(list, o.baseline, WHO .. ": baseline") end
  local plan = { space = list, trials = methods.count(o.method, list, o.trials), method = o.method, prune = o.prune,
                 reduction = o.reduction, least = o.min_epochs, company = 5, seconds = limits.seconds(o.budget),
                 seeds = o.seeds, confirm = o.confirm, seed = seed, train = o.train, epochs = epochs,
                 baseline = o.baseline or middle(list), named = o.baseline and true or false }
  if o.min_epochs > epochs then
    refuse("min_epochs is %d, but a run has at most %s", o.min_epochs, words.count(epochs, "epoch"))
  end
  return turn.add_rungs(plan)
end

-- What has to be the same for a search to go on.
local function identity(plan)
  local dimensions = {}
  for i, entry in ipairs(plan.space) do dimensions[i] = entry.name .. ": " .. tostring(entry.dimension) end
  return { space = dimensions, method = plan.method, prune = plan.prune, reduction = plan.reduction, least = plan.least,
           seeds = plan.seeds, seed = plan.seed, epochs = plan.epochs, baseline = plan.baseline }
end

-- ---- the folder ----

-- The claim of a living process that takes part: on a run, or on the search, which it has between two runs, too.
local function is_at_work(folder)
  for _, part in ipairs(sys.list(folder)) do
    local path = folder .. "/" .. part
    for _, name in ipairs((part:find("^%d+$") or part == TAKING_PART) and sys.list(path) or {}) do
      local held = sys.exists(path .. "/" .. name) == "folder" and claim.look(path .. "/" .. name)
      if held then return held end
    end
  end
end

-- From here on this process takes part in the search, until the claim is released.
local function take_part(experiment, folder)
  local path = ("%s/%s/%s-%d"):format(folder, TAKING_PART, sys.host().hostname, sys.pid())
  local claimed = claim.take(path, experiment._task or nil)
  return claimed, defer(function()
    claimed:release()
    sys.remove(path) -- not the folder of all, where somebody may just begin
  end)
end

-- Claims the experiment's folder for a moment: of processes that begin at the same time one finds what was there before, and the
-- others what it made. nil after a request to stop.
local function claim_beginning(experiment)
  while not sys.stop_requested() do
    local claimed = claim.take(experiment.folder, experiment._task or nil)
    if claimed then return claimed end
    process.wait({}, SOON)
  end
end

-- An earlier search in the same folder goes on with --resume, where it was the same; else it is moved aside.
local function find_or_make(experiment, folder, plan)
  local file = folder .. "/study.json"
  local now = json.decode(json.encode(identity(plan)))
  if sys.exists(folder) == "folder" then
    local ok, before = passing.pcall(function() return json.decode(sys.read_file(file)) end)
    local same = ok and alike(before, now)
    if experiment.options.resume and same then return end
    local held = is_at_work(folder)
    if held then
      refuse("%s is at work on a search in '%s': with --resume this process takes part in it%s", claim.words(held), folder,
        experiment.options.resume and ", where it asks for the same" or "")
    end
    local aside = leftovers.move_aside(folder)
    experiment._progress:say(("search: an earlier one %s; it is in %s"):format(experiment.options.resume
      and "asked for something else" or "was there, and --resume was not given", aside))
  end
  sys.make_folder(folder)
  sys.write_file(file, json.encode(now) .. "\n")
end

-- The claim of taking part, and what ends it when it is closed; nil after a request to stop.
local function prepare(experiment, folder, plan)
  local claimed = claim_beginning(experiment)
  if not claimed then return end
  local _ <close> = defer(function() claimed:release() end)
  find_or_make(experiment, folder, plan)
  return take_part(experiment, folder)
end

-- ---- words ----

local function pruning_words(plan)
  if plan.prune == "median" then
    return ("a trial ends where it is worse than half of the others, of %d at least, after as many epochs"):format(plan.company)
  elseif plan.prune == "hyperband" then
    local begins = {}
    for i, bracket in ipairs(plan.tables) do begins[i] = ("%d with %g"):format(bracket.trials, plan.brackets[i][1]) end
    return ("in brackets that begin with few epochs or more (%s), of each of which one of %d goes on"):format(
      table.concat(begins, ", "), plan.reduction)
  elseif #(plan.rungs or {}) > 1 then
    local last = #plan.rungs - 1
    local before = table.concat(plan.rungs, ", ", 1, last - 1)
    return ("one of %d goes on after %s%s"):format(plan.reduction, last > 1 and before .. " and " or "",
      words.count(plan.rungs[last], "epoch"))
  end
  return "each is trained to its end"
end

--- What a search says before its first trial.
function searching.words(plan)
  return ("%s by %s%s; %s"):format(words.count(plan.trials, "trial"), plan.method, plan.seconds > 0
    and (", begun within %s of training"):format(words.duration(plan.seconds)) or "", pruning_words(plan))
end

-- ---- the search ----

local function spec_of(experiment, study, work, seed, first)
  local o = {}
  for key, value in pairs(experiment.options) do o[key] = value end
  o.resume = true
  local data = {}
  for key, value in pairs(experiment.data) do data[key] = value end
  data.test = nil -- a search never sees it
  local values = {}
  for key, value in pairs(work.values) do values[key] = value end
  return { trial = ("search %d (%s)"):format(work.number, space.words(study.plan.space, values)), number = work.number,
           seed = seed, fn = function(run) return study.plan.train(run, values) end, options = o, data = data, first = first,
           place = ("search/%04d/seed-%d"):format(work.number, seed), values = values, until_epoch = work.epochs,
           judge = study:judge(work) }
end

-- The process of a trial has ended before its run did, which is the first one that has something to do still. Where that is not
-- written down the trial is open, and would be begun again and again.
local function lost(experiment, study, work, why)
  for _, seed in ipairs(study.seeds) do
    if study:wants(work, seed) then return attempt.lost(experiment, spec_of(experiment, study, work, seed, false), why) end
  end
  return { status = "failed" }
end

-- A trial's runs to its next rung. first: whether it is the first that this process trains, which says what is decided.
local function train(experiment, study, work, first)
  local status = "finished"
  for _, seed in ipairs(study.seeds) do
    if study:wants(work, seed) then
      local result = attempt.run(experiment, spec_of(experiment, study, work, seed, first))
      first = first and result.status == "running" -- another process is at work on it
      if result.status == "stopped" or result.at_stop then return { status = result.status, at_stop = result.at_stop } end
      if result.status == "failed" then status = "failed" end
    end
  end
  return { status = status }
end

local function begin(experiment, study, work, share_threads)
  local first = not study.begun
  study.begun, study.started[work.number] = true, true
  local function ended() study.started[work.number] = nil end
  local function done(result)
    incomplete.note(("%s/search/%d"):format(experiment.folder, work.number), result)
  end
  if not experiment._jobs then
    local result = train(experiment, study, work, first)
    ended()
    done(result)
    return result.status ~= "stopped" and not result.at_stop
  end
  return experiment._jobs:start(("search %d:"):format(work.number), function(relay, share)
    share_threads(experiment, relay, share)
    return train(experiment, study, work, first)
  end, done, function(why) return lost(experiment, study, work, why) end, ended)
end

--- Goes through the trials of a search; false after a request to stop.
---@param warm function            decodes the pictures before the first process begins
---@param share_threads function   makes a process train with its share: (experiment, relay, share)
---@return table study   see studied.lua
---@return boolean
function searching.run(experiment, plan, warm, share_threads)
  local folder, seeds = experiment.folder .. "/search", {}
  for k = 1, plan.seeds do seeds[k] = experiment.options.seed + k - 1 end
  local part, leaving = prepare(experiment, folder, plan)
  local _ <close> = leaving
  local study = studied(folder, plan, watch(experiment.options.monitor, experiment.options.mode), seeds)
  if experiment._jobs then warm() end
  while part and not sys.stop_requested() do
    if experiment._jobs then experiment._jobs:wait_for_place() end
    local work, busy = study:next()
    if work then
      if not begin(experiment, study, work, share_threads) then return study, false end
    elseif experiment._jobs and next(study.started) then
      experiment._jobs:turn()
    elseif busy then
      process.wait({}, WAIT)
    else
      return study, true
    end
  end
  return study, false
end

return searching
