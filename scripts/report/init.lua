--- mlprun.report - what runs amount to, as files: charts, and report.html, one page that needs nothing else. Made at the end of
--- every experiment, and by `mlprun report DIR` from what finished runs left.
local core = require "mlprun.core"
local io_, sys = core.io, core.sys
local columns = require "mlprun.experiment.columns"
local console = require "mlprun.experiment.console"
local curves = require "mlprun.report.curves"
local load_ = require "mlprun.report.load"
local outcome = require "mlprun.experiment.outcome"
local page = require "mlprun.report.page"
local pictures = require "mlprun.experiment.pictures"
local plot = require "mlprun.plot"
local words = require "mlprun.base.words"

local report = {}

-- The answers of the run with the best accuracy, as a confusion matrix, and whose it is; nil when no run left answers.
local function confusion_of(results)
  local best, accuracy
  for _, trial in ipairs(results.trials) do
    for _, run in ipairs(trial.runs) do
      if run.path and run.val_accuracy and (not accuracy or run.val_accuracy > accuracy) then
        best, accuracy = { trial = trial.name, run = run }, run.val_accuracy
      end
    end
  end
  if not best then return nil end
  local ok, answers = pcall(io_.npz_load, best.run.path .. "/predictions.npz")
  local manifest = load_.manifest(best.run.path)
  if not ok or not manifest or type(manifest.classes) ~= "table" then return nil end
  local confusion = core.metrics.ConfusionMatrix(manifest.classes)
  confusion:add(answers.predictions + 1, answers.labels + 1)
  return confusion, ("%s, seed %d"):format(best.trial, best.run.seed)
end

local function run_cells(results)
  local cells = { { "run", "status", "validation", "training", "best epoch", "epochs", "seconds" } }
  for _, trial in ipairs(results.trials) do
    for _, run in ipairs(trial.runs) do
      cells[#cells + 1] = { ("%s, seed %d"):format(trial.name, run.seed), run.status or "-",
                            run.val_accuracy and words.percent(run.val_accuracy) or "-",
                            run.train_accuracy and words.percent(run.train_accuracy) or "-", tostring(run.best_epoch or "-"),
                            tostring(run.epochs or "-"), run.seconds and ("%.1f"):format(run.seconds) or "-" }
    end
  end
  return cells
end

--- Writes report.html and the charts (accuracy.png and the like) into an experiment's folder.
---@param folder string
---@param spec table   name, about, data (a line of text), results (see experiment/summary.lua; each run with its history
---                    and, where it left files, its path), cells, lines, command
---@return string   the path of the page
function report.write(folder, spec)
  local charts, figures = curves.of(spec.results), {}
  for i, chart in ipairs(charts) do
    figures[i] = chart.figure
    chart.figure:save(folder .. "/" .. chart.name .. ".png")
  end
  local sections = {}
  local confusion, whose = confusion_of(spec.results)
  if confusion then
    local figure = plot.confusion_matrix(confusion, { title = "Confusion matrix: " .. whose })
    figure:save(folder .. "/confusion.png")
    sections[#sections + 1] = { title = "Which classes are confused", figures = { figure } }
    sections[#sections + 1] = { title = "Classification report: " .. whose, text = confusion:report() }
  end
  sections[#sections + 1] = { title = "All runs", cells = run_cells(spec.results) }
  local path = folder .. "/report.html"
  sys.write_file(path, page.html {
    name = spec.name, about = spec.about, data = spec.data, cells = spec.cells, lines = spec.lines, charts = figures,
    sections = sections,
    made = ("mlprun %s, %s%s"):format(sys.version, os.date("!%Y-%m-%d %H:%M UTC"), spec.command and ": " .. spec.command or ""),
  })
  return path
end

-- ---- the command ----

local function folder_of(experiment)
  return experiment.trials[1].runs[1].path:match("^(.*)/[^/]*/[^/]*$") or "."
end

local function describe(manifest)
  return pictures.line(type(manifest.data) == "table" and manifest.data or {}, #(manifest.classes or {}))
end

local function one(experiment)
  local m, account = experiment.manifest, outcome.of(experiment)
  local about = type(m.about) == "string" and m.about or ""
  print(("%s%s"):format(experiment.name, about ~= "" and ": " .. about or ""))
  print(describe(m))
  print()
  console.table(account.cells, columns.OWN)
  console.paragraphs(account.lines)
  print()
  local command = type(m.command) == "table" and table.concat(m.command, " ") or nil
  print("report    " .. report.write(folder_of(experiment), { name = experiment.name, about = about, data = describe(m),
    results = experiment, cells = account.cells, lines = account.lines, command = command }))
end

--- mlprun report [DIR]
function report.command(...)
  local given = { ... }
  if given[1] == "--help" or given[1] == "-h" then
    print("mlprun report runs/dropout   tables and charts of an experiment's finished runs; writes report.html there\n"
      .. "mlprun report                of all experiments below ./runs")
    return 0
  end
  if #given > 1 or given[1] and given[1]:sub(1, 1) == "-" then
    io.stderr:write(("mlprun report: unexpected '%s': expected one folder\nTry 'mlprun report --help'.\n"):format(
      given[2] or given[1]))
    return 2
  end
  local path = given[1] or "runs"
  local runs = load_.runs(path)
  if #runs == 0 then sys.fail(("there are no runs in '%s': an experiment leaves them in runs/<its name>"):format(path)) end
  for i, experiment in ipairs(load_.experiments(runs)) do
    if i > 1 then print() end
    one(experiment)
  end
  return 0
end

return report
