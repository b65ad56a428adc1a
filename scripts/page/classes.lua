--- mlprun.page.classes - how well the best trial knows each class.
local answered = require "mlprun.report.answered"
local html = require "mlprun.page.html"
local words = require "mlprun.base.words"

return function(experiment)
  local one = experiment.best or experiment.baseline
  if not one then return nil end
  local by_class = one.confusion:report_table()
  local rows = { "<tr><th>class</th><th>precision</th><th>recall</th><th>F1</th><th>pictures</th></tr>" }
  for i, name in ipairs(one.classes) do
    local row = by_class[i]
    rows[#rows + 1] = ("<tr><td>%s</td>%s%s%s<td>%s</td></tr>"):format(html.escape(name), html.bar(row.precision),
      html.bar(row.recall), html.bar(row.f1), words.grouped((math.tointeger(row.support) or 0) // one.runs))
  end
  return { title = "Each class: " .. answered.whose(one), body = '<div class="wide"><table>\n' .. table.concat(rows, "\n")
    .. '\n</table></div>\n<p class="quiet">Precision: of what was called so, how much is so. Recall: of what is so, how much was '
    .. "called so. F1: both in one number.</p>\n" .. html.folded("The same as text", html.pre(one.confusion:report(), true)) }
end
