-- The prompt's evaluator, printer and completion, without a terminal.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local globals = require "mlprun.prompt.globals"
local printer = require "mlprun.prompt.printer"
local completion = require "mlprun.prompt.completion"

local function session()
  local e, environment, said = t.session()
  for _, name in ipairs(globals.names()) do e.known[name] = true end
  return function(line)
    local before = #said
    local state = e:line(line)
    return table.concat(said, "", before + 1), state
  end, environment, e
end

t.test("values of expressions are shown, statements are silent", function()
  local line = session()
  t.equal(line "1 + 1", "2\n")
  t.equal(line "x = 5", "")
  t.equal(line "x", "5\n")
  t.equal(line "x = 6; x", "6\n")
  t.equal(line "x;", "")
  t.equal(line "_ + 1", "7\n")
  t.equal(line "__", "6\n")
  t.equal(line "nil", "nil\n")
  t.equal(line "(function() end)()", "")
  t.equal(line "1, 'two'", "1\ntwo\n")
  t.equal(line "= 4", "4\n")
  t.equal(line "", "")
end)

t.test("a statement that is not finished asks for more, one that is wrong does not", function()
  local line = session()
  local _, state = line "for i = 1, 2 do"
  t.equal(state, "more")
  _, state = line "s = i"
  t.equal(state, "more")
  _, state = line "end"
  t.equal(state, "done")
  t.equal(line "s", "2\n")
  local text
  text, state = line "x = 'never closed"
  t.equal(state, "done")
  t.equal(text:find("unfinished string") ~= nil, true)
  _, state = line "y = [["
  t.equal(state, "more")
  line "two lines]]"
  t.equal(line "#y", "9\n")
end)

t.test("locals become globals, pasted prompts go", function()
  local line = session()
  t.equal(line("local a, b = 1, 2"):find("made a global") ~= nil, true)
  t.equal(line "a + b", "3\n")
  t.equal(line "local function f(x) return x * 2 end", "")
  t.equal(line "f(4)", "8\n")
  line "local c, d = 1; local e = 5"
  t.equal(line "c + e", "6\n")
  t.equal(line "d", "nil\n")
  line "local m <const>, n = 3, 4\nlocal function more() n = n + 1 end\nfor _ = 1, 3 do local inner = 1 more() end"
  t.equal(line "m + n", "10\n")
  t.equal(line("inner"):find("undefined global 'inner'", 1, true) ~= nil, true)
  line "local next = 5" -- the library needs Lua's own
  t.equal(line "next == _G.next", "true\n")
  t.equal(line "> for i = 1, 1 do\n>>   c = i\n>> end", "")
  t.equal(line "> c", "1\n")
  t.equal(line "> u = 2\n> u + 1\n3\n> for i = 1, 2 do\n>>   u = u + i\n>> end\n> u * 10\n50", "3\n50\n") -- with its answers
end)

t.test("a script's variables stay, also when it fails", function()
  local path = os.tmpname()
  local line, _, e = session()
  core.sys.write_file(path, "#!/usr/bin/mlprun\nlocal first = ...\nsecond = 2\nlocal function f() error('on purpose') end\n")
  e:script(path, "one")
  t.equal(line "first .. second", "one2\n")
  core.sys.write_file(path, "local third = 3\nlocal function f() local deep = 1 error('on purpose') end\nf()\n")
  e:script(path)
  t.equal(e.failed, true)
  t.equal(line "third", "3\n")
  t.equal(line("deep"):find("undefined global", 1, true) ~= nil, true)
  t.equal(line("f()"):find("on purpose", 1, true) ~= nil, true)
  core.sys.write_file(path, "local fourth = 4\nreturn fourth\n")
  e:script(path)
  os.remove(path)
end)

