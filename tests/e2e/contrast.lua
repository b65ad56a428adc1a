-- contrast.lua PAGE...: the contrast of everything on a page with what it stands on, in light and in dark mode, by WCAG 2: at
-- least 4.5 to 1 for text, 3 to 1 for the marks of charts. Prints what falls short, and how much was measured.
local TEXT, MARK = 4.5, 3
local FAINT = 0.3 -- opacity up to which a shape is ground for others: bands
local THIN = 3    -- pixels: lines of grids and axes

local function levels(hex)
  if #hex == 4 then hex = hex:gsub("%x", "%0%0") end
  local list = {}
  for c = 1, 3 do list[c] = tonumber(hex:sub(2 * c, 2 * c + 1), 16) end
  return list
end

local function over(colour, opacity, ground)
  local mixed = {}
  for c = 1, 3 do mixed[c] = colour[c] * opacity + ground[c] * (1 - opacity) end
  return mixed
end

local function luminance(colour)
  local sum = 0
  for c, weight in ipairs { 0.2126, 0.7152, 0.0722 } do
    local level = colour[c] / 255
    sum = sum + weight * (level <= 0.04045 and level / 12.92 or ((level + 0.055) / 1.055) ^ 2.4)
  end
  return sum
end

local function contrast(a, b)
  local x, y = luminance(a), luminance(b)
  return (math.max(x, y) + 0.05) / (math.min(x, y) + 0.05)
end

local count, failed = { text = 0, marks = 0, thin = 0 }, {}

local function check(kind, least, a, b, what)
  count[kind] = count[kind] + 1
  local found = contrast(a, b)
  if found < least then failed[("%s: %.2f, expected %.1f"):format(what, found, least)] = true end
end

-- The variables of the page's two looks, light first.
local function looks(css)
  local light, dark = {}, {}
  for name, value in css:match(":root (%b{})"):gmatch("%-%-(%w+): (#%x+)") do
    light[name], dark[name] = levels(value), levels(value)
  end
  for name, value in css:match("prefers%-color%-scheme: dark%) (%b{})"):gmatch("%-%-(%w+): (#%x+)") do
    dark[name] = levels(value)
  end
  return { light = light, dark = dark }
end

local function number(shape, name) return tonumber(shape:match(" " .. name .. '="([^"]*)"')) end

-- What lies below a place: the last rectangle around it, or the page's ground.
local function below(rectangles, x, y, ground)
  for i = #rectangles, 1, -1 do
    local r = rectangles[i]
    if x > r.x and x < r.x + r.width and y > r.y and y < r.y + r.height then return r.colour end
  end
  return ground
end

-- Shapes come in the order in which they are drawn.
local function check_chart(svg, look, where)
  local rectangles = {}
  local function colour(shape, name)
    local value = shape:match(" " .. name .. '="([^"]*)"')
    return value == "currentColor" and look.ink or value and value:sub(1, 1) == "#" and levels(value) or nil
  end
  local table_ = svg:find('text%-anchor="middle" fill="#') -- words in rectangles: a table in colours
  for shape in svg:gmatch("<[a-z]+ [^>]*>") do
    local kind, opacity, fill = shape:match("^<(%l+)"), number(shape, "fill%-opacity") or 1, colour(shape, "fill")
    local x, y = number(shape, "x"), number(shape, "y")
    if not x and shape:find("points=", 1, true) then
      x, y = shape:match('points="([%d.-]+),([%d.-]+)')
      x, y = tonumber(x), tonumber(y)
    end
    local ground = x and below(rectangles, x, y, look.ground)
    if kind == "polyline" then
      check("marks", MARK, colour(shape, "stroke"), ground, where .. ", line " .. shape:match('stroke="([^"]*)"'))
    elseif kind == "text" then
      check("text", TEXT, fill, ground, where .. ", words " .. shape:match('fill="([^"]*)"'))
    elseif kind == "rect" and math.min(number(shape, "width"), number(shape, "height")) < THIN then
      count.thin = count.thin + 1
    elseif kind == "rect" and (table_ or opacity <= FAINT) then
      rectangles[#rectangles + 1] = { x = x, y = y, width = number(shape, "width"), height = number(shape, "height"),
                                      colour = over(fill, opacity, ground) }
    elseif fill and opacity > FAINT then
      check("marks", MARK, over(fill, opacity, ground), ground, ("%s, %s %s"):format(where, kind, shape:match('fill="([^"]*)"')))
    end
  end
end

for _, path in ipairs(arg) do
  local file <close> = assert(io.open(path, "rb"))
  local page = file:read "a"
  for name, look in pairs(looks(page:match "<style>(.-)</style>")) do
    for _, word in ipairs { "ink", "quiet", "clear", "unclear", "few" } do
      for _, under in ipairs { "ground", "card" } do
        check("text", TEXT, look[word], look[under], ("%s: --%s on --%s"):format(name, word, under))
      end
    end
    check("marks", MARK, look.bar, look.ground, name .. ": --bar")
    for svg in page:gmatch "<svg.-</svg>" do check_chart(svg, look, ("%s: %s"):format(name, svg:match "<title>(.-)</title>")) end
  end
end

local lines = {}
for line in pairs(failed) do lines[#lines + 1] = line end
table.sort(lines)
for _, line in ipairs(lines) do print(line) end
print(("measured: %d texts, %d marks; left out: %d lines of grids and axes"):format(count.text, count.marks, count.thin))
os.exit(#lines == 0 and 0 or 1)
