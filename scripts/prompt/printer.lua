--- mlprun.prompt.printer - values as the prompt shows them: tensors with what is in them, tables sorted and cut, names of a
--- module in columns, everything else as it prints itself.
local core = require "mlprun.core"
local layout = require "mlprun.base.layout"
local tensor = core.tensor

local printer = {}

local MOST_LINES = 100   -- of one value
local MOST_ITEMS = 40    -- of one table
local DEEPEST = 4        -- tables in tables
local SUMMED_UP = 1 << 26 -- elements; larger tensors are not read through for a line about them

-- ---- tensors ----

local function number(value)
  if value == math.floor(value) and math.abs(value) < 1e9 then return ("%d"):format(value) end
  return ("%.4g"):format(value)
end

-- "min -1.2  mean 0.03  max 2.1  std 0.9", and how many are no numbers.
local function summary(t)
  local count = t:numel()
  if count < 2 or count > SUMMED_UP then return "" end
  t = t:detach()
  local floats = t:is_floating_point()
  local bad = 0
  if floats then
    local finite = t:isfinite()
    bad = count - math.tointeger(finite:long():sum():item())
    if bad > 0 then
      if bad == count then return "none is finite" end
      t = tensor.where(finite, t, t:clone():zero_())
    end
  else
    t = t:double()
  end
  local parts = {}
  if bad == 0 then
    parts[1] = ("min %s  mean %s  max %s"):format(number(t:min():item()), number(t:double():mean():item()),
      number(t:max():item()))
    if floats then parts[2] = "std " .. number(t:double():std():item()) end
  else
    parts[1] = ("%d not finite"):format(bad)
    parts[2] = ("largest of the others %s"):format(number(t:abs():max():item()))
  end
  return table.concat(parts, "  ")
end

local function tensor_text(t, o)
  local before = tensor.set_printoptions { linewidth = math.max(20, o.columns) }
  local ok, text = pcall(tostring, t)
  tensor.set_printoptions(before)
  if not ok then error(text, 0) end
  if text == "Tensor (closed)" then return text end
  local about = summary(t)
  if t.requires_grad then about = about .. (about ~= "" and "  " or "") .. "requires_grad" end
  return about ~= "" and text .. "  " .. about or text
end

-- ---- tables ----

local function quoted(text)
  if #text > 200 then text = text:sub(1, 200) .. "..." end
  return '"' .. text:gsub('[%c"\\]', function(c)
    return ({ ["\n"] = "\\n", ["\t"] = "\\t", ['"'] = '\\"', ["\\"] = "\\\\" })[c] or ("\\%d"):format(c:byte())
  end) .. '"'
end

local function function_text(f)
  local info = debug.getinfo(f, "S")
  if info.what == "C" then return "function (C)" end
  return ("function (%s:%d)"):format(info.short_src, info.linedefined)
end

local ORDER = { number = 1, string = 2 }
local function before(a, b)
  local ta, tb = type(a), type(b)
  if ta ~= tb then return (ORDER[ta] or 3) < (ORDER[tb] or 3) or ORDER[ta] == ORDER[tb] and ta < tb end
  if ta == "number" or ta == "string" then return a < b end
  return tostring(a) < tostring(b)
end

local SORTED = 10000 -- keys; of a table that has more the first of these are shown

-- The keys that are not places of the list, in order, and how many there are.
local function other_keys(t, length)
  local keys, count = {}, 0
  for key in next, t do
    if not (math.type(key) == "integer" and key >= 1 and key <= length) then
      count = count + 1
      if count <= SORTED then keys[count] = key end
    end
  end
  pcall(table.sort, keys, before) -- whatever __tostring of a key does
  return keys, count
end

-- Whether a value has its own text; a list that a binding hands out is shown as any other.
local function has_text(value)
  local meta = debug.getmetatable(value)
  return type(meta) == "table" and rawget(meta, "__tostring") ~= nil and rawget(meta, "__name") ~= "mlprun.List"
end

-- A value inside a table.
local function inner(value, o, depth, seen)
  local kind = type(value)
  if kind == "string" then return quoted(value) end
  if kind == "function" then return function_text(value) end
  if math.type(value) == "float" and value % 1 ~= 0 then return ("%.6g"):format(value) end
  if kind == "number" or kind == "boolean" or kind == "nil" then return tostring(value) end
  if tensor.is_tensor(value) then return (tostring(value):match("(%[%w+ [%w]+%])$") or "Tensor"):gsub("^%[", "tensor [") end
  if has_text(value) then
    local ok, text = pcall(tostring, value)
    local first = ok and text:match("^[^\n]*") or kind
    if ok and first ~= text then first = first:find("%($") and first .. "...)" or first .. " ..." end
    return #first > 60 and first:sub(1, 60) .. "..." or first
  end
  if kind ~= "table" then return kind end
  return o.table(value, o, depth + 1, seen)
end

