--- mlprun.page.cautions - what to keep in mind, a line each, and what was left out of the comparison.
local html = require "mlprun.page.html"

return function(experiment)
  local lines = table.move(experiment.said.cautions, 1, #experiment.said.cautions, 1, {})
  table.move(experiment.apart_words, 1, #experiment.apart_words, #lines + 1, lines)
  return #lines > 0 and { title = "Cautions", body = html.paragraphs(lines) } or nil
end
