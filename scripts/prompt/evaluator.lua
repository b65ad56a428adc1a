--- mlprun.prompt.evaluator - what the prompt does with a line: an expression's value is shown, a statement is run, and more is
--- asked for when the parser stopped at the end of the input. It needs no terminal: the tests of the manual replay
--- transcripts with it.
---
---   local e = evaluator.new { write = io.write }
---   e:line("x = 2")  e:line("x + 1")   --> 3
local core = require "mlprun.core"
local sys, editor = core.sys, core.editor
local costs = require "mlprun.prompt.costs"
local errors = require "mlprun.errors"
local frames = require "mlprun.prompt.frames"
local globals = require "mlprun.prompt.globals"
local kept = require "mlprun.prompt.kept"
local layout = require "mlprun.base.layout"
local locals = require "mlprun.prompt.locals"
local modules = require "mlprun.prompt.modules"
local passing = require "mlprun.base.passing"
local pasted = require "mlprun.prompt.pasted"
local printer = require "mlprun.prompt.printer"
local results = require "mlprun.prompt.results"

local Evaluator = {}
Evaluator.__index = Evaluator

local evaluator = {}

local CHUNK, SOURCES = "(prompt %d)", 200 -- the name of an input, and how many are kept to be shown in messages
local SLOW = 0.1 -- seconds, unless :set time says otherwise
local PYTHON = "a block of Lua ends with end; all of it in Lua, which Up has:"
local CTRL_C = 2 -- the number of its signal

--- A session.
---@param o? table   write(text): where values and messages go (standard output); columns(): how wide they may be; colour:
---                  whether errors are painted; pictures: whether they are drawn; timed: whether slow input is followed by
---                  its time; environment (_G)
function evaluator.new(o)
  o = o or {}
  local self = setmetatable({
    write = o.write or function(text) io.stdout:write(text) end,
    columns = o.columns or function() return 80 end,
    timed = o.timed or false, colour = o.colour or false, pictures = o.pictures or false, environment = o.environment or _G,
    pending = nil,    -- the beginning of a statement
    kept = kept(),    -- statements that ran, for :save
    results = results(), -- values behind _, __ and _1 to _9
    debugger = nil,   -- while :debug looks into an error
    settings = {},
    modules = {},     -- of somebody's own files: mlprun.prompt.modules
    slow = SLOW,      -- seconds from which on an input is followed by its time
    declared = {},    -- names that are nil without being unknown
    repaired = nil,   -- the last input in Lua, when it was another language's
    stopped_at = -math.huge, -- when something that ran was last interrupted
    number = 0, sources = {}, -- of the input that runs, and texts by name
  }, Evaluator)
  self.results:lend(self.environment, self.declared, function(name, number) self.kept:reads(name, number) end)
  return self
end

-- What code is compiled for: the session's names, in :debug those of a frame before them.
function Evaluator:_scope() return self.debugger and self.debugger:environment() or self.environment end

-- ---- showing ----

function Evaluator:say(text) self.write(text .. "\n") end

