--- mlprun.plot.figure - what every function of ml.plot returns: it prints itself in the terminal, and saves itself.
local class = require "mlprun.base.class"
local sys = require("mlprun.core").sys
local check = require("mlprun.options").check
local settings = require "mlprun.plot.settings"
local terminal = require "mlprun.plot.terminal"

local Figure = class.new("mlprun.Figure", {
  __what = "a Figure",
  __tostring = function(figure) return figure:text() end,
})

-- parts: about (one line), scene (function() -> Scene), text_lines (function(columns, style) -> lines for the terminal, or nil
-- when there is nothing to show there).
function Figure.__new(c, parts) return setmetatable(parts, c.__meta) end

-- Its drawing, which is made once.
local function scene_of(figure)
  local made = rawget(figure, "made") or rawget(figure, "scene")()
  rawset(figure, "made", made)
  return made
end

--- Writes the figure into a file: PNG, SVG or PDF, by the end of its name.
---@param path string   ends in .png, .svg or .pdf
---@return Figure
---@example plot { train = a, val = b }:save("curves.svg")
function Figure.save(figure, path)
  local kind = type(path) == "string" and path:lower():match("%.(%a+)$")
  if kind == "png" then
    scene_of(figure):image():save(path)
  elseif kind == "pdf" then
    scene_of(figure):save_pdf(path)
  elseif kind == "svg" then
    sys.write_file(path, scene_of(figure):svg(rawget(figure, "about")))
  else
    sys.fail(("Figure:save: '%s': the name has to end in .png, .svg or .pdf"):format(tostring(path)))
  end
  return figure
end

--- The figure as an SVG element.
---@param about? string   what it shows, for those who cannot see it
---@return string
function Figure.svg(figure, about) return scene_of(figure):svg(about or rawget(figure, "about")) end

--- The figure as a picture.
---@param scale? integer   2: twice as many pixels a side as its width and height, as files have
---@return Image
function Figure.image(figure, scale)
  if scale ~= nil then settings.whole(scale, 1, 16, "Figure:image: scale") end
  return scene_of(figure):image(scale)
end

--- The figure as lines for the terminal.
---@param o? { columns: integer, colour: boolean }
---@return string
function Figure.text(figure, o)
  o = check(o, { "columns", "colour" }, "Figure:text")
  if o.columns ~= nil then settings.whole(o.columns, 1, 10000, "Figure:text: columns") end
  local style = terminal.style()
  if o.colour ~= nil then style = { colours = o.colour and 256 or 0, graphics = nil } end
  local lines = rawget(figure, "text_lines")(o.columns or terminal.columns(), style)
  return lines or rawget(figure, "about")
end

return Figure
