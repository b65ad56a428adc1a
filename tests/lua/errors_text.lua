-- mlprun.errors: where marks stand, which frames are shown, colours.
local t = dofile("tests/lua/harness.lua")
local sys = require("mlprun.core").sys
local errors = require "mlprun.errors"
local root = t.folder()

local function shown(line, message, trace)
  sys.write_file(root .. "/x.lua", "first\n" .. line .. "\n")
  local text = errors.text(("%s/x.lua:2: %s%s"):format(root, message, trace or ""))
  return (text:gsub(root:gsub("%p", "%%%0") .. "/", ""))
end

t.test("the mark stands under a whole word", function()
  t.equal(shown("foobar, foo = 1", "undefined global 'foo'"), table.concat({
    "x.lua:2: undefined global 'foo'", "    2 | foobar, foo = 1", "      |         ^^^" }, "\n"))
end)

t.test("wide letters and tabs before it keep it in place", function()
  t.equal(shown('\tprint("größe", foo)', "undefined global 'foo'"):match("[^\n]*$"), "      | \t               ^^^")
end)

t.test("without a place there is the line alone", function()
  t.equal(shown("a = b + c", "shapes do not fit"), "x.lua:2: shapes do not fit\n    2 | a = b + c")
  t.equal(shown("layers[1]", "layer '1' (Linear): no"), "x.lua:2: layer '1' (Linear): no\n    2 | layers[1]")
end)

t.test("only the frames above the place are shown", function()
  t.equal(shown("f()", "no", "\nstack traceback:\n\tx.lua:9: in local 'g'\n\tx.lua:12: in main chunk"),
    "x.lua:2: no\n    2 | f()\ncalled from x.lua:9: in local 'g'\n       from x.lua:12: in main chunk")
end)

t.test("the mark stands under the token that the parser refuses", function()
  local function mark(code, problem)
    local text = errors.text("x:1: " .. problem, { sources = { x = code } })
    return #text:match("| ( *)^") + 1
  end
  t.equal(mark("x = model[5]", "index 5 is out of range: the Sequential has 2 modules"), 10)
  t.equal(errors.text("x:1: index 5 is out of range", { sources = { x = "x[1][2]" } }),
    "x:1: index 5 is out of range\n    1 | x[1][2]")
  t.equal(mark("a = b + c", "add: shapes 2x3 and 4x5 do not broadcast"), 7)
  t.equal(mark("a = b:add(c + d)", "add: shapes 2x3 and 4x5 do not broadcast"), 7)
  t.equal(mark("a = = c", "unexpected symbol near '='"), 5)
  t.equal(mark("f(a) = (a)(", "syntax error near '='"), 6)
  t.equal(mark("a = a) + a)", "<eof> expected near ')'"), 6)
end)

t.test("a line of another language is shown in Lua", function()
  local text, repaired = errors.text("x.lua:2: unexpected symbol near '['",
    { sources = { ["x.lua"] = "local n = 1\nlocal t = [1, 2]\n" } })
  t.equal(text, "x.lua:2: a list stands in braces, and its places count from 1\n    2 | local t = [1, 2]\n"
    .. "      |          ^^^^^^^\n  Lua | local t = { 1, 2 }")
  t.equal(repaired, "local n = 1\nlocal t = { 1, 2 }\n")
  text = errors.text("x.lua:2: undefined global 'len'", { sources = { ["x.lua"] = "local len = 1\nlen(x)" } })
  t.equal(text:find("Lua |", 1, true), nil) -- it has a meaning there
  text = errors.text("x.lua:2: undefined global 'len'", { sources = { ["x.lua"] = "local x = {}\nlocal n = len(x)" } })
  t.ok(text:find("Lua | local n = #x", 1, true), text) -- a value is none of the names
  text = errors.text("x.lua:2: undefined global 'iter'", { sources = { ["x.lua"] = "\nlocal x, y = next(iter(train))" } })
  t.ok(text:find("Lua | local x, y for inputs, labels in train:batches() do x, y = inputs, labels break end", 1, true), text)
end)

t.test("a misspelt function of Lua's own", function()
  local function said(line, name, what, kind)
    local text = errors.text(("x:1: attempt to call a nil value (%s '%s')"):format(what, name),
      { sources = { x = line }, kind = kind })
    return text:match("^x:1: ([^\n]*)")
  end
  t.equal(said("string.formt('a')", "formt", "field"),
    "attempt to call a nil value (field 'formt'): did you mean 'format'?")
  t.equal(said("('a'):uper()", "uper", "method"), "attempt to call a nil value (method 'uper'): did you mean 'upper'?")
  t.equal(said("s:uper()", "uper", "method", function() return "text" end),
    "attempt to call a nil value (method 'uper'): did you mean 'upper'?")
  t.equal(said("s:uper()", "uper", "method"), "attempt to call a nil value (method 'uper')")
  t.equal(said("own.formt('a')", "formt", "field"), "attempt to call a nil value (field 'formt')")
  t.equal(said("string.zzz('a')", "zzz", "field"), "attempt to call a nil value (field 'zzz')")
end)

t.test("a chunk that is no file, and text that names no place", function()
  t.equal(errors.text("(command line):1: unexpected symbol near '='", { sources = { ["(command line)"] = "x = = 3" } }),
    "(command line):1: unexpected symbol near '='\n    1 | x = = 3\n      |     ^")
  t.equal(errors.text("/none.lua:3: no"), "/none.lua:3: no")
  t.equal(errors.text("something"), "something")
  t.equal(errors.text(""), "")
end)

t.test("colours are asked for", function()
  sys.write_file(root .. "/x.lua", "foo()\n")
  local text = errors.text(root .. "/x.lua:1: undefined global 'foo'", { colour = true })
  t.ok(text:find("\27[1;31m^^^\27[0m", 1, true))
  t.equal(text:gsub("\27%[[%d;]*m", ""), errors.text(root .. "/x.lua:1: undefined global 'foo'"))
end)

t.test("a line that is wider than the terminal is cut around the mark", function()
  local line = ("x = 1 + "):rep(12) .. "nothing + " .. ("y + "):rep(20) .. "z"
  local text = errors.text("chunk:1: undefined global 'nothing'", { columns = 60, sources = { chunk = line } })
  local excerpt, mark = text:match("\n( *1 | [^\n]*)\n([^\n]*)$")
  t.equal(#excerpt <= 60, true, excerpt)
  local at = mark:find("^", 1, true)
  t.equal(excerpt:sub(at, at + 6), "nothing")
  t.equal(mark:sub(at), ("^"):rep(7))
  t.equal(excerpt:find("...", 1, true) ~= nil, true)
end)

t.done()
