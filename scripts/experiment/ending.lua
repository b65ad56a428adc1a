--- mlprun.experiment.ending - what an experiment says and writes after its last trial.
local core = require "mlprun.core"
local sys = core.sys
local account = require "mlprun.experiment.account"
local asked = require "mlprun.experiment.asked"
local columns = require "mlprun.experiment.columns"
local console = require "mlprun.experiment.console"
local files = require "mlprun.experiment.files"
local incomplete = require "mlprun.experiment.incomplete"
local outcome = require "mlprun.experiment.outcome"
local pictures = require "mlprun.experiment.pictures"
local room = require "mlprun.experiment.room"
local searched = require "mlprun.experiment.searched"
local words = require "mlprun.base.words"

local BAD_LISTED = 10

-- Files that could not be read, as paragraphs.
local function bad_files(data)
  local bad, lines = data.all:bad_files(), {}
  for i, file in ipairs(bad) do
    if i <= BAD_LISTED then lines[i] = { text = ("%s: %s"):format(file.path, file.reason), indent = true } end
  end
  if #bad > #lines then lines[#lines + 1] = { text = ("and %d more"):format(#bad - #lines), indent = true } end
  if #bad > 0 then
    table.insert(lines, 1, { text = ("%s could not be read and %s left out:"):format(words.count(#bad, "file"),
      #bad == 1 and "was" or "were") })
  end
  return lines
end

-- What a search came to: on standard output, and as a file. Returns its paragraphs.
local function tell_search(experiment, search)
  if not search then return {} end
  local lines = searched.lines(search.study, search.again, experiment.data.test ~= nil)
  sys.write_file(experiment.folder .. "/search.csv", searched.csv(search.study))
  print()
  console.paragraphs(lines)
  return lines
end

local function tell_stop(folder)
  if not sys.stop_requested() then return end
  local _, _, name = sys.signal()
  console.paragraph(("Stopped by %s. %s; trials that had not begun are missing here. The same %s goes on from here."):format(name,
    incomplete.saved(folder), sys.at_prompt() and "ml.experiment with '--resume' among its arguments, and the same trials,"
    or "command with --resume"))
end

-- What was found, on standard output.
local function show(found, notes, bad)
  print()
  console.table(found.cells, columns.own(found.cells))
  console.paragraphs(found.lines)
  if #found.lines > 0 then print() end
  console.paragraphs(notes)
  if #bad > 0 then print() end
  console.paragraphs(bad)
end

-- What was found as files in the experiment's folder.
local function write(experiment, found, stored, known)
  local folder, data = experiment.folder, experiment.data
  local lines = table.move(stored.notes, 1, #stored.notes, #found.lines + 1, table.move(found.lines, 1, #found.lines, 1, {}))
  local facts, search = pictures.facts(data), stored.search or {}
  table.move(search, 1, #search, #lines + 1, lines)
  sys.write_file(folder .. "/results.csv", files.csv(found.results))
  sys.write_file(folder .. "/results.md", files.markdown(experiment.name, ("%s\n\nData: %s, %s in %s"):format(experiment.about,
    facts.path, words.count(facts.pictures, "picture"), pictures.kinds(#data.classes, facts.labels)), found.cells, lines))
  account.finish(experiment, stored, ("mlprun %s, %s"):format(sys.version, os.date("!%Y-%m-%d %H:%M UTC")))
  require("mlprun.report").write(folder, known)
end

--- The table, the sentences, the notes; also as files. Where something is wrong with what the script asked for, the usual ones
--- are made, so that the training was not for nothing, and then the error is raised.
---@param results table   see summary.lua
---@param o table         columns, pairs, conclude: see Experiment:report
---@param more table      missing: paragraphs about runs that have no result; gathered: other processes trained; at_work: how many
---                       runs other processes are at work on, who write the files when they are done
return function(experiment, results, o, more)
  tell_stop(experiment.folder)
  local search = tell_search(experiment, results.search)
  if #results.trials == 0 then
    print(results.search and "no trial was trained again: there is nothing to compare"
      or "no trial was run: there is nothing to report")
    return
  end
  local fine, found = pcall(asked.outcome, results, o)
  local wrong = not fine and found
  if wrong then found = outcome.of(results, {}) end
  local bad = bad_files(experiment.data)
  local changed = pictures.changed(experiment.data, experiment.options)
  if changed then bad[#bad + 1] = { text = changed } end
  table.move(more.missing or {}, 1, #(more.missing or {}), #bad + 1, bad)
  local stored = account.of(found, experiment.folder, experiment.data.answers, bad)
  stored.search = results.search and search or nil
  stored.study = results.search and searched.facts(results.search.study) or nil
  show(found, stored.notes, bad)
  local folder, entry = experiment.folder, console.entry
  local others = more.at_work or 0
  if others == 0 then write(experiment, found, stored, more.gathered) end
  print()
  if others > 0 then
    entry("results", ("%s: other processes are at work on %s, so report.html, results.md and results.csv are left as they are; "
      .. "the same command with --resume writes them when those have ended"):format(folder, words.count(others, "run")))
  else
    entry("results", ("%s: report.html, results.md and results.csv, charts, and a folder for each run; %s in all"):format(
      folder, words.duration(sys.clock() - experiment._began)))
  end
  local kept = room.words(results.trials, experiment.options, more.gathered)
  for i, line in ipairs(kept) do entry(i == 1 and "kept" or "", line) end
  entry("curves", ("tensorboard --logdir %s   (or metrics.jsonl in each run's folder)"):format(folder))
  entry("data", ("%s; for your own photos: --data=FOLDER"):format(experiment.data.place))
  io.stdout:flush()
  if wrong then error(wrong, 0) end
end
