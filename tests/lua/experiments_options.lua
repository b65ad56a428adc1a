-- The options of functions and of scripts: what is read, what is refused, and what --help says.
local t = dofile("tests/lua/harness.lua")
local options = require "mlprun.options"

-- options.parse without ending the process: the values, or the exit status and what was written.
local function parse(defaults, words, spec)
  spec = spec or {}
  spec.arguments, spec.script = words, "some/script.lua"
  local said, status = {}, nil
  local real_out, real_err = io.stdout, io.stderr
  local fake = { write = function(_, text) said[#said + 1] = text end, flush = function() end }
  function spec.exit(s) status = s end
  io.stdout, io.stderr = fake, fake -- luacheck: ignore 122
  local ok, values = pcall(options.parse, defaults, spec)
  io.stdout, io.stderr = real_out, real_err -- luacheck: ignore 122
  if not ok then error(values, 0) end
  return values, status, table.concat(said)
end

t.test("types come from the defaults", function()
  local o = parse({ epochs = 3, lr = 1e-3, name = "x", augment = false, cache = true, p = { 0, 0.5 }, words = { "a" } },
    { "--epochs=5", "--lr", "0.1", "--name=a=b", "--augment", "--no-cache", "--p=0,0.2", "--words=x, y" })
  t.equal(o.epochs, 5)
  t.equal(math.type(o.epochs), "integer")
  t.equal(o.lr, 0.1)
  t.equal(o.name, "a=b")
  t.equal(o.augment, true)
  t.equal(o.cache, false)
  t.equal(o.p, { 0, 0.2 })
  t.equal(math.type(o.p[1]), "integer")
  t.equal(o.words, { "x", "y" })
end)

t.test("defaults stay where nothing is said, the last word counts, dashes are underscores", function()
  local o = parse({ batch_size = 32, seed = 1 }, { "--batch-size=8", "--batch_size=16" })
  t.equal(o.batch_size, 16)
  t.equal(o.seed, 1)
  t.equal(parse({ on = false }, { "--on=yes" }).on, true)
  t.equal(parse({ on = true }, { "--on=false" }).on, false)
  t.equal(parse({ p = { 1 } }, { "--p=" }).p, {})
end)

t.test("a mistake is one line and status 2", function()
  local function refused(defaults, words, expected)
    local _, status, said = parse(defaults, words)
    t.equal(status, 2, table.concat(words, " "))
    t.ok(said:find(expected, 1, true), said .. " -- expected: " .. expected)
    t.ok(said:find("Try 'mlprun some/script.lua --help'", 1, true), said)
  end
  refused({ epochs = 3 }, { "--epoch=5" }, "unknown option '--epoch': did you mean '--epochs'?")
  refused({ epochs = 3 }, { "--no-epochs" }, "unknown option '--no_epochs'")
  refused({ epochs = 3 }, { "--epochs=five" }, "--epochs is 'five', expected a whole number")
  refused({ epochs = 3 }, { "--epochs=2.5" }, "expected a whole number")
  refused({ epochs = 3 }, { "--epochs=0x10" }, "expected a whole number")
  refused({ lr = 0.1 }, { "--lr=nan" }, "--lr is 'nan', expected a number")
  refused({ p = { 0.1 } }, { "--p=1,,2" }, "--p is '1,,2', expected numbers with commas between them")
  refused({ on = true }, { "--on=perhaps" }, "--on is 'perhaps', expected true or false")
  refused({ on = true }, { "--no-on=1" }, "--no-on takes no value")
  refused({ epochs = 3 }, { "--epochs" }, "--epochs needs a value, such as --epochs=3")
  refused({ epochs = 3 }, { "photos" }, "unexpected argument 'photos'")
end)

t.test("reading an option that does not exist is an error", function()
  local o = parse({ epochs = 3 }, {})
  t.raises("there is no option 'epoch': did you mean 'epochs'?", function() return o.epoch end)
end)

t.test("--help lists every option with its default and ends with status 0", function()
  local _, status, said = parse({ epochs = 3, p = { 0, 0.5 }, augment = true, path = ("long/"):rep(9) }, { "--help" },
    { about = "What is it?", help = { epochs = "how long", path = "where" }, order = { "p" } })
  t.equal(status, 0)
  t.ok(said:find("usage: mlprun some/script.lua [--option=value ...]", 1, true), said)
  t.ok(said:find("What is it?", 1, true), said)
  t.ok(said:find("--epochs=3 +how long\n"), said)
  t.ok(said:find("--no-augment\n", 1, true), said)
  t.ok(said:find("options, with their defaults:\n  --p=0,0.5", 1, true), said)
  t.ok(said:find("long/\n +where\n"), said)
end)

t.test("defaults of other types are refused", function()
  t.raises("the default of 'f' is a function", parse, { f = print }, {})
  t.raises("the list 'p' mixes", parse, { p = { 1, "a" } }, {})
  t.raises("'a b' is no name for an option", parse, { ["a b"] = 1 }, {})
  t.raises("expected a table of names and defaults", options.options, 3)
end)

t.test("check names an unknown key and fills in defaults", function()
  t.equal(options.check(nil, { a = 1, b = 2 }, "f"), { a = 1, b = 2 })
  t.equal(options.check({ a = 5 }, { a = 1, b = 2 }, "f"), { a = 5, b = 2 })
  t.raises("f: unknown option 'patiense': did you mean 'patience'?", options.check, { patiense = 1 }, { "patience" }, "f")
  t.raises("f: unknown option 'zzz': known are epochs, patience", options.check, { zzz = 1 }, { "epochs", "patience" }, "f")
  t.raises("f: got a number, expected a table", options.check, 3, { "a" }, "f")
end)

t.test("the columns of a CSV file are named on the command line", function()
  local ml, sys = require "mlprun", require("mlprun.core").sys
  local root = t.folder()
  dofile("tests/e2e/pictures.lua")(root, 6)
  local lines = { "file,name" }
  for _, class in ipairs { "apple", "plum" } do
    for i = 1, 6 do lines[#lines + 1] = ("%s/%02d.png,fruit %s"):format(class, i, class) end
  end
  sys.write_file(root .. "/list.csv", table.concat(lines, "\n") .. "\n")
  local function open(data, ...)
    local _, activity = t.quietly(ml.experiment, { name = "csv", arguments = { "--data=" .. root .. data,
      "--out=" .. root .. "/runs", ... } })
    return activity.data
  end
  local data = open("/list.csv", "--csv-path=file", "--csv-label=name")
  t.equal({ #data.all, data.classes }, { 12, { "fruit apple", "fruit plum" } })
  t.raises("--csv-label names a column of a CSV file, but the pictures come from", open, "/", "--csv-label=name")
end)

t.done()