t.test("errors show the input that they are in", function()
  local line = session()
  line "function inner(x) return x.field.deeper end"
  local text = line "inner({})"
  t.equal(text:find("return x.field.deeper", 1, true) ~= nil, true, text)
  t.equal(text:find("attempt to index a nil value", 1, true) ~= nil, true, text)
  t.equal(line("1 +"), "")
  t.equal(line("2"), "3\n")
  text = line("do\n  local x = 1\n  x()\nend")
  t.equal(text:find("line 3: attempt to call", 1, true) ~= nil, true, text)
  t.equal(line(":bt"):find("prompt %d+") ~= nil, true)
end)

t.test("earlier results have names", function()
  local line = session()
  t.equal(line "_1", "nil\n")
  for i = 1, 12 do line(tostring(i * 10)) end
  t.equal(line "_ .. ' ' .. __ .. ' ' .. _1 .. ' ' .. _2 .. ' ' .. _9", "120 110 120 110 40\n")
  t.equal(line "_1 == _", "true\n")
  line = session()
  line "1"
  local text = line "_3"
  t.equal(text:find("_3 is the value before the last 2: there is 1 so far", 1, true) ~= nil, true, text)
  t.equal(line("_10"):find("undefined global '_10'", 1, true) ~= nil, true)
end)

t.test(":debug goes into the functions that failed", function()
  local line, environment, e = session()
  t.equal(line ":debug", "there was no error\n")
  t.equal(line(":up"):find(":debug does so after an error", 1, true) ~= nil, true)
  line "scale = 1"
  line "function make()\n  local shift = 5\n  return function(x) local twice = x * 2 error('on purpose ' .. shift) end\nend"
  line "inner = make()"
  line "function outer(a) local b = a + 1 inner(b) end"
  line "outer(4)"
  local text = line ":debug"
  t.equal(text:find("1 of 3: function 'inner', (prompt 2):3", 1, true) ~= nil, true, text)
  t.equal(text:find("    3 |   return function(x)", 1, true) ~= nil, true, text)
  t.equal(text:find("  x     = 5\n  twice = 10\n  shift = 5\n", 1, true) ~= nil, true, text)
  t.equal(line "twice + x + scale", "16\n") -- its own names and those of the session
  line "shift = 7"
  line "x = 100"
  t.equal(line "x", "100\n")
  t.equal(rawget(environment, "x"), nil) -- a local is a copy, the session's names stay
  t.equal(line("b"):find("undefined global 'b'", 1, true) ~= nil, true)
  t.equal(line(":up"):find("2 of 3: function 'outer'", 1, true) ~= nil, true)
  t.equal(line "a * b", "20\n")
  line "found = b"
  t.equal(line(":up"):find("3 of 3: the chunk", 1, true) ~= nil, true)
  t.equal(line ":up", "this is the outermost one\n")
  t.equal(line(":down"):find("2 of 3", 1, true) ~= nil, true)
  t.equal(line(":frames"):find("\n> 2  function 'outer'", 1, true) ~= nil, true)
  e.debugger = nil -- as Ctrl-D does
  t.equal(line "found", "5\n")
  t.equal(line("inner(1)"):find("on purpose 7", 1, true) ~= nil, true) -- what is around a function is the variable itself
  line "1 +* 2"
  t.equal(line ":debug", "the last error was in no function: nothing had begun to run\n")
  line "inner(1)"
  line ":gc"
  t.equal(line ":debug", "what the last error left was given back by :gc\n")
end)

t.test(":look shows a model's layers, or the activations of one", function()
  local line = session()
  line "net = nn.Sequential { nn.Sequential { nn.Conv2d(3, 2, 3) }, nn.Flatten(), nn.Linear(72, 4) }"
  line "x = ml.randn { 5, 3, 8, 8 }; y = ml.randint(1, 5, { 5 })"
  local text = line ":look net, x"
  t.equal(text:find("0.0 Conv2d 2x6x6", 1, true) ~= nil, true, text)
  t.equal(line("_[3].class"), "Linear\n")
  t.equal(line(":look net, x, y"):find("gradients%s+of%s+cross_entropy%s+with%s+these%s+labels") ~= nil, true)
  t.equal(line(":look net, x, function(out) return out:sum() end"):find("gradients%s+of%s+the%s+loss") ~= nil, true)
  t.equal(line ":look net[1][1], x", "grid of 2 pictures: 1, 2\n") -- x goes into net
  t.equal(line ":look net[3], x", "Image(height 5, width 4, grey)\n")
  t.equal(line(":look net[3], ml.randn { 2, 72 }"):find("layer '0.0' (Conv2d)", 1, true) ~= nil, true)
  t.equal(line(":look net"):find("the input is a nil", 1, true) ~= nil, true)
  t.equal(line(":look"):find("what is to be looked at", 1, true) ~= nil, true)
  t.equal(line(":look nte, x"):find("undefined global 'nte'", 1, true) ~= nil, true)
end)

