--- mlprun.errors - a failure as people read it: the message, the line of the script with a mark under the place, and where it
--- was called from. The command line and the prompt show errors through it.
local sys = require("mlprun.core").sys
local luas = require "mlprun.base.luas"
local names = require "mlprun.base.names"
local place = require "mlprun.prompt.place"

local errors = {}

local ESC = "\27"

-- The text of a chunk: of a file, or one that somebody typed; nil when it cannot be read.
local function text_of(path, o)
  if o.sources and o.sources[path] then return o.sources[path] end
  local ok, text = pcall(sys.read_file, path)
  return ok and text or nil
end

-- A line of a text, and how many bytes are before it.
local function line_of(text, number)
  local n = 0
  for first, line in (text .. "\n"):gmatch("()(.-)\r?\n") do
    n = n + 1
    if n == number then return line, first - 1 end
  end
end

--- A line of a script, or of a text in o.sources; nil when it cannot be read.
function errors.line(path, number, o)
  local text = text_of(path, o)
  return text and (line_of(text, number))
end

-- The columns that a text takes; a tab stays one, so that marks stand under the same tab stops.
local function blank(text) return (text:gsub("[^\t\128-\191]", " "):gsub("[\128-\191]", "")) end

local function paint(o, code, text) return o.colour and ("%s[%sm%s%s[0m"):format(ESC, code, text, ESC) or text end

