--- mlprun.search.parzen - a density over a space, from trials: a bump around each of them, and a wide one over all.
--
-- Bumps are products: a normal distribution cut to [0, 1] for a range (of which a whole number has a cell), frequencies for a
-- choice. A bump is as wide as the larger of the distances to its neighbours below and above, at least 1 / min(100, n + 2) of n
-- trials (Bergstra et al. 2011; the constants are Optuna's). Trials of long ago count less: of n > 25 the 25 youngest fully.
local core = require "mlprun.core"
local class = require "mlprun.base.class"
local space = require "mlprun.search.space"
local cdf, quantile = core.metrics.stats.t_cdf, core.metrics.stats.t_quantile

local FULL = 25 -- trials

local parzen = class.new("parzen")

-- A weight for each of n trials in the order of time.
local function weights_of(n)
  local list = {}
  for i = 1, n do
    local old = n - FULL
    list[i] = i > old and 1 or old == 1 and 1 / n or 1 / n + (1 - 1 / n) * (i - 1) / (old - 1)
  end
  return list
end

-- How wide the bumps at some places of [0, 1] are.
local function widths(places)
  local n, order, list = #places, {}, {}
  for i = 1, n do order[i] = i end
  table.sort(order, function(a, b) return places[a] < places[b] or places[a] == places[b] and a < b end)
  local least = 1 / math.min(100, n + 2)
  for rank, i in ipairs(order) do
    local at = places[i]
    local below = rank > 1 and at - places[order[rank - 1]] or n == 1 and at or 0
    local above = rank < n and places[order[rank + 1]] - at or n == 1 and 1 - at or 0
    list[i] = math.min(math.max(below, above, least), 1)
  end
  return list
end

local function normal_bump(mu, sigma)
  local low = cdf(-mu / sigma)
  local mass = cdf((1 - mu) / sigma) - low
  return { mu = mu, sigma = sigma, low = low, mass = mass, log = -math.log(sigma * math.sqrt(2 * math.pi) * mass) }
end

local function frequencies(dimension, value, n)
  local list, sum, number = {}, 0, value ~= nil and dimension:number(value)
  for i = 1, #dimension.values do
    list[i] = 1 / n + (i == number and 1 or 0)
    sum = sum + list[i]
  end
  for i = 1, #list do list[i] = list[i] / sum end
  return list
end

-- The bumps of one hyperparameter: of each trial, and the wide one.
local function bumps_of(entry, observed)
  local dimension, bumps, n = entry.dimension, {}, #observed
  if space.is_choice(dimension) then
    for i = 1, n + 1 do bumps[i] = frequencies(dimension, observed[i] and observed[i][entry.name], n + 1) end
    return bumps
  end
  local places = {}
  for i, values in ipairs(observed) do places[i] = dimension:unit(values[entry.name]) end
  local sigmas = widths(places)
  for i = 1, n do bumps[i] = normal_bump(places[i], sigmas[i]) end
  bumps[n + 1] = normal_bump(0.5, 1)
  return bumps
end

--- list: a space as space.read gives it; observed: a table of values for each trial, in the order of time.
function parzen:__init(list, observed)
  local n, sum = #observed, 0
  self.list, self.bumps, self.weights = list, {}, weights_of(n)
  self.weights[n + 1] = 1
  for k, entry in ipairs(list) do self.bumps[k] = bumps_of(entry, observed) end
  for i = 1, n + 1 do sum = sum + self.weights[i] end
  for i = 1, n + 1 do self.weights[i] = self.weights[i] / sum end
end

--- How many numbers a draw takes.
function parzen:needs() return 1 + #self.list end

local function pick(weights, u)
  for i, weight in ipairs(weights) do
    u = u - weight
    if u < 0 then return i end
  end
  return #weights
end

--- Values drawn with numbers u[at + 1], u[at + 2], ... of [0, 1).
function parzen:draw(u, at)
  local chosen, values = pick(self.weights, u[at + 1]), {}
  for k, entry in ipairs(self.list) do
    local part, each = self.bumps[k][chosen], u[at + 1 + k]
    if space.is_choice(entry.dimension) then
      values[entry.name] = entry.dimension.values[pick(part, each)]
    else
      local unit = part.mu + part.sigma * quantile(part.low + each * part.mass)
      values[entry.name] = entry.dimension:value(math.min(math.max(unit, 0), 1))
    end
  end
  return values
end

-- Adds a hyperparameter's part of the logarithms of all bumps' densities at a value; of a whole number or a choice it is a
-- probability.
local function add_logs(logs, entry, bumps, value)
  local dimension = entry.dimension
  if space.is_choice(dimension) then
    local number = dimension:number(value)
    for i, part in ipairs(bumps) do logs[i] = logs[i] + math.log(part[number]) end
    return
  end
  local low, high = dimension:cell(value)
  for i, part in ipairs(bumps) do
    local z = (low - part.mu) / part.sigma
    if low == high then
      logs[i] = logs[i] + part.log - 0.5 * z * z
    else
      logs[i] = logs[i] + math.log(math.max(cdf((high - part.mu) / part.sigma) - cdf(z), 1e-300) / part.mass)
    end
  end
end

--- The logarithm of the density at some values.
function parzen:log_density(values)
  local logs, most, total = {}, -math.huge, 0
  for i, weight in ipairs(self.weights) do logs[i] = math.log(weight) end
  for k, entry in ipairs(self.list) do add_logs(logs, entry, self.bumps[k], values[entry.name]) end
  for _, each in ipairs(logs) do most = math.max(most, each) end
  for _, each in ipairs(logs) do total = total + math.exp(each - most) end
  return most + math.log(total)
end

return parzen
