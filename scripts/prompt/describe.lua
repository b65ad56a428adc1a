--- mlprun.prompt.describe - what ?NAME says about names that the library's help does not have: variables, parts and classes,
--- and Lua's own.
local layout = require "mlprun.base.layout"
local ml = require "mlprun"
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

local function counted(n, one, several) return ("%d %s"):format(n, n == 1 and one or several) end

--- What a variable is: two words and its size in bytes, where that can be told.
function describe.value(value)
  if tensor.is_tensor(value) then
    local ok, bytes = pcall(tensor_bytes, value)
    if not ok then return "tensor", "closed", nil end
    return "tensor " .. value.dtype, #value.shape == 0 and "scalar" or table.concat(value.shape, "x"), bytes
  elseif is_module(value) then
    local parameters = 0
    for _, p in value:named_parameters() do parameters = parameters + p:numel() end
    return tostring(value):match("^%w+"), counted(parameters, "parameter", "parameters"), module_bytes(value)
  elseif type(value) == "string" then
    return "string", counted(#value, "byte", "bytes"), nil
  elseif type(value) == "table" then
    local meta, count = debug.getmetatable(value), 0
    for _ in next, value do count = count + 1 end
    local name = type(meta) == "table" and rawget(meta, "__name")
    return type(name) == "string" and name:gsub("^mlprun%.", "") or "table", counted(count, "entry", "entries"), nil
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
  local value = plain == "ml" and ml or rawget(ml, plain)
  for _, each in ipairs(debug.getmetatable(ml).later) do
    if each == plain then value = ml[plain] end
  end
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

--- Lua's functions and words, in a line each; nil for any other name.
function describe.own(name, columns)
  local text = require("mlprun.prompt.luas_own")[name]
  if not text then return nil end
  local member = name:match("^%l+%d?%.(%l+%d?)$")
  if member then text = ("%s (more: www.lua.org/manual/5.4/manual.html#pdf-%s)"):format(text, name) end
  return layout.wrap(text, columns or 80, "  ")
end

return describe
