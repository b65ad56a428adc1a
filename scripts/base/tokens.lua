--- mlprun.base.tokens - a text as Lua's parser sees it, in pieces: names, numbers, strings, signs and comments. It reads
--- what is no Lua too, so that somebody can say what is wrong with it.
local tokens = {}

--- What a name changes of the depth of blocks.
tokens.DEPTH = { ["function"] = 1, ["do"] = 1, ["if"] = 1, ["repeat"] = 1, ["end"] = -1, ["until"] = -1 }

local SIGNS = { "...", "<<", ">>", "//", "==", "~=", "<=", ">=", "::", ".." } -- of more than one character

-- Where the long string or comment ends that begins with [, = signs and [ at `at`; nil when there is none.
local function long_end(text, at)
  local level = text:match("^%[(=*)%[", at)
  if not level then return nil end
  local _, last = text:find("]" .. level .. "]", at, true)
  return last or #text
end

local function quoted_end(text, at)
  local quote, i = text:sub(at, at), at + 1
  while i <= #text do
    local c = text:sub(i, i)
    if c == quote then return i end
    if c == "\n" then return i - 1 end
    i = i + (c == "\\" and 2 or 1)
  end
  return #text
end

-- The kind and the last byte of the token at `at`.
local function token_at(text, at)
  local last = select(2, text:find("^[%a_\128-\255][%w_\128-\255]*", at))
  if last then return "name", last end
  last = select(2, text:find("^%.?%d[%w_]*%.?[%w_]*", at))
  if last then return "number", last end
  if text:find("^%-%-", at) then
    return "comment", long_end(text, at + 2) or (text:find("\n", at, true) or #text + 1) - 1
  end
  local c = text:sub(at, at)
  if c == '"' or c == "'" then return "string", quoted_end(text, at) end
  last = long_end(text, at)
  if last then return "string", last end
  for _, sign in ipairs(SIGNS) do
    if text:sub(at, at + #sign - 1) == sign then return "sign", at + #sign - 1 end
  end
  return "sign", at
end

--- The tokens of a text: a list of { kind, text, first, last } with kinds "name", "number", "string", "sign", "comment".
function tokens.of(text)
  local list, at = {}, text:find("%S")
  while at do
    local kind, last = token_at(text, at)
    list[#list + 1] = { kind = kind, text = text:sub(at, last), first = at, last = last }
    at = text:find("%S", last + 1)
  end
  return list
end

--- The same without comments.
function tokens.code(text)
  local list = {}
  for _, token in ipairs(tokens.of(text)) do
    if token.kind ~= "comment" then list[#list + 1] = token end
  end
  return list
end

--- Whether a token, which may be nil, is this word or sign of the language, and no string of it.
function tokens.is(token, text) return token ~= nil and token.kind ~= "string" and token.text == text end

--- Where the parser stops: the first token that no text could follow; nil when all of it may be the beginning of something.
---@param text string   a chunk that load refuses
---@param from? integer  bytes before the part that is looked at
---@param to? integer    its last byte
---@return integer? first, integer? last
function tokens.wrong(text, from, to)
  for _, token in ipairs(tokens.of(text)) do
    if token.kind ~= "comment" and token.first > (from or 0) and token.first <= (to or #text) then
      local f, problem = load(text:sub(1, token.last), "=x", "t")
      if not f and not problem:find("<eof>'?$") then return token.first, token.last end
    end
  end
end

return tokens
