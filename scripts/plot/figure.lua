--- mlprun.plot.figure - what every function of ml.plot returns: it prints itself in the terminal, and saves itself.
local core = require "mlprun.core"
local sys = core.sys
local terminal = require "mlprun.plot.terminal"

local Figure = { __name = "mlprun.Figure" }
local methods = {}
Figure.__index = function(_, key)
  if methods[key] then return methods[key] end
  local names = {}
  for name in pairs(methods) do names[#names + 1] = name end
  local near = type(key) == "string" and sys.nearest(key, names)
  sys.fail(("a Figure has no '%s'%s"):format(tostring(key), near and (": did you mean '%s'?"):format(near) or ""))
end

--- A figure: about (one line), scene (function() -> Scene), text (function(columns, style) -> lines for the terminal, or nil
--- when there is nothing to show there).
function Figure.new(parts) return setmetatable(parts, Figure) end

--- Writes the figure into a file: PNG or SVG, by the end of its name.
---@param path string   ends in .png or .svg
---@return mlprun.Figure
---@example plot { train = a, val = b }:save("curves.svg")
function methods.save(figure, path)
  local kind = type(path) == "string" and path:lower():match("%.(%a+)$")
  if kind == "png" then
    rawget(figure, "scene")():image():save(path)
  elseif kind == "svg" then
    sys.write_file(path, rawget(figure, "scene")():svg(rawget(figure, "about")))
  else
    sys.fail(("Figure:save: '%s': the name has to end in .png or .svg"):format(tostring(path)))
  end
  return figure
end

--- The figure as an SVG element.
---@return string
function methods.svg(figure) return rawget(figure, "scene")():svg(rawget(figure, "about")) end

--- The figure as a picture.
---@param scale? integer   2: twice as many pixels a side as its width and height, as files have
---@return mlprun.Image
function methods.image(figure, scale) return rawget(figure, "scene")():image(scale) end

--- The figure as lines for the terminal.
---@param o? table   columns (the terminal's width), colour (a boolean; as the terminal can)
---@return string
function methods.text(figure, o)
  o = o or {}
  local style = terminal.style()
  if o.colour ~= nil then style = { colours = o.colour and 256 or 0, graphics = nil } end
  local lines = rawget(figure, "text_lines")(o.columns or terminal.columns(), style)
  return lines or rawget(figure, "about")
end

Figure.__tostring = function(figure) return methods.text(figure) end

return Figure
