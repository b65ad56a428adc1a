--- mlprun.report - what runs amount to, as files: charts, and report.html, one page that needs nothing else. Made at the end of
--- every experiment, and by `mlprun report DIR` later, by the same function from the same files.
local core = require "mlprun.core"
local sys = core.sys
local account = require "mlprun.experiment.account"
local answers = require "mlprun.report.answers"
local columns = require "mlprun.experiment.columns"
local console = require "mlprun.experiment.console"
local curves = require "mlprun.report.curves"
local forest = require "mlprun.report.forest"
local html = require "mlprun.report.html"
local judged = require "mlprun.experiment.judged"
local load_ = require "mlprun.report.load"
local outcome = require "mlprun.experiment.outcome"
local page = require "mlprun.report.page"
local pictures = require "mlprun.experiment.pictures"
local sentences = require "mlprun.experiment.sentences"
local shell = require "mlprun.base.shell"
local words = require "mlprun.base.words"

local report = {}

local SHORT = 5 -- columns of the table that everybody needs: the others are folded

-- ---- what is known ----

-- The experiment in a folder with what it amounts to: as its last call said, or, where runs changed since or the call did not
-- come to its end, as the runs say.
local function read(folder)
  local experiment = load_.experiment(folder)
  local from = experiment.reference
  local said = experiment.stored
  if not said then
    said = account.of(outcome.of(experiment), folder, from.classes or {}, {})
    said.made = ("mlprun %s, %s, from what the runs left: the script's own conclusion is not part of it"):format(sys.version,
      os.date("!%Y-%m-%d %H:%M UTC"))
  end
  experiment.said = said
  experiment.about = type(from.about) == "string" and from.about or ""
  experiment.data = pictures.line(type(from.data) == "table" and from.data or {}, #(from.classes or {}))
  experiment.apart_words = load_.apart_words(experiment.apart)
  return experiment
end

-- ---- sections ----

local function differences(said)
  local first = said.cells[2] and said.cells[2][1]:gsub("  %(.*$", "") or ""
  local chart = forest.svg(said.differences, first)
  if #said.lines == 0 then return nil end
  return { title = "Which differences are real", body = ("%s%s"):format(chart and "<div>" .. chart .. "</div>\n"
    .. '<p class="quiet">A bar is the 95 % interval of a difference. Bars in colour are more than chance, after correction for '
    .. "the number of comparisons; inside of the grey band a true difference would usually not show.</p>\n" or "",
    html.folded("All comparisons in words", html.paragraphs(said.lines))) }
end

local function table_of(said)
  local body = html.table(said.cells, SHORT)
  if #said.cells[1] > SHORT then body = body .. "\n" .. html.folded("All columns", html.table(said.cells)) end
  return { title = "Results", body = body }
end

local function figures(list)
  local parts = {}
  for i, figure in ipairs(list) do parts[i] = "<div>" .. figure:svg() .. "</div>" end
  return '<div class="charts">\n' .. table.concat(parts, "\n") .. "\n</div>"
end

-- The score of a run, or what one that left no result had reached.
local function score(run)
  if run.val_accuracy then return words.percent(run.val_accuracy) end
  return run.so_far and "up to " .. words.percent(run.so_far.val_accuracy) or "-"
end

local function run_cells(results)
  local cells, test = { { "run", "status", "validation", "training", "best epoch", "epochs", "seconds" } },
    judged.part(results) == "test"
  if test then table.insert(cells[1], 3, "test") end
  for _, trial in ipairs(results.trials) do
    for _, run in ipairs(trial.runs) do
      local best = run.best_epoch or run.so_far and run.so_far.epoch
      cells[#cells + 1] = { ("%s, seed %d"):format(trial.name, run.seed), run.status or "-", score(run),
                            run.train_accuracy and words.percent(run.train_accuracy) or "-", tostring(best or "-"),
                            tostring(run.epochs or "-"), run.seconds and ("%.1f"):format(run.seconds) or "-" }
      if test then table.insert(cells[#cells], 3, words.percent(run.test_accuracy)) end
    end
  end
  return cells
end

local function again(experiment)
  local from, list = experiment.reference, {}
  for i, word in ipairs(type(from.command) == "table" and from.command or {}) do list[i] = shell.word(word) end
  local folder = shell.word(type(from.folder) == "string" and from.folder or experiment.folder)
  local function part(text, commands) return html.paragraphs { { text = text } } .. "\n" .. html.pre(commands) end
  return { title = "How to do it again, and how to use the best net", body = table.concat({
    part("The same again:", table.concat(list, " ")),
    part("This page again; the curves in a browser:", ("mlprun report %s\ntensorboard --logdir %s"):format(folder, folder)),
    part("What is on a new photo, or on all photos of a folder:", ("mlprun predict %s photo.jpg"):format(folder)),
  }, "\n") }
end

local function sections(experiment, figure_list, answered)
  local said = experiment.said
  local list = { differences(said) or table_of(said) }
  if list[1].title ~= "Results" then list[2] = table_of(said) end
  if #figure_list > 0 then list[#list + 1] = { title = "How training went", body = figures(figure_list) } end
  table.move(answered, 1, #answered, #list + 1, list)
  local cautions = table.move(experiment.apart_words, 1, #experiment.apart_words, #said.cautions + 1,
    table.move(said.cautions, 1, #said.cautions, 1, {}))
  if #cautions > 0 then list[#list + 1] = { title = "Cautions", body = html.paragraphs(cautions) } end
  list[#list + 1] = { title = "How it was measured", body = html.folded("What the columns mean", html.paragraphs(said.notes)) }
  list[#list + 1] = { title = "All runs", body = html.table(run_cells(experiment)) }
  list[#list + 1] = again(experiment)
  return list
end

-- Writes the page and the charts of an experiment that was read.
local function write(experiment)
  local folder, figure_list = experiment.folder, {}
  for i, chart in ipairs(curves.of(experiment)) do
    figure_list[i] = chart.figure
    chart.figure:save(folder .. "/" .. chart.name .. ".png")
  end
  local answered, confusion = answers.sections(experiment)
  if confusion then confusion:save(folder .. "/confusion.png") end
  local path = folder .. "/report.html"
  sys.write_file(path, page.html {
    name = experiment.name, about = experiment.about, data = experiment.data, mark = experiment.said.mark,
    conclusion = experiment.said.conclusion, made = experiment.said.made,
    sections = sections(experiment, figure_list, answered),
  })
  return path
end

--- Writes report.html and the charts (val_accuracy.png and the like) into an experiment's folder, from what is there.
---@param folder string
---@return string   the path of the page
function report.write(folder) return write(read(folder)) end

-- ---- the command ----

local function one(folder)
  local experiment = read(folder)
  local said = experiment.said
  print(("%s%s"):format(experiment.name, experiment.about ~= "" and ": " .. experiment.about or ""))
  print(experiment.data)
  print()
  console.table(said.cells, columns.own(said.cells))
  for _, lines in ipairs { said.lines, said.cautions, sentences.conclusion(said.conclusion), experiment.apart_words } do
    console.paragraphs(lines)
  end
  print()
  print("report    " .. write(experiment))
end

--- mlprun report [DIR]
function report.command(...)
  local given = { ... }
  if #given > 1 or given[1] and given[1]:sub(1, 1) == "-" then
    io.stderr:write(("mlprun report: unexpected '%s': expected one folder\nTry 'mlprun report --help'.\n"):format(
      given[2] or given[1]))
    return 2
  end
  local path = given[1] or "runs"
  local runs = load_.runs(path)
  if #runs == 0 then sys.fail(("there are no runs in '%s': an experiment leaves them in runs/<its name>"):format(path)) end
  for i, folder in ipairs(load_.folders(runs)) do
    if i > 1 then print() end
    one(folder)
  end
  return 0
end

return report
