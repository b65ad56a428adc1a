-- nn.Embedding: a table of rows drawn from N(0, 1).
local core = require "mlprun.core"
local weighted = require "mlprun.nn.weighted"
local init = require "mlprun.nn.initialisers"

local Embedding, keep = weighted.class("Embedding")

function Embedding:__init(...)
  local o = keep(self, ...)
  if o.padding_idx and o.padding_idx < 0 then self.padding_idx = o.num_embeddings + 1 + o.padding_idx end
  weighted.register(self, "weight", core.tensor.empty({ o.num_embeddings, o.embedding_dim }, o.tensor))
  self:reset_parameters()
end

--- Draws the rows again.
function Embedding:reset_parameters()
  init.normal_(self.weight)
  if self.padding_idx then self.weight:detach()[self.padding_idx]:zero_() end
end

function Embedding:extra_repr()
  return ("%d, %d%s"):format(self.num_embeddings, self.embedding_dim,
    self.padding_idx and ", padding_idx=" .. self.padding_idx or "")
end

return Embedding
