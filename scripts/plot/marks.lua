--- mlprun.plot.marks - what tells lines apart: colours, and for those who see colours differently dashes and markers too.
local marks = {}

--- Told apart by people who see colours differently too, on white and on dark ground (3 to 1 at least): Okabe and Ito's, then
--- Tol's.
marks.COLOURS = { "#0072b2", "#d55e00", "#008a64", "#b35c8f", "#a87400", "#3488bd", "#7f7f7f",
                  "#a8446f", "#2f8a78", "#80802b", "#aa4499", "#a0522d", "#5a84b8", "#23883f" }

function marks.colour(i) return marks.COLOURS[(i - 1) % #marks.COLOURS + 1] end

local DASHES = { {}, { 7, 3 }, { 2, 3 }, { 9, 3, 2, 3 }, { 4, 2 }, { 12, 4 }, { 9, 3, 2, 3, 2, 3 } }

--- The dashes of the i-th of several lines; none for a whole one. Where colours begin again, dashes are others.
function marks.dashes(i) return DASHES[(i - 1 + (i - 1) // #marks.COLOURS) % #DASHES + 1] end

local function circle(x, y, r)
  local points = {}
  for k = 0, 15 do
    local angle = k * math.pi / 8
    points[2 * k + 1], points[2 * k + 2] = x + r * math.cos(angle), y + r * math.sin(angle)
  end
  return points
end

-- A shape from corners around 0, 0.
local function of(...)
  local corners = { ... }
  return function(x, y, r)
    local points = {}
    for k = 1, #corners, 2 do points[k], points[k + 1] = x + r * corners[k], y + r * corners[k + 1] end
    return points
  end
end

local SHAPES = {
  circle, of(-.9, -.9, .9, -.9, .9, .9, -.9, .9), of(0, -1.2, 1.15, .9, -1.15, .9), of(0, -1.3, 1.3, 0, 0, 1.3, -1.3, 0),
  of(0, 1.2, 1.15, -.9, -1.15, -.9),
  of(-.4, -1.2, .4, -1.2, .4, -.4, 1.2, -.4, 1.2, .4, .4, .4, .4, 1.2, -.4, 1.2, -.4, .4, -1.2, .4, -1.2, -.4, -.4, -.4),
  of(0, -1.3, .4, -.4, 1.25, -.4, .6, .2, .8, 1.1, 0, .6, -.8, 1.1, -.6, .2, -1.25, -.4, -.4, -.4),
}

--- The corners of the i-th marker around a place; r: half of its width.
function marks.marker(i, x, y, r) return SHAPES[(i - 1) % #SHAPES + 1](x, y, r) end

return marks
