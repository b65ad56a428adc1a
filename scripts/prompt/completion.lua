--- mlprun.prompt.completion - what a word at the prompt may become: globals and keywords, fields and methods, names of options
--- inside the braces of a known function, and files inside quotes. It reads tables without their metamethods and calls
--- nothing of the user's.
local sys = require("mlprun.core").sys

local chain = require "mlprun.prompt.chain"
local globals = require "mlprun.prompt.globals"

local completion = {}

local KEYWORDS = { "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
                   "not", "or", "repeat", "return", "then", "true", "until", "while" }

-- ---- what a value has ----

-- Calls add(name) for the names of a value, without running anything that a script has written. Behind a colon these are
-- methods alone, behind a point of an object its fields alone.
local function each_name(value, add, sign, deep)
  deep = deep or 0
  if deep > 20 then return end
  if type(value) == "table" then
    for name, item in next, value do
      if type(name) == "string" and (sign ~= ":" or type(item) == "function") then add(name) end
    end
  end
  local meta = debug.getmetatable(value)
  if type(meta) ~= "table" then return end
  local of_objects = rawget(meta, "class") ~= nil or type(value) == "userdata"
  for _, key in ipairs { "methods", "getters", "class", "__index" } do
    local from = rawget(meta, key)
    local fits = key == "getters" and sign ~= ":" or key ~= "getters" and (sign ~= "." or not of_objects)
    if type(from) == "table" and fits then each_name(from, add, sign ~= "." and sign or nil, deep + 1) end
  end
end

local function is_library(value) return rawequal(value, package.loaded.mlprun) end

-- Parts of the library that are loaded when they are first used.
local function later(library) return debug.getmetatable(library).later end

-- The tables with what a module holds; none for other values.
local function parts_of(value)
  local module = package.loaded["mlprun.nn.module"]
  if not (module and module.is_module(value)) then return {} end
  local state = module.state(value)
  return { state.fields, state.parameters.values, state.modules.values, state.buffers.values }
end

-- A field without metamethods; a module's layers are found through the library's own table of them.
local function field(value, name)
  if is_library(value) and rawget(value, name) == nil then
    for _, lazy in ipairs(later(value)) do
      if lazy == name then return value[name] end
    end
  end
  if type(value) == "table" then
    local found = rawget(value, name)
    if found ~= nil then return found end
    for _, part in ipairs(parts_of(value)) do
      if part[name] ~= nil then return part[name] end
    end
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
  globals.all(environment)
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
      found[#found + 1] = entry .. (select(2, pcall(sys.exists, place .. entry)) == "folder" and "/" or "")
    end
  end
  return found, name
end

-- The keys of a table whose bracket a string begins in: t["al. nil where it begins elsewhere.
local function keys(text, where, environment)
  local inner, quote = where.open[#where.open], #text - #where.string
  if not inner or inner.kind ~= "[" or text:sub(inner.at + 1, quote - 1):find("%S") then return nil end
  local path = text:sub(1, inner.at - 1):match("([%a_][%w_%.]*)%s*$")
  local value = path and completion.resolve(path, environment)
  if type(value) ~= "table" then return nil end
  local list = {}
  for key in next, value do
    local plain = type(key) == "string" and not key:find("[\"'\\%c]")
    if plain and key:sub(1, #where.string) == where.string then list[#list + 1] = key .. text:sub(quote, quote) .. "]" end
  end
  table.sort(list)
  return #list > 0 and list or nil
end

-- Options of a function by its name, or by the names of its parts: nn.Linear, optim.Adam, x:sum.
local function options(name)
  local ok, help = pcall(require, "mlprun.help")
  if not ok then return nil end
  local found, list = pcall(help.options, name)
  return found and list or nil
end

-- The fields or methods that the library's help knows of a class.
local function each_of_class(class, sign, add)
  for _, known in ipairs(require("mlprun.help").names()) do
    local owner, with, name = known:match("^(%u%w*)([%.:])([%w_]+)$")
    if owner == class and with == sign then add(name) end
  end
end

local function each_behind(here, sign, add)
  if here.class then return each_of_class(here.class, sign, add) end
  if here.made then return sign == ":" and each_name(here.made, add, sign) end
  local value = here.value
  if value == nil then return end
  if type(value) == "string" then return sign == ":" and each_name(string, add, sign) end
  each_name(value, add, sign)
  if is_library(value) and sign == "." then
    for _, name in ipairs(later(value)) do add(name) end
  end
  for _, part in ipairs(sign == "." and parts_of(value) or {}) do each_name(part, add) end
end

local function names(text, environment)
  globals.all(environment)
  local steps, sign, start = chain.steps(text)
  if steps == nil then
    return matching(function(add)
      each_name(environment, add)
      for _, keyword in ipairs(KEYWORDS) do add(keyword) end
    end, start), start
  end
  local here = steps and chain.follow(steps, environment, field)
  if not here then return {}, start end
  return matching(function(add) each_behind(here, sign, add) end, start), start
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
      for _, known in ipairs(require "mlprun.prompt.command_names") do add(known[1]) end
    end, start), start
  end
  local setting = text:match("^%s*:set%s+([%w%.]*)$")
  if setting then
    return matching(function(add)
      for name in pairs(require "mlprun.prompt.settings") do add(name) end
    end, setting), setting
  end
  local path = text:match("^%s*:load%s+(.*)$") or text:match("^%s*:save%s+(.*)$") or text:match("^%s*!.-([^%s]*)$")
  if path then return files(path) end
  local where = context(text)
  if where.comment then return {}, "" end
  if where.string then
    local found = keys(text, where, environment)
    if found then return found, where.string end
    return files(where.string)
  end
  local word = text:match("([%a_][%w_%.:]*)$") or ""
  local name = called(text, where.open)
  if name and not word:find("[%.:]") and text:sub(1, #text - #word):find("[{,]%s*$") then
    local known = options(name)
    if known then
      local given = text:sub(where.open[#where.open].at)
      local list = matching(function(add)
        for _, key in ipairs(known) do
          if not given:find("%f[%w_]" .. key .. "%s*=") then add(key) end
        end
      end, word)
      if #list > 0 then
        for i, key in ipairs(list) do list[i] = key .. " = " end
        return list, word
      end
    end
  end
  return names(text, environment)
end

-- The signature of the function whose brackets the cursor has just entered.
local function signature(text)
  local name = text:match("([%a_][%w_%.:]*)%s*[({]%s*$")
  local entry = name and require("mlprun.help").entry(name)
  return entry and entry.call and entry.signature or nil
end

--- What Tab does: the text to insert (or nil), and the words to show when there are several.
---@return string? insert, string[]? words
function completion.complete(text, cursor, environment)
  local before = text:sub(1, cursor)
  if before:match("([^\n]*)$"):find("^%s*$") then return "  ", nil end -- at the start of a line it indents
  local words, start = completion.candidates(text, cursor, environment)
  local shown = start == "" and signature(before)
  if shown and before:find("%(%s*$") then return nil, { shown } end
  if #words == 0 then return nil end
  local shared = common(words)
  local insert = #shared > #start and shared:sub(#start + 1) or nil
  if #words == 1 or insert then return insert, nil end
  if shown then table.insert(words, 1, shown) end
  return nil, words
end

return completion
