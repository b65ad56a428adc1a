--- mlprun.command - the commands of the program, such as `mlprun data fetch NAME`. Returns a function that takes the words of
--- the command line and returns the exit status.
local sys = require("mlprun.core").sys
local texts = require "mlprun.command.texts"

local function say(text) io.stdout:write(text) end

local function wrong(name, problem)
  io.stderr:write(("mlprun %s: %s\nTry 'mlprun %s --help'.\n"):format(name, problem, name))
  return 2
end

local commands = {
  data = function(what, ...)
    if what == "inspect" then return require("mlprun.data.inspect").command(...) end
    return require("mlprun.data.fetch").command(what, ...)
  end,
  runs = function(...) return require("mlprun.report.runs").command(...) end,
  report = function(...) return require("mlprun.report").command(...) end,
  predict = function(...) return require("mlprun.report.predict").command(wrong, ...) end,
  export = function(...) return require("mlprun.report.export")(wrong, ...) end,
  rerun = function(...) return require("mlprun.report.rerun")(wrong, ...) end,
  new = function(...) return require("mlprun.command.new")(wrong, ...) end,
  check = function(...) return require("mlprun.command.check")(wrong, ...) end,
  completion = function(...) return require("mlprun.command.completion")(wrong, ...) end,
  types = function(more)
    if more then return wrong("types", ("unexpected '%s'"):format(more)) end
    say(require("mlprun.command.types").text())
  end,
  man = function() say(texts.man(sys.version)) end, -- for make install
}

-- All names by part, or one of them.
function commands.help(name, more)
  local help = require "mlprun.help"
  if more then return wrong("help", ("unexpected '%s'"):format(more)) end
  if not name then
    local columns = require("mlprun.prompt.printer").columns
    for _, part in ipairs(help.PARTS) do
      local names = {}
      for _, each in ipairs(help.names()) do
        if help.entry(each).part == part[1] then names[#names + 1] = each end
      end
      say(("%s\n\n%s\n\n"):format(part[2], columns(names, sys.columns("stdout"))))
    end
    return
  end
  local width = math.min(100, sys.columns("stdout"))
  local text = help.text(name, { width = width, colour = sys.is_terminal("stdout") and (sys.env("NO_COLOR") or "") == "" })
  if text then return say(text .. "\n") end
  local found = help.search(name)
  if #found == 0 then return wrong("help", ("nothing is known about '%s'"):format(name)) end
  say(("there is no '%s'; what comes near it:\n"):format(name))
  for i = 1, math.min(#found, 20) do say(("  %-34s %s\n"):format(found[i].name, found[i].summary)) end
end

commands["--help"] = function() say(texts.help()) end

return function(name, ...)
  local first = ...
  local command = texts.command(name)
  if command and not command.helps and (first == "--help" or first == "-h") then
    say(texts.help_of(command))
    return 0
  end
  return commands[name](...)
end
