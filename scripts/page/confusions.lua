--- mlprun.page.confusions - which classes are confused: of the first trial and of the best one side by side.
local answered = require "mlprun.report.answered"
local html = require "mlprun.page.html"
local plot = require "mlprun.plot"

local LISTED = 5

local function list_of(one)
  local lines = {}
  for i, pair in ipairs(one.confused) do
    if i <= LISTED then lines[i] = { indent = true, text = answered.confused_words(one, pair) } end
  end
  if #lines == 0 then return { { text = "Every picture was answered rightly." } } end
  table.insert(lines, 1, { text = "Most often:" })
  return lines
end

local function chart(one, name, show)
  local title = answered.whose(one)
  local figure = plot.confusion_matrix(one.confusion, { normalize = "true", title = title })
  local pair = one.confused[1]
  local most = pair and "most often " .. answered.confused_words(one, pair) or "nothing is confused"
  return ("<div>%s\n%s</div>"):format(show(name, figure, ("Which classes %s confuses: %s"):format(title, most)),
    html.paragraphs(list_of(one)))
end

return function(experiment, show)
  local first, best = experiment.baseline, experiment.best
  if not (first or best) then return nil end
  local charts, one = {}, first or best
  if first then charts[1] = chart(first, "confusion", show) end
  if best then charts[#charts + 1] = chart(best, first and "confusion_best" or "confusion", show) end
  local said = first and best and "The first trial, and the one with the highest mean validation accuracy."
    or #experiment.trials > 1 and first and "The first trial has the highest mean validation accuracy." or ""
  return { title = "Which classes are confused", body = ('<p class="quiet">%s The %s pictures; rows are true classes, cells have '
    .. 'percent of the row.</p>\n<div class="charts">%s</div>'):format(html.words(said), one.list[1].part,
    table.concat(charts, "\n")) }
end
