-- Numbers, lists, paragraphs and tables as text.
local t = dofile("tests/lua/harness.lua")
local csv = require "mlprun.base.csv"
local layout = require "mlprun.base.layout"
local tabular = require "mlprun.base.tabular"
local words = require "mlprun.base.words"

t.test("numbers as text", function()
  t.equal(words.grouped(1430), "1,430")
  t.equal(words.grouped(12345678), "12,345,678")
  t.equal(words.grouped(7), "7")
  t.equal(words.percent(0.6634), "66.3 %")
  t.equal(words.percent(0 / 0), "-")
  t.equal(words.duration(3.14), "3.1 s")
  t.equal(words.duration(59.6), "1 min 00 s")
  t.equal(words.duration(75.3), "1 min 15 s")
  t.equal(words.duration(7260), "2 h 01 min")
  t.equal(words.p_value(0.0004), "p < 0.001")
  t.equal(words.p_value(0.0042), "p = 0.004")
  t.equal(words.p_value(0.25), "p = 0.25")
  t.equal(words.count(1, "class"), "1 class")
  t.equal(words.count(3, "class"), "3 classes")
  t.equal(words.list { "a", "b", "c" }, "a, b and c")
  t.equal(words.names { "a, plain", "b", "c and d" }, "'a, plain', b and 'c and d'")
  t.equal({ words.names { "a, plain" }, words.names {} }, { "a, plain", "" })
  t.equal({ words.signed(0.073, "percent"), words.signed(-0.0312), words.signed(1e-17, "points"), words.signed(0) },
    { "+7.3 points", "-0.0312", "0.0 points", "0" })
  t.equal({ words.name("a, plain"), words.name("b") }, { "'a, plain'", "b" })
end)

t.test("values in messages", function()
  t.equal(words.value("min"), "'min'")
  t.equal(words.value(0.9), "0.9")
  t.equal(words.value(nil), "nil")
  t.equal(words.value { 0.9, { 1, "a" } }, "{ 0.9, { 1, 'a' } }")
  t.equal(words.value { lr = 1 }, "a table")
  t.equal(words.value(setmetatable({}, { __tostring = function() return "itself" end })), "itself")
  t.equal({ words.value(print), words.value(io.stdout), words.value(setmetatable({}, { __name = "mlprun.Axis" })) },
    { "a function", "a FILE", "an Axis" })
end)

t.test("text is padded by characters", function()
  t.equal(layout.left("größe", 7) .. "|", "größe  |")
  t.equal(layout.right("größe", 7), "  größe")
  t.equal(layout.left("longer", 3), "longer")
  t.equal(layout.width("\xff\xfe"), 2) -- no UTF-8: bytes
end)

t.test("paragraphs break at spaces, but not at joined ones", function()
  t.equal(layout.wrap("one two three", 7, "  "), "one two\n  three")
  t.equal(layout.lines("one two three", 7, "  ", "- "), { "- one", "  two", "  three" })
  t.equal(layout.wrap("one " .. layout.whole("p = 3"), 7), "one\np = 3")
  t.equal(layout.wrap("unbreakable", 3, " ", " "), " unbreakable")
  t.equal(layout.wrap("", 3), "")
end)

t.test("tables are aligned, by characters and not by bytes", function()
  t.equal(tabular.aligned { { "trial", "x" }, { "größe", "1.5" }, { "b", "10" } },
    "trial    x\n-----  ---\ngröße  1.5\nb       10")
  t.equal(tabular.aligned { { "a", "best\nepoch", "x" }, { "b", "3", "1" } },
    "    best\na  epoch  x\n-  -----  -\nb      3  1")
end)

t.test("a wide table comes in parts, each with the first column", function()
  local rows = { { "t", "aa", "bb", "cc" }, { "1", "2", "3", "4" } }
  t.equal(tabular.parts(rows, 2, 80), { rows })
  t.equal(tabular.parts(rows, 2, 9), { { { "t", "aa" }, { "1", "2" } }, { { "t", "bb", "cc" }, { "1", "3", "4" } } })
  t.equal(tabular.parts(rows, 2, 5), { { { "t", "aa" }, { "1", "2" } }, { { "t", "bb" }, { "1", "3" } },
                                       { { "t", "cc" }, { "1", "4" } } })
end)

t.test("Markdown has a head on one line and no bare bars", function()
  t.equal(tabular.markdown { { "a", "best\nepoch" }, { "x|y", "1" } }, "| a | best epoch |\n|---|---|\n| x\\|y | 1 |")
  t.equal(tabular.markdown({ { "a", "b", "c" } }, true), "| a | b | c |\n|---|---:|---:|")
end)

t.test("CSV quotes what needs it", function()
  t.equal(csv.line { "a", "b,c", 'say "x"', "two\nlines", "" }, 'a,"b,c","say ""x""","two\nlines",')
  t.equal(csv.line {}, "")
end)

t.done()
