--- mlprun.prompt.completion - what a word at the prompt may become: globals and keywords, fields and methods, names of options
--- inside the braces of a known function, and files inside quotes. It reads tables without their metamethods and calls
--- nothing of the user's.
local sys = require("mlprun.core").sys

local completion = {}

local KEYWORDS = { "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
                   "not", "or", "repeat", "return", "then", "true", "until", "while" }

-- ---- what a value has ----

-- Calls add(name) for the names of a value, without running anything that a script has written.
local function each_name(value, add, deep)
  deep = deep or 0
  if deep > 20 then return end
  if type(value) == "table" then
    for name in next, value do
      if type(name) == "string" then add(name) end
    end
  end
  local meta = debug.getmetatable(value)
  if type(meta) ~= "table" then return end
  for _, key in ipairs { "methods", "getters", "class", "__index" } do
    local from = rawget(meta, key)
    if type(from) == "table" then each_name(from, add, deep + 1) end
  end
end

-- Parts of the library that are loaded when they are first used.
local LAZY = { "nn", "optim", "augment", "data", "metrics", "plot", "writers", "autograd", "options", "experiment", "no_grad",
               "enable_grad", "is_grad_enabled" }

local function is_library(value) return rawequal(value, package.loaded.mlprun) end

-- A field without metamethods; a module's layers are found through the library's own table of them.
local function field(value, name)
  if is_library(value) and rawget(value, name) == nil then
    for _, lazy in ipairs(LAZY) do
      if lazy == name then return value[name] end
    end
  end
  if type(value) == "table" then
    local found = rawget(value, name)
    if found ~= nil then return found end
    local nn = package.loaded["mlprun.nn"]
    if nn and nn.is_module(value) then return (nn.Module.peek or function() end)(value, name) end
  end
  local meta = debug.getmetatable(value)
  if type(meta) ~= "table" then return nil end
  for _, key in ipairs { "methods", "class", "__index" } do
    local from = rawget(meta, key)
    if type(from) == "table" and rawget(from, name) ~= nil then return rawget(from, name) end
  end
end

--- The value of a.b.c; nil when a part of it is unknown.
function completion.resolve(path, environment)
  local value = environment
  for name in path:gmatch("[%a_][%w_]*") do
    value = field(value, name)
    if value == nil then return nil end
  end
  return value
end