local function pieces_of(t, o, depth, seen)
  local pieces, length = {}, rawlen(t)
  for i = 1, math.min(length, MOST_ITEMS) do pieces[i] = inner(rawget(t, i), o, depth, seen) end
  local rest, count = other_keys(t, length)
  for _, key in ipairs(rest) do
    if #pieces == MOST_ITEMS then break end
    local name = type(key) == "string" and key:find("^[%a_][%w_]*$") and key or "[" .. inner(key, o, depth, seen) .. "]"
    pieces[#pieces + 1] = name .. " = " .. inner(rawget(t, key), o, depth, seen)
  end
  count = count + length
  if count > #pieces then pieces[#pieces + 1] = ("... %d more"):format(count - #pieces) end
  return pieces
end

local function table_text(t, o, depth, seen)
  if seen[t] then return "{ <the table above> }" end
  if next(t) == nil then return "{}" end
  if depth > DEEPEST then return "{ ... }" end
  seen[t] = true
  local pieces = pieces_of(t, o, depth, seen)
  seen[t] = nil
  local body = table.concat(pieces, ", ")
  local line = "{ " .. body .. " }"
  local indent = ("  "):rep(depth)
  if #line + #indent <= o.columns and not line:find("\n") then return line end
  local lines = {}
  local plain = rawlen(t) > 8 and not body:find("[{=]")  -- many short items: filled lines
  if plain then
    local current = indent .. "  "
    for i, piece in ipairs(pieces) do
      local text = piece .. (i < #pieces and "," or "")
      if #current + #text + 1 > o.columns and current:find("%S") then
        lines[#lines + 1] = current:gsub("%s+$", "")
        current = indent .. "  "
      end
      current = current .. text .. " "
    end
    lines[#lines + 1] = current:gsub("%s+$", "")
  else
    for i, piece in ipairs(pieces) do lines[i] = indent .. "  " .. piece .. (i < #pieces and "," or "") end
  end
  return "{\n" .. table.concat(lines, "\n") .. "\n" .. indent .. "}"
end

-- ---- modules and classes ----

--- Words in columns, as many as fit.
function printer.columns(words, width)
  local widest, lines, short = 0, {}, {}
  for _, word in ipairs(words) do
    local size = layout.width(word)
    if size > width // 2 then -- a signature beside names
      lines[#lines + 1] = layout.wrap(word:gsub(" = ", layout.whole(" = ")), width, "    ")
    else
      widest, short[#short + 1] = math.max(widest, size), word
    end
  end
  words = short
  local across = math.max(1, (width + 2) // (widest + 2))
  local down = (#words + across - 1) // across
  for row = 1, down do
    local line = {}
    for column = 0, across - 1 do
      local word = words[column * down + row]
      if word then line[#line + 1] = layout.left(word, widest) end
    end
    lines[#lines + 1] = table.concat(line, "  "):gsub("%s+$", "")
  end
  return table.concat(lines, "\n")
end

-- The name of a part of the library.
local function module_name(value)
  for name, loaded in pairs(package.loaded) do
    if rawequal(loaded, value) and name:find("^mlprun") and not name:find("^mlprun%.core") then
      return name == "mlprun" and "ml" or "ml" .. name:sub(#"mlprun" + 1)
    end
  end
end

local function module_text(name, value, o)
  local names = {}
  for key in next, value do
    if type(key) == "string" and not key:find("^_") then names[#names + 1] = key end
  end
  if name == "ml" then
    for _, part in ipairs(debug.getmetatable(value).later) do
      if rawget(value, part) == nil then names[#names + 1] = part end
    end
  end
  table.sort(names)
  return ("%s has\n%s\n?%s.NAME tells about one of them"):format(name, printer.columns(names, o.columns), name)
end

local function class_text(value)
  local name = rawget(value, "__name")
  if type(name) ~= "string" then return nil end
  local meta = debug.getmetatable(value)
  if type(meta) ~= "table" or rawget(meta, "__call") == nil then return nil end
  return ("class %s (?%s tells about it)"):format(name, name)
end

-- ---- the whole ----

local function cut(text)
  local lines, at = 0, 1
  for position in text:gmatch("()\n") do
    lines = lines + 1
    if lines == MOST_LINES then at = position break end
  end
  if lines < MOST_LINES then return text end
  local _, more = text:sub(at):gsub("\n", "")
  return ("%s\n... %d more line%s"):format(text:sub(1, at - 1), more, more == 1 and "" or "s")
end

--- The text of a value.
---@param value any
---@param o? table   columns = 80: how wide it may be
---@return string
function printer.text(value, o)
  o = { columns = o and o.columns or 80, table = table_text }
  if type(value) == "string" then return value end
  if type(value) == "function" then return function_text(value) end
  if tensor.is_tensor(value) then return tensor_text(value, o) end
  if type(value) ~= "table" or has_text(value) then return tostring(value) end
  local class = class_text(value)
  if class then return class end
  local name = module_name(value)
  return name and module_text(name, value, o) or cut(table_text(value, o, 0, {}))
end

--- A value in one line, cut to a width.
function printer.line(value, columns)
  local text = inner(value, { columns = math.huge, table = table_text }, 0, {}):gsub("%s+", " ")
  if layout.width(text) <= columns then return text end
  return text:sub(1, (utf8.offset(text, math.max(1, columns - 2)) or columns) - 1) .. "..."
end

--- Prints values, tables as the prompt shows them.
function printer.print(...)
  local values = table.pack(...)
  for i = 1, values.n do
    local value = values[i]
    if type(value) == "table" and not has_text(value) then values[i] = printer.text(value) end
  end
  print(table.unpack(values, 1, values.n))
end

return printer
