--- mlprun.prompt.commands - lines that begin with ? or : at the prompt. Returns a function that takes the evaluator and the
--- line, and returns "exit" when the prompt is to end.
local core = require "mlprun.core"
local costs = require "mlprun.prompt.costs"
local describe = require "mlprun.prompt.describe"
local layout = require "mlprun.base.layout"
local names = require "mlprun.base.names"
local settings = require "mlprun.prompt.settings"
local sys = core.sys

local KNOWN = require "mlprun.prompt.command_names"

local commands = {}

-- ---- sizes ----

local bytes_text = describe.bytes

-- ---- the commands ----

function commands.who(e)
  local list, rows, widths = {}, {}, { 0, 0, 0 }
  for name in next, e.environment do
    if type(name) == "string" and not e.known[name] then list[#list + 1] = name end
  end
  if #list == 0 then return e:say("no variables yet") end
  table.sort(list)
  local total = 0
  for i, name in ipairs(list) do
    local kind, what, bytes = describe.value(rawget(e.environment, name))
    total = total + (bytes or 0)
    rows[i] = { name, kind, what, bytes and bytes_text(bytes) or "" }
    for k = 1, 3 do widths[k] = math.max(widths[k], layout.width(rows[i][k])) end
  end
  for _, row in ipairs(rows) do
    local line = ""
    for k = 1, 3 do line = line .. layout.left(row[k], widths[k] + 2) end
    e:say((line .. row[4]):gsub("%s+$", ""))
  end
  if total > 0 then e:say(bytes_text(total) .. " in tensors of variables") end
end

function commands.mem(e)
  local now = sys.memory()
  e:say(("tensors and images  %s"):format(bytes_text(now.tensors)))
  e:say(("Lua                 %s"):format(bytes_text(collectgarbage("count") * 1024)))
  e:say(("the whole process   %s"):format(bytes_text(now.resident)))
end

function commands.gc(e)
  e.frames = nil
  local before = sys.memory().tensors
  collectgarbage()
  collectgarbage()
  e:say(("%s of tensors given back"):format(bytes_text(math.max(0, before - sys.memory().tensors))))
end

function commands.time(e, code)
  if code == "" then return e:say("what is to be timed? :time model(x)") end
  local cost = costs.begin()
  local timed = e.timed
  e.timed = false -- said here
  e:run(code)
  e.timed = timed
  e:say(costs.words(cost))
end

function commands.save(e, path)
  if path == "" then return e:say("where to? :save session.lua") end
  if not path:find("%.lua$") then path = path .. ".lua" end
  if sys.exists(path) then return e:say(("'%s' exists: choose another name"):format(path)) end
  local text, statements, comments = e.kept:script()
  sys.write_file(path, text)
  e:say(("%d %s written%s: mlprun %s"):format(statements, statements == 1 and "statement" or "statements",
    comments > 0 and (", %d only as %s"):format(comments, comments == 1 and "a comment" or "comments") or "", path))
end

function commands.load(e, path)
  if path == "" then return e:say("which file? :load session.lua") end
  if sys.exists(path) ~= "file" then return e:say(("there is no file '%s'"):format(path)) end
  e:run(("dofile(%q)"):format(path))
end

function commands.reload(e) e:reload() end

function commands.bt(e)
  e:say(e.trace and e.trace:gsub("^stack traceback:\n", "") or "there was no error")
end

-- ---- layers ----

-- The outermost module that an expression such as model.features[3] goes through to reach a layer, or nil.
local function outermost(e, expression, layer)
  for at in expression:gmatch("()[%.%[]") do
    local outer = expression:sub(1, at - 1)
    local value = not outer:find("[^%w_%.%[%]\"' ]") and load("return " .. outer, "=x", "t", e.environment)
    local ok, module = pcall(value or error)
    if ok and type(module) == "table" and require("mlprun.nn").is_module(module) and not rawequal(module, layer) then
      for inner in module:modules() do
        if rawequal(inner, layer) then return module end
      end
    end
  end
end

function commands.look(e, code)
  if code == "" then return e:say("what is to be looked at? :look model, images, or :look model[1], images") end
  local model, x, target = e:evaluate(code)
  local o = {}
  if type(target) == "function" then o.loss = target elseif target ~= nil then o.labels = target end
  local outer = outermost(e, code:match("^[^,(]*"), model)
  if outer then o = { layer = model } end
  local found = require("mlprun.plot").look(outer or model, x, o)
  e.results:add(found)
  e:show(found)
end

-- ---- after an error ----

function commands.debug(e)
  if e.debugger then return e.debugger:show() end
  if not e.failed then return e:say("there was no error") end
  if not e.frames then return e:say("what the last error left was given back by :gc") end
  if #e.frames == 0 then return e:say("the last error was in no function: nothing had begun to run") end
  e.debugger = require "mlprun.prompt.debugger"(e.frames, e)
  e.debugger:show()
  e:tell("what is typed is computed here; :up, :down, :frames and :locals look around, Ctrl-D ends it")
end

-- A command that :debug has.
local function inside(what)
  return function(e)
    if not e.debugger then return e:say("nothing is looked into: :debug does so after an error") end
    what(e.debugger)
  end
end

commands.up = inside(function(at) at:move(1) end)
commands.down = inside(function(at) at:move(-1) end)
commands.frames = inside(function(at) at:frames() end)
commands.locals = inside(function(at) at:locals() end)

function commands.quit() return "exit" end

-- ---- settings ----

function commands.set(e, words)
  local name, value = words:match("^(%S+)%s*=?%s*(.-)$")
  local known = names.of(settings)
  if not name then
    for _, key in ipairs(known) do
      e:say(("%-16s %-8s %s"):format(key, tostring(settings[key].get(e)), settings[key].about))
    end
    return
  end
  local setting = settings[name]
  if not setting then
    return e:say(names.problem(name, known, "setting"))
  end
  if value ~= "" then
    local done, expected = setting.set(value, e)
    if not done then return e:say(("%s is '%s', expected %s"):format(name, value, expected)) end
    if setting.script then e.kept:setting(setting.script:format(done)) end
  end
  e:say(("%s = %s"):format(name, tostring(setting.get(e))))
end

-- ---- help ----

function commands.help(e)
  e:say(layout.wrap("An expression shows its value (; at its end hides it), a statement runs, an open one goes on in the "
    .. "next line; Up has it again with all its lines, and Alt-Enter makes a new one.", e.columns()))
  e:say("  ?NAME      help on a name: ?nn.Linear; ??NAME its source; ?WORD searches")
  e:say("  Tab        completes names, options and file names")
  e:say("  _ and __   the last two values; _1 to _9: the last nine, _1 the newest")
  e:tell("  init.lua   in ~/.config/mlprun is run at the beginning, and its variables stay")
  e:say("  !COMMAND   runs a command of the shell")
  for _, known in ipairs(KNOWN) do
    e:say(layout.wrap(known[2], e.columns(), (" "):rep(13), ("  %-11s"):format(":" .. known[1])))
  end
end

return function(e, line)
  if line:find("^%?") then
    return require "mlprun.prompt.asked"(e, line)
  end
  local name, rest = line:match("^:%s*(%a*)%s*(.-)$")
  if name == "q" then name = "quit" end
  if not commands[name] then
    local known = {}
    for i, each in ipairs(KNOWN) do known[i] = each[1] end
    return e:say(("there is no command ':%s'%s"):format(name,
      names.hint(name, known, { mark = ":", otherwise = "; :help lists them" })))
  end
  return commands[name](e, rest)
end
