--- mlprun.page.html - pieces of a page: tables, paragraphs, parts that are folded. Every text is escaped here.
local svg = require "mlprun.plot.svg"
local escape = svg.escape

local html = { escape = escape }

-- Escaped, with numbers and their units on one line: 63.4 %, 7 points, 24 MB.
local function measured(text)
  return (escape(text):gsub("(%d) (%%)", "%1&#160;%2"):gsub("(%d) ([kMG]B)", "%1&#160;%2"):gsub("(%d) (points?)", "%1&#160;%2"))
end

-- Options in one piece: a browser breaks lines behind the two dashes of --epochs.
local function options(escaped) return (escaped:gsub("%-%-%w[%w_]*", '<span class="option">%0</span>')) end

--- A text for the page.
function html.words(text) return options(measured(text)) end

local SIDE_BY_SIDE = 5 -- columns that a telephone has room for

-- Text of several lines: escape turns a line's end, as any control character, into a blank.
local function lines_escaped(text)
  local lines = {}
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do lines[#lines + 1] = options(escape(line)) end
  return table.concat(lines, "\n")
end

--- Text as it stands, in letters of one width.
---@param aligned? boolean   its columns are below each other: lines are not broken
function html.pre(text, aligned)
  return ("<pre%s>%s</pre>"):format(aligned and ' class="aligned"' or "", lines_escaped((text:gsub("\n+$", ""))))
end

--- A table; the first row is its head. On a narrow screen one of many columns is a list for each row.
---@param cells string[][]
---@param columns? integer   how many of the columns
function html.table(cells, columns)
  local count = math.min(columns or #cells[1], #cells[1])
  local out = { ('<div class="wide"><table%s>'):format(count > SIDE_BY_SIDE and ' class="many"' or "") }
  for r, row in ipairs(cells) do
    local tag, parts = r == 1 and "th" or "td", {}
    for c = 1, math.min(count, #row) do
      parts[c] = ("<%s%s>%s</%s>"):format(tag, r > 1 and count > SIDE_BY_SIDE and (' data-head="%s"'):format(escape(cells[1][c]))
        or "", measured((tostring(row[c]):gsub("\n", " "))), tag)
    end
    out[#out + 1] = "<tr>" .. table.concat(parts) .. "</tr>"
  end
  out[#out + 1] = "</table></div>"
  return table.concat(out, "\n")
end

--- Paragraphs as experiment/sentences.lua makes them: those that are indented as a list.
function html.paragraphs(lines)
  local out, listed = {}, false
  for _, line in ipairs(lines) do
    local indent = line.indent or false
    if indent ~= listed then out[#out + 1] = indent and "<ul>" or "</ul>" end
    listed = indent
    out[#out + 1] = (indent and "<li>%s</li>" or "<p>%s</p>"):format(html.words(line.text))
  end
  if listed then out[#out + 1] = "</ul>" end
  return table.concat(out, "\n")
end

--- A part that opens on a click, and is open on paper.
function html.folded(title, body)
  return ("<details><summary>%s</summary>\n%s\n</details>"):format(escape(title), body)
end

--- A share as a bar with its number.
function html.bar(share)
  return ('<td class="bar"><i><b style="width:%.1f%%"></b></i>%.3f</td>'):format(100 * share, share)
end

--- A picture, encoded into the page; of none, nothing. alt: what it shows; "" where words beside it say that.
---@param image? Image
function html.image(image, alt)
  if not image then return "" end
  return ('<img alt="%s" width="%d" height="%d" src="%s">'):format(escape(alt), image.width, image.height, svg.data(image))
end

--- A picture with words below it, which are HTML.
function html.captioned(image, caption, alt)
  return ("<figure>%s<figcaption>%s</figcaption></figure>"):format(html.image(image, alt), caption)
end

return html
