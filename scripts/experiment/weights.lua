--- mlprun.experiment.weights - the shape of a model's weights: how large they are, and how much of that is in their tails.
--
-- Matrices and kernels, without biases and the scales of BatchNorm. A layer's weights have a scale of their own, so tails are
-- measured layer by layer, and the mean counts each weight once.
local weights = {}

local FAR = 3 -- deviations: what lies further out is the tail

-- Kurtosis of a tensor, and the share of its sum of squares that lies in the tail: 3 and 0.029 of a normal distribution, 1.8
-- and 0 of a uniform one. nil where all are the same.
local function tails(w)
  local centred = w - w:mean()
  local squares = centred:square()
  local variance = squares:mean():item()
  if variance == 0 then return nil end
  local far = squares:gt(FAR ^ 2 * variance):float():mul(squares):mean():item()
  return squares:square():mean():item() / variance ^ 2, far / variance
end

--- Of a model's weights: norm, and the means over the layers kurtosis and tail, nil where every layer's weights are equal.
---@return { norm: number, kurtosis: number?, tail: number? }
function weights.of(model)
  local squares, kurtosis, tail, count = 0, 0, 0, 0
  for _, p in ipairs(model:parameters()) do
    if #p.shape > 1 then
      local w = p:detach()
      local k, far = tails(w)
      squares = squares + w:norm():item() ^ 2
      if k then kurtosis, tail, count = kurtosis + k * w:numel(), tail + far * w:numel(), count + w:numel() end
    end
  end
  local some = count > 0
  return { norm = math.sqrt(squares), kurtosis = some and kurtosis / count or nil, tail = some and tail / count or nil }
end

return weights
