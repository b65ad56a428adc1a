--- mlprun.report.load - runs as they lie in folders: <experiment>/<trial>/seed-<n>/manifest.json and what is beside it.
local core = require "mlprun.core"
local json, sys = core.json, core.sys
local account = require "mlprun.experiment.account"
local course = require "mlprun.experiment.course"
local likeness = require "mlprun.experiment.likeness"
local leftovers = require "mlprun.experiment.leftovers"
local options = require "mlprun.options"
local passing = require "mlprun.base.passing"
local resume = require "mlprun.experiment.resume"
local shared = require "mlprun.base.shared"
local words = require "mlprun.base.words"

local load_ = {}

local DEEPEST = 6
local OF_SEARCH = "^(.*)/search/%d+/[^/]*$" -- a trial's run of a search, in the experiment's folder
local SHORT = 40 -- letters, up to which Lua keeps equal texts once by itself

--- The manifest of a run's folder; nil when there is none, or something else in its place.
function load_.manifest(path)
  local ok, manifest = passing.pcall(function() return json.decode(sys.read_file(path .. "/manifest.json")) end)
  if ok and type(manifest) == "table" and type(manifest.experiment) == "string" and type(manifest.trial) == "string"
    and math.type(manifest.seed) == "integer" then
    for field, value in pairs(manifest) do
      local large = type(value) == "table" and field ~= "result" or type(value) == "string" and #value > SHORT
      if large then manifest[field] = shared.plain(value) end
    end
    return manifest
  end
end

-- One that is there and is none is passed over, with a word.
local function tell_what_is_no_run(path)
  local file = path .. "/manifest.json"
  if sys.exists(file) then io.stderr:write(("mlprun: '%s' is not a run's manifest: skipped\n"):format(file)) end
end