-- A line that is longer than the terminal is wide is cut around the mark: wrapped, the mark would stand elsewhere.
local function cut(line, first, last, width)
  if not width or #line <= width or line:find("[\128-\255\t]") or width < 20 then return line, first, last end
  local from = first and math.max(1, math.min(first - width // 3, #line - width + 1)) or 1
  local text = line:sub(from, from + width - 1)
  if from > 1 then text = "..." .. text:sub(4) end
  if from + width - 1 < #line then text = text:sub(1, -4) .. "..." end
  return text, first and first - from + 1, last and math.min(last - from + 1, width)
end

-- ---- phrases of other languages ----

-- Messages about a field or a method that is not there, was called without its object, or is no arithmetic of texts.
local OF_FIELDS = { "has no '", "has no field '", "argument 1 is .- expected an? %u", "%(local 'self'%)",
                    "methods are called with a colon", "' is a device", "attempt to call a nil value %(",
                        "attempt to %a+ a '%a+' with a 'string'", "attempt to %a+ a 'string' with",
                    "attempt to index a nil value %(field '", "attempt to index a function value %(field 'tensor'",
                     "attempt to compare %a+ with %a+", "takes one table of modules",
                    "string expected, got no value", "^attempt to call an? [%w%.]+ value %(",
                    "elements? by element", "^a list has no place", "^index: 0 is outside", "^sample 0 is outside",
                    "index a boolean value",
                    "expected a Tensor$", "argument 2 is nil, expected a Tensor", "^index 0 is out of range",
                    "^index: got a boolean", "attempt to perform bitwise operation on a mlprun%.Tensor",
                    "number expected, got mlprun%.Tensor", "optional ones are named", "optional arguments are named" }

-- The name of the field that is nothing, or "text" where a function of texts was called without one.
local function field_of(message)
  return message:match("attempt to call an? [%w%.]+ value %(%l+ '([%w_]+)'%)") or message:match("has no field '([%w_]+)'")
    or message:match("has no '([%w_]+)'") or message:find("element by element", 1, true) and "compared"
    or message:find("string expected, got no value", 1, true) and "text"
    or message:find("bitwise operation", 1, true) and "bitwise" or message:find("number expected, got ", 1, true) and "number"
    or message:find("optional %l+ are named") and "positions" or nil
end

-- What kind of mistake a message tells of, for the phrasebook, and the unknown name.
local function problem_of(message)
  local name = message:match("^undefined global '([^']+)'")
  if name then return "name", name end
  if message:find(" near [^\n]*$") or message:find("a value is a string, expected a number", 1, true) then return "syntax" end
  for _, pattern in ipairs(OF_FIELDS) do
    if message:find(pattern) then return "field", field_of(message) end
  end
end

-- Whether a name has a meaning: a global one, or a local one or a parameter of the text.
local function known_in(text)
  return function(name)
    local word = "%f[%w_]" .. name .. "%f[^%w_]"
    return rawget(_G, name) ~= nil or text:find("%f[%w_]local[ \t]+[%w_,<> \t]-" .. word) ~= nil
      or text:find("function[^%(\n]*%([^%)\n]-" .. word) ~= nil
  end
end

-- What the phrasebook says about a line, and its number: a head with a colon fails in a later line.
local function phrase_of(text, number, message, o)
  local problem, word = problem_of(message)
  if not problem then return nil end
  local explain = require("mlprun.prompt.phrasebook").explain
  local how = { problem = problem, word = word, method = message:match("^([%w_]+) was called without its object"),
                known = o.known or known_in(text), kind = o.kind, help = sys.help }
  for n = problem == "syntax" and math.max(1, number - 3) or number, number do
    local line = line_of(text, n)
    if line and (n == number or line:find(":%s*$")) then
      local phrase = explain(line, how)
      if phrase then return phrase, n end
    end
  end
end

-- A message in the words of a phrase.
local function explained(message, phrase)
  local who = message:match("^undefined global '[^']+'") or message:match("^an? %u%w* has no [^:]*")
  return who and ("%s: %s"):format(who, phrase.why) or phrase.why
end

-- A message about a function that is nothing, with the nearest one of Lua's own table or of texts.
local function misspelt(message, line, kind)
  local what, name = message:match("^attempt to call a nil value %((%l+) '([%w_]+)'%)$")
  local owner, sign = line:match("([%a_][%w_]*)([%.:])" .. (name or "\n") .. "%f[^%w_]")
  local has = what == "field" and sign == "." and luas[owner] or nil
  local of_text = what == "method" and (owner and kind and kind(owner) == "text" or line:find("[\"']%)?:" .. name))
  if of_text then has = string end
  return has and message .. names.hint(name, names.of(has)) or message
end

-- ---- the place ----

-- The lines that show it, and a line that is right.
local function excerpt(text, number, message, phrase, o)
  local line, offset = line_of(text, number)
  if not line or line:find("^%s*$") or #line > 400 then return nil end
  local margin = ("%5d | "):format(number)
  local first, last
  if phrase then first, last = phrase.first, phrase.last else first, last = place(line, message, text, offset) end
  line, first, last = cut(line, first, last, o.columns and o.columns - #margin)
  local lines = { paint(o, "2", margin) .. line }
  if first then
    local width = utf8.len(line, first, last) or last - first + 1
    lines[2] = paint(o, "2", (" "):rep(6) .. "| ") .. blank(line:sub(1, first - 1)) .. paint(o, "1;31", ("^"):rep(width))
  end
  if phrase and phrase.repaired then
    local margin_of = phrase.repaired:find("^[?:!]") and " here | " or "  Lua | " -- a line of the prompt is no Lua
    lines[#lines + 1] = paint(o, "2", margin_of) .. paint(o, "1", phrase.repaired)
  end
  return table.concat(lines, "\n")
end

-- A text in which one line is another one.
local function with_line(text, number, line)
  local old, offset = line_of(text, number)
  return text:sub(1, offset) .. line .. text:sub(offset + #old + 1)
end

-- Frames of a traceback, the user's alone, without the one that the message names already: lists of path, line, and the text
-- "path:line: in ...".
local function frames_of(trace, path, number)
  local list = {}
  for frame in trace:gmatch("\n?\t?([^\n]+)") do
    local text, at, line = frame:match("^%s*((.-):(%d+): in .*)$")
    line = math.tointeger(tonumber(line))
    if at and not (#list == 0 and at == path and line == number) then list[#list + 1] = { at, line, text } end
  end
  return list
end

-- Whether a message tells of a method that was called without its object: self is nothing, or the argument behind it.
local function lacks_object(path, message, line)
  if message:find("%(local 'self'%)") then return true end
  if path:find("^mlprun/") then return message:find("%(local 't'%)") or message == "table index is nil" end
  local field = message:match("^a Tensor has no '([%w_]+)'")
  return field and line and line:find("%f[%w_]self%." .. field .. "%f[^%w_]")
end

local NO_OBJECT = "a method was called without its object: methods are called with a colon, as in model:train() instead of "
  .. "model.train()"

-- What there is to say about an error: head (path, line and message in one), path, number, message, frames, source (the text
-- that the path names), phrase. One inside a method that was called without its object belongs to the line that called it.
local function explanation(text, o)
  local head, trace = text:match("^(.-)\nstack traceback:(.*)$")
  local e = { head = head or text, frames = {} }
  local path, number, message = e.head:match("^([^\n]-):(%d+): (.*)$")
  if not path then return e end
  number = math.tointeger(tonumber(number))
  local source = text_of(path, o)
  e.frames = frames_of(trace or "", path, number)
  if e.frames[1] and lacks_object(path, message, source and line_of(source, number)) then
    path, number = table.unpack(table.remove(e.frames, 1))
    message, source = NO_OBJECT, text_of(path, o)
  end
  local line
  if source then e.phrase, line = phrase_of(source, number, message, o) end
  local line_there = source and line_of(source, number)
  if e.phrase then number, message = line, explained(message, e.phrase)
  elseif line_there then message = misspelt(message, line_there, o.kind) end
  e.path, e.number, e.message, e.source = path, number, message, source
  e.head = ("%s:%d: %s"):format(path, number, message)
  return e
end

-- The chunk with the line that a phrase repairs; nil where that is none: `model` is a line for the prompt, no statement.
local function repaired_of(e, o)
  if not e.phrase or not e.phrase.repaired then return nil end
  local chunk = with_line(e.source, e.number, e.phrase.repaired)
  if not o.kind and load(e.source, "=x", "t") and not load(chunk, "=x", "t") then e.phrase.repaired = nil end
  return e.phrase.repaired and chunk
end

--- An error's text as it is shown.
---@param text string   what the message handler made: "path:line: message", then a traceback
---@param o? table   colour (a boolean), columns (how wide the terminal is), sources (chunk name -> its text, where a chunk is
---                  no file), known(name): whether a global name means something, kind(path): what its value is
---                  (mlprun.prompt.kind)
---@return string, string?   a chunk that is right, when one line of it was from another language
function errors.text(text, o)
  o = o or {}
  local e = explanation(text, o)
  local repaired = repaired_of(e, o)
  local parts = { paint(o, "1", e.head) }
  local shown = e.source and excerpt(e.source, e.number, e.message, e.phrase, o)
  if shown then parts[#parts + 1] = shown end
  local frames = {}
  for i, frame in ipairs(e.frames) do frames[i] = frame[3] end
  if #frames > 0 then parts[#parts + 1] = paint(o, "2", "called from " .. table.concat(frames, "\n       from ")) end
  return table.concat(parts, "\n"), repaired
end

--- An error in one line, for lists: where it is, and what is wrong.
---@param text string   as errors.text takes it
---@return string
function errors.sentence(text) return (explanation(text, {}).head:gsub("%s*\n%s*", " ")) end

--- A message with the traceback that errors.text takes, for xpcall.
---@param message any
---@return string
function errors.traced(message)
  local lines = {}
  for line in debug.traceback("", 2):gmatch("[^\n]+") do
    if not line:find("^\t%[C%]") and not line:find("^\tmlprun/") then lines[#lines + 1] = line end
  end
  return tostring(message) .. "\n" .. table.concat(lines, "\n")
end

--- Whether standard error shows colours: a terminal, and neither NO_COLOR nor TERM=dumb.
function errors.colour() return sys.is_terminal("stderr") and (sys.env("NO_COLOR") or "") == "" end

return errors
