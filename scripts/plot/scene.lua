--- mlprun.plot.scene - a drawing as a list of shapes, which becomes SVG text (svg.lua), a picture (PNG) or a page of PDF.
--
-- Places and lengths are pixels from the top left corner. The colour "ink" is that of text and axes: dark on the white
-- ground of a picture, the page's own colour of text in SVG. "paper" is the ground.
local core = require "mlprun.core"
local class = require "mlprun.base.class"
local gaps = require "mlprun.plot.gaps"
local svg = require "mlprun.plot.svg"
local draw, sys = core.draw, core.sys

local Scene = class.new("Scene")

local COLOURS = { ink = "#24292f", paper = "#ffffff" }
local SIZE = 12         -- of letters
local SQUARES_FROM = 3  -- pixels of a picture that become so large stay squares

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

--- points: { x1, y1, x2, y2, ... }; a NaN among them leaves a gap, and a point without a neighbour is a dot.
---@param dashes? number[]   lengths of strokes and gaps in turn
function Scene:line(points, colour, width, dashes)
  add(self, "line", { points = points, colour = colour, width = width or 1, dashes = dashes })
end

--- The inside of a closed line.
function Scene:polygon(points, colour, opacity)
  add(self, "polygon", { points = points, colour = colour, opacity = opacity or 1 })
end

--- What is between two lines with the same x: { x, low, high } for each point; a NaN leaves a gap.
function Scene:band(points, colour, opacity)
  for _, run in ipairs(gaps(points, 3)) do
    local outline = {}
    for i = 1, #run, 3 do table.move({ run[i], run[i + 1] }, 1, 2, #outline + 1, outline) end
    for i = #run - 2, 1, -3 do table.move({ run[i], run[i + 2] }, 1, 2, #outline + 1, outline) end
    self:polygon(outline, colour, opacity)
  end
end

--- anchor: "start", "middle" or "end" of the text is at x; y is the middle of the line. upwards: turned by 90 degrees.
function Scene:text(x, y, text, o)
  o = o or {}
  local size = o.size or SIZE
  local down = 0.36 * size -- from the middle of capital letters to the line that they stand on
  add(self, "text", { x = o.upwards and x + down or x, y = o.upwards and y or y + down, text = svg.plain(text), size = size,
                      anchor = o.anchor or "start", upwards = o.upwards, colour = o.colour or "ink", bold = o.bold })
end

--- smooth: between the pixels, unless each of them becomes a square that can be seen.
function Scene:picture(x, y, width, height, image, smooth)
  if smooth == nil then smooth = width / image.width < SQUARES_FROM end
  add(self, "picture", { x = x, y = y, width = width, height = height, image = image, smooth = smooth })
end

--- The width of a text.
function Scene.text_width(text, o)
  return draw.text_width(svg.plain(text), o and o.size or SIZE, o and o.bold or false)
end

--- The longest beginning of a text that fits into `width`, with ".." where something is missing.
function Scene.fitted(text, width, o)
  text = tostring(text)
  if Scene.text_width(text, o) <= width then return text end
  local length = utf8.len(text, 1, -1, true) or #text
  while length > 1 do
    length = length - 1
    local cut = text:sub(1, (utf8.offset(text, length + 1) or length + 1) - 1) .. ".."
    if Scene.text_width(cut, o) <= width then return cut end
  end
  return ""
end

-- ---- files ----

--- The drawing as an SVG element, for a file of its own or inside a page.
---@param title? string   what it shows, for those who cannot see it
function Scene:svg(title) return svg.element(self, title) end

local function colour_of(colour) return COLOURS[colour] or colour end

local ANCHORS = { start = 0, middle = 0.5, ["end"] = 1 }

local on_canvas = {}

function on_canvas.rectangle(canvas, s) canvas:rectangle(s.x, s.y, s.width, s.height, colour_of(s.colour), s.opacity) end
function on_canvas.line(canvas, s) canvas:line(s.points, s.width, s.dashes or {}, colour_of(s.colour)) end
function on_canvas.polygon(canvas, s) canvas:polygon(s.points, colour_of(s.colour), s.opacity) end
function on_canvas.picture(canvas, s) canvas:picture(s.x, s.y, s.width, s.height, s.image, s.smooth) end

function on_canvas.text(canvas, s)
  canvas:text(s.x, s.y, s.text, s.size, s.bold, s.upwards, ANCHORS[s.anchor], colour_of(s.colour))
end

local told = false

-- Says once where letters are not what they should be.
local function tell_what_is_missing()
  local missing = not told and draw.missing()
  told = true
  if missing then io.stderr:write("mlprun: ", missing, "\n") end
end

local function drawn(self, canvas)
  tell_what_is_missing()
  for _, shape in ipairs(self.shapes) do on_canvas[shape.kind](canvas, shape) end
  return canvas
end

local LARGE = 4e6 -- of the scene's pixels: hundreds of trials, one below the other

--- The drawing as an Image, `scale` pixels for each of the scene's: 2 unless said, 1 for a large one.
function Scene:image(scale)
  scale = scale or self.width * self.height > LARGE and 1 or 2
  return drawn(self, draw.canvas(self.width, self.height, scale)):image()
end


--- Writes the drawing as a page of PDF.
function Scene:save_pdf(path)
  sys.write_file(path, drawn(self, draw.canvas(self.width, self.height)):pdf())
end

return Scene