local function gather(path, depth, runs, known)
  local read = known[path]
  local manifest = not read and load_.manifest(path)
  if read or manifest then
    runs[#runs + 1] = read or { path = path, manifest = manifest }
    return
  end
  tell_what_is_no_run(path)
  if depth >= DEEPEST then return end
  local ok, names = passing.pcall(sys.list, path)
  if not ok then
    io.stderr:write(("mlprun: %s: skipped\n"):format(names))
    return
  end
  for _, name in ipairs(names) do
    local below = path .. "/" .. name
    if name:sub(1, 1) ~= "." and not leftovers.is_aside(name) and sys.exists(below) == "folder" then
      gather(below, depth + 1, runs, known)
    end
  end
end

-- Trials as they stand in a table: by their number, of runs without one by when they were started.
local function before(a, b)
  local x, y = math.tointeger(a.manifest.number) or math.huge, math.tointeger(b.manifest.number) or math.huge
  if x ~= y then return x < y end
  local s, t = tostring(a.manifest.started), tostring(b.manifest.started)
  if x == math.huge and s ~= t then return s < t end
  return a.path < b.path
end

--- All runs at or below a folder, in the order in which they were started.
---@param known? table   by folder, those that were read already: they are not read again
---@return table[]   { path, manifest }
function load_.runs(path, known)
  path = path:gsub("(.)/+$", "%1")
  local kind = sys.exists(path)
  if kind ~= "folder" then
    sys.fail(kind and ("'%s' is a file, expected the folder of an experiment, such as runs/dropout"):format(path)
      or ("there is no folder '%s'"):format(path))
  end
  local runs = {}
  gather(path, 0, runs, known or {})
  table.sort(runs, function(a, b)
    local x, y = tostring(a.manifest.started), tostring(b.manifest.started)
    if x ~= y then return x < y end
    return before(a, b)
  end)
  return runs
end

--- The folders of the experiments that runs belong to, in the order of the runs.
---@param runs table[]   load_.runs'
---@return string[]
function load_.folders(runs)
  local list, known = {}, {}
  for _, run in ipairs(runs) do
    local above = run.path:match(OF_SEARCH) or run.path:match("^(.*)/[^/]*/[^/]*$")
    if not above or above:find("^%.?%.?$") then above = sys.real_path(run.path):match("^(.*)/[^/]*/[^/]*$") end
    if not known[above] then known[above], list[#list + 1] = true, above end
  end
  return list
end

-- ---- results of runs ----

-- The curve of a run that left no result, as far as it can be read: a kill may have cut the last line.
local function curve_of(path)
  local ok, text = passing.pcall(sys.read_file, path .. "/metrics.jsonl")
  local rows, best = course.rows(ok and text or nil), nil
  for _, row in ipairs(rows) do
    if row.val_accuracy and (not best or row.val_accuracy > best.val_accuracy) then best = row end
  end
  return course.of(rows), best
end

--- A run as summary.lua takes it; without a result in the manifest with the best row of its curve as `so_far`.
---@param run table   { path, manifest }; its result is kept in it
function load_.result(run)
  if run.result then return run.result end
  local m = run.manifest
  local ok, result = false, nil
  if type(m.result) == "table" then ok, result = passing.pcall(resume.result_of, run.path, m) end
  if not ok then
    if result then io.stderr:write(("mlprun: %s: this run counts as one without a result\n"):format(result)) end
    local history, best = curve_of(run.path)
    result = { history = history, epochs = history.epochs, so_far = best }
  end
  result.seed, result.status, result.path = m.seed, m.status, run.path
  result.reason, result.seconds = result.reason or m.reason, result.seconds or m.seconds -- of one that an error ended
  run.result = result
  return result
end

-- ---- experiments ----

local WORDS = { version = "another version of mlprun", script = "another script", groups = "other groups of pictures",
                pictures = "other pictures" }

local function shown(value)
  if value == nil then return "not there" end
  return options.shown(value)
end

-- In what a run differs from those that are reported; nil when it does not.
local function difference(manifest, from)
  local said, except = {}, {}
  while true do
    local what, key = likeness.between_trials(manifest, from, except)
    if what ~= "option" then return WORDS[what] or said[1] and table.concat(said, ", ") end
    said[#said + 1] = ("--%s was %s, not %s"):format(key, shown((manifest.options or {})[key]),
      shown((from.options or {})[key]))
    except[key] = true
  end
end

-- The manifest of the run that was started last.
local function latest(runs)
  local last
  for _, run in ipairs(runs) do
    if not last or tostring(run.manifest.started) >= tostring(last.started) then last = run.manifest end
  end
  return last
end

-- Runs by trial, in the table's order.
local function trials_of(runs)
  table.sort(runs, before)
  local trials, known = {}, {}
  for _, run in ipairs(runs) do
    local name = run.manifest.trial
    if not known[name] then
      known[name] = { name = name, runs = {}, values = run.manifest.values, own = run.manifest.own }
      trials[#trials + 1] = known[name]
    end
    table.insert(known[name].runs, load_.result(run))
  end
  for _, trial in ipairs(trials) do
    table.sort(trial.runs, function(a, b) return (a.seed or 0) < (b.seed or 0) end)
  end
  return trials
end

-- Whether runs are those that a stored account is about.
local function are_those_of(stored, trials, folder)
  local count, of = 0, {}
  for _, run in ipairs(stored.runs or {}) do of[run.path] = run end
  for _, trial in ipairs(trials) do
    for _, run in ipairs(trial.runs) do
      local known = of[run.path:sub(#folder + 2)]
      local same = known and known.status == run.status and known.epochs == run.epochs
        and known.val_accuracy == run.val_accuracy and known.val_loss == run.val_loss
      if not same then return false end
      count = count + 1
    end
  end
  return count == #(stored.runs or {})
end

-- The runs that belong to the last call, and the others with what is different. A call that came to its end names its own.
local function split(runs, stored, reference, folder)
  local named, belong, apart = nil, {}, {}
  if stored and stored.status == "finished" then
    named = {}
    for _, run in ipairs(stored.runs or {}) do named[run.path] = true end
  end
  for _, run in ipairs(runs) do
    local why = difference(run.manifest, reference)
      or named and not named[run.path:sub(#folder + 2)] and "the last call did not run it"
    if why then apart[#apart + 1] = { trial = run.manifest.trial, seed = run.manifest.seed, path = run.path, why = why }
    else belong[#belong + 1] = run end
  end
  return belong, apart
end

-- The runs that a table can be about: those of a search chose values, and are no part of it. All, where there are no others.
local function in_table(runs, folder)
  local list = {}
  for _, run in ipairs(runs) do
    if run.path:match(OF_SEARCH) ~= folder then list[#list + 1] = run end
  end
  return #list > 0 and list or runs
end

--- The experiment in a folder. What is compared is what its last call ran; the rest is apart.
---@param folder string
---@param known? table   see load_.runs
---@return table   folder, name, trials (see summary.lua), apart (a list of { trial, seed, path, why }), reference (what the
---                runs have in common, in the words of a manifest), stored (account.read's; nil when it is not about these runs)
function load_.experiment(folder, known)
  local runs, stored = in_table(load_.runs(folder, known), folder), account.read(folder)
  local reference = stored or latest(runs)
  if not reference then sys.fail(("no run in '%s' can be read"):format(folder)) end
  if type(reference.options) == "table" then reference.options = shared.plain(reference.options) end
  local belong, apart = split(runs, stored, reference, folder)
  if #belong == 0 then -- the last call left nothing
    reference = latest(runs)
    stored, belong, apart = nil, split(runs, nil, reference, folder)
  end
  local trials = trials_of(belong)
  if stored and (stored.status ~= "finished" or not are_those_of(stored, trials, folder)) then stored = nil end
  return { folder = folder, name = reference.experiment, trials = trials, apart = apart, reference = reference,
           stored = stored }
end

--- What is apart, in words.
---@return table[]   paragraphs, a line for each trial
function load_.apart_words(apart)
  if #apart == 0 then return {} end
  local lines, known = {}, {}
  for _, run in ipairs(apart) do
    local key = run.trial .. "\0" .. run.why
    local line = known[key]
    if not line then
      line = { trial = run.trial, why = run.why, seeds = {} }
      known[key], lines[#lines + 1] = line, line
    end
    line.seeds[#line.seeds + 1] = tostring(run.seed)
  end
  for i, line in ipairs(lines) do
    lines[i] = { indent = true, text = ("%s, %s %s: %s"):format(line.trial, #line.seeds == 1 and "seed" or "seeds",
      words.list(line.seeds), line.why) }
  end
  table.insert(lines, 1, { text = ("%s in this folder of other calls, which %s not compared with these:"):format(
    words.count(#apart, "run"), #apart == 1 and "is" or "are") })
  return lines
end

return load_
