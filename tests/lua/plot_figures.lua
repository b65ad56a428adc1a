-- ml.plot: what figures look like in a terminal, as SVG and as pictures, and what they refuse.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local plot, sys = ml.plot, core.sys
local svg_text = require "mlprun.plot.svg"
local terminal = require "mlprun.plot.terminal"
local axes = require "mlprun.plot.axes"
local root = t.folder()

local function shown(figure, columns) return figure:text { columns = columns or 80, colour = false } end

-- Every tag of an XML text is closed, in order.
local function well_formed(xml)
  local open = {}
  for slash, name, rest in xml:gmatch("<(/?)([%a:]+)([^<>]*)>") do
    if slash == "/" then
      if table.remove(open) ~= name then return false, "closes " .. name end
    elseif rest:sub(-1) ~= "/" then
      open[#open + 1] = name
    end
  end
  return #open == 0 and not xml:gsub("<[^<>]*>", ""):find("[<>]"), "left open: " .. table.concat(open, " ")
end

t.test("ticks are round numbers inside the range", function()
  local function ticks(...)
    local places, digits = axes.ticks(...)
    for i, place in ipairs(places) do places[i] = axes.label(place, digits) end
    return table.concat(places, " ")
  end
  t.equal(ticks(0, 10, 5), "0 2 4 6 8 10")
  t.equal(ticks(0.13, 0.87, 4), "0.2 0.4 0.6 0.8")
  t.equal(ticks(-1e-3, 1e-3, 4), "-0.0010 -0.0005 0 0.0005 0.0010")
  t.equal(ticks(0, 3e6, 3), "0 1e6 2e6 3e6")
  t.equal(ticks(1, 4, 8, true), "1 2 3 4")
  t.equal(ticks(1, 60, 8, true), "10 20 30 40 50 60")
  t.equal(ticks(1.03, 1.88, 2), "1.2 1.4 1.6 1.8") -- 1.5 alone would be no scale
end)

t.test("epochs are whole numbers, other places need not be", function()
  local svg = plot.plot({ 30, 20, 10 }, { xlabel = "epoch" }):svg()
  t.ok(svg:find(">2</text>", 1, true) and not svg:find(">1.5</text>", 1, true), svg)
  t.ok(plot.plot({ { x = { 0.5, 1, 2 }, y = { 30, 20, 10 } } }):svg():find(">0.8</text>", 1, true))
end)

t.test("a legend of a dozen ways to begin names them all", function()
  local series = {}
  for i, name in ipairs { "default", "default, random biases", "xavier_uniform_", "xavier_normal_", "kaiming_normal_",
                          "kaiming_uniform_", "uniform_ -0.05..0.05", "normal_ std 0.01", "all 0.01", "normal_ std 1",
                          "BatchNorm", "BatchNorm, random scales" } do
    series[i] = { name = name, x = { 1, 2 }, y = { i, i } }
  end
  local svg = plot.plot(series):svg()
  t.ok(svg:find(">BatchNorm, random scales</text>", 1, true) and not svg:find("more</text>", 1, true), svg)
end)

t.test("a legend of sixty lines stays small, and says once what all names begin with", function()
  local series = {}
  for i = 1, 60 do series[i] = { name = "weight_decay=" .. i / 1000, x = { 1, 2 }, y = { i, i } } end
  local svg = plot.plot(series):svg()
  t.ok(svg:find(">weight_decay=</text>", 1, true) and svg:find(">0.001</text>", 1, true), svg)
  t.ok(svg:find("and %d+ more</text>"), svg)
  local rows = {}
  for y in svg:gmatch('y="([%d.]+)" text%-anchor="start"') do rows[y] = true end
  local count = 0
  for _ in pairs(rows) do count = count + 1 end
  t.equal(count, 5)
  t.ok(plot.plot({ a = { 1, 2 }, b = { 2, 1 } }):svg():find(">a</text>", 1, true))
end)

t.test("one line, 60 columns, without colours", function()
  t.equal(shown(plot.plot({ 1, 4, 9, 16, 25 }, { title = "squares" }), 60), table.concat({
    "    squares",
    "   │                                                     ⢀⡠",
    "   │                                                  ⢀⡠⠒⠁",
    "   │                                                ⡠⠔⠁",
    "20 ┤                                             ⢠⠔⠉",
    "   │                                          ⢀⠤⠊⠁",
    "   │                                       ⣀⠤⠊⠁",
    "   │                                   ⢀⠤⠒⠉",
    "   │                               ⢀⡠⠔⠊⠁",
    "10 ┤                           ⢀⡠⠔⠊⠁",
    "   │                       ⣀⡠⠤⠒⠉",
    "   │                  ⣀⠤⠔⠒⠉",
    "   │            ⣀⣀⠤⠒⠊⠉",
    "   │   ⢀⣀⡠⠤⠤⠒⠊⠉⠉",
    "   │⠒⠊⠉⠁",
    "   └───────────────────────────────────────────────────────",
    "    1             2            3             4            5",
  }, "\n"))
end)

t.test("several lines have a letter each and a legend", function()
  local text = shown(plot.plot { val = { 2, 1 }, train = { 2, 0 } }, 40)
  t.ok(text:find("* train   o val", 1, true), text)
  t.ok(text:find("%*") and not text:find("\27"))
  for line in (text .. "\n"):gmatch("(.-)\n") do t.ok(utf8.len(line) <= 45, line) end
  t.ok(plot.plot { 1, 2 }:text { colour = true }:find("\27[38;5;", 1, true), "colours when asked for")
  for _, columns in ipairs { 1, 5, 20, 500 } do t.ok(#shown(plot.plot { 1, 2 }, columns) > 20) end
end)

t.test("numbers that are not finite leave a gap; constants and single points are drawn", function()
  for _, y in ipairs { { 1, 0 / 0, 3 }, { 1 / 0, 2 }, { 0 / 0 }, { 5, 5, 5 }, { 0 }, { -1e300, 1e300 }, { 1e-300, 2e-300 } } do
    local figure = plot.plot(y)
    t.ok(#shown(figure) > 100)
    t.ok(well_formed(figure:svg()))
    t.ok(not figure:svg():find('[", -]nan') and not figure:svg():find('[", -]inf'), "no NaN among the places")
    figure:image()
  end
end)

t.test("a histogram counts every value once", function()
  local figure = plot.hist({ 1, 1, 1, 2, 3, 0 / 0 }, { bins = 2 })
  t.ok(shown(figure):find("1 of 6 values are not finite", 1, true))
  local bars = {}
  for height in figure:svg():gmatch('height="([%d.]+)" fill="#0072b2"') do bars[#bars + 1] = tonumber(height) end
  t.equal(#bars, 2)
  t.near(bars[1] / bars[2], 3 / 2, 0.02)
  t.ok(well_formed(plot.hist(ml.zeros(10)):svg()))
end)

t.test("names of any kind stay text in SVG", function()
  local odd = "<script>alert(1)</script> & \"q\" 'x' \0\27[31m"
  local figure = plot.plot({ { name = odd, y = { 1, 2 } } }, { title = odd, xlabel = odd, ylabel = odd })
  local svg = figure:svg()
  local ok, why = well_formed(svg)
  t.ok(ok, why)
  t.ok(not svg:find("<script") and not svg:find("%c[^\n]?%["))
  t.ok(svg:find("&lt;script&gt;alert(1)", 1, true))
  t.equal(svg_text.escape("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&#39;")
  local c = ml.metrics.ConfusionMatrix { "<b>", "&", "a very long name of a class that does not fit" }
  t.ok(well_formed(plot.confusion_matrix(c):svg()))
end)

t.test("figures are saved as PNG and SVG", function()
  local figure = plot.plot({ 1, 2, 3 }, { file = root .. "/a.svg", width = 300, height = 200 })
  t.ok(sys.read_file(root .. "/a.svg"):find("^<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 300 200\""))
  t.ok(rawequal(figure:save(root .. "/a.png"), figure))
  figure:save(root .. "/a.pdf")
  t.ok(sys.read_file(root .. "/a.pdf"):sub(1, 5) == "%PDF-")
  local picture = core.image.load(root .. "/a.png")
  t.equal({ picture.width, picture.height }, { 600, 400 })
  t.raises("'x.jpg': the name has to end in .png, .svg or .pdf", figure.save, figure, "x.jpg")
  t.raises("did you mean 'save'?", function() return figure.sav end)
end)

local function unbase64(text)
  local digits, out, value, bits = {}, {}, 0, 0
  local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
  for i = 1, 64 do digits[alphabet:sub(i, i)] = i - 1 end
  for letter in text:gmatch("[^=]") do
    value, bits = value << 6 | digits[letter], bits + 6
    if bits >= 8 then
      bits = bits - 8
      out[#out + 1] = string.char(value >> bits & 255)
    end
  end
  return table.concat(out)
end

local pixels = ml.tensor({ { { 255, 0, 0 }, { 0, 255, 0 } }, { { 0, 0, 255 }, { 255, 255, 255 } } }, { dtype = "u8" })

t.test("kitty graphics carry the picture", function()
  local image = core.image.from_tensor(ml.randint(0, 256, { 80, 90, 3 }, { dtype = "u8" }))
  local text, data, last = terminal.picture(image, { colours = 256, graphics = "kitty" }, 80), {}, nil
  for control, payload in text:gmatch("\27_G([^;]*);([^\27]*)\27\\") do
    t.ok(#payload <= 4096)
    data[#data + 1], last = payload, control
    t.ok(#data > 1 or control:find("f=100,a=T", 1, true))
  end
  t.ok(#data > 1 and last:find("m=0", 1, true))
  t.ok(core.image.decode(unbase64(table.concat(data))):tensor():equal(image:tensor()))
end)

t.test("a picture that is larger than the terminal is sent as large as that", function()
  local large, portrait = core.image.from_tensor(ml.zeros({ 40, 3000, 3 }, { dtype = "u8" })),
    core.image.from_tensor(ml.zeros({ 3000, 40, 3 }, { dtype = "u8" }))
  for image, text in pairs { [large] = "Pq\"1;1;800;10", [portrait] = "Pq\"1;1;5;420" } do
    t.equal(terminal.picture(image, { colours = 256, graphics = "sixel" }, 80):match("Pq[^#]*"), text)
  end
end)

-- The pixels of a sixel text, as numbers of the palette that it defines.
local function unsixel(text)
  local rows, palette, x, top, colour = {}, {}, 0, 0, nil
  local body = text:match('^\27Pq"1;1;%d+;%d+(.*)\27\\$')
  local i = 1
  while i <= #body do
    local number, r, g, b, stop = body:match("^#(%d+);2;(%d+);(%d+);(%d+)()", i)
    if number then
      palette[tonumber(number)] = { tonumber(r), tonumber(g), tonumber(b) }
      i = stop
    elseif body:match("^#%d+", i) then
      number, stop = body:match("^#(%d+)()", i)
      colour, i = tonumber(number), stop
    else
      local c = body:byte(i)
      if c == 36 then x = 0
      elseif c == 45 then x, top = 0, top + 6
      else
        for k = 0, 5 do
          if (c - 63) >> k & 1 == 1 then
            rows[top + k + 1] = rows[top + k + 1] or {}
            rows[top + k + 1][x + 1] = palette[colour]
          end
        end
        x = x + 1
      end
      i = i + 1
    end
  end
  return rows
end

t.test("sixel graphics carry the picture", function()
  local big = core.image.from_tensor(pixels):resize(14, 9, { interpolation = "nearest" })
  local rows = unsixel(terminal.picture(big, { colours = 256, graphics = "sixel" }, 80))
  t.equal({ #rows, #rows[1] }, { 14, 9 })
  t.equal({ rows[1][1], rows[1][9], rows[14][1], rows[14][9] },
    { { 100, 0, 0 }, { 0, 100, 0 }, { 0, 0, 100 }, { 100, 100, 100 } })
end)

t.test("half blocks show two pixels in each cell; without colours there is a line of text", function()
  local image = core.image.from_tensor(pixels)
  t.equal(terminal.picture(image, { colours = 1 << 24 }, 80),
    "\27[38;2;255;0;0m\27[48;2;0;0;255m▀\27[38;2;0;255;0m\27[48;2;255;255;255m▀\27[0m")
  t.equal(terminal.picture(image, { colours = 256 }, 80), "\27[38;5;196m\27[48;5;21m▀\27[38;5;46m\27[48;5;231m▀\27[0m")
  t.equal(terminal.picture(image, { colours = 0 }, 80), nil)
  t.equal(tostring(plot.show(image)), "Image(height 2, width 2, RGB)")
  t.equal(tostring(plot.show({ image, image }, { labels = { "cat", "dog" } })), "grid of 2 pictures: cat, dog")
end)

-- The letters that a terminal shows, without colours.
local function letters(text) return (text:gsub("\27%[[%d;]*m", "")) end

t.test("axes have their names in the terminal too", function()
  local lines = {}
  for line in (shown(plot.plot({ 1, 2 }, { xlabel = "epoch", ylabel = "loss", title = "a run" }), 40) .. "\n"):gmatch("(.-)\n") do
    lines[#lines + 1] = line
  end
  t.ok(lines[1]:find("^ +a run$"), lines[1])
  t.equal(lines[2], "loss")
  t.ok(lines[#lines]:find("^ +epoch$"), lines[#lines])
end)

t.test("a grid in the terminal has letters below its pictures, and fits", function()
  local grid = plot.image_grid({ pixels, pixels, pixels },
    { labels = { "cat", "a long name of a class", "ñandú" }, good = { true, false } })
  local text = grid:text { columns = 40, colour = true }
  local lines = {}
  for line in (letters(text) .. "\n"):gmatch("(.-)\n") do
    lines[#lines + 1] = line
    t.ok(utf8.len(line) <= 40, line)
  end
  t.ok(lines[#lines]:find("^ *✓ cat +✗ a[a-z ]*%.%. +ñandú$"), lines[#lines])
  for _, columns in ipairs { 1, 7, 8, 20, 500 } do
    local many = plot.image_grid(ml.rand(20, 3, 9, 5)):text { columns = columns, colour = true }
    for line in (letters(many) .. "\n"):gmatch("(.-)\n") do
      t.ok(utf8.len(line) <= math.max(2, columns), ("%d columns for %d"):format(utf8.len(line), columns))
    end
  end
end)

t.test("a portrait is bounded by its height", function()
  local rows = terminal.rows()
  local _, breaks = terminal.picture(core.image.from_tensor(ml.rand(600, 50, 3)), { colours = 256 }, 80):gsub("\n", "")
  t.ok(breaks + 1 <= rows, ("%d lines of %d"):format(breaks + 1, rows))
  local wide = letters(terminal.picture(core.image.from_tensor(ml.rand(50, 600, 3)), { colours = 256 }, 80))
  t.equal(utf8.len(wide:match("^[^\n]*")), 80)
end)

t.test("a data set is shown class by class, with names", function()
  local photos = os.tmpname()
  os.remove(photos)
  core.sys.make_folder(photos)
  dofile("tests/e2e/pictures.lua")(photos, 5)
  local set = ml.data.open(photos)
  local figure = plot.show(set, { most = 7 })
  t.equal(figure:text { colour = false }, "grid of 6 pictures: apple, apple, banana, banana, plum, plum")
  local last = letters(plot.show(set):text { columns = 80, colour = true }):match("[^\n]*$")
  t.equal((last:gsub(" +", " ")), " plum plum plum plum plum")
  local grid = require "mlprun.plot.grid"
  t.equal(grid.places(set, 6), { 1, 3, 6, 8, 11, 13 }) -- spread over each class
  t.equal(grid.places(set, 2), { 1, 6 })
  os.execute("rm -r '" .. photos .. "'")
end)

t.test("a confusion matrix is a map of colours in the terminal", function()
  local c = ml.metrics.ConfusionMatrix { "cat", "dog", "ñandú" }
  c:add(ml.tensor { 1, 1, 2, 3 }, ml.tensor { 1, 1, 1, 3 })
  local text = plot.confusion_matrix(c):text { columns = 80, colour = true }
  t.equal(letters(text), table.concat({ "true \\ predicted  1  2  3 ", "1 cat             2  1  0 ", "2 dog             0  0  0 ",
                                        "3 ñandú           0  0  1 " }, "\n"))
  t.ok(text:find("\27%[48;5;%d+m\27%[38;5;%d+m 1 "), "the whole of a row is dark, with light letters")
  t.equal(plot.confusion_matrix(c):text { colour = false }, tostring(c))
  local names = {}
  for i = 1, 25 do names[i] = "a class with a long name " .. i end
  local large = plot.confusion_matrix(ml.metrics.ConfusionMatrix(names)):text { columns = 80, colour = true }
  for line in (letters(large) .. "\n"):gmatch("(.-)\n") do
    t.ok(utf8.len(line) <= 80, line)
  end
end)

t.test("show takes pictures in every form", function()
  for _, value in ipairs { core.image.from_tensor(pixels), pixels, ml.rand(5, 4), ml.rand(3, 5, 4), ml.rand(2, 3, 5, 4),
                           ml.randn(2, 1, 5, 4), { pixels, ml.rand(3, 5, 4) } } do
    local picture = plot.show(value):image()
    t.ok(picture.width > 0 and picture.channels == 3)
  end
  local grid = plot.image_grid(ml.rand(7, 3, 4, 4), { columns = 3, cell = 20, labels = { "a", "b" }, good = { true, false } })
  t.equal({ grid:image().width, grid:image().height }, { 2 * (8 + 3 * 28), 2 * (8 + 3 * 46) })
  t.raises("a tensor of 1 dimensions is no picture", plot.show, ml.rand(5))
  t.raises("got a number, expected an Image", plot.show, 5)
  t.raises("element 2 is a string", plot.show, { pixels, "x" })
  t.raises("there is no picture", plot.show, {})
end)

t.test("a confusion matrix has its counts", function()
  local c = ml.metrics.ConfusionMatrix { "cat", "dog" }
  c:add(ml.tensor({ 1, 1, 2, 2, 2 }, { dtype = "i64" }), ml.tensor({ 1, 2, 2, 2, 2 }, { dtype = "i64" }))
  local figure = plot.confusion_matrix(c, { title = "pets" })
  local svg, found = figure:svg(), {}
  for text in svg:gmatch(">([^<>]+)</text>") do found[#found + 1] = text end
  t.equal(table.concat(found, " "), "pets true class predicted class cat dog cat dog 1 0 1 3 0 % 100 % of the row")
  t.equal(figure:text { colour = false }, tostring(c))
  local shares = plot.confusion_matrix(c, { normalize = "true" }):svg()
  t.ok(shares:find(">25</text>", 1, true) and shares:find(">75</text>", 1, true), "percent of the rows")
  plot.confusion_matrix(ml.metrics.ConfusionMatrix(100)):image()
  t.raises("expected a metrics.ConfusionMatrix", plot.confusion_matrix, {})
end)

t.test("ends of an axis hold whatever the numbers are", function()
  local function ends(y, o)
    local least, most = axes.range({ y }, o.ymin, o.ymax)
    return { least, most, most > least }
  end
  t.equal(ends({ 0.99, 1, 1 }, { ymin = 1 }), { 1, 1.05, true })
  t.equal(ends({ 1, 2 }, { ymax = 1 }), { 0.95, 1, true })
  t.equal(ends({ 1, 2 }, { ymin = 5 }), { 5, 5.25, true })
  t.equal(ends({ 1, 2 }, { ymin = -1, ymax = 3 }), { -1, 3, true })
  t.raises("ymin is 3 and ymax 1", plot.plot, { 1 }, { ymin = 3, ymax = 1 })
  t.raises("ymin is 0 and ymax -1", plot.hist, { 1 }, { ymax = -1 })
end)

-- The corners of every line and band in SVG text.
local function corners(svg)
  local list = {}
  for points in svg:gmatch('points="([^"]*)"') do
    for x, y in points:gmatch("([-%d.]+),([-%d.]+)") do list[#list + 1] = { tonumber(x), tonumber(y) } end
  end
  return list
end

t.test("what lies outside of the frame is cut off at its edge", function()
  local series = { { y = { 1e6, 2.5, -1e300, 1 }, low = { 1, -1e300, 1, 0 }, high = { 2, 1e300, 2, 9 } } }
  local figure = plot.plot(series, { ymin = 0, ymax = 3, width = 400, height = 300 })
  local seen = corners(figure:svg())
  t.ok(#seen > 10)
  for _, p in ipairs(seen) do
    t.ok(p[1] >= 44 and p[1] <= 384 and p[2] >= 15 and p[2] <= 270, ("%g, %g"):format(p[1], p[2]))
  end
  local rows = {}
  for line in (shown(figure, 40) .. "\n"):gmatch("(.-)\n") do rows[#rows + 1] = line end
  t.equal(#rows, 16)
end)

t.test("a band that leaves the frame and comes back is cut where it crosses the edge", function()
  local clip = require "mlprun.plot.clip"
  local frame = { left = 0, right = 10, top = 0, bottom = 10 }
  t.equal(clip.band({ 0, 5, 5, 10, 25, 5 }, frame), { 0, 5, 5, 2.5, 10, 5, 10, 10, 5 })
  t.equal(clip.line({ 0, 5, 4, 25, 8, 5 }, frame), { { 0, 5, 1, 10 }, { 7, 10, 8, 5 } })
  t.equal(clip.line({ -5, 5, 15, 5 }, frame), { { 0, 5, 10, 5 } })
  t.equal(clip.line({ -5, 5, -5, 9, 20, 20 }, frame), {})
  t.equal(clip.line({ 1, 1, 0 / 0, 1, 2, 2, 0 / 0, 0, 3, 3, 4, 4 }, frame), { { 1, 1 }, { 2, 2 }, { 3, 3, 4, 4 } })
end)

t.test("a number between two that are none is drawn", function()
  local nan = 0 / 0
  local alone, gap = plot.plot { 1, nan, 2, nan, 3 }, plot.plot { 1, nan, nan, nan, 3 }
  local _, dots = alone:svg():gsub("<polyline", "")
  t.equal({ dots, #corners(alone:svg()) - #corners(gap:svg()) }, { 3, 2 })
  t.ok(shown(alone) ~= shown(gap))
  local a, b = alone:image():tensor(), gap:image():tensor()
  t.ok(not a:equal(b), "in the picture too")
end)

-- fn(...) ends before so many instructions of Lua: its result, or nil and the message.
local function in_time(what, fn, ...)
  local LIMIT = 2e7
  debug.sethook(function() error("still running: " .. what, 0) end, "", LIMIT)
  local ok, result = pcall(fn, ...)
  debug.sethook()
  if ok then return result end
  t.ok(not tostring(result):find("still running", 1, true), tostring(result))
  return nil, tostring(result)
end

-- What messages of the language and of the runtime look like, rather than ours.
local RAW = { "attempt to", "bad argument", "no integer representation", "index is NaN", "out of memory", "argument %d" }

t.test("generated plots of legal and borderline values end", function()
  local values = { 0, -0.0, 1, -1, 0.99, 1 + 1e-15, 1e-300, 5e-324, 1e6, 1e16, 1e300, -1e300, 1.79e308, -1.79e308, 1 / 0, -1 / 0,
                   0 / 0, math.mininteger, math.maxinteger, 2.5, 3 }
  local ends = { 0, 1, -1, 1e-300, 1e300, -1e300, 0.99, 1e16, 0 / 0, 1 / 0, math.mininteger }
  local sizes = { 100, 101, 640, 0, -1, 1.5, "x" }
  local seed, drawn, rounds = 20240229, 0, tonumber(os.getenv("MLP_PLOTS")) or 400
  ml.manual_seed(seed)
  local draws, at = ml.randint(0, 1 << 30, { 40000 }):tolist(), 0
  local function below(n)
    at = at % #draws + 1
    return draws[at] % n
  end
  local function pick(list) return list[below(#list) + 1] end
  local function perhaps(list) return below(4) == 0 and pick(list) or nil end
  local function numbers(n)
    local list = {}
    for i = 1, n do list[i] = pick(values) end
    return list
  end
  for round = 1, rounds do
    local n = pick { 1, 1, 2, 3, 8 }
    local y, o = numbers(n), { ymin = perhaps(ends), ymax = perhaps(ends), width = perhaps(sizes) }
    local series, make = { y = y, x = perhaps { numbers(n) } }, plot.plot
    local kind = pick { "line", "band", "hist" }
    if kind == "band" then series.low, series.high = numbers(n), numbers(n) end
    if kind == "hist" then series, make = y, plot.hist end
    local what = ("round %d of seed %d: a %s of { %s }"):format(round, seed, kind, table.concat(y, ", "))
    local figure, message = in_time(what, make, series, o)
    for _, raw in ipairs(RAW) do t.ok(not (message or ""):find(raw), ("%s: %s: ours"):format(what, message)) end
    if figure then
      drawn = drawn + 1
      local text = in_time(what, figure.text, figure, { columns = pick { 1, 40, 200 }, colour = false })
      local svg, picture = in_time(what, figure.svg, figure), in_time(what, figure.image, figure, 1)
      t.ok(text and svg and picture, what .. ": drawn in every way")
      t.ok(not svg:find('[", -]nan') and not svg:find('[", -]inf'), what .. ": no NaN among the places")
    end
  end
  t.ok(drawn > rounds / 2, drawn .. " drawn: more than half of them")
end)

t.test("a large confusion matrix is a dot for each pair", function()
  local c = ml.metrics.ConfusionMatrix(300)
  c:add(ml.tensor({ 1, 2, 300 }, { dtype = "i64" }), ml.tensor({ 1, 300, 300 }, { dtype = "i64" }))
  local figure = plot.confusion_matrix(c, { title = "many" })
  t.ok(#figure:svg() < 100000, #figure:svg())
  local picture = figure:image(1):tensor()
  local function dot(row, column)
    return picture[61 + math.ceil((row - 1) * 560 / 300)][35 + math.ceil((column - 1) * 560 / 300)]:tolist()
  end
  t.equal(dot(1, 1), { 0x00, 0x5a, 0x9c })
  t.equal(dot(300, 2), { 128, 173, 206 })
  t.equal({ dot(2, 300), dot(2, 2) }, { { 255, 255, 255 }, { 255, 255, 255 } })
end)

t.test("mistakes are named", function()
  t.raises("columns is 0, expected a whole number from 1 to 1000", plot.image_grid, ml.rand(3, 4, 4), { columns = 0 })
  t.raises("cell is 2.5", plot.image_grid, ml.rand(3, 4, 4), { cell = 2.5 })
  t.raises("labels: element 2 is a boolean", plot.image_grid, ml.rand(3, 4, 4), { labels = { "a", true } })
  t.raises("width is 0", plot.plot, { 1 }, { width = 0 })
  t.raises("title is a table", plot.plot, { 1 }, { title = {} })
  t.raises("ymin is 'x', expected a number", plot.plot, { 1 }, { ymin = "x" })
  t.raises("Figure:text: columns is 'x'", function() plot.plot({ 1 }):text { columns = "x" } end)
  t.raises("Figure:image: scale is 0", function() plot.plot({ 1 }):image(0) end)
  t.raises("element 2 is a string, expected a number", plot.plot, { 1, "x" })
  t.raises("'val' is empty", plot.plot, { val = {} })
  t.raises("there is nothing to draw", plot.plot, {})
  t.raises("x has 1 numbers and y 2", plot.plot, { { x = { 1 }, y = { 1, 2 } } })
  t.raises("low and high belong together", plot.plot, { { y = { 1 }, low = { 1 } } })
  t.raises("did you mean 'title'?", plot.plot, { 1 }, { titel = "x" })
  t.raises("bins is 0", plot.hist, { 1 }, { bins = 0 })
  t.raises("there is no finite number", plot.hist, { 0 / 0 })
end)

-- ---- looking into a model ----

local nn = ml.nn

t.test("look has a row for each layer, with numbers that are right", function()
  ml.manual_seed(3)
  local model = nn.Sequential { nn.Linear(4, 3), nn.ReLU(), nn.BatchNorm1d(3), nn.Linear(3, 2) }
  local x, y = ml.randn { 10, 4 }, ml.randint(1, 3, { 10 })
  local first = model[1](x)
  local rows = plot.look(model, x)
  t.equal(#rows, 4)
  t.equal({ rows[1].class, rows[2].class, rows[3].name, rows[1].shape }, { "Linear", "ReLU", "2", { 10, 3 } })
  t.near(rows[1].mean, first:mean():item(), 1e-6)
  t.near(rows[1].std, first:std():item(), 1e-6)
  local zeros = 0
  for _, row in ipairs(first:tolist()) do
    for _, value in ipairs(row) do zeros = zeros + (value <= 0 and 1 or 0) end
  end
  t.near(rows[2].zeros, zeros / 30, 1e-9)
  local sum = 0
  for _, count in ipairs(rows[1].histogram) do sum = sum + count end
  t.equal(sum, 30)
  t.equal({ rows[1].gradient, rows[1].nonfinite }, { nil, 0 })
  t.ok(tostring(rows):find("no gradients: labels%s+or a loss make them"), tostring(rows))
  -- the norm of a gradient is that of the parameters, made by hand
  local looked = plot.look(model, x, { labels = y })
  model:zero_grad()
  nn.functional.cross_entropy(model(x), y):backward()
  local norm = 0
  for _, p in ipairs(model[4]:parameters()) do norm = norm + p.grad:pow(2):sum():item() end
  t.near(looked[4].gradient, norm ^ 0.5, 1e-6)
  t.near(plot.look(model, x)[4].gradient, norm ^ 0.5, 1e-6) -- as the parameters hold it
  t.near(plot.look(model, x, { loss = function(out) return nn.functional.cross_entropy(out, y) * 2 end })[4].gradient,
    2 * norm ^ 0.5, 1e-5)
end)

t.test("look leaves the model as it was", function()
  local model = nn.Sequential { nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Dropout(0.5) }
  local x = ml.randn { 10, 4 }
  model(x):sum():backward()
  local buffers, gradient, random = model[2].running_mean:clone(), model[1].weight.grad:clone(), ml.get_rng_state()
  plot.look(model, x, { loss = function(out) return (out * out):sum() end })
  t.ok(model[2].running_mean:equal(buffers) and model[1].weight.grad:equal(gradient) and ml.get_rng_state() == random)
  local Empty = nn.Module:subclass("Empty")
  function Empty:__init() self.unused = nn.Linear(2, 2) end
  function Empty.forward(_, v) return v end
  t.raises("no layer ran", plot.look, Empty(), x)
  t.raises("conv2d expects", plot.look, nn.Sequential { nn.Conv2d(3, 2, 3) }, ml.randn { 1, 2, 5, 5 })
end)

t.test("look counts what is not finite, and its table fits", function()
  local blocks = {}
  for i = 1, 3 do blocks[i] = nn.Sequential { nn.Conv2d(3, 3, 3, { padding = 1 }), nn.BatchNorm2d(3), nn.LeakyReLU() } end
  local model = nn.Sequential { nn.Sequential(blocks), nn.Flatten(), nn.Linear(192, 5) }
  model[3].bias:detach()[2] = 0 / 0
  local rows = plot.look(model, ml.randn { 2, 3, 8, 8 })
  t.equal(rows[#rows].nonfinite, 2)
  for _, columns in ipairs { 80, 100 } do
    for line in (rows:text(columns) .. "\n"):gmatch("(.-)\n") do t.ok(utf8.len(line) <= columns, line) end
  end
  t.ok(rows:text(80):find("NaN", 1, true))
end)

t.test("look shows the activations of one layer as pictures", function()
  local model = nn.Sequential { nn.Conv2d(3, 5, 3), nn.Flatten(), nn.Linear(5 * 36, 4) }
  local x = ml.randn { 2, 3, 8, 8 }
  t.equal(plot.look(model, x, { layer = model[1] }):text { colour = false }, "grid of 5 pictures: 1, 2, 3, 4, 5")
  t.equal(plot.look(model, x, { layer = model[3] }):text { colour = false }, "Image(height 2, width 4, grey)")
  t.raises("this layer did not run", plot.look, model, x, { layer = nn.ReLU() })
end)

t.done()
