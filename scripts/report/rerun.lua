--- mlprun.report.rerun - `mlprun rerun RUN`: trains a run again, from its manifest, and says whether it is the same.
local core = require "mlprun.core"
local io_, sys = core.io, core.sys
local compare = require "mlprun.report.compare"
local folder_ = require "mlprun.experiment.folder"
local folds = require "mlprun.experiment.folds"
local load_ = require "mlprun.report.load"
local names = require "mlprun.base.names"
local words = require "mlprun.base.words"

local OUT = "runs/rerun"

local function read_arguments(given)
  local asked = { out = OUT }
  for _, word in ipairs(given) do
    local key, value = word:match("^%-%-(%w+)=(.*)$")
    if key == "out" and value ~= "" then asked.out = value
    elseif word:sub(1, 1) == "-" then
      local hint = names.hint(word:match("^%-%-([^=]*)") or word, { "out", "help" }, { mark = "--" })
      return nil, ("unknown option '%s'%s"):format(word, hint)
    elseif asked.path then return nil, ("unexpected '%s': expected one run"):format(word)
    else asked.path = word end
  end
  if not asked.path then return nil, "expected the folder of a run, or its manifest.json" end
  return asked
end

-- The run of a folder or a manifest.
local function run_at(path)
  local folder = sys.exists(path) == "file" and (path:match("^(.*)/[^/]*$") or ".") or path:gsub("(.)/+$", "%1")
  local manifest = load_.manifest(folder)
  if not manifest then
    sys.fail(("'%s' is no run: expected its folder, such as runs/dropout/dropout=0/seed-42, or its manifest.json"):format(path))
  end
  if type(manifest.script) ~= "table" or type(manifest.command) ~= "table" then
    sys.fail(("'%s' was no script's run: its manifest has no text that could run again"):format(path))
  end
  return { path = folder, manifest = manifest }
end

-- The script to run: the file, where it is what it was; else its text as it was, beside the new run.
local function script_of(manifest, folder, out)
  local script = manifest.script
  local path = script.path:sub(1, 1) == "/" and script.path or folder .. "/" .. script.path
  local ok = sys.exists(path) == "file"
  if ok and io_.sha256(sys.read_file(path)) == script.sha256 then return path end
  local copy = out .. "/" .. script.path:match("[^/]*$")
  sys.make_folder(out)
  sys.write_file(copy, script.text)
  print(("'%s' %s: its text as it was is in '%s'"):format(script.path, ok and "has changed since" or "is not there", copy))
  return sys.real_path(copy)
end

local function tell_changed_files(manifest, folder)
  for _, file in ipairs(manifest.script.files or {}) do
    local path = file.path:sub(1, 1) == "/" and file.path or folder .. "/" .. file.path
    local ok = sys.exists(path) == "file"
    if not ok or io_.sha256(sys.read_file(path)) ~= file.sha256 then
      print(("'%s', which the script needs, %s"):format(file.path, ok and "has changed since" or "is not there"))
    end
  end
end

-- The run's number among those of its experiment.
local function number_of(manifest)
  local o = manifest.options
  return (manifest.number - 1) * folds.runs(o) + manifest.seed - o.seed + 1
end

-- Options that say which runs are trained, and where: this run's own take their place. true: they have a value.
local MINE = { out = true, runs = true, shard = true, jobs = true, keep = true, task = true, restarts = true, resume = false,
               plan = false, train = false }

-- What stood behind the script on the command line.
local function arguments_of(manifest)
  local list, behind, value = {}, false, false
  for _, word in ipairs(manifest.command) do
    local name = word:match("^%-%-no%-([%w_-]+)$") or word:match("^%-%-([%w_-]+)")
    local mine = name and MINE[(name:gsub("-", "_"))]
    if behind and mine == nil and not (value and not name) then list[#list + 1] = word end
    value = mine and not word:find("=", 1, true) -- which is the next word then
    behind = behind or word == manifest.script.path
  end
  return list
end

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

-- Trains it; returns its folder.
local function train(run, out)
  local manifest = run.manifest
  local folder = type(manifest.working_folder) == "string" and manifest.working_folder or "."
  if sys.exists(folder) ~= "folder" then
    sys.fail(("the run's working folder '%s' is not there, and its paths begin in it"):format(folder))
  end
  sys.make_folder(out)
  out = sys.real_path(out)
  local command = { sys.real_path("/proc/self/exe"), script_of(manifest, folder, out) }
  tell_changed_files(manifest, folder)
  for _, word in ipairs(arguments_of(manifest)) do command[#command + 1] = word end
  for _, word in ipairs { "--out=" .. out, ("--runs=%d"):format(number_of(manifest)), "--keep=all" } do
    command[#command + 1] = word
  end
  for i, word in ipairs(command) do command[i] = quoted(word) end
  io.stdout:flush()
  local ok, how, status = os.execute(("cd %s && exec %s"):format(quoted(folder), table.concat(command, " ")))
  if not ok then
    if how == "signal" or status >= 128 then sys.exit(how == "signal" and 128 + status or status) end
    sys.fail(("the run ended with status %d"):format(status))
  end
  local place = run.path:match("([^/]+/[^/]+)$") or sys.real_path(run.path):match("([^/]+/[^/]+)$")
  return ("%s/%s/%s"):format(out, folder_.safe_name(manifest.experiment), place)
end

-- What is the same, and what is not. Returns whether all is.
local function tell(run, again)
  local curves, weights, same = compare.curves(run, again), compare.weights(run, again)
  if not curves and same then
    print(("The same bits: %s and its weights."):format(words.count(again.manifest.result.epochs, "epoch")))
    return true
  end
  if not curves and same == nil then
    print("The same curve to the last digit; " .. weights .. ".")
    return true
  end
  local cells = compare.differences(run.manifest, again.manifest, { "then", "now" })
  if #cells > 1 then print(compare.text(cells, compare.columns()) .. "\n") end
  print(("It differs: %s; %s."):format(curves or "the curves are the same", weights))
  return false
end

--- mlprun rerun RUN [--out=FOLDER]
return function(wrong, ...)
  local asked, problem = read_arguments { ... }
  if not asked then return wrong("rerun", problem) end
  local run = run_at(asked.path)
  local path = train(run, asked.out)
  local manifest = load_.manifest(path)
  if not manifest then sys.fail(("the run left nothing in '%s'"):format(path)) end
  print(("\n%s, trial %s, seed %d, again: %s"):format(manifest.experiment, manifest.trial, manifest.seed, path))
  return tell(run, { path = path, manifest = manifest }) and 0 or 1
end