local function matching(add_names, start)
  local seen, list = {}, {}
  add_names(function(name)
    if not seen[name] and name:sub(1, #start) == start and (start:find("^_") or not name:find("^_")) then
      seen[name] = true
      list[#list + 1] = name
    end
  end)
  table.sort(list)
  return list
end

-- ---- where the cursor is ----

-- Reads the text before the cursor as Lua does: whether it ends in a string or a comment, and the brackets that are open.
local function context(text)
  local i, open = 1, {}
  while i <= #text do
    local c = text:sub(i, i)
    if text:find("^%-%-", i) then
      local level = text:match("^%-%-%[(=*)%[", i)
      local _, last
      if level then _, last = text:find("]" .. level .. "]", i, true) else last = text:find("\n", i, true) end
      if not last then return { comment = true } end
      i = last + 1
    elseif c == '"' or c == "'" then
      local at = i + 1
      while at <= #text and text:sub(at, at) ~= c do at = at + (text:sub(at, at) == "\\" and 2 or 1) end
      if at > #text then return { string = text:sub(i + 1), open = open } end
      i = at + 1
    elseif text:find("^%[=*%[", i) then
      local level = text:match("^%[(=*)%[", i)
      local _, last = text:find("]" .. level .. "]", i, true)
      if not last then return { string = text:sub(i + 2 + #level), open = open } end
      i = last + 1
    else
      if c == "(" or c == "{" or c == "[" then open[#open + 1] = { kind = c, at = i }
      elseif c == ")" or c == "}" or c == "]" then open[#open] = nil end
      i = i + 1
    end
  end
  return { open = open }
end

-- The function in whose braces the cursor is: of f { ... or f(a, { ....
local function called(text, open)
  local inner = open[#open]
  if not inner or inner.kind ~= "{" then return nil end
  local before = text:sub(1, inner.at - 1)
  local name = before:match("([%a_][%w_%.:]*)%s*$")
  if name then return name end
  local outer = open[#open - 1]
  if outer and outer.kind == "(" and before:find("[,(]%s*$") then
    return text:sub(1, outer.at - 1):match("([%a_][%w_%.:]*)%s*$")
  end
end

-- ---- kinds of words ----

local function files(start)
  local folder, name = start:match("^(.*/)([^/]*)$")
  folder, name = folder or "", name or start
  local place = folder:gsub("^~/", (sys.env("HOME") or "~") .. "/")
  local ok, list = pcall(sys.list, place == "" and "." or place)
  local found = {}
  for _, entry in ipairs(ok and list or {}) do
    if entry:sub(1, #name) == name and (entry:sub(1, 1) ~= "." or name:find("^%.")) then
      found[#found + 1] = entry .. (sys.exists(place .. entry) == "folder" and "/" or "")
    end
  end
  return found, name
end

-- Options of a function by its name, or by the names of its parts: nn.Linear, optim.Adam, x:sum.
local function options(name)
  local ok, help = pcall(require, "mlprun.help")
  if not ok then return nil end
  local found, list = pcall(help.options, name)
  return found and list or nil
end

local function names(word, environment)
  local path, start = word:match("^(.*[%.:])([%w_]*)$")
  if not path then
    return matching(function(add)
      each_name(environment, add)
      for _, keyword in ipairs(KEYWORDS) do add(keyword) end
    end, word), word
  end
  local value = completion.resolve(path, environment)
  if value == nil then return {}, start end
  if type(value) == "string" then value = string end
  return matching(function(add)
    each_name(value, add)
    if is_library(value) then
      for _, name in ipairs(LAZY) do add(name) end
    end
    local nn = package.loaded["mlprun.nn"]
    if nn and nn.is_module(value) and nn.Module.peek then
      for name in pairs(nn.Module.peek(value)) do add(tostring(name)) end
    end
  end, start), start
end

-- The longest beginning that all words share.
local function common(words)
  local first = words[1]
  for _, word in ipairs(words) do
    while word:sub(1, #first) ~= first do first = first:sub(1, -2) end
  end
  return first
end

--- What the word before the cursor may become.
---@param text string     what is typed
---@param cursor integer  bytes before the cursor
---@param environment table
---@return string[] words, string start   what is there of them already
function completion.candidates(text, cursor, environment)
  text = text:sub(1, cursor)
  local help = text:match("^%s*%?+%s*([%w_%.:]*)$")
  if help then return names(help, environment) end
  if text:match("^%s*:%a*$") then
    local start = text:match("(%a*)$")
    return matching(function(add)
      for _, name in ipairs { "help", "time", "who", "mem", "gc", "save", "load", "set", "bt", "quit" } do add(name) end
    end, start), start
  end
  local path = text:match("^%s*:load%s+(.*)$") or text:match("^%s*:save%s+(.*)$") or text:match("^%s*!.-([^%s]*)$")
  if path then return files(path) end
  local where = context(text)
  if where.comment then return {}, "" end
  if where.string then return files(where.string) end
  local word = text:match("([%a_][%w_%.:]*)$") or ""
  local name = called(text, where.open)
  if name and not word:find("[%.:]") and text:sub(1, #text - #word):find("[{,]%s*$") then
    local keys = options(name)
    if keys then
      local list = matching(function(add) for _, key in ipairs(keys) do add(key) end end, word)
      if #list > 0 then
        for i, key in ipairs(list) do list[i] = key .. " = " end
        return list, word
      end
    end
  end
  return names(word, environment)
end

--- What Tab does: the text to insert (or nil), and the words to show when there are several.
---@return string? insert, string[]? words
function completion.complete(text, cursor, environment)
  local words, start = completion.candidates(text, cursor, environment)
  if #words == 0 then return nil end
  local shared = common(words)
  local insert = #shared > #start and shared:sub(#start + 1) or nil
  if #words == 1 or insert then return insert, nil end
  return nil, words
end

return completion
