--- mlprun.experiment.account - results.json in an experiment's folder: what its last call was about, and what it amounted to.
--
-- It is written when an experiment begins (status "running") and again with its report. The pages are made from it and from
-- the runs' folders alone, so that one that is made later says the same. Which runs belong together is decided by what it
-- says of the script, the options and the pictures (see likeness.lua), in the words of a run's manifest.
local core = require "mlprun.core"
local json, sys = core.json, core.sys
local comparisons = require "mlprun.experiment.comparisons"
local passing = require "mlprun.base.passing"
local pictures = require "mlprun.experiment.pictures"
local sentences = require "mlprun.experiment.sentences"

local account = {}

local FILE = "results.json"

-- ---- what was run ----

local function identity_of(experiment)
  local process = experiment._process
  local script = process.script
  return {
    experiment = experiment.name, about = experiment.about, folder = experiment.folder,
    options = experiment._plain_options,
    classes = experiment.data.answers, data = pictures.facts(experiment.data),
    command = process.command, versions = process.versions,
    script = script and { path = script.path, sha256 = script.sha256 } or nil,
  }
end

local function write(folder, stored) sys.write_file(folder .. "/" .. FILE, json.encode(stored, { indent = 2 }) .. "\n") end

--- Writes down that an experiment has begun.
function account.begin(experiment)
  local stored = identity_of(experiment)
  stored.status = "running"
  write(experiment.folder, stored)
end

-- ---- what it amounts to ----

-- Which runs the sentences are about; from one that changed since they do not follow.
local function runs_of(results, folder)
  local list = json.array {}
  for _, trial in ipairs(results.trials) do
    for _, run in pairs(trial.runs) do
      if run.status ~= "missing" then
        list[#list + 1] = { path = run.path:sub(#folder + 2), trial = trial.name, seed = run.seed, status = run.status,
                            epochs = run.epochs, val_accuracy = run.val_accuracy, val_loss = run.val_loss }
      end
    end
  end
  return list
end

-- The differences that a chart shows: each of trial b against trial a.
local function differences_of(compared, named)
  local list, metric = json.array {}, compared.metric
  for i, c in ipairs(compared) do
    local bounded = c.low == c.low -- else NaN: there is no interval
    list[i] = { a = c.a, b = c.b, difference = -c.difference, low = bounded and -c.high or nil,
                high = bounded and -c.low or nil, p = c.p_corrected, better = not c.worse }
  end
  return { list = list, named = named, detectable = comparisons.detectable(compared),
           metric = { label = metric.label, format = metric.format, mode = metric.mode } }
end

--- What outcome.of gave as plain values: status "finished", mark and conclusion (the answer), cells (of the table), differences,
--- lines (paragraphs about them), cautions and notes (paragraphs), runs.
---@param outcome table
---@param folder string    the experiment's
---@param classes string[]
---@param cautions table[]  paragraphs beside the outcome's own
function account.of(outcome, folder, classes, cautions)
  return {
    status = "finished", mark = sentences.mark(outcome.rows, outcome.compared), conclusion = outcome.conclusion,
    cells = outcome.cells, lines = json.array(outcome.differences), differences = differences_of(outcome.compared, outcome.named),
    cautions = json.array(table.move(cautions, 1, #cautions, #outcome.cautions + 1,
      table.move(outcome.cautions, 1, #outcome.cautions, 1, {}))),
    notes = json.array(sentences.notes(pictures.answered(outcome.results, classes))),
    runs = runs_of(outcome.results, folder),
  }
end

--- Writes down what an experiment amounts to.
---@param made string   when, as the page says it
function account.finish(experiment, stored, made)
  for key, value in pairs(identity_of(experiment)) do stored[key] = value end
  stored.made = made
  write(experiment.folder, stored)
end

--- What is written in a folder; nil when there is nothing that can be read.
function account.read(folder)
  local ok, stored = passing.pcall(function() return json.decode(sys.read_file(folder .. "/" .. FILE)) end)
  if ok and type(stored) == "table" and type(stored.experiment) == "string" then return stored end
end

return account
