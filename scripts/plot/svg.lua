--- mlprun.plot.svg - a scene as SVG text: letters stay letters, and "ink" is the colour of the text around it.
local core = require "mlprun.core"
local gaps = require "mlprun.plot.gaps"
local sys = core.sys

local svg = {}

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

--- Text on one line: neither control characters nor broken sequences of UTF-8.
function svg.plain(text)
  text = sys.utf8 and sys.utf8(tostring(text)) or tostring(text)
  return (text:gsub("[%c]", " "))
end

--- Text as XML and HTML need it: nothing of it is markup.
function svg.escape(text) return (svg.plain(text):gsub("[&<>\"']", ENTITIES)) end

-- A number as short as a place needs it, whatever the locale.
local function n(value)
  local text = ("%.2f"):format(value):gsub(",", ".")
  return (text:gsub("%.?0+$", ""))
end

local function colour_of(colour) return colour == "ink" and "currentColor" or colour == "paper" and "#ffffff" or colour end

local function opacity(s) return s.opacity < 1 and (' fill-opacity="%s"'):format(n(s.opacity)) or "" end

local function path(points)
  local parts = {}
  for i = 1, #points, 2 do parts[#parts + 1] = n(points[i]) .. "," .. n(points[i + 1]) end
  return table.concat(parts, " ")
end

local to_svg = {}

function to_svg.rectangle(s)
  return ('<rect x="%s" y="%s" width="%s" height="%s" fill="%s"%s/>'):format(n(s.x), n(s.y), n(s.width), n(s.height),
    colour_of(s.colour), opacity(s))
end

function to_svg.line(s)
  local parts, dashes = {}, ' stroke-linecap="round"'
  if s.dashes and #s.dashes > 0 then dashes = (' stroke-dasharray="%s"'):format(table.concat(s.dashes, " ")) end
  for _, run in ipairs(gaps(s.points, 2)) do
    if #run == 2 then run[3], run[4] = run[1], run[2] end -- a line of no length is a dot
    parts[#parts + 1] = ('<polyline points="%s" fill="none" stroke="%s" stroke-width="%s" stroke-linejoin="round"%s/>'):format(
      path(run), colour_of(s.colour), n(s.width), dashes)
  end
  return table.concat(parts)
end

function to_svg.polygon(s)
  return ('<polygon points="%s" fill="%s"%s/>'):format(path(s.points), colour_of(s.colour), opacity(s))
end

local SIZE = 12 -- that of the element: what is as large does not say so

function to_svg.text(s)
  return ('<text x="%s" y="%s" text-anchor="%s" fill="%s"%s%s%s>%s</text>'):format(n(s.x), n(s.y), s.anchor,
    colour_of(s.colour), s.size ~= SIZE and (' font-size="%s"'):format(n(s.size)) or "", s.bold and ' font-weight="bold"' or "",
    s.upwards and (' transform="rotate(-90 %s %s)"'):format(n(s.x), n(s.y)) or "", svg.escape(s.text))
end

function to_svg.picture(s)
  return ('<image x="%s" y="%s" width="%s" height="%s" preserveAspectRatio="none"%s href="%s"/>'):format(n(s.x), n(s.y),
    n(s.width), n(s.height), s.smooth and "" or ' style="image-rendering:pixelated"', svg.data(s.image))
end

--- An Image as the address that a page shows it by.
function svg.data(image) return "data:image/png;base64," .. core.io.base64(image:png()) end

--- The scene as an SVG element.
---@param title? string   what it shows, for those who cannot see it
function svg.element(scene, title)
  local parts = { ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" height="%s" role="img" '
    .. 'font-family="DejaVu Sans, Verdana, system-ui, sans-serif" font-size="%d">'):format(n(scene.width), n(scene.height),
    n(scene.width), n(scene.height), SIZE) }
  if title then parts[#parts + 1] = "<title>" .. svg.escape(title) .. "</title>" end
  for _, shape in ipairs(scene.shapes) do parts[#parts + 1] = to_svg[shape.kind](shape) end
  parts[#parts + 1] = "</svg>\n"
  return table.concat(parts, "\n")
end

return svg