t.test("large pictures are not kept by _ either", function()
  local line, weak = session(), setmetatable({}, { __mode = "v" })
  function _G.large_picture()
    weak[1] = core.image.from_tensor(core.tensor.zeros({ 800, 800, 3 }, { dtype = "u8" }))
    return weak[1]
  end
  line "large_picture();"
  t.equal(line("_.width"), "800\n")
  line "1"
  line "2"
  collectgarbage() collectgarbage()
  t.equal(weak[1], nil)
  _G.large_picture = nil
end)

t.test("large tensors are not kept by _", function()
  local line = session()
  collectgarbage() collectgarbage()
  local before = core.sys.memory().tensors
  line "ml.zeros { 2000, 1000 };"
  t.equal(line("#_"), "2000\n")
  line "1"
  line "2"
  collectgarbage() collectgarbage()
  t.equal(core.sys.memory().tensors - before < 1e6, true)
end)

t.test("tensors tell what is in them", function()
  t.equal(printer.text(ml.tensor { { 1.5, -2 }, { 3, 4 } }),
    "[[ 1.5000, -2.0000],\n [ 3.0000,  4.0000]]\n[f32 2x2]  min -2  mean 1.625  max 4  std 2.626")
  t.equal(printer.text(ml.tensor { 1, 2, 6 }), "[1, 2, 6]\n[i64 3]  min 1  mean 3  max 6")
  t.equal(printer.text(ml.tensor(2.5)), "2.5000\n[f32 scalar]")
  local broken = printer.text(ml.tensor { 1, 0 / 0, 1 / 0, -7.5 })
  t.equal(broken:find("2 not finite  largest of the others 7.5", 1, true) ~= nil, true, broken)
  t.equal(printer.text(ml.tensor { 0 / 0, 0 / 0 }):find("none is finite") ~= nil, true)
  for line in printer.text(ml.rand { 3, 100 }, { columns = 40 }):gmatch("[^\n]+") do
    if not line:find("%[f32") then t.equal(#line <= 40, true, line) end
  end
end)

t.test("tables are sorted, cut and safe from cycles", function()
  t.equal(printer.text { b = 1, a = { 2, "x\n" }, 10 }, '{ 10, a = { 2, "x\\n" }, b = 1 }')
  t.equal(printer.text {}, "{}")
  local cycle = { name = "c" }
  cycle.self = cycle
  t.equal(printer.text(cycle), '{ name = "c", self = { <the table above> } }')
  local long = {}
  for i = 1, 1000 do long[i] = i end
  local text = printer.text(long)
  t.equal(text:find("... 960 more", 1, true) ~= nil, true)
  local deep = {}
  for _ = 1, 30 do deep = { deep } end
  t.equal(printer.text(deep), "{ { { { { { ... } } } } } }")
  local wide = {}
  for i = 1, 40 do wide["key" .. i] = { ("x"):rep(60), ("y"):rep(60) } end
  local _, lines = printer.text({ wide, wide, wide }):gsub("\n", "")
  t.equal(lines <= 101, true)
  t.equal(printer.text(setmetatable({}, { __tostring = function() return "itself" end })), "itself")
  t.equal(printer.text(ml.nn.Linear), "class Linear (?Linear tells about it)")
  t.equal(printer.text(ml.nn):find("Linear") ~= nil, true)
end)

t.test("a table of a million entries is shown at once", function()
  local list, map = {}, {}
  for i = 1, 1000000 do list[i], map["k" .. i] = i, i end
  local began = os.clock()
  t.equal(printer.text(list):find("1, 2, 3, 4", 1, true) ~= nil, true)
  t.equal(printer.text(list):find("... 999960 more", 1, true) ~= nil, true)
  t.equal(printer.text(map):find("... 999960 more", 1, true) ~= nil, true)
  t.ok(os.clock() - began < 5 * t.slower, "three tables in five seconds of processor")
  list.name, list[-1] = "first the list", 0
  t.equal(printer.text(list):find("... 999962 more", 1, true) ~= nil, true)
end)

t.test("help tells about variables, parts, classes and Lua's own", function()
  local line = session()
  line "x = ml.zeros { 2, 3 }; net = nn.Sequential { nn.Linear(2, 3) }; word = 'a'"
  t.equal(line "?x", "x: tensor f32, 2x3, 24 B\n?Tensor tells about its class\n")
  t.equal(line "?net", "net: Sequential, 9 parameters, 36 B\n?nn.Sequential tells about its class\n")
  t.equal(line "?word", "word: string, 1 byte\n")
  t.equal(line("?nn"):find("^what nn has:\n.*nn%.Linear") ~= nil, true)
  t.equal(line("?Tensor"):find("^what Tensor has:\n.*Tensor:matmul") ~= nil, true)
  t.equal(line("?print"):find("^print%(") ~= nil, true)
  t.equal(line("?for"):find("both ends included", 1, true) ~= nil, true)
  t.equal(line("?string.format"):find("%5d five wide", 1, true) ~= nil, true)
  local own = require "mlprun.prompt.luas_own"
  for _, library in ipairs { "string", "table", "math", "io", "os", "utf8", "coroutine", "debug", "package" } do
    for name in pairs(_G[library]) do t.equal(type(own[library .. "." .. name]), "string", library .. "." .. name) end
  end
  for name in ([[assert collectgarbage dofile error getmetatable ipairs load loadfile next pairs pcall print rawequal rawget
    rawlen rawset require select setmetatable tonumber tostring type warn xpcall _G _VERSION]]):gmatch("%S+") do
    t.equal(type(own[name]), "string", name)
  end
  t.equal(line("?learning rate"):find("optim.lr_finder", 1, true) ~= nil, true)
  t.equal(line("help(x)"):find("?NAME tells", 1, true) ~= nil, true)
  t.equal(line("x?"):find("stands before the name", 1, true) ~= nil, true)
  t.equal(line("exit"):find("Ctrl-D leaves", 1, true) ~= nil, true)
  t.equal(line("quit()"):find("Ctrl-D leaves", 1, true) ~= nil, true)
end)

local function candidates(text, environment)
  return completion.candidates(text, #text, environment or _G)
end

t.test("names complete", function()
  local _, environment = session()
  environment.net = ml.nn.Sequential { ml.nn.Linear(2, 3) }
  environment.t = ml.zeros { 2 }
  t.equal(candidates("whi", environment), { "while" })
  t.equal(candidates("ml.manual_", environment), { "manual_seed" })
  t.equal(candidates("x = nn.Line", environment), { "Linear" })
  t.equal(candidates("t:requires_grad_", environment), { "requires_grad_" })
  t.equal(candidates("t.dty", environment), { "dtype" })
  t.equal(candidates("net:state_d", environment), { "state_dict" })
  t.equal(candidates("print(optim.lr_scheduler.Cosine", environment), { "CosineAnnealingLR", "CosineAnnealingWarmRestarts" })
  t.equal(candidates("-- ml.man", environment), {})
  t.equal(candidates("nothing.at.all.", environment), {})
  t.equal(candidates(":sav"), { "save" })
  local insert, words = completion.complete("ml.zer", 6, environment)
  t.equal(insert, "os")
  t.equal(words, nil)
  insert, words = completion.complete("ml.zeros", 8, environment)
  t.equal(insert, nil)
  t.equal(words, { "zeros", "zeros_like" })
end)

t.test("chains complete behind calls, brackets and colons", function()
  local _, environment = session()
  environment.net = ml.nn.Sequential { ml.nn.Linear(2, 3), ml.nn.ReLU() }
  environment.x = ml.zeros { 2, 3 }
  environment.opt = ml.optim.Adam(environment.net:parameters())
  environment.list = { ml.zeros { 2 }, { inner = "text" } }
  t.equal(candidates("opt:ste", environment), { "step" })
  t.equal(candidates("net[1].wei", environment), { "weight" })
  t.equal(candidates("net[1].weight:matm", environment), { "matmul" })
  t.equal(candidates("x[1].sh", environment), { "shape" })
  t.equal(candidates("x:sum():ite", environment), { "item", "iter" })
  t.equal(candidates("x:sum { dim = 1 }.sha", environment), { "shape" })
  t.equal(candidates("ml.zeros(2, 3):vie", environment), { "view" })
  t.equal(candidates("net(x):soft", environment), { "softmax" })
  t.equal(candidates("nn.Linear(2, 3):state_d", environment), { "state_dict" })
  t.equal(candidates("list[1].dty", environment), { "dtype" })
  t.equal(candidates("list[2].inn", environment), { "inner" })
  t.equal(candidates("list[2].inner:upp", environment), { "upper" })
  t.equal(candidates("x.summ", environment), {}) -- methods take a colon
  t.equal(candidates("x:shap", environment), {})
  t.equal(candidates("(1 + 2).a", environment), {})
  t.equal(candidates("'text' .. x.dty", environment), { "dtype" })
end)

t.test("signatures show, used options do not, Tab at the start of a line indents", function()
  local _, environment = session()
  local insert, words = completion.complete("nn.Conv2d(", 10, environment)
  t.equal(insert, nil)
  t.equal(words[1]:find("^nn.Conv2d%(in_channels, out_channels, kernel_size") ~= nil, true)
  t.equal(candidates("nn.Conv2d(1, 2, 3, { pad", environment), { "padding = ", "padding_mode = " })
  t.equal(candidates("nn.Conv2d(1, 2, 3, { padding = 1, pad", environment), { "padding_mode = " })
  t.equal(completion.complete("  ", 2, environment), "  ")
end)

t.test("files complete inside strings", function()
  t.equal(candidates('data.open("experim'), { "experiments/" })
  t.equal(candidates("x = 'tests/lua/harn"), { "harness.lua" })
  t.equal(candidates(":load tests/lua/harn"), { "harness.lua" })
end)

t.test("keys complete inside brackets, settings behind :set, values of lists behind a call", function()
  local environment = { t = { alpha = 1, alpine = 2, ["two words"] = 3, ['quo"ted'] = 4 }, model = ml.nn.Linear(2, 2) }
  t.equal(candidates('t["al', environment), { 'alpha"]', 'alpine"]' })
  t.equal(candidates("x = t['tw", environment), { "two words']" })
  t.equal(candidates('t["quo', environment), {})
  t.equal(candidates('t.alpha["al', environment), {})
  t.equal(candidates(":set print.p"), { "print.precision" })
  t.equal(candidates(":set ti"), { "time" })
  t.equal(candidates("model:parameters()[1]:contig", environment), { "contiguous" })
  t.equal(candidates("model:parameters()[1].dty", environment), { "dtype" })
end)

t.test("modules whose files have changed are loaded again", function()
  local folder = os.tmpname()
  os.remove(folder)
  core.sys.make_folder(folder)
  local before, path = package.path, folder .. "/prompt_helpers.lua"
  package.path = folder .. "/?.lua;" .. before
  core.sys.write_file(path, "local m = { old = true } function m.f() return 'first' end return m")
  local line = session()
  t.equal(line ":reload", "no module of yours was loaded: require gives one from a file\n")
  line "h = require 'prompt_helpers'; g = h"
  t.equal(line ":reload", "no file of your modules has changed\n")
  core.sys.write_file(path, "local m = {} function m.f() return 'second' end return m")
  t.equal(line ":reload":gsub("%s+", " "), ("prompt_helpers is loaded again from '%s' "):format(path))
  t.equal(line "g.f()", "second\n") -- what held it has it
  t.equal(line "g.old", "nil\n")
  core.sys.write_file(path, "return )")
  t.equal(line ":reload":find("unexpected symbol near ')'", 1, true) ~= nil, true)
  t.equal(line "g.f()", "second\n") -- it stays as it was
  core.sys.write_file(path, "error('on purpose')")
  t.equal(line ":reload":find("on purpose", 1, true) ~= nil, true)
  core.sys.remove(path)
  t.equal(line ":reload":find("stays as it was", 1, true) ~= nil, true)
  core.sys.remove(folder)
  package.path, package.loaded.prompt_helpers = before, nil
end)

t.test("sentences break at words", function()
  local line = session()
  local said = line "torch.zeros(2)"
  for one in said:gmatch("[^\n]+") do t.equal(#one <= 80, true, one) end
  t.equal(said:find("its parts are nn, optim,\ndata", 1, true) ~= nil, true, said)
end)

t.test("completing runs nothing of the user's", function()
  local ran = false
  local trap = setmetatable({}, { __index = function() ran = true end, __pairs = function() ran = true end,
                                  __tostring = function() ran = true return "x" end, __call = function() ran = true end })
  local environment = { trap = trap, call = function() ran = true end }
  candidates("trap.a", environment)
  candidates("trap.a.b:c", environment)
  candidates("call().x", environment)
  candidates("call { a", environment)
  t.equal(ran, false)
end)

t.test("the next line of a statement is indented", function()
  local after = require("mlprun.prompt.indent").after
  local function depth(text) return #after(text) end
  t.equal(depth "for i = 1, 2 do", 2)
  t.equal(depth "for i = 1, 2 do\n  if i > 1 then", 4)
  t.equal(depth "for i = 1, 2 do\n  if i > 1 then\n    f()\n  else", 4)
  t.equal(depth "for i = 1, 2 do\n  if i > 1 then\n    f()\n  end", 2)
  t.equal(depth "f(function()", 2)
  t.equal(depth "t = {\n  { 1, 2 },", 2)
  t.equal(depth "x = 1 +", 0)
  t.equal(depth "if a then b() else", 2)
  t.equal(depth "repeat\n  x() end", 0)
  t.equal(depth "s = [[ do", 0)
  t.equal(depth "x = 1 -- then do", 0)
end)

t.test("copied examples run without their prompts and answers", function()
  local line = session()
  t.equal(line ">>> x = 5\n>>> x\n5\n>>> for i = 1, 2 do\n...   x = x + i\n... end\n>>> x\n8\n", "5\n8\n")
  t.equal(line "In [3]: x + 1\nOut[3]: 9\n\nIn [4]: (x +\n   ...: 2)", "9\n10\n")
  t.equal(line ">>> x\n8", "8\n")
  t.equal(line "In [12]: x", "8\n")
  t.equal(line "> y = 1\n> y\n1", "1\n")
end)

t.test("an error's place is marked", function()
  local line = session()
  local function marked(text)
    local said = line(text)
    local shown, mark = said:match("\n    1 | ([^\n]*)\n      | ([^\n]*)")
    return mark and shown:sub((mark:find("%^")), #mark)
  end
  line "x = { y = 1 }"
  t.equal(marked "x.y = 1; x.y.z.w", "y")
  t.equal(marked 'error("boo")', "error")
  t.equal(marked 'assert(nil, "no file")', "assert")
  t.equal(marked "1 + {}", "+")
  t.equal(marked '("a" < 1)', "<")
  t.equal(marked '"a" .. {}', "..")
  t.equal(marked "#nil", "#")
  t.equal(marked "1 + 2 + {}", nil)
  t.equal(marked "x.f(3)", "f")
end)

t.test("?? shows the text of what was typed, ? a command", function()
  local line = session()
  line "function twice(n)\n  return n * 2\nend"
  t.equal(line "??twice", "-- (prompt 1), line 1\nfunction twice(n)\n  return n * 2\nend\n")
  t.equal(line "??print", "print is Lua's own: ?print tells about it\n")
  t.equal(line("??nn.Linear"):find("function Linear:__init", 1, true) ~= nil, true)
  line "n = 5"
  t.equal(line "??n", "n has no text of its own: its kind is integer\n")
  t.equal(line("?:time"):find(":time EXPRESSION", 1, true), 1)
  line "model = nn.Sequential { nn.Linear(3, 2) }"
  t.equal(line "{ model }", "{ Sequential(...) }\n")
  t.equal(line("??model"):find("function Sequential", 1, true) ~= nil or line("??model"):find("__init", 1, true) ~= nil, true)
end)

t.test(":debug goes into an unknown name's chunk", function()
  local line = session()
  line "zzz"
  t.equal(line(":debug"):find("1 of 1: the chunk", 1, true), 1)
end)

-- What a session's lines say, and what the script says that :save makes of them.
local function saved(lines)
  local line, environment = session()
  local said = {}
  environment.print = function(...)
    local parts = table.pack(...)
    for i = 1, parts.n do parts[i] = tostring(parts[i]) end
    said[#said + 1] = table.concat(parts, "\t") .. "\n"
  end
  for _, each in ipairs(lines) do
    local answer = line(each):gsub("^%(made a global[^\n]*\n", "")
    if not each:find("^[:?!]") then said[#said + 1] = answer end
  end
  local path = os.tmpname() .. ".lua"
  local written = line(":save " .. path)
  local text = core.sys.read_file(path)
  local pipe = io.popen(("'%s' %s 2>&1"):format(os.getenv("MLPRUN"), path))
  local out = pipe:read("a")
  local ok = pipe:close()
  os.remove(path)
  return out, ok, table.concat(said), text, written
end

t.test("what worked can be saved as a script", function()
  local out, ok, said, text = saved {
    "a = 20", "a + 1", "_ * 2", "a - 1;", "local b = 3; b * 2", "local c <const>, d = 4", "return c", "if c then return 5 end",
    "(a > 3 and math.max or math.min)(c, 9)", "for _, v in ipairs { 1, 2 } do print(v) end", "e = _ + 1 -- kept", "e -- twice",
    "::top:: a = a + 1 if a < 25 then goto top end", "::top:: print(a)", "local print = type; print(a)", "a, b",
    "local function twice(x) return x * 2 end", "twice(_1) + __", "f = function(...) return ... end", "f(1, nil, 3)",
    "(f)(1);", "s = [[\n  two\n]]", "#s", "do local x <close> = setmetatable({}, { __close = function() print 'bye' end }) end",
    ":set seed 3", "x = ml.rand(3)", "x:sum() == x:sum()", "return", "return 1, 2", "_1",
  }
  t.equal(ok, true, out .. "\n" .. text)
  t.equal((out:gsub("\t", "\n")), said, text)
end)

t.test("a saved script says what it lacks", function()
  local out, ok, _, text, written = saved {
    "a = 1", "a + nil", " secret = 7", "function f(n) local inside = n error('on purpose') end", "g = 5 f(2)", "g", ":debug",
    "inside + 1", "h = inside * 3", "k = 4", ":quit", "h + k + g", "!echo 5", "_ .. 'x'", "missing",
  }
  t.equal(ok, true, out .. "\n" .. text)
  t.equal(out, "5\n15\n", text)
  t.equal(text:find("secret"), nil)
  t.equal(text:find("\n-- inside + 1 (in :debug)\n-- h = inside * 3 (in :debug)\nh = 6\nk = 4\n", 1, true) ~= nil, true, text)
  t.equal(text:find("\n-- _ .. 'x' (_ was made by no line here)\n", 1, true) ~= nil, true, text)
  t.equal(written:find("7 statements written, 4 only as comments: mlprun", 1, true) ~= nil, true, written .. text)
end)

t.done()
