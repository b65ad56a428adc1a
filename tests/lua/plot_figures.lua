-- ml.plot: what figures look like in a terminal, as SVG and as pictures, and what they refuse.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local plot, sys = ml.plot, core.sys
local Scene = require "mlprun.plot.scene"
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
  t.equal(Scene.escape("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&#39;")
  local c = ml.metrics.ConfusionMatrix { "<b>", "&", "a very long name of a class that does not fit" }
  t.ok(well_formed(plot.confusion_matrix(c):svg()))
end)

t.test("figures are saved as PNG and SVG", function()
  local figure = plot.plot({ 1, 2, 3 }, { file = root .. "/a.svg", width = 300, height = 200 })
  t.ok(sys.read_file(root .. "/a.svg"):find("^<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 300 200\""))
  t.ok(rawequal(figure:save(root .. "/a.png"), figure))
  local picture = core.image.load(root .. "/a.png")
  t.equal({ picture.width, picture.height }, { 600, 400 })
  t.raises("'x.jpg': the name has to end in .png or .svg", figure.save, figure, "x.jpg")
  t.raises("did you mean 'save'?", function() return figure.sav end)
end)

t.test("base64", function()
  t.equal({ Scene.base64(""), Scene.base64("f"), Scene.base64("fo"), Scene.base64("foo"), Scene.base64("foob\0\255") },
    { "", "Zg==", "Zm8=", "Zm9v", "Zm9vYgD/" })
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
  t.equal(tostring(plot.show(image)), "Image(2x2, RGB)")
  t.equal(tostring(plot.show({ image, image }, { labels = { "cat", "dog" } })), "grid of 2 pictures: cat, dog")
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
  t.equal(table.concat(found, " "), "pets true class predicted class cat cat 1 0 dog dog 1 3")
  t.equal(figure:text { colour = false }, tostring(c))
  plot.confusion_matrix(ml.metrics.ConfusionMatrix(100)):image()
  t.raises("expected a metrics.ConfusionMatrix", plot.confusion_matrix, {})
end)

t.test("mistakes are named", function()
  t.raises("element 2 is a string, expected a number", plot.plot, { 1, "x" })
  t.raises("'val' is empty", plot.plot, { val = {} })
  t.raises("there is nothing to draw", plot.plot, {})
  t.raises("x has 1 numbers and y 2", plot.plot, { { x = { 1 }, y = { 1, 2 } } })
  t.raises("low and high belong together", plot.plot, { { y = { 1 }, low = { 1 } } })
  t.raises("did you mean 'title'?", plot.plot, { 1 }, { titel = "x" })
  t.raises("bins is 0", plot.hist, { 1 }, { bins = 0 })
  t.raises("there is no finite number", plot.hist, { 0 / 0 })
end)

t.done()
