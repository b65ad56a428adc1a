--- mlprun.prompt.describe - what ?NAME says about names that the library's help does not have: variables, parts and classes,
--- and Lua's own.
local completion = require "mlprun.prompt.completion"
local printer = require "mlprun.prompt.printer"
local tensor = require("mlprun.core").tensor

local describe = {}

-- ---- variables ----

--- Bytes as people read them.
function describe.bytes(n)
  if n < 1000 then return ("%d B"):format(n) end
  if n < 1e6 then return ("%.1f kB"):format(n / 1e3) end
  if n < 1e9 then return ("%.1f MB"):format(n / 1e6) end
  return ("%.2f GB"):format(n / 1e9)
end

local ELEMENT = { f32 = 4, f64 = 8, i64 = 8, u8 = 1 }
local function tensor_bytes(t) return t:numel() * ELEMENT[t.dtype] end

local function is_module(value)
  return type(value) == "table" and require("mlprun.nn").is_module(value)
end

local function module_bytes(module)
  local bytes = 0
  for _, value in pairs(module:state_dict()) do bytes = bytes + tensor_bytes(value) end
  return bytes
end

--- What a variable is: two words and its size in bytes, where that can be told.
function describe.value(value)
  if tensor.is_tensor(value) then
    local ok, bytes = pcall(tensor_bytes, value)
    if not ok then return "tensor", "closed", nil end
    return "tensor " .. value.dtype, #value.shape == 0 and "scalar" or table.concat(value.shape, "x"), bytes
  elseif is_module(value) then
    local parameters = 0
    for _, p in value:named_parameters() do parameters = parameters + p:numel() end
    return tostring(value):match("^%w+"), ("%d parameters"):format(parameters), module_bytes(value)
  elseif type(value) == "string" then
    return "string", ("%d bytes"):format(#value), nil
  elseif type(value) == "table" then
    local meta, count = debug.getmetatable(value), 0
    for _ in next, value do count = count + 1 end
    local name = type(meta) == "table" and rawget(meta, "__name")
    return type(name) == "string" and name:gsub("^mlprun%.", "") or "table", ("%d entries"):format(count), nil
  elseif type(value) == "userdata" then
    local name = debug.getmetatable(value)
    return (name and name.__name or "userdata"):gsub("^mlprun%.", ""), tostring(value):match("^[^\n]*"):sub(1, 50), nil
  elseif type(value) == "function" then
    return "function", printer.text(value):match("%((.*)%)") or "", nil
  end
  return math.type(value) or type(value), tostring(value), nil
end

--- Of a variable of the session: what it is, and where help on its kind stands; nil for any other name.
---@param e table   the evaluator
---@param name string   x, or a path of fields such as x.weight
function describe.variable(e, name)
  local first = name:match("^[%a_][%w_]*")
  if not first or e.known[first] or rawget(e.environment, first) == nil or name:find("[^%w_%.]") then return nil end
  local value = completion.resolve(name, e.environment)
  if value == nil then return nil end
  local kind, what, size = describe.value(value)
  local text = ("%s: %s"):format(name, kind)
  if what ~= "" then text = text .. ", " .. what end
  if size then text = text .. ", " .. describe.bytes(size) end
  local class = tensor.is_tensor(value) and "Tensor"
    or is_module(value) and "nn." .. kind or kind:find("^%u") and kind or nil
  if not class then return text end
  return ("%s\n?%s tells about its class"):format(text, class)
end

-- ---- parts and classes ----

--- A part of the library: ml, nn, optim ...
function describe.part(name, columns)
  local plain = name:gsub("^ml%.", "")
  local value = package.loaded[plain == "ml" and "mlprun" or "mlprun." .. plain]
  return type(value) == "table" and printer.text(value, { columns = columns }) or nil
end

--- A class: its fields and methods, with the library's help on each.
function describe.class(name, columns)
  local members = {}
  for _, each in ipairs(require("mlprun.help").names()) do
    local owner, sign, member = each:match("^(%u%w*)([%.:])([%w_]+)$")
    if owner == name then members[#members + 1] = (sign == ":" and ":" or ".") .. member end
  end
  if #members == 0 then return nil end
  return ("%s has\n%s\n?%s:NAME tells about one of them"):format(name, printer.columns(members, columns), name)
end

-- ---- Lua's own ----

local LUAS = {
  ["and"] = "a and b: a when that is nil or false, else b",
  arg = "arg: what followed the script on the command line; arg[0] is the script",
  assert = "assert(v, message): raises message when v is nil or false; returns its arguments otherwise",
  ["break"] = "break: leaves the loop",
  collectgarbage = 'collectgarbage(): gives back what nothing refers to; collectgarbage("count") is the kilobytes in use',
  coroutine = "coroutine: create, resume, yield, wrap, status, close",
  debug = "debug: traceback, getinfo, getlocal, getmetatable ...",
  ["do"] = "do ... end is a block: what is local in it ends with it",
  dofile = "dofile(path): runs a script and returns what it returns",
  ["else"] = "if condition then ... else ... end",
  ["elseif"] = "if condition then ... elseif other then ... end",
  ["end"] = "ends a block: function, if, for, while, do",
  error = "error(message): stops with message and the line; pcall catches it",
  ["false"] = "false: nil and false alone count as false",
  ["for"] = "for i = first, last, step do ... end counts, both ends included; for k, v in pairs(t) do ... end walks",
  ["function"] = "function name(a, b) ... end, or name = function(a, b) ... end; function Class:method(a) has self",
  getmetatable = "getmetatable(v): the table that setmetatable gave, or nil",
  ["goto"] = "goto name jumps to ::name:: in the same block; goto continue, with ::continue:: before end",
  ["if"] = "if condition then ... elseif other then ... else ... end; nil and false alone are false",
  ["in"] = "for k, v in pairs(t) do ... end",
  io = "io: open, lines, read, write, popen",
  ipairs = "for i, v in ipairs(list) do: places from 1, until the first nil",
  load = "load(text): a function that runs the text, or nil and what is wrong with it",
  loadfile = "loadfile(path): a function that runs a script, or nil and what is wrong with it",
  ["local"] = "local a, b = 1, 2: variables of this block alone; local x <close> = ... closes x at its end",
  math = "math: floor, ceil, abs, max, min, sqrt, exp, log, sin, cos, pi, huge, random, tointeger, type ...",
  next = "next(t, key): the key after key, and its value; next(t) == nil tells that t is empty",
  ["nil"] = "nil: nothing; what has no value",
  ["not"] = "not a: true for nil and false, else false",
  ["or"] = "a or b: a unless that is nil or false, else b; c and x or y chooses",
  os = "os: time, date, clock, getenv, remove, rename, execute, exit",
  pairs = "for k, v in pairs(t) do: all keys and values, in no order",
  pcall = "ok, result = pcall(f, ...): calls f; an error makes ok false and result the message",
  print = "print(...): the values as text, tabs between them",
  rawequal = "rawequal(a, b): whether both are the same, without metatables",
  rawget = "rawget(t, key): t[key] without metatables",
  rawlen = "rawlen(t): #t without metatables",
  rawset = "rawset(t, key, v): t[key] = v without metatables",
  ["repeat"] = "repeat ... until condition",
  require = 'require "name": loads name.lua once and returns what it returned',
  ["return"] = "return a, b: ends a function, with any number of values",
  select = 'select(n, ...): the arguments from the n-th; select("#", ...) counts them',
  setmetatable = "setmetatable(t, meta): gives t behaviour: __index, __call, __tostring ...; returns t",
  string = 'string: format, find, match, gmatch, gsub, sub, rep, upper, lower, byte, char ...; also as ("text"):upper()',
  table = "table: insert, remove, concat, sort, unpack, pack, move",
  ["then"] = "if condition then ... end",
  tonumber = "tonumber(text): the number that a text writes, or nil",
  tostring = "tostring(v): v as text",
  ["true"] = 'true: everything but nil and false counts as true, 0 and "" too',
  type = 'type(v): "nil", "number", "string", "boolean", "table", "function", "thread" or "userdata" (tensors are)',
  ["until"] = "repeat ... until condition",
  utf8 = "utf8: char, codepoint, len, offset, codes",
  ["while"] = "while condition do ... end",
  xpcall = "ok, result = xpcall(f, handler, ...): as pcall; handler(message) makes the result of an error",
}

--- Lua's functions and words, in a line each.
function describe.own(name)
  local text = LUAS[name]
  if text then return text end
  local library, member = name:match("^(%l+%d?)%.(%l+%d?)$")
  if library and LUAS[library] and type(_G[library]) == "table" and rawget(_G[library], member) then
    return ("%s is Lua's own: https://www.lua.org/manual/5.4/manual.html#pdf-%s"):format(name, name)
  end
end

return describe
