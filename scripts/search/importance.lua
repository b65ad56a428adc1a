--- mlprun.search.importance - which hyperparameters mattered: the share of the variance of the trials' results that one of them
--- explains alone.
--
-- The values of a range are cut into as many as five parts with equally many trials, a choice into its values. The share is
-- epsilon squared (Kelley 1935), which is 0 on the average where nothing is explained: 1 - (SS within / (n - k)) /
-- (SS total / (n - 1)). The interval is of 500 resamples of the trials. What two hyperparameters do together is not in it, and
-- a method that looks where it is good has seen the rest less often.
local core = require "mlprun.core"
local space = require "mlprun.search.space"

local PARTS, RESAMPLES, LEAST = 5, 500, 10

-- The number of the part that each trial is in, and how many there are.
local function parts_of(dimension, values)
  local list = {}
  if space.is_choice(dimension) then
    for i, value in ipairs(values) do list[i] = dimension:number(value) end
    return list, #dimension.values
  end
  local sorted = table.move(values, 1, #values, 1, {})
  table.sort(sorted)
  local count = math.max(2, math.min(PARTS, #values // 5))
  for i, value in ipairs(values) do
    local part = 1
    while part < count and value > sorted[math.ceil(#sorted * part / count)] do part = part + 1 end
    list[i] = part
  end
  return list, count
end

local function share(parts, count, scores, chosen)
  local sums, counts, total, squares, n = {}, {}, 0, 0, #chosen
  for part = 1, count do sums[part], counts[part] = 0, 0 end
  for _, i in ipairs(chosen) do
    local part, y = parts[i], scores[i]
    sums[part], counts[part], total, squares = sums[part] + y, counts[part] + 1, total + y, squares + y * y
  end
  local within, k = squares, 0
  for part = 1, count do
    if counts[part] > 0 then within, k = within - sums[part] ^ 2 / counts[part], k + 1 end
  end
  local all = squares - total ^ 2 / n
  if n <= k or all <= 1e-12 * squares then return 0 end
  return math.max(0, 1 - (within / (n - k)) / (all / (n - 1)))
end

local function numbered(n)
  local list = {}
  for i = 1, n do list[i] = i end
  return list
end

--- The shares, the largest first: a list of { name, share, low, high }; nil with fewer than 10 trials.
---@param list table      a space, see space.read
---@param trials table[]  { values, score }: those that were trained equally long
---@param seed integer    of the resamples
return function(list, trials, seed)
  local n, found, scores = #trials, {}, {}
  if n < LEAST then return nil end
  for i, trial in ipairs(trials) do scores[i] = trial.score end
  for _, entry in ipairs(list) do
    local values, draws = {}, {}
    for i, trial in ipairs(trials) do values[i] = trial.values[entry.name] end
    local parts, count = parts_of(entry.dimension, values)
    for r = 1, RESAMPLES do
      local u = core.random.draws(seed, -r, n)
      for i = 1, n do u[i] = math.floor(u[i] * n) + 1 end
      draws[r] = share(parts, count, scores, u)
    end
    table.sort(draws)
    found[#found + 1] = { name = entry.name, share = share(parts, count, scores, numbered(n)),
                          low = draws[math.ceil(0.025 * RESAMPLES)], high = draws[math.ceil(0.975 * RESAMPLES)] }
  end
  table.sort(found, function(a, b)
    if a.share ~= b.share then return a.share > b.share end
    return a.name < b.name
  end)
  return found
end
