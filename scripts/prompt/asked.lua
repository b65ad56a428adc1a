--- mlprun.prompt.asked - lines that begin with ?: what is known of a name, and ?? the text of a function. Returns a function that
--- takes the evaluator and the line.
local completion = require "mlprun.prompt.completion"
local describe = require "mlprun.prompt.describe"
local errors = require "mlprun.errors"
local layout = require "mlprun.base.layout"
local library = require "mlprun.help"
local public = require "mlprun.base.public"
local sys = require("mlprun.core").sys

local ORIENTATION = [[
?NAME tells about a name, such as ?nn.Linear or ?Tensor:sum; ?WORD searches.
:help lists the commands. Some beginnings:

  x = ml.randn { 2, 3 }                     a tensor; x:sum(), x[1], x * 2
  folder = data.open(data.default())        pictures in class folders, or your
                                            own: folder = data.open "photos"
  show(folder)                              some of them
  nn.Sequential { nn.Flatten(), nn.Linear(12288, 8) }      a model
  nn, optim, augment, data, metrics, plot, search, explain, writers
                                            what there is]]

-- What a list of found names says.
local function listed(e, found, most)
  local widest = 0
  for i = 1, math.min(#found, most) do widest = math.max(widest, #found[i].name) end
  for i = 1, math.min(#found, most) do
    local line = ("  %s  %s"):format(layout.left(found[i].name, widest), found[i].summary or "")
    if e.columns() < widest + 24 then line = "  " .. found[i].name end -- no room to say more
    e:say(#line > e.columns() and line:sub(1, e.columns() - 3) .. "..." or line)
  end
  if #found > most then e:say(("  ... %d more"):format(#found - most)) end
end

-- A command of the prompt, as :help tells about it.
local function command(e, name)
  for _, known in ipairs(require "mlprun.prompt.command_names") do
    if known[1] == name then return layout.wrap((":%s %s"):format(name, known[2]), e.columns(), "  ") end
  end
end

local function help(e, name)
  local plain = name:match("^:%s*(%a+)$")
  if plain and command(e, plain) then return e:say(command(e, plain)) end
  local text = describe.variable(e, name) or library.text(name, { width = math.min(100, e.columns()), colour = e.colour })
    or describe.own(name, e.columns()) or describe.part(name, e.columns()) or describe.class(name, e.columns())
    or command(e, name)
  if text then return e:say(text) end
  local found = library.search(name)
  if #found == 0 then return e:say(("nothing is known about '%s'"):format(name)) end
  e:say(("there is no '%s'; what comes near it:"):format(name))
  listed(e, found, 15)
end

-- The lines of a function of the session, with one that says where they are.
local function text_of(e, fn, name)
  local info = debug.getinfo(public.inner(fn), "S")
  if info.what == "C" then return name .. " is written in C" end
  local path = info.source:sub(2)
  local inside = sys.script(path)
  local sources = inside and { [path] = inside } or e.sources
  local lines = {}
  for n = info.linedefined, info.lastlinedefined do lines[#lines + 1] = errors.line(path, n, { sources = sources }) end
  if #lines == 0 then return ("the text of %s is no longer there"):format(name) end
  return ("-- %s, line %d\n%s"):format(path, info.linedefined, table.concat(lines, "\n"))
end

local function source(e, name)
  local plain = name:gsub(":", ".")
  local value
  if not plain:find("[^%w_%.]") then value = completion.resolve(plain, e.environment) end
  local own = value ~= nil and not e.known[plain:match("^[%w_]*")]
  local kind = own and describe.value(value)
  local text = not own and library.source(name) or kind and type(value) ~= "function" and library.source("nn." .. kind)
  if text then return e:say(text) end
  if not own and describe.own(name) then return e:say(("%s is Lua's own: ?%s tells about it"):format(name, name)) end
  if type(value) == "function" then return e:say(text_of(e, value, name)) end
  e:say(kind and ("%s has no text of its own: its kind is %s"):format(name, kind) or ("nothing is known about '%s'"):format(name))
end

return function(e, line)
  local sign, name = line:match("^(%?+)%s*(.-)%s*$")
  if name == "" then e:say(ORIENTATION)
  elseif sign == "?" then help(e, name)
  else source(e, name) end
end
