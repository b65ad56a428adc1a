--- mlprun.experiment.outcome - what runs amount to: the rows of the table, what their comparison supports, and both in words.
local columns = require "mlprun.experiment.columns"
local comparisons = require "mlprun.experiment.comparisons"
local findings = require "mlprun.experiment.findings"
local metric = require "mlprun.experiment.metric"
local sentences = require "mlprun.experiment.sentences"
local speed = require "mlprun.experiment.speed"
local summary = require "mlprun.experiment.summary"

local outcome = {}

local function append(lines, more) table.move(more, 1, #more, #lines + 1, lines) end

--- What results (see summary.lua) amount to.
---@param results table
---@param o? table   columns, pairs, metric, mode, conclude: see Experiment:report
---@return table     results, rows, compared, cells (of the table), lines (paragraphs, see sentences.lua)
function outcome.of(results, o)
  o = o or {}
  speed.add(results)
  local rows = summary.of(results)
  local function compare(name, mode)
    return comparisons.of(results, o.pairs, metric.find(name, results, mode, "activity:report"))
  end
  local compared = compare(o.metric, o.mode)
  local lines = sentences.differences(compared)
  append(lines, sentences.same(results))
  append(lines, sentences.failures(results))
  append(lines, sentences.unfinished(results))
  append(lines, speed.note(results, o.columns))
  local conclusion
  if o.conclude then conclusion = findings(rows, compared, compare):conclude(o.conclude) end
  append(lines, sentences.conclusion(conclusion or sentences.usual(rows, compared)))
  return { results = results, rows = rows, compared = compared, cells = columns.cells(rows, o.columns), lines = lines }
end

return outcome
