-- What run:record_weights measures, against sums that are written out.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local weights = require "mlprun.experiment.weights"
local nn = ml.nn

-- Kurtosis, and the share of the squares beyond 3 deviations, number by number.
local function written_out(list)
  local mean, m2, m4, far = 0, 0, 0, 0
  for _, x in ipairs(list) do mean = mean + x / #list end
  for _, x in ipairs(list) do m2, m4 = m2 + (x - mean) ^ 2 / #list, m4 + (x - mean) ^ 4 / #list end
  for _, x in ipairs(list) do far = far + ((x - mean) ^ 2 > 9 * m2 and (x - mean) ^ 2 / #list or 0) end
  return m4 / m2 ^ 2, far / m2
end

local function linear(d_in, d_out, fill)
  local layer = nn.Linear(d_in, d_out)
  fill(layer.weight)
  return layer
end

t.test("kurtosis and tail are those of the sums, whatever the bias", function()
  local layer = linear(20, 10, function(w) nn.init.normal_(w, { mean = 0.3, std = 2 }) end)
  ml.no_grad(function() layer.weight[1][1] = 30 layer.bias:fill_(1000) end)
  local kurtosis, tail = written_out(layer.weight:detach():flatten():tolist())
  local shape = weights.of(layer)
  t.near(shape.kurtosis, kurtosis, 1e-3)
  t.near(shape.tail, tail, 1e-5)
  t.ok(shape.tail > 0.3, "one large weight is a tail")
  t.near(shape.norm, layer.weight:norm():item(), 1e-3)
end)

t.test("a normal, a uniform and a constant distribution", function()
  core.tensor.manual_seed(1)
  local normal = weights.of(linear(500, 400, function(w) nn.init.normal_(w) end))
  t.near(normal.kurtosis, 3, 0.05)
  t.near(normal.tail, 0.0293, 0.002)
  local uniform = weights.of(linear(500, 400, function(w) nn.init.uniform_(w) end))
  t.near(uniform.kurtosis, 1.8, 0.02)
  t.equal(uniform.tail, 0.0)
  local constant = weights.of(linear(5, 4, function(w) nn.init.constant_(w, 0.5) end))
  t.near(constant.norm, 0.5 * 20 ^ 0.5, 1e-6)
  t.equal({ constant.kurtosis, constant.tail }, {})
end)

t.test("layers of different scales are measured each for itself, each weight counting once", function()
  local large = linear(300, 100, function(w) nn.init.uniform_(w, { a = -9, b = 9 }) end)
  local small = linear(100, 300, function(w) nn.init.normal_(w, { std = 0.01 }) end)
  local both = weights.of(nn.Sequential { large, nn.BatchNorm1d(100), nn.ReLU(), small })
  t.near(both.kurtosis, (weights.of(large).kurtosis + weights.of(small).kurtosis) / 2, 1e-6)
  t.near(both.norm, (large.weight:norm():item() ^ 2 + small.weight:norm():item() ^ 2) ^ 0.5, 1e-3)
end)

t.done()
