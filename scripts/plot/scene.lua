--- mlprun.plot.scene - a drawing as a list of shapes, which becomes SVG text or a picture (PNG).
--
-- Places and lengths are pixels from the top left corner. The colour "ink" is that of text and axes: dark on the white
-- ground of a picture, the page's own colour of text in SVG. "paper" is the ground.
local core = require "mlprun.core"
local class = require "mlprun.base.class"
local draw, sys = core.draw, core.sys

local Scene = class.new("Scene")

local INK, PAPER, FONT = "#24292f", "#ffffff", 2 -- FONT: pixels for each dot of a letter in a picture of scale 2

function Scene:__init(width, height)
  self.width, self.height, self.shapes = width, height, {}
end

local function add(self, kind, shape)
  shape.kind = kind
  self.shapes[#self.shapes + 1] = shape
end

function Scene:rectangle(x, y, width, height, colour, opacity)
  add(self, "rectangle", { x = x, y = y, width = width, height = height, colour = colour, opacity = opacity or 1 })
end

--- points: { x1, y1, x2, y2, ... }; a NaN among them leaves a gap.
function Scene:line(points, colour, width) add(self, "line", { points = points, colour = colour, width = width or 1 }) end

--- What is between two lines with the same x: { x, low, high } for each point.
function Scene:band(points, colour, opacity) add(self, "band", { points = points, colour = colour, opacity = opacity }) end

--- anchor: "start", "middle" or "end" of the text is at x; y is the middle of the line. upwards: turned by 90 degrees.
function Scene:text(x, y, text, o)
  o = o or {}
  add(self, "text", { x = x, y = y, text = tostring(text), anchor = o.anchor or "start", upwards = o.upwards,
                      colour = o.colour or "ink", bold = o.bold })
end

function Scene:picture(x, y, width, height, image)
  add(self, "picture", { x = x, y = y, width = width, height = height, image = image })
end

--- The width of a text, about.
function Scene.text_width(text) return draw.text_width(text, FONT) / 2 end

--- The longest beginning of a text that fits into `width`, with ".." where something is missing.
function Scene.fitted(text, width)
  text = tostring(text)
  if Scene.text_width(text) <= width then return text end
  local length = utf8.len(text, 1, -1, true) or #text
  while length > 1 do
    length = length - 1
    local cut = text:sub(1, (utf8.offset(text, length + 1) or length + 1) - 1) .. ".."
    if Scene.text_width(cut) <= width then return cut end
  end
  return ""
end

-- ---- SVG ----

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

--- Text as XML and HTML need it: nothing of it is markup, and nothing a control character or a broken sequence of UTF-8.
function Scene.escape(text)
  text = sys.utf8 and sys.utf8(tostring(text)) or tostring(text)
  return (text:gsub("[%c]", " "):gsub("[&<>\"']", ENTITIES))
end

-- A number as short as a place needs it, whatever the locale.
local function n(value)
  local text = ("%.2f"):format(value):gsub(",", ".")
  return (text:gsub("%.?0+$", ""))
end

local function svg_colour(colour)
  return colour == "ink" and "currentColor" or colour == "paper" and PAPER or colour
end

local BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

--- Bytes as base64 (RFC 4648).
function Scene.base64(bytes)
  local out = {}
  for i = 1, #bytes, 3 do
    local a, b, c = bytes:byte(i, i + 2)
    local value = a << 16 | (b or 0) << 8 | (c or 0)
    for k = 0, 3 do
      local digit = value >> (18 - 6 * k) & 63
      out[#out + 1] = (k == 2 and not b or k == 3 and not c) and "=" or BASE64:sub(digit + 1, digit + 1)
    end
  end
  return table.concat(out)
end

local to_svg = {}

function to_svg.rectangle(s)
  return ('<rect x="%s" y="%s" width="%s" height="%s" fill="%s"%s/>'):format(n(s.x), n(s.y), n(s.width), n(s.height),
    svg_colour(s.colour), s.opacity < 1 and (' fill-opacity="%s"'):format(n(s.opacity)) or "")
end

-- Runs of points without a NaN.
local function runs(points, size)
  local list, run = {}, nil
  for i = 1, #points, size do
    local ok = true
    for k = i, i + size - 1 do ok = ok and points[k] - points[k] == 0 end
    if not ok then
      run = nil
    else
      if not run then
        run = {}
        list[#list + 1] = run
      end
      table.move(points, i, i + size - 1, #run + 1, run)
    end
  end
  return list
end

local function path(points)
  local parts = {}
  for i = 1, #points, 2 do parts[#parts + 1] = n(points[i]) .. "," .. n(points[i + 1]) end
  return table.concat(parts, " ")
end

function to_svg.line(s)
  local parts = {}
  for _, run in ipairs(runs(s.points, 2)) do
    parts[#parts + 1] = ('<polyline points="%s" fill="none" stroke="%s" stroke-width="%s" stroke-linejoin="round" '
      .. 'stroke-linecap="round"/>'):format(path(run), svg_colour(s.colour), n(s.width))
  end
  return table.concat(parts)
end

function to_svg.band(s)
  local parts = {}
  for _, run in ipairs(runs(s.points, 3)) do
    local outline = {}
    for i = 1, #run, 3 do table.move({ run[i], run[i + 1] }, 1, 2, #outline + 1, outline) end
    for i = #run - 2, 1, -3 do table.move({ run[i], run[i + 2] }, 1, 2, #outline + 1, outline) end
    parts[#parts + 1] = ('<polygon points="%s" fill="%s" fill-opacity="%s"/>'):format(path(outline), svg_colour(s.colour),
      n(s.opacity))
  end
  return table.concat(parts)
end

function to_svg.text(s)
  return ('<text x="%s" y="%s" text-anchor="%s" dominant-baseline="central" fill="%s"%s%s>%s</text>'):format(n(s.x), n(s.y),
    s.anchor, svg_colour(s.colour), s.bold and ' font-weight="bold"' or "",
    s.upwards and (' transform="rotate(-90 %s %s)"'):format(n(s.x), n(s.y)) or "", Scene.escape(s.text))
end

function to_svg.picture(s)
  return ('<image x="%s" y="%s" width="%s" height="%s" preserveAspectRatio="none" style="image-rendering:pixelated" '
    .. 'href="data:image/png;base64,%s"/>'):format(n(s.x), n(s.y), n(s.width), n(s.height), Scene.base64(s.image:png()))
end

--- The drawing as an SVG element, for a file of its own or inside a page.
---@param title? string   what it shows, for those who cannot see it
function Scene:svg(title)
  local parts = { ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" '
    .. 'font-family="system-ui, sans-serif" font-size="12">'):format(self.width, self.height, self.width, self.height) }
  if title then parts[#parts + 1] = "<title>" .. Scene.escape(title) .. "</title>" end
  for _, shape in ipairs(self.shapes) do parts[#parts + 1] = to_svg[shape.kind](shape) end
  parts[#parts + 1] = "</svg>\n"
  return table.concat(parts, "\n")
end

-- ---- a picture ----

local function colour_of(colour) return colour == "ink" and INK or colour == "paper" and PAPER or colour end

local on_canvas = {}

function on_canvas.rectangle(canvas, s, k)
  local left, top = math.floor(s.x * k + 0.5), math.floor(s.y * k + 0.5)
  draw.rectangle(canvas, left, top, math.max(1, math.floor((s.x + s.width) * k + 0.5) - left),
    math.max(1, math.floor((s.y + s.height) * k + 0.5) - top), colour_of(s.colour), s.opacity)
end

function on_canvas.line(canvas, s, k)
  local points = {}
  for i, value in ipairs(s.points) do points[i] = value * k end
  draw.line(canvas, points, s.width * k, colour_of(s.colour))
end

-- Column by column.
function on_canvas.band(canvas, s, k)
  for _, run in ipairs(runs(s.points, 3)) do
    for i = 1, #run - 5, 3 do
      local x0, x1 = run[i] * k, run[i + 3] * k
      for x = math.ceil(x0), math.ceil(x1) - 1 do
        local at = x1 > x0 and (x - x0) / (x1 - x0) or 0
        local low, high = run[i + 1] + (run[i + 4] - run[i + 1]) * at, run[i + 2] + (run[i + 5] - run[i + 2]) * at
        draw.rectangle(canvas, x, math.min(low, high) * k, 1, math.max(1, math.abs(high - low) * k), colour_of(s.colour),
          s.opacity)
      end
    end
  end
end

function on_canvas.text(canvas, s, k)
  local dot = math.max(1, FONT * k // 2)
  local long = draw.text_width(s.text, dot)
  local shift = s.anchor == "middle" and long / 2 or s.anchor == "end" and long or 0
  local x, y = s.x * k, s.y * k
  for bold = 0, s.bold and 1 or 0 do
    if s.upwards then draw.text(canvas, x - 3.5 * dot + bold, y + shift, s.text, dot, true, colour_of(s.colour))
    else draw.text(canvas, x - shift + bold, y - 3.5 * dot, s.text, dot, false, colour_of(s.colour)) end
  end
end

function on_canvas.picture(canvas, s, k) draw.picture(canvas, s.x * k, s.y * k, s.width * k, s.height * k, s.image) end

--- The drawing as an Image, `scale` pixels for each of the scene's (default 2).
function Scene:image(scale)
  local k = scale or 2
  local canvas = draw.canvas(self.width * k, self.height * k, PAPER)
  for _, shape in ipairs(self.shapes) do on_canvas[shape.kind](canvas, shape, k) end
  return canvas
end

return Scene
