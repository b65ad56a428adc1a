--- mlprun.experiment.console - how an experiment writes on standard output: as wide as the terminal, within reason.
local sys = require("mlprun.core").sys
local layout = require "mlprun.base.layout"
local tabular = require "mlprun.base.tabular"

local console = {}

local MARGIN = 10 -- columns of the heads in it

--- Columns of a line.
function console.width()
  return math.max(40, math.min(sys.is_terminal("stdout") and sys.columns("stdout") or 100, 110))
end

--- A paragraph.
function console.paragraph(body) print(layout.wrap(body, console.width())) end

--- A head in the margin, the text beside it.
function console.entry(head, body)
  print(layout.wrap(body, console.width(), (" "):rep(MARGIN), layout.left(head, MARGIN)))
end

--- Paragraphs as sentences.lua makes them.
function console.paragraphs(lines)
  for _, line in ipairs(lines) do
    local indent = line.indent and "  " or ""
    print(indent .. layout.wrap(line.text, console.width() - #indent, indent .. indent))
  end
end

--- A table, in parts where it is too wide. own: the columns of the first part, see tabular.parts.
function console.table(cells, own)
  for _, part in ipairs(tabular.parts(cells, own, console.width())) do
    print(tabular.aligned(part))
    print()
  end
end

return console
