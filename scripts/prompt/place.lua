--- mlprun.prompt.place - where in a line of a script a message finds its fault, for the mark below it.
local set = require "mlprun.base.set"
local tokens = require "mlprun.base.tokens"

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
  local who = message:match("^([%a_][%w_%.:]*):%s") or message:match("^([%w_]+) was called without its object")
  if who then
    list[#list + 1] = who
    list[#list + 1] = who:match("([%w_]+)$")
  end
  local layer = message:match("%((%u[%w_]*)%)")
  if layer then list[#list + 1] = layer end
  return list
end

-- A name that is nothing where something of it is asked for: x.y in x.y.z, f in f(1).
local function asked_of(line, word)
  for first, last in line:gmatch("()%f[%w_]" .. word .. "%f[^%w_]()%s*[%.%[:%({\"']") do
    if not line:find("^%.%.", last) then return first, last - 1 end
  end
end

-- The one subscript of a line: [5] or [{ 1, 2 }]; nil where there are several.
local function subscript(line)
  local before = line:find("[%w_%)%]]%[")
  local first, last = line:find("%b[]", before or #line + 1)
  if first and not line:find("[%w_%)%]]%[", last) then return first, last end
end

-- What an operation of a message may be written as.
local OPERATIONS = {
  { "^attempt to perform arithmetic on", set "+ - * / // % ^" }, { "^attempt to compare", set "< > <= >=" },
  { "^attempt to concatenate", set ".." }, { "^attempt to get length of", set "#" },
  { "^add: ", set "+" }, { "^sub: ", set "-" }, { "^mul: ", set "*" }, { "^div: ", set "/" }, { "^pow: ", set "^" },
  { "^attempt to perform bitwise operation", set "& | ~ << >>" },
}

-- The one token of a line that may be meant; nil where several may.
local function only(line, fits)
  local found
  for _, token in ipairs(tokens.of(line)) do
    if fits(token) then
      if found then return nil end
      found = token
    end
  end
  if found then return found.first, found.last end
end

local function operation(line, message)
  for _, known in ipairs(OPERATIONS) do
    if message:find(known[1]) then return only(line, function(token) return token.kind == "sign" and known[2][token.text] end) end
  end
end

--- The place in a line that a message means: first and last column; nil when it cannot be told.
---@param line string
---@param message string
---@param text string     the whole script
---@param offset integer  bytes of it before the line
return function(line, message, text, offset)
  if message:find(" near [^\n]*$") then -- the parser's
    local first, last = tokens.wrong(text, offset, offset + #line)
    if first then return first - offset, last - offset end
  end
  local nothing = message:match("^attempt to %l+ a [%a ]-value %(%l+ '([%w_]+)'%)")
  if nothing then
    local first, last = asked_of(line, nothing)
    if first then return first, last end
  end
  if message:find("^index:? ") then
    local first, last = subscript(line)
    if first then return first, last end
  end
  for _, word in ipairs(suspects(message)) do
    local first, last = whole_word(line, word)
    if first then return first, last end
  end
  local first, last = operation(line, message)
  if first then return first, last end
  -- the call that raised a message of the user's own
  return only(line, function(token) return token.kind == "name" and (token.text == "error" or token.text == "assert") end)
end
