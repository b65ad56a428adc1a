--- mlprun.prompt - the prompt on a terminal: `open` starts a session and returns a function that reads and runs one line. It
--- returns the exit status when the prompt is to end.
local core = require "mlprun.core"
local editor, sys = core.editor, core.sys
local evaluator = require "mlprun.prompt.evaluator"
local history = require "mlprun.prompt.history"
local globals = require "mlprun.prompt.globals"

local prompt = {}

local FIRST, MORE, INSIDE = "> ", ">> ", "debug> "
local IMPATIENT = 2 -- seconds

-- ~/.config/mlprun/init.lua: what somebody wants at every prompt.
local function run_own_file(e)
  local config = sys.env("XDG_CONFIG_HOME")
  if not config or not config:find("^/") then config = (sys.env("HOME") or "") .. "/.config" end
  local path = config .. "/mlprun/init.lua"
  local ok, kind = pcall(sys.exists, path)
  if not ok or kind == "file" then e:script(path) end -- which says why it cannot be read
end

-- What Tab inserts and shows.
local function completer(e)
  return function(text, cursor)
    local completion = require "mlprun.prompt.completion"
    globals.all(e.environment)
    local whole = e.pending and e.pending .. "\n" .. text or text
    local names = e.debugger and e.debugger:names() or e.environment
    local insert, words = completion.complete(whole, #whole - #text + cursor, names)
    if not words then return insert end
    local list = require("mlprun.prompt.printer").columns(words, sys.columns("stdout"))
    local _, lines = list:gsub("\n", "")
    local long = lines + 3 > sys.rows("stdout") -- with the input and what is asked
    return insert, list, long and ("show all %d? (y or n) "):format(#words) or nil
  end
end

---@param quiet boolean   without the first line
---@param script? string   the path of one that runs before; its variables stay
function prompt.open(quiet, script)
  local columns = function() return sys.columns("stdout") end
  local terminal = sys.is_terminal("stdout")
  globals.open(_G)
  local known = { arg = true }
  local e = evaluator.new {
    columns = columns, pictures = terminal, timed = terminal, colour = terminal and (sys.env("NO_COLOR") or "") == "",
    write = function(text) io.stdout:write(text) io.stdout:flush() end,
  }
  for name in next, _G do known[name] = true end
  for _, name in ipairs(globals.names()) do known[name] = true end
  e.known = known
  editor.open(completer(e))
  local past, presses = history.open(), {}
  if script then e:script(script, table.unpack(arg)) end
  if not quiet then
    e:say(("mlprun %s - ? helps, Tab completes, Ctrl-D leaves"):format(sys.version))
  end
  run_own_file(e)

  local function leave(status)
    editor.close()
    return status
  end

  -- Ctrl-C where nothing runs. The third within two seconds leaves; what somebody pressed to stop what ran is not counted.
  local function interrupted(had_text)
    local now = sys.clock()
    editor.ready()
    e:say("^C")
    if e:cancel() or had_text or now - e.stopped_at < IMPATIENT then presses = {} return false end
    presses[#presses + 1] = now
    if now - presses[1] > IMPATIENT then presses = { now } end
    if #presses == 2 then e:say("(Ctrl-D leaves, and so does Ctrl-C once more)") end
    return #presses == 3
  end

  local given -- a statement whose lines are edited again
  return function()
    past:refresh()
    if e.pending then given = require("mlprun.prompt.indent").after(e.pending) end
    local text, why, rest = editor.read(e.pending and MORE or e.debugger and INSIDE or FIRST, e.pending ~= nil, given)
    given = nil
    if text and not text:find("%S") then text = "" end -- nothing but the blanks that it began with
    if not text then
      if why == "back" then
        given = e:cancel() .. "\n" .. rest
        return
      end
      if e.pending then editor.remember(e.pending) end -- given up, not lost
      if why == "interrupt" or why == "given up" then
        return interrupted(why == "given up") and leave(0) or nil
      end
      io.stdout:write("\n")
      if why == "end" and e:cancel() then return e:say("(the statement is given up)") end
      if why == "end" and e.debugger then
        e.debugger = nil
        return
      end
      return leave(why == "end" and 0 or why)
    end
    presses = {}
    local before = e.pending
    local whole = before and before .. "\n" .. text or text
    local state = e:line(text)
    if state ~= "more" then past:add(whole) end
    if e.repaired then editor.remember(e.repaired) end -- Up gives it, ready to run
    if state == "exit" then return leave(0) end
  end
end

return prompt
