--- mlprun.prompt.phrasebook - a line as somebody from another language typed it, explained and repaired, by the rows of
--- mlprun.prompt.phrases. The prompt, messages about scripts and `mlprun check` use it.
local luas = require "mlprun.base.luas"
local names = require "mlprun.base.names"
local sys = require("mlprun.core").sys
local phrases = require "mlprun.prompt.phrases"
local tokens = require "mlprun.base.tokens"

local phrasebook = {}

local MOST = 40 -- repairs of one line

-- ---- strings and comments are not looked into ----

-- A line in which strings are \1NUMBER\2, its comment, and a function that puts the strings back.
local function masked(line)
  local strings, out, at, comment = {}, {}, 1, ""
  while at <= #line do
    local first, last = line:match('^()""".-"""()', at)
    if not first then first, last = line:match("^()'''.-'''()", at) end
    if not first then
      local quote = line:match("^[\"']", at)
      local close = quote and at + 1
      while close and close <= #line and line:sub(close, close) ~= quote do
        close = close + (line:sub(close, close) == "\\" and 2 or 1)
      end
      if close and close <= #line then first, last = at, close + 1 end
    end
    if first then
      strings[#strings + 1] = line:sub(first, last - 1):gsub('^"""(.*)"""$', "[[%1]]"):gsub("^'''(.*)'''$", "[[%1]]")
      out[#out + 1] = ("\1%d\2"):format(#strings)
      at = last
    elseif line:find("^%-%-", at) then
      comment = line:sub(at)
      break
    else
      out[#out + 1] = line:sub(at, at)
      at = at + 1
    end
  end
  local function open(text)
    return (text:gsub("\1(%d+)\2", function(n) return strings[tonumber(n)] end))
  end
  return table.concat(out), comment, open
end

-- What rows are given beside their captures: it opens strings, says what the value of a name is, whether all of the line is
-- Python for sure, which method was called without its object, and help() is mlprun.help or nil.
local function opener(open, o)
  return setmetatable({ kind = o.kind or function() end, python = o.problem == "any", method = o.method,
                        help = o.help or function() end }, { __call = function(_, text) return open(text) end })
end

-- ---- matching ----

local CLASSES = { s = "\1%d+\2", name = "[%a_][%w_]*", path = "[%a_][%w_%.]*", args = "%b()", any = ".-", body = "%f[%s\0](.*)" }
local compiled = {}

-- What stands in angle brackets in a row's pattern.
local function pattern_of(row)
  local pattern = compiled[row]
  if not pattern then
    pattern = row[1]:gsub("<(%a+)>", CLASSES)
    compiled[row] = pattern
  end
  return pattern
end

-- What a row's repair makes of a part, whose captures are found[3] and so on; nil when the row does not mean this part.
local function replacement(repair, open, found)
  if type(repair) == "function" then return repair(open, table.unpack(found, 3, found.n)) end
  return (repair:gsub("%%(%d)", function(n) return found[2 + tonumber(n)] end))
end

-- The line after a row's repair, nil when it does not apply; and where it applied: a row of a whole line may say it.
local function applied(row, line, open)
  local pattern, from = pattern_of(row), 1
  repeat
    local found = table.pack(line:find(pattern, from))
    local first, last = found[1], found[2]
    if not first then return nil end
    if not row[3] then return line, first, last end
    local text, of, to = replacement(row[3], open, found)
    if text and text ~= line:sub(first, last) then
      return line:sub(1, first - 1) .. text .. line:sub(last + 1), of or first, to or last
    end
    from = first + 1
  until pattern:find("^%^") -- which would mean `from`
end

local function loads(text) return load("return " .. text, "=x", "t") ~= nil or load(text, "=x", "t") ~= nil end

-- Whether a text is Lua, or the beginning of a statement.
local function begins(text)
  if loads(text) then return true end
  local _, problem = load(text, "=x", "t")
  return problem:find("<eof>'?$") ~= nil and not problem:find("'do' expected", 1, true)
    and not problem:find("'then' expected", 1, true) -- a head has its end
end

-- Whether a row may be used: its name means nothing yet.
local function usable(row, o)
  local many = o.problem == "any" or o.problem == "syntax" and o.kind ~= nil
  local imported = many and row.word == row.name -- nn.Linear as Linear
  if row.word and row.word ~= o.word and not imported then return false end
  if not row.name then return true end
  return not (o.known and o.known(row.name))
end

-- Whether a row says what this kind of problem is about.
local function explains(row, o)
  if o.problem == "any" then return row[3] ~= nil end
  if row.always then return true end
  if o.problem == "syntax" then return not row.field end
  if o.problem == "field" then return row.field end
  return o.word == row.name or o.word == row.begins
end

-- Whether a row that repairs what the parser refuses may be used.
local function fits(row, o)
  return not row.only or o.problem == row.only or o.problem == "any" and not o.parses
end

-- ---- names of the library ----

local function field(t, name)
  local ok, value = pcall(function() return t[name] end)
  return ok and value or nil
end

-- The first name in a text that the library should have and has not, and which part of it should: no repair ends in one.
local function missing(text, kind)
  local ml = package.loaded.mlprun -- every session and every script has it
  for first, rest in text:gmatch("%f[%w_%.:]([%a_][%w_]*)(%.[%w_%.]+)") do
    local value, at = not kind(first) and (first == "ml" and ml or field(ml, first)) or nil, first
    for name in rest:gmatch("[%w_]+") do
      if type(value) ~= "table" then break end
      local found = field(value, name)
      if found == nil then return name, at end
      value, at = found, at .. "." .. name
    end
  end
end

-- An option in a text that a function of the library does not have, and that function.
local function unknown_option(text, help)
  for path, list in text:gmatch("%f[%w_%.:]([%a_][%w_]*%.[%w_%.]+)%([^%(%){}]*{([^{}]*)}%)") do
    local options = help() and help().options(path)
    local known = " " .. table.concat(options or {}, " ") .. " "
    for name in list:gmatch("%f[%w_]([%a_][%w_]*)%s*=[^=]") do
      if options and not known:find(" " .. name .. " ", 1, true) then return name, path end
    end
  end
end

-- Whether a text is a line for the prompt: help, a command, a command of the shell.
local function is_command(text)
  return text:find("^%?+[%a_]") ~= nil or text:find("^:%l+ ") ~= nil or text:find("^!%a") ~= nil
end

-- ---- the whole ----

--- What is wrong with a line, in words of those who come from elsewhere.
---@param line string
---@param o table   problem = "syntax", "name" or "field": what kind of row explains it, or "any": all that repair it, those of
---                 syntax too unless it parses; word: the unknown name or field;
---                 method: the one that was called without its object;
---                 known(name): whether a global name means something; kind(path): "list", "table", "text", "tensor" ...,
---                 what its value is, or nil where there are no values yet; help(): mlprun.help, for options by their names
---@return table?   why: a sentence; first, last: the place; repaired: the line in Lua, or nil when there is no one way
function phrasebook.explain(line, o)
  local indent = line:match("^%s*")
  local text, comment, strings = masked(line:sub(#indent + 1))
  local open = opener(strings, o)
  text = text:gsub("%s+$", "")
  local found
  local done = {} -- rows that repair all there is at once
  local function try(row)
    if done[row] then return false end
    local repaired, first, last = applied(row, text, open)
    if not repaired then return false end
    if not found then
      found = { why = row[2], first = #indent + #open(text:sub(1, first - 1)) + 1, last = #indent + #open(text:sub(1, last)) }
      found.repaired = row[3] ~= nil
    end
    text, done[row] = repaired, row.once
    return row[3] ~= nil
  end
  for _, row in ipairs(phrases) do
    if explains(row, o) and usable(row, o) and (o.problem ~= "any" or fits(row, o)) then try(row) end
    if found then break end
  end
  if not found then return nil end
  local count, changed = 0, found.repaired
  while changed and count < MOST and not text:find("^!%a") do -- what a shell is given stays as it is
    changed = false
    for _, row in ipairs(phrases) do
      if row[3] and usable(row, o) and fits(row, o) and try(row) then
        changed, count = true, count + 1
        break
      end
    end
  end
  for _, row in ipairs(phrases) do -- a name is left that means nothing
    local own = row.name == "self" and text:find("^function %w+:") -- a method has it
    local means_nothing = row.name and type(row[3]) ~= "string" and not own and usable(row, { known = o.known, word = row.word })
    if means_nothing and text:find(pattern_of(row)) then
      found.repaired = nil
    end
  end
  local name, owner = missing(text, open.kind)
  if name and found.repaired then
    found.why, found.repaired = ("%s; %s has no '%s'"):format(found.why, owner, name), nil
  end
  local option, of = unknown_option(text, open.help)
  if option and found.repaired then
    found.why, found.repaired = ("%s; %s has no option '%s'"):format(found.why, of, option), nil
  end
  local repaired = found.repaired and indent .. open(text):match("^%s*(.-)%s*$") .. (comment ~= "" and " " .. comment or "")
  found.repaired = repaired and count < MOST and repaired ~= line
    and (begins(repaired) or o.kind and is_command(repaired)) and repaired or nil
  return found
end

--- What is right Lua and hardly meant: [[1, 2], [3, 4]] is a text, labels == 1 one answer, list[0] nothing.
---@param code string
---@param kind fun(path: string): string?   what the value of a name is
---@param value any      what the code gave
---@return string? why, string? meant   nil where there is nothing to say
function phrasebook.doubt(code, kind, value)
  for _, token in ipairs(tokens.of(code)) do
    if token.kind == "string" and token.text:find("^%[%[[%d%s%.,e%+%-%[%]]+%]%]$") and token.text:find("%d%s*%]?%s*,") then
      local list = token.text:gsub("%[", "{ "):gsub("%]", " }")
      return "[[...]] is a text in Lua: a list of lists stands in braces",
        code:sub(1, token.first - 1) .. list .. code:sub(token.last + 1)
    end
  end
  code = code:match("^%s*(.-)%s*$")
  local left, sign, right = code:match("^([%a_][%w_%.]*)%s*([=~]=)%s*(%-?[%w_%.]+)$")
  if left and kind(left) == "tensor" and (tonumber(right) or kind(right) == "number") then
    return ("%s asks whether two values are the same; eq and ne compare element by element"):format(sign),
      ("%s:%s(%s)"):format(left, sign == "==" and "eq" or "ne", right)
  end
  local name, at = code:match("^([%a_][%w_%.]*)%[(%-?%d+)%]$")
  if name and value == nil and tonumber(at) <= 0 then
    if kind(name) == "list" then
      local back = -math.tointeger(tonumber(at)) - 1
      return "a list counts from 1, and # is its length",
        back < 0 and name .. "[1]" or ("%s[#%s%s]"):format(name, name, back > 0 and " - " .. back or "")
    end
  end
  if name and value == nil and kind(name) == "text" then
    local n = math.tointeger(tonumber(at))
    n = n >= 0 and n + 1 or n
    return "a letter of a text is text:sub(1, 1)", ("%s:sub(%d, %d)"):format(name, n, n)
  end
  local owner, missed = code:match("^(%l[%l%d]*)%.([%a_][%w_]*)$")
  if owner and value == nil and luas[owner] then
    local near = sys.nearest(missed, names.of(luas[owner]))
    if near then return ("%s has no '%s': did you mean '%s'?"):format(owner, missed, near), ("%s.%s"):format(owner, near) end
  end
  local shown = code:match("^print%s*%(([%a_][%w_%.]*)%)$")
  if shown and (kind(shown) == "list" or kind(shown) == "table") then
    return "print says which table it is; a name by itself shows what is in it", shown
  end
end

local BRACED = { ["if"] = true, ["while"] = true, ["for"] = true, switch = true }

--- Whether a text that the parser would go on reading for ever is a head with a colon, as in `for i in range(10):`, or with a
--- brace.
---@param text string
---@param message string   what the parser says: inside a long string a colon is nothing special
function phrasebook.endless(text, message)
  if message:find("unfinished long", 1, true) then return false end
  local last = ("\n" .. text):match("\n([^\n]*)$")
  if last:find("^%s*}?%s*%l+%s*%b()%s*{%s*$") and BRACED[last:match("%l+")] then return true end
  if last:find("^%s*%l+%s*%b()%s*%b{}%s*$") and BRACED[last:match("%l+")] then return true end
  if last:find("^%s*%l+%s.-:%s+%S") and BRACED[last:match("%l+")] and not last:find("%f[%w](then|do)%f[%W]") then return true end
  if last:find("^cd%s+%.%.") then return true end
  return last:find(":%s*$") ~= nil or last:find(":%s*#") ~= nil or last:find("^%s*for .- in .-:%s") ~= nil
end

return phrasebook
