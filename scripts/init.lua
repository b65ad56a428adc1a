--- mlprun - what experiments and the prompt use: `local ml = require "mlprun"`.
--
-- Parts (ml.nn, ml.optim, ...) are loaded when they are first used, so that a script that needs one of them, and the
-- prompt, start at once. A field that does not exist is an error with a did-you-mean, here and in the parts.
local core = require "mlprun.core"
local public = require "mlprun.base.public"
local sys = core.sys
require "mlprun.tensor" -- methods of tensors that are made of others

local ml = { version = sys.version, augment = core.augment }

-- Constructors and functions of tensors: ml.zeros, ml.randn, ...
for name, value in pairs(core.tensor) do
  if type(value) == "function" then ml[name] = value end
end

-- Methods are functions too: ml.exp(x), ml.matmul(a, b). Not those that write into their tensor.
for name, method in pairs(core.tensor.methods) do
  if method and ml[name] == nil and name ~= "close" and not name:find("_$") then ml[name] = method end
end

-- What is loaded on first use, and from where.
local parts = {
  nn = "mlprun.nn", optim = "mlprun.optim", data = "mlprun.data",
  metrics = "mlprun.metrics", plot = "mlprun.plot", writers = "mlprun.writers", autograd = "mlprun.autograd",
  explain = "mlprun.explain", search = "mlprun.search", linalg = "mlprun.tensor.linalg",
}
local functions = {
  options = { "mlprun.options", "options" },
  experiment = { "mlprun.experiment", "new" },
  load_model = { "mlprun.report.model", "load" },
  export_onnx = { "mlprun.onnx", "export" },
  no_grad = { "mlprun.autograd", "no_grad" },
  enable_grad = { "mlprun.autograd", "enable_grad" },
  is_grad_enabled = { "mlprun.autograd", "is_grad_enabled" },
}

--- Everything random that follows depends on the seed alone, on any number of threads; math.random too.
---@param seed integer
ml.manual_seed = require "mlprun.base.seed"

--- Saves tensors by name (a state_dict) as a safetensors file: the old or the new file, never a part of one.
---@param path string
---@param tensors table   name -> tensor
---@param o? { metadata = {}, dtype: string }   dtype: "f16", "bf16", "f32" for floats, or "i32" for whole numbers, in the file
function ml.save_safetensors(path, tensors, o)
  return core.io.safetensors_save(path, tensors, o)
end

--- Reads a safetensors file.
---@param path string
---@return table tensors, table metadata
function ml.load_safetensors(path)
  local tensors, metadata = core.io.safetensors_load(path)
  return tensors, metadata
end

--- Writes a tensor as NumPy's npy file: the old or the new file, never a part of one.
---@param path string
---@param value Tensor
---@param o? { dtype: string }   "f16", "f32" for floats, or "i32" for whole numbers, in the file
---@example ml.save_npy("weights.npy", model[2].weight)
function ml.save_npy(path, value, o) return core.io.npy_save(path, value, o) end

--- Reads a npy file: f4, f8, i8 and u1 as they are, other numbers as the next wider of these; files that hold Python objects
--- are refused.
---@param path string
---@return Tensor
function ml.load_npy(path) return core.io.npy_load(path) end

--- Writes tensors by name as NumPy's npz file.
---@param path string
---@param tensors table   name -> tensor, or a list of { name, tensor } that keeps its order
---@param o? { compress = false, dtype: string }   dtype: as save_npy
function ml.save_npz(path, tensors, o) return core.io.npz_save(path, tensors, o) end

--- Reads a npz file.
---@param path string
---@param o? { only: string[] }   the arrays to read, by name; the others are not unpacked
---@return table<string, Tensor>
---@example ml.load_npz("runs/dropout/dropout=0/seed-42/predictions.npz", { only = { "scores" } }).scores
function ml.load_npz(path, o) return core.io.npz_load(path, o) end

--- Writes any table of numbers, texts, booleans, tensors and such tables, as a state_dict of an optimizer is one: torch.save.
---@param value any
---@param path string
---@example ml.save({ epoch = 3, model = model:state_dict(), optimizer = optimizer:state_dict() }, "state.safetensors")
function ml.save(value, path)
  if type(path) ~= "string" then sys.fail(("ml.save: got a %s, expected a value and a path"):format(type(path))) end
  require("mlprun.saved").save(path, value)
end

--- Reads what ml.save wrote.
---@param path string
---@return any
function ml.load(path)
  if type(path) ~= "string" then sys.fail(("ml.load: got a %s, expected a path"):format(type(path))) end
  local value, why = require("mlprun.saved").load(path)
  if value == nil and why then sys.fail(("ml.load: '%s': %s"):format(path, why)) end
  return value
end

public.part(ml.augment, "ml.augment", require("mlprun.base.elsewhere").augment)
for name, value in pairs(ml) do
  if type(value) == "function" then ml[name] = public.limited(value, "ml." .. name) end
end

local later = {} -- names that a list of what ml has must not miss
for _, list in ipairs { parts, functions } do
  for name in pairs(list) do later[#later + 1] = name end
end

return setmetatable(ml, {
  __name = "mlprun", later = later,
  __index = function(self, key)
    local value
    if parts[key] then
      value = public.part(require(parts[key]), "ml." .. key)
    elseif functions[key] then
      value = public.limited(require(functions[key][1])[functions[key][2]], "ml." .. key)
    else
      return public.refuse_name("ml", key, self, parts, functions)
    end
    rawset(self, key, value)
    return value
  end,
})
