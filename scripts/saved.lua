--- mlprun.saved - any table of numbers, texts, booleans, tensors and such tables as one file: ml.save and ml.load, and what a
--- run needs to go on.
--
-- A safetensors file: every tensor under a number, and in the metadata a text in JSON that says where each belongs. Nothing in
-- it can run code.
local core = require "mlprun.core"
local io_, json, sys = core.io, core.json, core.sys

local saved = {}

local FORMAT = "1"

-- A value as JSON: keys keep their types, tensors are left out by number.
local function plain(value, tensors)
  if type(value) == "table" then
    local items = json.array {}
    for key, item in pairs(value) do items[#items + 1] = json.array { plain(key, tensors), plain(item, tensors) } end
    return { items = items }
  elseif core.tensor.is_tensor(value) then
    tensors[#tensors + 1] = value:detach()
    return { tensor = #tensors }
  elseif math.type(value) == "float" and value - value ~= 0 then
    return { number = value ~= value and "nan" or value > 0 and "inf" or "-inf" }
  end
  return value
end

local NUMBERS = { nan = 0 / 0, inf = math.huge, ["-inf"] = -math.huge }

local function restored(value, tensors)
  if type(value) ~= "table" then return value end
  if value.tensor then return tensors[tostring(value.tensor)] end
  if value.number then return NUMBERS[value.number] end
  local made = {}
  for _, item in ipairs(value.items) do made[restored(item[1], tensors)] = restored(item[2], tensors) end
  return made
end

--- Writes it: the old or the new file, never a part of one.
function saved.save(path, value, who)
  local function check(item, seen)
    local kind = type(item)
    if kind == "function" or kind == "thread" or kind == "userdata" and not core.tensor.is_tensor(item) then
      sys.fail(("%s: a %s cannot be saved: expected numbers, texts, booleans, tensors and tables of them (a model by its "
        .. "state_dict())"):format(who or "ml.save", kind))
    end
    if kind ~= "table" or seen[item] then return end
    seen[item] = true
    for key, inner in pairs(item) do
      check(key, seen)
      check(inner, seen)
    end
  end
  check(value, {})
  local tensors, named = {}, {}
  local text = json.encode(plain(value, tensors))
  for i, tensor in ipairs(tensors) do named[tostring(i)] = tensor end
  io_.safetensors_save(path, named, { metadata = { mlprun_checkpoint = FORMAT, state = text } })
end

--- Reads it; nil and the reason when it is none that this version understands.
function saved.load(path)
  local ok, tensors, metadata = pcall(io_.safetensors_load, path)
  if not ok then return nil, tostring(tensors) end
  if metadata.mlprun_checkpoint ~= FORMAT then return nil, "it was not written by ml.save of this version" end
  local fine, value = pcall(function() return restored(json.decode(metadata.state), tensors) end)
  if not fine then return nil, "it is damaged" end
  return value
end

return saved
