--- mlprun.base.plain - values as JSON and back to the same bits: numbers of any kind, texts of any bytes, booleans, and tables of
--- them with keys of any of these types. Tensors are kept as whoever asks says. Nothing in such a text can run code.
local core = require "mlprun.core"
local json = core.json

local plain = {}

local NUMBERS = { nan = 0 / 0, inf = math.huge, ["-inf"] = -math.huge }

local function hex(bytes)
  return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

local function bytes_of(digits)
  return (digits:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end))
end

-- Keys in an order that is the same in every process.
local function keys_of(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    if type(a) ~= type(b) then return type(a) < type(b) end
    if type(a) == "boolean" then return not a and b end
    return a < b
  end)
  return keys
end

local function made(value, keep)
  local kind = type(value)
  if kind == "table" then
    local items = json.array {}
    for _, key in ipairs(keys_of(value)) do
      items[#items + 1] = json.array { made(key, keep), made(value[key], keep) }
    end
    return { items = items }
  elseif core.tensor.is_tensor(value) then
    return { tensor = keep(value) }
  elseif math.type(value) == "float" and value - value ~= 0 then
    return { number = value ~= value and "nan" or value > 0 and "inf" or "-inf" }
  elseif kind == "string" and not utf8.len(value) then
    return { bytes = hex(value) } -- JSON has no word for them
  end
  return value
end

local function restored(value, tensor_of)
  if type(value) ~= "table" then return value end
  if value.tensor then return tensor_of(value.tensor) end
  if value.number then return NUMBERS[value.number] end
  if value.bytes then return bytes_of(value.bytes) end
  local back = {}
  for _, item in ipairs(value.items) do back[restored(item[1], tensor_of)] = restored(item[2], tensor_of) end
  return back
end

-- Within the text.
local function kept(t) return { dtype = t.dtype, values = made(t:tolist()) } end
local function brought_back(from) return core.tensor.tensor(restored(from.values), { dtype = from.dtype }) end

--- The text of a value.
---@param value any
---@param keep? function   tensor -> what stands for it, of JSON; default: its values
function plain.encode(value, keep) return json.encode(made(value, keep or kept)) end

--- The value of a text.
---@param text string
---@param tensor_of? function   what keep gave -> tensor
function plain.decode(text, tensor_of) return restored(json.decode(text), tensor_of or brought_back) end

return plain
