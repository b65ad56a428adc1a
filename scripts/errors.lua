--- mlprun.errors - a failure as people read it: the message, the line of the script with a mark under the place, and where it
--- was called from. The command line and the prompt show errors through it.
local sys = require("mlprun.core").sys

local errors = {}

local ESC = "\27"

-- The line of a file; nil when it cannot be read (a chunk that is no file, a file that has changed).
local function line_of(path, number)
  if sys.exists(path) ~= "file" then return nil end
  local ok, text = pcall(sys.read_file, path)
  if not ok then return nil end
  local n = 0
  for line in (text .. "\n"):gmatch("(.-)\r?\n") do
    n = n + 1
    if n == number then return line end
  end
end

-- Where a word stands in a line by itself, not as a part of another one.
local function whole_word(line, word)
  local from = 1
  while true do
    local first, last = line:find(word, from, true)
    if not first then return nil end
    local before, after = line:sub(first - 1, first - 1), line:sub(last + 1, last + 1)
    local plain = word:find("^[%w_]") == nil or not before:find("[%w_]")
    if plain and (word:find("[%w_]$") == nil or not after:find("[%w_]")) then return first, last end
    from = first + 1
  end
end

-- What a message is about: words in quotes, then the function that it begins with ("nn.Dropout: ..." or "Image:save: ...").
local function suspects(message)
  local list = {}
  for word in message:gsub("layer '[^']*'", ""):gmatch("'([^']+)'") do list[#list + 1] = word end
  local who = message:match("^([%a_][%w_%.:]*):%s")
  if who then
    list[#list + 1] = who
    list[#list + 1] = who:match("([%w_]+)$")
  end
  local layer = message:match("%((%u[%w_]*)%)")
  if layer then list[#list + 1] = layer end
  return list
end

-- The place in the line that the message means: first and last column; nil when it cannot be told.
local function place(line, message)
  for _, word in ipairs(suspects(message)) do
    local first, last = whole_word(line, word)
    if first then return first, last end
  end
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

-- The lines that show the place.
local function excerpt(path, number, message, o)
  local line = o.sources and o.sources[path] and (o.sources[path] .. "\n"):match(("[^\n]*\n"):rep(number - 1) .. "([^\n]*)\n")
    or line_of(path, number)
  if not line or line:find("^%s*$") or #line > 400 then return nil end
  local margin = ("%5d | "):format(number)
  local first, last = place(line, message)
  line, first, last = cut(line, first, last, o.columns and o.columns - #margin)
  local lines = { paint(o, "2", margin) .. line }
  if first then
    local width = utf8.len(line, first, last) or last - first + 1
    lines[2] = paint(o, "2", (" "):rep(6) .. "| ") .. blank(line:sub(1, first - 1)) .. paint(o, "1;31", ("^"):rep(width))
  end
  return table.concat(lines, "\n")
end

-- Frames of a traceback as "path:line: in ..." lines, the user's alone, without the one that the message names already.
local function frames_of(trace, path, number)
  local list = {}
  for frame in trace:gmatch("\n?\t?([^\n]+)") do
    local at = frame:match("^%s*(.-:%d+): in ")
    if at and not (#list == 0 and at == ("%s:%s"):format(path, number)) then list[#list + 1] = (frame:gsub("^%s+", "")) end
  end
  return list
end

-- An error inside the library because a method was called without its object belongs to the line that called it.
local function colon(path, message, trace)
  if not path:find("^mlprun/") or not message:find("(local 'self')", 1, true) then return nil end
  local at, number = (trace or ""):match("\n\t([^\n]-):(%d+): in ")
  if not at then return nil end
  return at, math.tointeger(tonumber(number)), "a method was called without its object: methods are called with a colon, "
    .. "as in model:train() instead of model.train()"
end

--- An error's text as it is shown.
---@param text string   what the message handler made: "path:line: message", then a traceback
---@param o? table   colour (a boolean), columns (how wide the terminal is), sources (chunk name -> its text, where a chunk is
---                  no file)
---@return string
function errors.text(text, o)
  o = o or {}
  local head, trace = text:match("^(.-)\nstack traceback:(.*)$")
  head = head or text
  local path, number, message = head:match("^([^\n]-):(%d+): (.*)$")
  if not path then return paint(o, "1", head) end
  number = math.tointeger(tonumber(number))
  local at, line, said = colon(path, message, trace)
  if at then path, number, message, head = at, line, said, ("%s:%d: %s"):format(at, line, said) end
  local parts = { paint(o, "1", head) }
  local shown = excerpt(path, number, message, o)
  if shown then parts[#parts + 1] = shown end
  local frames = trace and frames_of(trace, path, number) or {}
  if #frames > 0 then parts[#parts + 1] = paint(o, "2", "called from " .. table.concat(frames, "\n       from ")) end
  return table.concat(parts, "\n")
end

--- Whether standard error shows colours: a terminal, and neither NO_COLOR nor TERM=dumb.
function errors.colour() return sys.is_terminal("stderr") and (sys.env("NO_COLOR") or "") == "" end

return errors
