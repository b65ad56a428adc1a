--- mlprun.page.results - the table, what everybody needs of it first.
local html = require "mlprun.page.html"

local SHORT = 5 -- columns that everybody needs: the others are folded

return function(experiment)
  local cells = experiment.said.cells
  local body = html.table(cells, SHORT)
  if #cells[1] > SHORT then body = body .. "\n" .. html.folded("All columns", html.table(cells)) end
  return { title = "Results", body = body }
end
