--- mlprun.experiment.outcome - what runs amount to: the rows of the table, what their comparison supports, and both in words.
local columns = require "mlprun.experiment.columns"
local comparisons = require "mlprun.experiment.comparisons"
local findings = require "mlprun.experiment.findings"
local judged = require "mlprun.experiment.judged"
local metric = require "mlprun.experiment.metric"
local sentences = require "mlprun.experiment.sentences"
local speed = require "mlprun.experiment.speed"
local summary = require "mlprun.experiment.summary"
local verdict = require "mlprun.experiment.verdict"

local outcome = {}

local function append(lines, more) table.move(more, 1, #more, #lines + 1, lines) end

--- What results (see summary.lua) amount to.
---@param results table
---@param o? table   columns, pairs, metric, mode, conclude: see Experiment:report
---@return table     results, rows, compared, cells (of the table); paragraphs (see sentences.lua): differences, cautions, and
---                  lines, which is all of them; conclusion, the last one's sentence; named, whether
---                  the script named the pairs
function outcome.of(results, o)
  o = o or {}
  speed.add(results)
  local rows = summary.of(results)
  local function compare(name, mode)
    return comparisons.of(results, o.pairs, metric.find(name, results, mode, "activity:report"))
  end
  local compared = compare(o.metric, o.mode)
  local differences, cautions, lines = sentences.differences(compared), {}, {}
  append(cautions, sentences.same(results, compared.same))
  for _, of in ipairs { "failures", "cut", "deals", "unfinished", "flattery" } do append(cautions, sentences[of](results)) end
  append(cautions, speed.note(results, o.columns))
  local conclusion
  if o.conclude then conclusion = findings(rows, compared, compare):conclude(o.conclude) end
  conclusion = sentences.concluded(conclusion or verdict.of(rows, compared), compared)
  append(lines, differences)
  append(lines, cautions)
  append(lines, sentences.conclusion(conclusion))
  return { results = results, rows = rows, compared = compared, lines = lines,
           cells = columns.cells(rows, o.columns, judged.part(results)),
           differences = differences, cautions = cautions, conclusion = conclusion, named = o.pairs ~= nil }
end

return outcome
