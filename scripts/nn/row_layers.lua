-- nn.LayerNorm and nn.Embedding, and their functions.
local core = require "mlprun.core"
local base = require "mlprun.nn.module"
local options = require "mlprun.nn.options"
local init = require "mlprun.nn.initialisers"
local fail = core.sys.fail

local functions = {}

--- layer_norm(x, normalized_shape [, { weight, bias, eps = 1e-5 }])
---@param x Tensor
---@param normalized_shape integer|integer[]
---@param o? { weight: Tensor, bias: Tensor, eps = 1e-5 }
---@return Tensor
function functions.layer_norm(x, normalized_shape, o, ...)
  o = options.check(o, { "weight", "bias", "eps" }, "nn.functional.layer_norm", ...)
  if math.type(normalized_shape) == "integer" then normalized_shape = { normalized_shape } end
  return core.nn.layer_norm(x, normalized_shape, o.weight, o.bias, o.eps or 1e-5)
end

-- A row's number, from 1 or from the end with -1; nil stays nil.
local function padding_row(given, rows, who)
  if given == nil then return nil end
  local at = type(given) == "number" and math.tointeger(given)
  if not at or at == 0 or math.abs(at) > rows then
    fail(("%s: padding_idx is %s, expected a row of the weight: 1 to %d, or -1 for the last"):format(who, tostring(given),
      rows))
  end
  return at < 0 and rows + 1 + at or at
end

--- embedding(indices, weight [, { padding_idx }]): rows of weight; indices count from 1.
---@param indices Tensor|integer[]
---@param weight Tensor
---@param o? { padding_idx: integer }
---@return Tensor
function functions.embedding(indices, weight, o, ...)
  local who = "nn.functional.embedding"
  o = options.check(o, { "padding_idx" }, who, ...)
  if not core.tensor.is_tensor(weight) then fail(("%s: weight is a %s, expected a tensor"):format(who, type(weight))) end
  return core.nn.embedding(indices, weight, padding_row(o.padding_idx, weight.shape[1] or 0, who))
end

local LayerNorm = base.Module:subclass("LayerNorm")
LayerNorm.built_in = true

--- nn.LayerNorm(normalized_shape [, { eps = 1e-5, elementwise_affine = true, bias = true, dtype = "f32" }]): brings the last
--- dimensions to mean 0 and variance 1 together, in training and in evaluation. normalized_shape: their sizes, as a list, or
--- one number. Weight (1) and bias (0) have that shape.
---@param normalized_shape integer|integer[]
---@param o? { eps = 1e-5, elementwise_affine = true, bias = true, dtype = "f32" }
function LayerNorm:__init(normalized_shape, o, ...)
  local who = "nn.LayerNorm"
  o = options.check(o, { "eps", "elementwise_affine", "bias", "dtype" }, who, ...)
  if type(normalized_shape) == "number" then normalized_shape = { normalized_shape } end
  if type(normalized_shape) ~= "table" or #normalized_shape == 0 then
    fail(("%s: normalized_shape is %s, expected a size or a list of them"):format(who, tostring(normalized_shape)))
  end
  self.normalized_shape = {}
  for i, size in ipairs(normalized_shape) do
    self.normalized_shape[i] = options.count(size, who, "normalized_shape", 1)
  end
  self.eps = options.value(o.eps, 1e-5, "number", who, "eps")
  self.elementwise_affine = options.value(o.elementwise_affine, true, "boolean", who, "elementwise_affine")
  local bias = options.value(o.bias, true, "boolean", who, "bias") and self.elementwise_affine
  local with = { dtype = options.value(o.dtype, "f32", "string", who, "dtype") }
  local shape = self.normalized_shape
  self:register_parameter("weight", self.elementwise_affine and base.Parameter(core.tensor.ones(shape, with)) or nil)
  self:register_parameter("bias", bias and base.Parameter(core.tensor.zeros(shape, with)) or nil)
end

--- Sets weight to 1 and bias to 0.
function LayerNorm:reset_parameters()
  if self.weight then init.ones_(self.weight) end
  if self.bias then init.zeros_(self.bias) end
end

function LayerNorm:forward(x)
  return core.nn.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
end

function LayerNorm:input_features()
  return #self.normalized_shape == 1 and self.normalized_shape[1] or nil
end

function LayerNorm:extra_repr()
  return ("{%s}, eps=%g, elementwise_affine=%s"):format(table.concat(self.normalized_shape, ", "), self.eps,
    self.elementwise_affine)
end

local Embedding = base.Module:subclass("Embedding")
Embedding.built_in = true

--- nn.Embedding(num_embeddings, embedding_dim [, { padding_idx, dtype = "f32" }]): a table of rows drawn from N(0, 1). Indices
--- are whole numbers of any shape and count from 1. Row padding_idx begins as zeros and gets no gradient; -1 is the last.
---@param num_embeddings integer
---@param embedding_dim integer
---@param o? { padding_idx: integer, dtype = "f32" }
function Embedding:__init(num_embeddings, embedding_dim, o, ...)
  local who = "nn.Embedding"
  o = options.check(o, { "padding_idx", "dtype" }, who, ...)
  self.num_embeddings = options.count(num_embeddings, who, "num_embeddings")
  self.embedding_dim = options.count(embedding_dim, who, "embedding_dim")
  self.padding_idx = padding_row(o.padding_idx, self.num_embeddings, who)
  local with = { dtype = options.value(o.dtype, "f32", "string", who, "dtype") }
  self.weight = base.Parameter(core.tensor.empty({ self.num_embeddings, self.embedding_dim }, with))
  self:reset_parameters()
end

--- Draws the rows again.
function Embedding:reset_parameters()
  init.normal_(self.weight)
  if self.padding_idx then self.weight:detach()[self.padding_idx]:zero_() end
end

function Embedding:forward(indices)
  return core.nn.embedding(indices, self.weight, self.padding_idx)
end

function Embedding:extra_repr()
  return ("%d, %d%s"):format(self.num_embeddings, self.embedding_dim,
    self.padding_idx and ", padding_idx=" .. self.padding_idx or "")
end

return { functions = functions, classes = { LayerNorm = LayerNorm, Embedding = Embedding } }
