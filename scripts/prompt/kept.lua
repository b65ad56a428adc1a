--- mlprun.prompt.kept - the statements of a session that worked, and the script that does the same: for :save. What was shown
--- is printed, and a value that a later line calls _ gets a name. What was typed in :debug and needs variables of the function
--- stays as a comment.
local class = require "mlprun.base.class"
local locals = require "mlprun.prompt.locals"
local tokens = require "mlprun.base.tokens"

local kept = class.new("kept")

local HEAD = [[
-- A session at the prompt.
warn("@off") -- functions may make globals, as there
local ml = require "mlprun"
nn, optim, augment, data, metrics, plot, writers = ml.nn, ml.optim, ml.augment, ml.data, ml.metrics, ml.plot, ml.writers
search, explain, show, hist = ml.search, ml.explain, plot.show, plot.hist
]]

function kept:__init()
  self.list = {}
  self.read = {}   -- names of results that the statement which runs has read -> their numbers
  self.needed = {} -- numbers of results that later statements read
  self.made = {}   -- numbers of results that statements here make
end

--- A statement begins to run.
function kept:begin() self.read = {} end

--- The statement that runs reads the result with this number by a name such as _1.
function kept:reads(name, number) self.read[name] = number end

--- Keeps it.
---@param entry table   code; parts = { before, expression } where values were made; shown; result: the number of its value;
---                     count: how many values; raw: a script's text; failed: it ended in an error, and had given
---                     variables a value; a text says what it was
function kept:add(entry)
  entry.reads = self.read
  for _, number in pairs(self.read) do self.needed[number] = true end
  if entry.result then self.made[entry.result] = true end
  self.list[#self.list + 1] = entry
end

--- Keeps a line that does what a command did.
function kept:setting(code)
  self:begin()
  self:add { code = code }
end

--- Keeps the value that a variable has now.
function kept:value(name, value)
  local plain = value == nil or type(value) == "string" or type(value) == "number" or type(value) == "boolean"
  if not plain then return self:remark("", ("%s was given a %s there"):format(name, type(value))) end
  self:add { code = ("%s = %s"):format(name, math.type(value) == "float" and ("%.17g"):format(value) or ("%q"):format(value)) }
end

--- Keeps a script that ran before the prompt opened.
---@param done boolean   without an error
function kept:script_ran(path, text, done)
  if not done then return self:add { code = (locals.made_global(text)), failed = path .. " ended in an error" } end
  local _, has_return = locals.leaves(text)
  self:add { code = ("dofile(%q)"):format(path), raw = not has_return and text or nil }
end

--- Keeps what cannot be part of a script.
function kept:remark(code, why) self.list[#self.list + 1] = { code = code, why = why } end

local function commented(text) return "-- " .. text:gsub("\n", "\n-- ") end

local function parses(text) return load(text, "=x", "t") ~= nil end

local function result_name(number) return ("result_%d"):format(number) end

-- A text in which the names of results are those of a script's variables.
local function renamed(text, reads)
  if next(reads) == nil then return text end
  local out, at, before = {}, 1, nil
  for _, token in ipairs(tokens.of(text)) do
    local number = token.kind == "name" and reads[token.text]
    if number and before ~= "." and before ~= ":" then
      out[#out + 1] = text:sub(at, token.first - 1) .. result_name(number)
      at = token.last + 1
    end
    before = token.text
  end
  return table.concat(out) .. text:sub(at)
end

-- A statement, after which the script goes on: it leaves no local names, labels and returns behind.
local function closed(text)
  local has_local, has_return = locals.leaves(text)
  if has_return then return (";(function()\n%s\nend)()"):format(text) end
  if text:find("^%(") then text = ";" .. text end -- it would be the arguments of the line before
  if has_local or text:find("::", 1, true) then return ("do\n%s\nend"):format(text) end
  return text
end

local function trimmed(text) return text:match("^%s*(.-)%s*$") end

-- What becomes of an expression's values.
function kept:_value(entry, expression)
  if expression:find("%-%-[^\n]*$") then expression = expression .. "\n" end -- a comment would take what follows
  local name = self.needed[entry.result] and result_name(entry.result)
  if name and entry.shown and entry.count > 1 then
    return ("%s = table.pack(%s) print(table.unpack(%s, 1, %s.n)) %s = %s[1]"):format(name, expression, name, name, name, name)
  elseif name then return ("%s = %s%s"):format(name, expression, entry.shown and (" print(%s)"):format(name) or "")
  elseif entry.shown then return ("print(%s)"):format(expression)
  elseif parses(expression) then return expression
  end
  return expression:find("[%({\"'%[]") and ("local _ = %s"):format(expression) or "" -- it may call something
end

function kept:_statement(entry)
  if entry.why then return commented(entry.code == "" and entry.why or ("%s (%s)"):format(entry.code, entry.why)) end
  if entry.raw then return entry.raw end
  for name, number in pairs(entry.reads) do
    if not self.made[number] then return ("%s (%s was made by no line here)"):format(commented(entry.code), name) end
  end
  if entry.failed then
    local why = type(entry.failed) == "string" and " -- " .. entry.failed:gsub("%c", "?") or ""
    return ("pcall(function(...)%s\n%s\nend, ...)"):format(why, renamed(entry.code, entry.reads))
  end
  local reads = entry.reads
  local text
  if entry.parts then
    local before, expression = trimmed(renamed(entry.parts.before, reads)), trimmed(renamed(entry.parts.expression, reads))
    local value = self:_value(entry, expression)
    text = before == "" and value or before .. " " .. value
    if before ~= "" or not entry.shown and not self.needed[entry.result] then text = closed(text) end
  else
    text = trimmed(renamed(entry.code, reads))
    local _, has_return = locals.leaves(text)
    if has_return and (self.needed[entry.result] or entry.shown) then
      text = self:_value(entry, ("(function()\n%s\nend)()"):format(text))
    else
      text = closed(text)
    end
  end
  return parses(text) and text or commented(entry.code)
end

--- The script, and how many statements it has, and how many stand in it as comments.
---@return string text, integer statements, integer comments
function kept:script()
  local lines, comments = { HEAD }, 0
  for _, entry in ipairs(self.list) do
    local text = self:_statement(entry)
    if text:find("^%-%- ") and not entry.raw and not entry.code:find("^%s*%-%-") then comments = comments + 1 end
    if text ~= "" then lines[#lines + 1] = text end
  end
  return table.concat(lines, "\n") .. "\n", #self.list - comments, comments
end

return kept
