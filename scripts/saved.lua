--- mlprun.saved - any table of numbers, texts, booleans, tensors and such tables as one file: ml.save and ml.load, and what a
--- run needs to go on.
--
-- A safetensors file: every tensor under a number, and in the metadata a text in JSON that says where each belongs. Nothing in
-- it can run code.
local core = require "mlprun.core"
local is_module = require("mlprun.nn.module").is_module
local passing = require "mlprun.base.passing"
local plain = require "mlprun.base.plain"
local io_, sys = core.io, core.sys

local saved = {}

local FORMAT = "1"

local DEEPEST = 60 -- tables in tables: each takes levels of JSON

-- Where in the value something lies: names and positions, from the outermost on.
local function place(way, last)
  local words = {}
  for i = 1, last == nil and #way or #way + 1 do
    local key = i > #way and last or way[i]
    local named = type(key) == "string" and key:find("^[%a_][%w_]*$")
    words[i] = named and (i > 1 and "." or "") .. key or ("[%s]"):format(tostring(key))
  end
  return table.concat(words)
end

-- A model, an optimizer and their like are code with numbers in it; the numbers are their state.
local function has_state(item)
  if getmetatable(item) == nil then return false end
  local ok, method = pcall(function() return item.state_dict end)
  return ok and type(method) == "function"
end

-- Refuses what cannot be written down. way: the keys that lead to item; inside: the tables on that way, by the place of each.
local function check(item, who, way, inside)
  local kind = type(item)
  if kind == "function" or kind == "thread" or kind == "userdata" and not core.tensor.is_tensor(item) then
    sys.fail(("%s: a %s cannot be saved: expected numbers, texts, booleans, tensors and tables of them (a model by its "
      .. "state_dict())"):format(who, kind))
  end
  if kind ~= "table" then return end
  if has_state(item) then
    sys.fail(("%s: an object of %s%s cannot be saved: save its state_dict(), which load_state_dict() puts into another "
      .. "one%s"):format(who, getmetatable(item).__name, #way > 0 and (" at '%s'"):format(place(way)) or "",
      is_module(item) and "; a run of an experiment writes best.safetensors, of which ml.load_model makes the whole net" or ""))
  end
  inside[item] = #way == 0 and "the table" or ("the table at '%s'"):format(place(way))
  if #way == DEEPEST then
    sys.fail(("%s: tables lie more than %d deep in each other, at '%s'"):format(who, DEEPEST, place(way)))
  end
  for key, inner in pairs(item) do
    check(key, who, way, inside)
    if inside[inner] then
      sys.fail(("%s: %s contains itself, at '%s': what is saved has an end"):format(who, inside[inner], place(way, key)))
    end
    way[#way + 1] = key
    check(inner, who, way, inside)
    way[#way] = nil
  end
  inside[item] = nil
end

-- The tensors, by their numbers, and the rest as metadata.
local function parts(value, who)
  check(value, who, {}, {})
  local tensors, count = {}, 0
  local text = plain.encode(value, function(tensor)
    count = count + 1
    tensors[tostring(count)] = tensor:detach()
    return count
  end)
  return tensors, { metadata = { mlprun_checkpoint = FORMAT, state = text } }
end

--- Writes it: the old or the new file, never a part of one.
function saved.save(path, value, who)
  local tensors, o = parts(value, who or "ml.save")
  io_.safetensors_save(path, tensors, o)
end

--- The same by a thread: the tensors must not change before saving:wait(), which is an error where it could not be written.
---@return userdata saving
function saved.begin(path, value, who)
  local tensors, o = parts(value, who or "ml.save")
  return io_.safetensors_begin(path, tensors, o)
end

--- Reads it; nil and the reason when it is none that this version understands.
function saved.load(path)
  local ok, tensors, metadata = passing.pcall(io_.safetensors_load, path)
  if not ok then return nil, tostring(tensors) end
  if metadata.mlprun_checkpoint ~= FORMAT then return nil, "it was not written by ml.save of this version" end
  local fine, value = passing.pcall(plain.decode, metadata.state, function(number) return tensors[tostring(number)] end)
  if not fine then return nil, "it is damaged" end
  return value
end

return saved