--- Says a sentence, at as many words a line as fit; lines that show a text stay whole.
function Evaluator:tell(text)
  local columns = self.columns()
  local lines = {}
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    local shows = line:find("^[ %d]*| ") or line:find("^[ %a\27%[%d;]* | ") or line:find("\t", 1, true)
    local fits = shows or layout.width(line:gsub("\27%[[%d;]*m", "")) <= columns
    local before, words, after = line:match("^(\27%[[%d;]*m)(.-)(\27%[0m)$") -- a colour takes no room
    words = (words or line):gsub("(%S) = (%S)", "%1" .. layout.whole " = " .. "%2")
    local margin = words:match("^%s*")
    lines[#lines + 1] = fits and line or (before or "") .. layout.wrap(words, columns, margin, margin) .. (after or "")
  end
  self:say(table.concat(lines, "\n"))
end

--- A value as the prompt shows it; in a terminal some draw themselves.
function Evaluator:show(value)
  local drawing, all
  if self.pictures then drawing, all = require("mlprun.prompt.drawn").text(value, self.columns()) end
  if drawing then self:say(drawing) end
  if all then return end
  self:say(printer.text(value, { columns = self.columns() }))
end


-- What the phrasebook asks about names.
function Evaluator:_asked()
  local function kind(path) return require "mlprun.prompt.kind"(path, self.environment) end
  return { known = function(name) return rawget(self.environment, name) ~= nil end, kind = kind, help = sys.help }
end

-- An error: what happened, where in the line, and the user's frames; :bt shows all of them.
function Evaluator:_fail(failure, code)
  local signal = sys.signal()
  if signal then
    self.stopped_at = sys.clock()
    if signal == CTRL_C then editor.ready() end -- any other ends the session
    return self:say("interrupted")
  end
  self.trace, self.failed = failure.trace, true
  if not self.debugger then self.frames = failure.frames end
  globals.all(self.environment) -- what a name means is looked up
  local here = CHUNK:format(self.number):gsub("[()]", "%%%0")
  local trace = {}
  for line in failure.trace:gmatch("[^\n]+") do
    local users = not line:find("^\t%[C%]") and not line:find("^\tmlprun/") and not line:find("^\t%(%.%.%.")
    local main = line:find("^\t" .. here .. ":%d+: in main chunk") -- what is below called the prompt
    if users and (not main or failure.message:find("^mlprun/")) then trace[#trace + 1] = line end
    if main then break end
  end
  local text = failure.message .. (#trace > 1 and "\nstack traceback:\n" .. table.concat(trace, "\n", 2) or "")
  local asked = self:_asked()
  text, self.repaired = errors.text(text, {
    colour = self.colour, columns = self.columns(), sources = self.sources,
    known = asked.known, kind = asked.kind,
  })
  self:tell((text:gsub(here .. ":(%d+): ", code:find("\n") and "line %1: " or "", 1)))
end

local function with_trace(message)
  if type(message) ~= "string" then
    local meta = debug.getmetatable(message)
    if type(meta) == "table" and meta.__tostring then message = tostring(message)
    else message = ("(error object is a %s value)"):format(type(message)) end
  end
  return { message = message, trace = debug.traceback("", 2):gsub("^\n", ""), frames = frames.taken() }
end

-- ---- reading ----

-- Whether the parser wants more. A string in quotes ends with its line.
local function at_end(message) return message:find("<eof>'?$") ~= nil and not message:find("unfinished string", 1, true) end

-- A function from an expression, a statement, or statements with an expression behind them; nil and the parser's message.
function Evaluator:_parse(code)
  local name, scope = "=" .. CHUNK:format(self.number), self:_scope()
  local function compile(text) return load(text, name, "t", scope) end
  -- An expression is computed in the chunk's own frame, not in a tail call: messages find its line.
  local function values(before, expression)
    local f, problem = compile(before .. "return " .. expression)
    local own = ("%sreturn (function(...) return ... end)(%s%s)")
    return f and (compile(own:format(before, expression, "")) or compile(own:format(before, expression, "\n")) or f), problem
  end
  local hidden = code:match("^(.-);%s*$")
  local body = hidden or code
  local f, unfinished = values("", body)
  if f then return f, nil, hidden ~= nil, { before = "", expression = body } end
  local message
  f, message = compile(code)
  if f then return f, nil, false end
  for _, pattern in ipairs { "^(.*;)([^;\n]*%S[^;\n]*)$", "^(.*\n)([^\n]*%S[^\n]*)$" } do
    local before, last = body:match(pattern)
    f = before and values(before .. " ", last)
    if f then return f, nil, hidden ~= nil, { before = before, expression = last } end
  end
  return nil, at_end(unfinished) and unfinished or message, false
end

-- ---- locals ----

-- A chunk whose outermost locals are global names.
function Evaluator:_without_local(code)
  local rest, names = locals.made_global(code)
  if #names == 0 or not self:_parse(rest) then return code end
  for _, name in ipairs(names) do self.declared[name] = true end
  if not self.told then
    self.told = true
    self:say("(made a global: the next line would not know a local)")
  end
  return rest
end

-- ---- running ----

-- Keeps what has run for :save. own: as it was typed; made: what ran, and the parts of it; before: variables as they were.
function Evaluator:_keep(own, made, ok, before)
  local frame = self.debugger and self.debugger:frame()
  if own:find("^%s") then return self.kept:remark("", "a line that began with a space is not written") end
  if ok and frame and frame.touched then
    self.kept:remark(own, "in :debug")
    for name, value in pairs(frame.written) do self.kept:value(name, value) end
  elseif ok then self.kept:add(made)
  elseif sys.signal() then self.kept:remark(own, "interrupted")
  else
    for name, value in next, self.environment do
      if not rawequal(before[name], value) then return self.kept:add { code = made.code, failed = true } end
    end
  end
end

function Evaluator:_finish(own, made, hidden, before, ok, ...)
  local count = ok and select("#", ...) or 0
  if count > 0 then made.result, made.shown, made.count = self.results:add((...)), not hidden, count end
  self:_keep(own, made, ok, before)
  if not ok then return self:_fail((...), made.code) end
  local why, meant = require("mlprun.prompt.phrasebook").doubt(own, self:_asked().kind, (...))
  if why then
    self:tell(("%s\n  Lua | %s"):format(why, meant))
    self.repaired = meant
  end
  if hidden then return end
  for i = 1, count do
    local value = select(i, ...)
    local shown, failure = xpcall(self.show, with_trace, self, value)
    if not shown then return self:_fail(failure, made.code) end
  end
end

-- Gives what is to be run a name, under which messages find its text.
function Evaluator:_begin(code)
  self.number = self.number + 1
  self.sources[CHUNK:format(self.number)] = code
  self.sources[CHUNK:format(self.number - SOURCES)] = nil
end

--- Runs a whole statement or expression.
function Evaluator:run(code)
  self:_begin(code)
  local f, message, hidden, parts = self:_parse(code)
  if not f then return self:_fail({ message = message, trace = "", frames = {} }, code) end
  local own = code
  if not hidden then
    local changed = self:_without_local(code)
    if changed ~= code then
      code = changed
      local again = table.pack(self:_parse(changed))
      f, hidden, parts = again[1], again[3], again[4]
    end
  end
  local before = {}
  for name, value in next, self.environment do before[name] = value end
  if self.debugger then self.debugger:frame():begin() end
  self.kept:begin()
  local cost = costs.begin()
  self:_finish(own, { code = code, parts = parts }, hidden, before, xpcall(f, with_trace))
  if self.timed and costs.seconds(cost) >= self.slow then self:say(("(%s)"):format(costs.words(cost))) end
  if code:find("require", 1, true) or code:find("dofile", 1, true) then modules.note(self.modules) end
end

--- Loads modules again whose files have changed.
function Evaluator:reload()
  if not next(self.modules) then return self:say("no module of yours was loaded: require gives one from a file") end
  local again, failure = modules.again(self.modules, with_trace)
  for _, sentence in ipairs(again) do self:tell(sentence) end
  if failure then return self:_fail(failure, "") end
  if #again == 0 then self:say("no file of your modules has changed") end
end

--- The values of expressions; what goes wrong is raised.
function Evaluator:evaluate(code)
  self:_begin(code)
  local f, message = self:_parse(code)
  if not f then error(message, 0) end
  return f()
end

local KEEP = "__keep_locals" -- what a script calls at its end

--- Runs a script; its variables stay, the local ones of its outermost block too, also when it fails.
function Evaluator:script(path, ...)
  local ok, text = pcall(sys.read_file, path)
  local near = not ok and not passing.is(text) and not sys.exists(path) and require "mlprun.base.missing_script"(path)
  if near then text = ("no such script: '%s': did you mean '%s'?"):format(path, near) end
  if not ok then return self:_fail({ message = text, trace = "", frames = {} }, "") end
  text = text:gsub("^#[^\n]*", "")
  local name, environment = "@" .. path, self.environment
  local f, problem = load(("%s\n;%s()"):format(text, KEEP), name, "t", environment)
  if not f then f, problem = load(text, name, "t", environment) end -- it ends with return
  if not f then return self:_fail({ message = problem, trace = "", frames = {} }, "") end
  rawset(environment, KEEP, function() locals.keep(2, environment) end)
  local done, failure = xpcall(f, function(message)
    for level = 2, math.huge do
      local info = debug.getinfo(level, "f")
      if not info then break end
      if info.func == f then locals.keep(level, environment) break end
    end
    return with_trace(message)
  end, ...)
  rawset(environment, KEEP, nil)
  self.kept:begin()
  modules.note(self.modules)
  self.kept:script_ran(path, text, done)
  if not done then self:_fail(failure, "") end
end

function Evaluator:_shell(command)
  local pipe = io.popen(command .. " 2>&1", "r")
  local text = {}
  for line in pipe:lines("L") do
    text[#text + 1] = line
    self.write(line)
  end
  local _, how, status = pipe:close()
  self.results:add(table.concat(text))
  if how == "signal" then self:say(("(stopped by signal %d)"):format(status))
  elseif status ~= 0 then self:say(("(exit status %d)"):format(status)) end
end

-- Several lines that are Python are shown in Lua; false where they are not, or a line of them cannot be told.
function Evaluator:_python(text)
  local lua = require "mlprun.prompt.blocks"(text, self:_asked())
  if not lua then return false end
  self:tell(PYTHON .. "\n" .. lua:gsub("[^\n]+", "  Lua | %0"))
  self.repaired, self.failed = lua, true
  return true
end

--- One line that was typed, or several that were pasted.
---@param text string
---@return string   "done", "more" (it is the beginning of a statement), or "exit"
function Evaluator:line(text)
  self.repaired = nil
  if not self.pending then
    local inputs, state = pasted.inputs(text), nil
    if #inputs > 1 then
      for _, input in ipairs(inputs) do state = self:line(input) end
      return state
    end
    text = inputs[1]
    local private = text:match("^%s") -- as in the history: a line that begins with a space is not written anywhere
    local first = text:match("^%s*(.)")
    if not first then return "done" end
    if first == "?" or first == ":" and not text:find("^%s*::") then
      local ok, result = xpcall(require("mlprun.prompt.commands"), with_trace, self, text:match("^%s*(.-)%s*$"))
      if not ok then self:_fail(result, text) end
      return ok and result == "exit" and "exit" or "done"
    elseif first == "!" then
      self:_shell(text:match("^%s*!%s*(.*)$"))
      return "done"
    elseif first == "=" then
      text = (private or "") .. text:gsub("^%s*=", "", 1)
    end
  else
    text = self.pending .. "\n" .. text:gsub("^%s*>> ", "")
  end
  self.pending = nil
  local f, message = self:_parse(text)
  if not f and text:find("\n") and self:_python(text) then return "done" end
  if not f and at_end(message) and not require("mlprun.prompt.phrasebook").endless(text, message) then
    self.pending = text
    return "more"
  end
  self:run(text)
  return "done"
end

--- Gives up a statement that was begun; what there was of it, or nil.
function Evaluator:cancel()
  local pending = self.pending
  self.pending = nil
  return pending
end

return evaluator
