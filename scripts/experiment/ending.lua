--- mlprun.experiment.ending - what an experiment says and writes after its last trial.
local core = require "mlprun.core"
local sys = core.sys
local columns = require "mlprun.experiment.columns"
local console = require "mlprun.experiment.console"
local files = require "mlprun.experiment.files"
local names = require "mlprun.base.names"
local outcome = require "mlprun.experiment.outcome"
local pictures = require "mlprun.experiment.pictures"
local sentences = require "mlprun.experiment.sentences"
local words = require "mlprun.base.words"

local BAD_LISTED = 10

local function check_columns(asked)
  for _, name in ipairs(asked or {}) do
    local problem = names.problem(name, names.of(columns.KNOWN), "column")
    if problem then sys.fail("activity:report: " .. problem) end
  end
end

local function check_pairs(wanted, results)
  local known = {}
  for i, trial in ipairs(results.trials) do known[i], known[trial.name] = trial.name, true end
  for _, pair in ipairs(wanted or {}) do
    for _, name in ipairs(pair) do
      if not known[name] and not sys.stop_requested() then
        sys.fail(("activity:report: pairs names a trial '%s' that was not run%s"):format(tostring(name),
          names.hint(name, known)))
      end
    end
  end
end

-- Whether a trial took other validation pictures than the experiment's, such as those of some classes.
local function other_pictures(results, val)
  for _, trial in ipairs(results.trials) do
    for _, run in ipairs(trial.runs) do
      if run.correct and #run.correct ~= #val then return true end
    end
  end
  return false
end

local function notes_of(experiment, results)
  local val = experiment.data.val
  local share, class = pictures.largest_class(val)
  return sentences.notes { pictures = #val, seeds = experiment.options.seeds, share = share, class = class,
                           others = other_pictures(results, val) }
end

local function print_bad_files(data)
  local bad = data.all:bad_files()
  if #bad == 0 then return end
  print()
  print(("%s could not be read and %s left out:"):format(words.count(#bad, "file"), #bad == 1 and "was" or "were"))
  for i, file in ipairs(bad) do
    if i > BAD_LISTED then
      print(("  and %d more"):format(#bad - BAD_LISTED))
      break
    end
    print(("  %s: %s"):format(file.path, file.reason))
  end
end

-- The account on standard output.
local function show(account, notes, data)
  if sys.stop_requested() then
    print("Stopped on request. What was reached is saved; trials that had not begun are missing here. The same command")
    print("with --resume goes on from here.")
  end
  print()
  console.table(account.cells, columns.OWN)
  console.paragraphs(account.lines)
  if #account.lines > 0 then print() end
  console.paragraphs(notes)
  print_bad_files(data)
end

-- The account as files in the experiment's folder.
local function write(experiment, account, notes)
  local folder, data = experiment.folder, experiment.data
  local lines = table.move(notes, 1, #notes, #account.lines + 1, table.move(account.lines, 1, #account.lines, 1, {}))
  local facts = pictures.facts(data)
  sys.write_file(folder .. "/results.csv", files.csv(account.results))
  sys.write_file(folder .. "/results.md", files.markdown(experiment.name, ("%s\n\nData: %s, %s in %s"):format(experiment.about,
    facts.path, words.count(facts.pictures, "picture"), words.count(#data.classes, "class")), account.cells, lines))
  require("mlprun.report").write(folder, {
    name = experiment.name, about = experiment.about, results = account.results, cells = account.cells, lines = lines,
    data = pictures.line(facts, #data.classes), command = table.concat(experiment._process.command, " "),
  })
end

--- The table, the sentences, the notes; also as files.
---@param results table   see summary.lua
---@param o table         columns, pairs, conclude: see Experiment:report
return function(experiment, results, o)
  if #results.trials == 0 then
    print("no trial was run: there is nothing to report")
    return
  end
  check_columns(o.columns)
  check_pairs(o.pairs, results)
  local account, notes = outcome.of(results, o), notes_of(experiment, results)
  show(account, notes, experiment.data)
  write(experiment, account, notes)
  local folder, entry = experiment.folder, console.entry
  print()
  entry("results", ("%s: report.html, results.md and results.csv, charts, and a folder for each run; %s in all"):format(
    folder, words.duration(sys.clock() - experiment._began)))
  entry("curves", ("tensorboard --logdir %s   (or metrics.jsonl in each run's folder)"):format(folder))
  entry("data", ("%s; for your own photos: --data=FOLDER"):format(experiment.data.all.root))
  io.stdout:flush()
end
