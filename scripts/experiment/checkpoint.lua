--- mlprun.experiment.checkpoint - last.safetensors in a run's folder: all that a stopped or killed run needs to go on.
--
-- One file, so that a rename makes it whole: every tensor under a number, and in the metadata a text in JSON that says
-- where each belongs. It has the weights, the optimizer's and the schedule's state, the best weights so far, the state
-- of the generator of random numbers, the history, and the place in the epoch: a run that goes on gives the same bits as
-- one that was never stopped. It is written every EVERY seconds and when a stop is requested, and removed when the run
-- has finished.
local core = require "mlprun.core"
local io_, json, sys = core.io, core.json, core.sys

local checkpoint = { EVERY = 30 }

local FORMAT, FILE = "1", "last.safetensors"

-- ---- any table as JSON: keys keep their types, tensors are left out by number ----

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

-- ---- the file ----

--- Writes it: the old or the new one, never a part.
---@param path string   the run's folder
---@param state table   of numbers, texts, booleans, tensors and tables of them
function checkpoint.save(path, state)
  local tensors, named = {}, {}
  local text = json.encode(plain(state, tensors))
  for i, tensor in ipairs(tensors) do named[tostring(i)] = tensor end
  io_.safetensors_save(path .. "/" .. FILE, named, { metadata = { mlprun_checkpoint = FORMAT, state = text } })
end

--- Reads it; nil and the reason when there is none, or none that this version understands.
function checkpoint.load(path)
  if sys.exists(path .. "/" .. FILE) ~= "file" then return nil, "it has no checkpoint" end
  local ok, tensors, metadata = pcall(io_.safetensors_load, path .. "/" .. FILE)
  if not ok then return nil, tostring(tensors) end
  if metadata.mlprun_checkpoint ~= FORMAT then return nil, "its checkpoint is of another version of mlprun" end
  local fine, state = pcall(function() return restored(json.decode(metadata.state), tensors) end)
  if not fine then return nil, "its checkpoint is damaged" end
  return state
end

function checkpoint.remove(path)
  sys.remove(path .. "/" .. FILE)
end

return checkpoint
