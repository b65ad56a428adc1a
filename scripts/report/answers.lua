--- mlprun.report.answers - what the best run answered for the validation pictures, as sections of the page: which classes it
--- confuses, how well it knows each, and the mistakes that it is surest of.
local html = require "mlprun.report.html"
local load_ = require "mlprun.report.load"
local mistakes = require "mlprun.experiment.mistakes"
local pictures = require "mlprun.experiment.pictures"
local plot = require "mlprun.plot"
local svg = require "mlprun.plot.svg"
local words = require "mlprun.base.words"

local answers = {}

local MISTAKES, CONFUSIONS, THUMBNAIL = 12, 5, 96

--- The run with the highest validation accuracy, and its trial's name; nil when none has a result.
---@param results table   see experiment/summary.lua
function answers.best_run(results)
  local best, name
  for _, trial in ipairs(results.trials) do
    for _, run in ipairs(trial.runs) do
      if run.correct and run.val_accuracy and (not best or run.val_accuracy > best.val_accuracy) then
        best, name = run, trial.name
      end
    end
  end
  return best, name
end

-- "the five most frequent confusions", in words.
local function confusions(given, classes)
  local lines = {}
  for i = 1, math.min(CONFUSIONS, #given.confused) do
    local pair = given.confused[i]
    lines[i] = { indent = true, text = ("'%s' was taken for '%s' %s"):format(classes[pair.label], classes[pair.prediction],
      words.count(pair.count, "time")) }
  end
  if #lines == 0 then return { { text = ("Every %s picture was answered rightly."):format(given.part) } } end
  table.insert(lines, 1, { text = "Most often:" })
  return lines
end

-- Precision, recall and F1 of each class, with bars.
local function class_table(confusion, classes)
  local by_class = confusion:report_table()
  local rows = { "<tr><th>class</th><th>precision</th><th>recall</th><th>F1</th><th>pictures</th></tr>" }
  for i, name in ipairs(classes) do
    local row = by_class[i]
    rows[#rows + 1] = ("<tr><td>%s</td>%s%s%s<td>%s</td></tr>"):format(html.escape(name), html.bar(row.precision),
      html.bar(row.recall), html.bar(row.f1), words.grouped(math.tointeger(row.support) or 0))
  end
  return '<div class="wide"><table>\n' .. table.concat(rows, "\n") .. "\n</table></div>"
end

local function thumbnail(set, sample)
  local ok, image = pcall(set.image, set, sample)
  if not ok then return "" end
  local width, height = image.width, image.height
  local scale = math.min(1, THUMBNAIL / math.max(width, height))
  if scale < 1 then
    image = image:resize(math.max(1, math.floor(width * scale + 0.5)), math.max(1, math.floor(height * scale + 0.5)),
      { interpolation = "area" })
  end
  return ('<img alt="" src="%s">'):format(svg.data(image))
end

-- The surest mistakes: picture, truth, answer, confidence, file.
local function mistakes_of(given, classes, manifest)
  local shown = type(manifest.options) ~= "table" or manifest.options.pictures ~= false -- those of private photos are not
  local set, out = shown and pictures.again(manifest) or nil, {}
  for i = 1, math.min(MISTAKES, #given.wrong) do
    local one = given.wrong[i]
    local known, file = pcall(function() return set:path(one.sample) end)
    out[i] = ("<figure>%s<figcaption>is <b>%s</b><br>taken for <b>%s</b> (%s)%s</figcaption></figure>"):format(
      set and thumbnail(set, one.sample) or "", html.escape(classes[one.label]), html.escape(classes[one.prediction]),
      words.percent(one.sure), known and file and "<br>" .. html.escape(file) or "")
  end
  return '<div class="mistakes">\n' .. table.concat(out, "\n") .. "\n</div>"
end

--- Sections about the best run, and the confusion matrix as a figure; none where no run left answers.
---@param results table   see experiment/summary.lua; each run with its path
---@return table[] sections, Figure?
function answers.sections(results)
  local best, trial = answers.best_run(results)
  local manifest = best and load_.manifest(best.path)
  if not manifest or type(manifest.classes) ~= "table" then return {} end
  local ok, given = pcall(mistakes.read, best.path, manifest.classes)
  if not ok then return {} end
  local classes, whose = manifest.classes, ("%s, seed %d"):format(trial, best.seed)
  local list = {
    { title = "Which classes are confused: " .. whose,
      body = ('<div class="charts"><div>%s</div>\n<div>%s</div></div>'):format(plot.confusion_matrix(given.confusion):svg(),
        html.paragraphs(confusions(given, classes))) },
    { title = "Each class: " .. whose,
      body = class_table(given.confusion, classes) .. "\n"
        .. html.folded("The same as text", html.pre(given.confusion:report())) },
  }
  if #given.wrong > 0 then
    list[3] = { title = "The surest mistakes: " .. whose, body = mistakes_of(given, classes, manifest) }
  end
  return list, plot.confusion_matrix(given.confusion, { title = "Confusion matrix: " .. whose })
end

return answers
