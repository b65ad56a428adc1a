--- mlprun.page.measured - what the columns mean, and how it was measured.
local html = require "mlprun.page.html"

return function(experiment)
  return { title = "How it was measured", body = html.folded("What the columns mean", html.paragraphs(experiment.said.notes)) }
end
