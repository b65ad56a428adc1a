--- mlprun.report.page - an experiment as one HTML file that needs nothing else: no scripts, no files beside it, no network.
local escape = require("mlprun.plot.scene").escape

local page = {}

local STYLE = [[
:root { color-scheme: light dark; --ground: #ffffff; --ink: #24292f; --quiet: #57606a; --line: #d0d7de; --card: #f6f8fa; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0d1117; --ink: #e6edf3; --quiet: #9da7b1; --line: #30363d; --card: #161b22; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 72rem; background: var(--ground); color: var(--ink);
       font: 16px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.7rem; } h2 { margin: 2.2rem 0 .6rem; font-size: 1.15rem; }
.quiet { color: var(--quiet); } .lead { font-size: 1.1rem; margin: .3rem 0 1rem; }
.conclusion { padding: .8rem 1rem; border-left: 4px solid #0072b2; background: var(--card); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .7rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: bottom; }
td { white-space: nowrap; } th { font-weight: 600; color: var(--quiet); } th:first-child, td:first-child { text-align: left; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 1rem; }
svg { max-width: 100%; height: auto; color: var(--ink); }
ul { padding-left: 1.3rem; } code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { padding: .8rem 1rem; overflow-x: auto; background: var(--card); }
]]

local function html_table(cells, class)
  local out = { '<div class="wide"><table' .. (class and (' class="%s"'):format(class) or "") .. ">" }
  for r, row in ipairs(cells) do
    local tag, parts = r == 1 and "th" or "td", {}
    for c, cell in ipairs(row) do parts[c] = ("<%s>%s</%s>"):format(tag, escape((cell:gsub("\n", " "))), tag) end
    out[#out + 1] = "<tr>" .. table.concat(parts) .. "</tr>"
  end
  out[#out + 1] = "</table></div>"
  return table.concat(out, "\n")
end

-- Sentences: those that are indented as a list.
local function sentences(lines)
  local out, listed = {}, false
  for _, line in ipairs(lines) do
    if line.indent and not listed then out[#out + 1] = "<ul>" end
    if not line.indent and listed then out[#out + 1] = "</ul>" end
    listed = line.indent or false
    local conclusion = line.text:find("^Conclusion: ")
    out[#out + 1] = line.indent and "<li>" .. escape(line.text) .. "</li>"
      or ('<p%s>%s</p>'):format(conclusion and ' class="conclusion"' or "", escape(line.text))
  end
  if listed then out[#out + 1] = "</ul>" end
  return table.concat(out, "\n")
end

--- The page as text.
---@param spec table   name, about, data (a line), cells and lines (see experiment/outcome.lua), charts (figures), sections (a
---                    list of { title, figures or cells or text }), made (a line: when and how)
---@return string
function page.html(spec)
  local out = {
    "<!doctype html>", '<html lang="en">', "<head>", '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    "<title>" .. escape(spec.name) .. " - mlprun</title>", "<style>" .. STYLE .. "</style>", "</head>", "<body>",
    "<h1>" .. escape(spec.name) .. "</h1>", '<p class="lead">' .. escape(spec.about) .. "</p>",
    '<p class="quiet">' .. escape(spec.data) .. "</p>", html_table(spec.cells), sentences(spec.lines),
  }
  local function figures(list)
    out[#out + 1] = '<div class="charts">'
    for _, figure in ipairs(list) do out[#out + 1] = "<div>" .. figure:svg() .. "</div>" end
    out[#out + 1] = "</div>"
  end
  if #spec.charts > 0 then
    out[#out + 1] = "<h2>How training went</h2>"
    figures(spec.charts)
  end
  for _, section in ipairs(spec.sections or {}) do
    out[#out + 1] = "<h2>" .. escape(section.title) .. "</h2>"
    if section.figures then figures(section.figures) end
    if section.cells then out[#out + 1] = html_table(section.cells) end
    if section.text then out[#out + 1] = "<pre>" .. escape((section.text:gsub("\n", "\1"))):gsub("\1", "\n") .. "</pre>" end
  end
  out[#out + 1] = '<p class="quiet">' .. escape(spec.made) .. "</p>"
  out[#out + 1] = "</body>\n</html>\n"
  return table.concat(out, "\n")
end

return page
