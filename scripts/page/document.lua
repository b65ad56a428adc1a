--- mlprun.page.document - an experiment as one HTML file that needs nothing else: no scripts, no files beside it, no network.
local html = require "mlprun.page.html"

local page = {}

local STYLE = [[
:root { color-scheme: light dark; --ground: #ffffff; --ink: #24292f; --quiet: #57606a; --line: #d0d7de; --card: #f6f8fa;
        --clear: #116329; --unclear: #57606a; --few: #953800; --bar: #0072b2; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0d1117; --ink: #e6edf3; --quiet: #9da7b1; --line: #30363d; --card: #161b22;
          --clear: #56d364; --unclear: #9da7b1; --few: #ffa657; --bar: #56b4e9; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 72rem; background: var(--ground); color: var(--ink);
       font: 16px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { margin: 0; font-size: 1.7rem; } h2 { margin: 2.2rem 0 .6rem; font-size: 1.15rem; }
.quiet { color: var(--quiet); } .lead { font-size: 1.1rem; margin: .3rem 0 .2rem; }
.verdict { margin: 1.2rem 0; padding: 1rem 1.2rem; border-left: 6px solid var(--unclear); background: var(--card); }
.verdict p { margin: .4rem 0 0; font-size: 1.3rem; line-height: 1.4; }
.verdict p.also { font-size: 1rem; color: var(--quiet); }
.verdict .mark { font-weight: 700; font-size: .95rem; color: var(--unclear); }
.verdict.clear { border-color: var(--clear); } .verdict.clear .mark { color: var(--clear); }
.verdict.few { border-color: var(--few); } .verdict.few .mark { color: var(--few); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .7rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: bottom; }
td { white-space: nowrap; } th { font-weight: 600; color: var(--quiet); } th:first-child, td:first-child { text-align: left; }
td:first-child { white-space: normal; overflow-wrap: anywhere; min-width: 10rem; }
td.bar { min-width: 9rem; } td.bar i { display: inline-block; width: 4.5rem; height: .7rem; margin-right: .5rem; }
td.bar i b { display: block; height: 100%; background: var(--bar); }
tr.failed td { color: var(--few); font-weight: 600; } a { color: inherit; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 1rem; }
.small { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: 1rem; }
.charts > div, .small > div { break-inside: avoid; } .small > div { max-width: 24rem; }
figure { margin: 0; break-inside: avoid; } figcaption { font-size: .85rem; } img { display: block; }
.row { display: flex; flex-wrap: wrap; gap: .3rem; } .row img { height: 4rem; width: auto; }
.samples, .varied { display: flex; flex-wrap: wrap; gap: .8rem 1.5rem; margin: .8rem 0; }
.mistakes { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; } .mistakes figure { min-width: 9rem; }
.mistakes img { height: 6rem; width: auto; } .mistakes figcaption { contain: inline-size; }
svg { max-width: 100%; height: auto; color: var(--ink); }
details { margin: .6rem 0; } summary { cursor: pointer; color: var(--quiet); }
ul { padding-left: 1.3rem; } code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
.option { white-space: nowrap; }
pre { padding: .8rem 1rem; overflow-x: auto; background: var(--card); }
@media (max-width: 40rem) {
  body { padding: 1rem .6rem 2rem; } h1 { font-size: 1.4rem; } .verdict p { font-size: 1.1rem; }
  th, td { padding: .25rem .2rem; font-size: .75rem; white-space: normal; overflow-wrap: normal; }
  td.bar { min-width: 0; } td.bar i { display: block; width: 100%; margin: 0; } pre { white-space: pre-wrap; }
  td:first-child { min-width: 4rem; } pre.aligned { white-space: pre; font-size: .6rem; }
  .many, .many tbody, .many tr { display: block; } .many th { display: none; }
  .many td { display: flex; justify-content: space-between; gap: 1rem; border: 0; font-size: .85rem; }
  .many td::before { content: attr(data-head); color: var(--quiet); } .many tr { border-bottom: 1px solid var(--line); }
  .many td:first-child { font-weight: 600; } .many td:first-child::before { content: none; }
}
@media print {
  :root { color-scheme: light; --ground: #fff; --ink: #000; --quiet: #444; --line: #bbb; --card: #fff; }
  body { max-width: none; padding: 0; font-size: 11pt; } pre { white-space: pre-wrap; } pre.aligned { font-size: 7pt; }
  .wide { overflow: visible; }
  h2, h2 + p, p:has(+ pre) { break-after: avoid; }
  tr, svg { break-inside: avoid; } th, td { padding: .2rem .4rem; font-size: 9pt; }
  td { white-space: normal; } .row img { height: 1.4cm; } .mistakes img { height: 2.2cm; } svg { max-height: 9cm; }
  details th, details td { padding: .1rem .2rem; font-size: 6.5pt; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
}
]]

-- How sure the answer is (see sentences.mark): the class of its box, and the words for it.
local MARKS = {
  clear = { "clear", "&#10003; Clear: more than chance" },
  unclear = { "unclear", "? Unclear: chance alone could have done this" },
  ["too few seeds"] = { "few", "! Too few seeds: one training each says little" },
  ["not compared"] = { "unclear", "No comparison" },
}

-- A sentence with a capital letter, unless it begins with a name, whose letters are its own.
local function begun(sentence, names)
  for _, name in ipairs(names) do
    if sentence:sub(1, #name) == name and not sentence:find("^[%w_]", #name + 1) then return sentence end
  end
  return (sentence:gsub("^%l", string.upper))
end

local function verdict(spec)
  local mark = MARKS[spec.mark] or MARKS["not compared"]
  return ('<div class="verdict %s"><span class="mark">%s</span>\n<p class="conclusion">%s</p>%s</div>'):format(mark[1], mark[2],
    html.words(begun(spec.conclusion or "Nothing was measured.", spec.names)),
    spec.also and '\n<p class="also">' .. html.words(spec.also) .. "</p>" or "")
end

--- The page as text.
---@param spec table   name, about, data (a line), mark and conclusion (see experiment/account.lua), names (of the
---                    trials), also (a line below the conclusion, or nil), sections (a list of { title, body: HTML }), made (a
---                    line: when and with what)
---@return string
function page.html(spec)
  local out = {
    "<!doctype html>", '<html lang="en">', "<head>", '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    "<title>" .. html.escape(spec.name) .. " - mlprun</title>", "<style>" .. STYLE .. "</style>", "</head>", "<body>",
    "<h1>" .. html.escape(spec.name) .. "</h1>", '<p class="lead">' .. html.escape(spec.about) .. "</p>",
    '<p class="quiet">' .. html.words(spec.data) .. "</p>", verdict(spec),
  }
  for _, section in ipairs(spec.sections) do
    out[#out + 1] = "<h2>" .. html.escape(section.title) .. "</h2>"
    out[#out + 1] = section.body
  end
  out[#out + 1] = '<p class="quiet">' .. html.words(spec.made) .. "</p>"
  out[#out + 1] = "</body>\n</html>\n"
  return table.concat(out, "\n")
end

return page
