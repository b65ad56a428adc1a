-- ml.plot: axes, bars, points and heat maps, what tells lines apart, and letters.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local axes = require "mlprun.plot.axes"
local chart = require "mlprun.plot.chart"
local legend = require "mlprun.plot.legend"
local marks = require "mlprun.plot.marks"
local Scene = require "mlprun.plot.scene"
local plot = ml.plot
local nan = 0 / 0

local function texts(svg)
  local list = {}
  for text in svg:gmatch(">([^<>\n]+)</text>") do list[#list + 1] = text end
  return list
end

local function labels(axis, wanted)
  local list = {}
  for i, tick in ipairs(axis.ticks(wanted)) do list[i] = tick.label end
  return table.concat(list, " ")
end

t.test("a logarithmic axis has powers of ten, and 2 and 5 times them where there are few", function()
  local lr = axes.of({ { 1e-4, 1 } }, { log = true })
  t.equal(labels(lr, 8), "0.0001 0.001 0.01 0.1 1")
  t.near(lr.share(1e-2), 0.5, 1e-12)
  t.equal(labels(axes.of({ { 1, 100 } }, { log = true }), 8), "1 2 5 10 20 50 100")
  t.equal(labels(axes.of({ { 1e-8, 1e8 } }, { log = true }), 4), "1e-8 0.0001 1 10000 1e8")
  t.equal(labels(axes.of({ { 40, 60 } }, { log = true }), 4), "40 45 50 55 60")
  t.ok(lr.share(0) ~= lr.share(0) and lr.share(-1) ~= lr.share(-1), "0 and less have no place")
end)

t.test("values that have no place on a logarithmic axis are said", function()
  local svg = plot.plot({ 0.01, 0, 10, -1 }, { yscale = "log" }):svg()
  t.ok(svg:find("2 values of 0 or less have no place on a logarithmic axis", 1, true))
  t.ok(not plot.plot({ 0.01, 1, 10 }, { yscale = "log" }):svg():find("no place"))
  t.raises("ymin is 0, expected more than 0 with yscale = 'log'", plot.plot, { 1, 2 }, { yscale = "log", ymin = 0 })
  t.raises("xscale is 'logarithmic', expected 'linear' or 'log'", plot.plot, { 1 }, { xscale = "logarithmic" })
  plot.plot({ 0, -1 }, { yscale = "log" }):image()
end)

t.test("bars stand side by side on 0, with whiskers", function()
  local svg = plot.bar({ { name = "train", y = { 4, 2 }, low = { 3, 1 }, high = { 5, 3 } }, { name = "val", y = { 1, -1 } } },
    { labels = { "cat", "dog" } }):svg()
  local bars = {}
  local bar = '<rect x="([%d.]+)" y="([%d.]+)" width="([%d.]+)" height="([%d.]+)" fill="#%x+"/>'
  for x, y, w, h in svg:gmatch(bar) do
    bars[#bars + 1] = { x = tonumber(x), y = tonumber(y), width = tonumber(w), height = tonumber(h) }
  end
  t.equal(#bars, 6) -- two are the legend's
  local a, b, c, d = bars[3], bars[4], bars[5], bars[6]
  t.near(a.height / b.height, 2, 0.01)
  t.near(c.height / d.height, 1, 0.01)
  t.near(a.y + a.height, d.y, 0.02)
  t.ok(a.x < c.x and c.x < b.x and b.x < d.x, "train and val of cat, then of dog")
  local all = table.concat(texts(svg), " ")
  t.ok(all:find("cat dog", 1, true) and all:find("train val", 1, true), all)
  t.raises("there are 1 labels and 2 bars", plot.bar, { 1, 2 }, { labels = { "a" } })
end)

t.test("long names below bars are turned", function()
  local names = {}
  for i = 1, 12 do names[i] = "a rather long name " .. i end
  local svg = plot.bar({ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 }, { labels = names }):svg()
  local _, turned = svg:gsub("rotate%(%-90", "")
  t.equal(turned, 12)
end)

t.test("points are not joined", function()
  local points = { x = { 0.001, 0.1, 10 }, y = { 1, 3, 2 }, low = { 0, 2, 1 }, high = { 2, 4, 3 } }
  local svg = plot.scatter(points, { xscale = "log" }):svg()
  local _, count = svg:gsub('<polygon', "")
  t.equal(count, 3)
  t.ok(not svg:find('<polyline[^>]+stroke="#0072b2"'), "no line between them")
  local _, dots = plot.scatter({ x = { 1, 2, 3 }, y = { 1, 3, 2 } }):text { columns = 60, colour = false }:gsub("[⠁-⣿]+", "")
  t.ok(dots >= 3, dots)
end)

t.test("a heat map has its numbers and names, and a grey cell where there is none", function()
  local figure = plot.heatmap({ { 1, 2 }, { nan, 4 } },
    { xticklabels = { "a", "b" }, yticklabels = { "p", "q" }, title = "heat" })
  t.equal(table.concat(texts(figure:svg()), " "), "heat p q a b 1 2 nan 4 1 4")
  t.ok(figure:svg():find('fill="#d0d0d0"', 1, true) and figure:svg():find('fill="#005a9c"', 1, true))
  t.ok(figure:text { columns = 60, colour = false }:find("p%s+1%s+2"))
  plot.heatmap(ml.rand(100, 60)):image(1)
  t.ok(#plot.heatmap(ml.rand(100, 60)):svg() < 100000, "of many cells a picture")
  t.raises("expected 2: rows and columns", plot.heatmap, ml.rand(3))
  t.raises("row 2 has 1 numbers and the first 2", plot.heatmap, { { 1, 2 }, { 3 } })
  t.raises("there are 1 names for 2 columns", plot.heatmap, { { 1, 2 } }, { xticklabels = { "a" } })
end)

-- WCAG's contrast of two colours.
local function contrast(a, b)
  local function luminance(hex)
    local sum = 0
    for i, weight in ipairs { 0.2126, 0.7152, 0.0722 } do
      local level = tonumber(hex:sub(2 * i, 2 * i + 1), 16) / 255
      sum = sum + weight * (level <= 0.03928 and level / 12.92 or ((level + 0.055) / 1.055) ^ 2.4)
    end
    return sum
  end
  local x, y = luminance(a), luminance(b)
  return (math.max(x, y) + 0.05) / (math.min(x, y) + 0.05)
end

t.test("lines are seen on white and on dark ground, numbers on every cell", function()
  for _, colour in ipairs(marks.COLOURS) do
    for _, ground in ipairs { "#ffffff", "#f6f8fa", "#0d1117", "#161b22" } do
      t.ok(contrast(colour, ground) >= 3, ("%s on %s: %.2f"):format(colour, ground, contrast(colour, ground)))
    end
  end
  for k = 0, 20 do
    local svg = plot.heatmap({ { 0, k / 20, 1 } }):svg()
    local cells, inks = {}, {}
    for colour in svg:gmatch('width="51" height="51" fill="(#%x+)"') do cells[#cells + 1] = colour end
    for colour in svg:gmatch('text%-anchor="middle" fill="(#%x+)"') do inks[#inks + 1] = colour end
    t.equal({ #cells, #inks }, { 3, 3 })
    t.ok(contrast(cells[2], inks[2]) >= 4.5, ("%s on %s"):format(inks[2], cells[2]))
  end
end)

t.test("no two of twenty-eight lines have the same colour, dashes and marker", function()
  local series, known = {}, {}
  for i = 1, 28 do series[i] = { y = { i, i + 1 } } end
  for i, s in ipairs(chart.dress(series)) do
    local key = ("%s %s %s"):format(s.colour, table.concat(s.dashes, ","), table.concat(marks.marker(s.marker, 0, 0, 1), " "))
    t.ok(not known[key], ("%d is as %s"):format(i, tostring(known[key])))
    known[key] = i
  end
  for i = 1, 7 do -- without colour
    for k = i + 1, 7 do
      t.ok(table.concat(marks.dashes(i), ",") ~= table.concat(marks.dashes(k), ","), ("dashes %d and %d"):format(i, k))
    end
  end
  t.equal(#chart.dress({ { y = { 1 } } })[1].colour, 7)
end)

t.test("names are shortened where they do not differ", function()
  local short, common = legend.shortened { "lr=0.1, wd=0.3", "lr=0.25, wd=0.3" }
  t.equal({ short, common }, { { "0.1", "0.25" }, "lr=*, wd=0.3" })
  short, common = legend.shortened { "dropout=0", "dropout=0.5" }
  t.equal({ short, common }, { { "0", "0.5" }, "dropout=" })
  short, common = legend.shortened { "relu", "gelu" }
  t.equal({ short, common or "none" }, { { "relu", "gelu" }, "none" })
  short, common = legend.shortened { "a", "a, b" }
  t.equal({ short, common or "none" }, { { "a", "a, b" }, "none" })
end)

t.test("letters of Greek and Cyrillic have their width", function()
  local latin, greek, cyrillic = Scene.text_width("accuracy"), Scene.text_width("ακρίβεια"), Scene.text_width("точность")
  for _, width in ipairs { latin, greek, cyrillic } do t.ok(width > 40 and width < 90, width) end
  t.equal(Scene.fitted("Straße", 1000), "Straße")
  t.ok(Scene.text_width(Scene.fitted("ακρίβεια της επικύρωσης", 60)) <= 60)
end)

t.test("pictures are smooth, unless their pixels become squares that can be seen", function()
  local photo, tiny = plot.show(ml.rand(3, 64, 64)):svg(), plot.show(ml.rand(3, 4, 4)):svg()
  t.ok(not photo:find("pixelated") and tiny:find("pixelated"))
end)

t.done()
