--- mlprun.saved - any table of numbers, texts, booleans, tensors and such tables as one file: ml.save and ml.load, and what a
--- run needs to go on.
--
-- A safetensors file: every tensor under a number, and in the metadata a text in JSON that says where each belongs. Nothing in
-- it can run code.
local core = require "mlprun.core"
local plain = require "mlprun.base.plain"
local io_, sys = core.io, core.sys

local saved = {}

local FORMAT = "1"

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
  local tensors, count = {}, 0
  local text = plain.encode(value, function(tensor)
    count = count + 1
    tensors[tostring(count)] = tensor:detach()
    return count
  end)
  io_.safetensors_save(path, tensors, { metadata = { mlprun_checkpoint = FORMAT, state = text } })
end

--- Reads it; nil and the reason when it is none that this version understands.
function saved.load(path)
  local ok, tensors, metadata = pcall(io_.safetensors_load, path)
  if not ok then return nil, tostring(tensors) end
  if metadata.mlprun_checkpoint ~= FORMAT then return nil, "it was not written by ml.save of this version" end
  local fine, value = pcall(plain.decode, metadata.state, function(number) return tensors[tostring(number)] end)
  if not fine then return nil, "it is damaged" end
  return value
end

return saved
