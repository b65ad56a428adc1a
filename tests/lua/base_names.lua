-- Lists of names, and hints at the nearest of them.
local t = dofile("tests/lua/harness.lua")
local names = require "mlprun.base.names"

t.test("names of tables are sorted, each once, without private ones and without indices", function()
  t.equal(names.of({ b = 1, a = 2, _c = 3, 4 }, { b = 5, d = 6 }), { "a", "b", "d" })
  t.equal(names.sorted { b = 1, _c = 2, [3] = 3 }, { "3", "_c", "b" })
  t.equal(names.of {}, {})
end)

t.test("a hint names the nearest, with its mark, or says something else", function()
  local known = { "epochs", "patience" }
  t.equal(names.hint("epoch", known), ": did you mean 'epochs'?")
  t.equal(names.hint("epoch", known, { mark = "--" }), ": did you mean '--epochs'?")
  t.equal(names.hint("batch", known), "")
  t.equal(names.hint("batch", known, { otherwise = "; there are others" }), "; there are others")
  t.equal(names.hint(7, known, { otherwise = "!" }), "!")
end)

t.test("what is wrong with a name that should be one of a list", function()
  local known = { "table", "csv", "json" }
  t.equal(names.problem("csv", known, "format"), nil)
  t.equal(names.problem("cvs", known, "format"), "there is no format 'cvs': did you mean 'csv'?")
  t.equal(names.problem("spreadsheet", known, "format"), "there is no format 'spreadsheet': there are table, csv and json")
  t.equal(names.problem(nil, known, "format"), "there is no format 'nil': there are table, csv and json")
  t.equal(names.problem("x", {}, "format"), "there is no format 'x'")
end)

t.done()
