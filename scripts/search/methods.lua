--- mlprun.search.methods - which values the next trial gets: random, grid, tpe.
--
-- A method is a function of a study's space, its seed, the number of the trial and the trials before it, and draws from a
-- stream of its own for each number: what a worker proposes does not depend on what it proposed before.
local core = require "mlprun.core"
local parzen = require "mlprun.search.parzen"
local space = require "mlprun.search.space"

local methods = {}

local STARTUP = 10 -- trials before TPE looks at them
local CANDIDATES = 24 -- for each hyperparameter: a draw must be good in all of them at once
local SHARE, MOST = 0.1, 25 -- how many trials are the good ones: a tenth, at most 25

-- The values at a point of the unit cube.
local function values_at(list, u)
  local values = {}
  for k, entry in ipairs(list) do
    local dimension = entry.dimension
    if space.is_choice(dimension) then values[entry.name] = dimension.values[math.floor(u[k] * #dimension.values) + 1]
    else values[entry.name] = dimension:value(u[k]) end
  end
  return values
end

--- Each hyperparameter drawn by itself.
function methods.random(list, seed, number) return values_at(list, core.random.draws(seed, number, #list)) end

-- The first trials at random, but each in another tenth of every range: a Latin hypercube (McKay et al. 1979). Trials count from
-- 1, so stream 0 is free for the order of the tenths.
local function spread(list, seed, number)
  local u, keys = core.random.draws(seed, number, #list), core.random.draws(seed, 0, #list * STARTUP)
  for k = 1, #list do
    local first, below = (k - 1) * STARTUP, 0
    for i = 1, STARTUP do below = below + (keys[first + i] < keys[first + number] and 1 or 0) end
    u[k] = (below + u[k]) / STARTUP
  end
  return values_at(list, u)
end

--- How many points a grid has, with `steps` for each range.
function methods.grid_size(list, steps)
  local size = 1
  for _, entry in ipairs(list) do size = size * #entry.dimension:steps(steps) end
  return size
end

--- The largest number of steps for each range with which a grid has at most n points.
function methods.grid_steps(list, n)
  local steps = 1
  for more = 2, n do -- a range of few whole numbers ends growing; more steps than n are none
    if methods.grid_size(list, more) > n then break end
    steps = more
  end
  return steps
end

--- How many trials of at most n a method has: a grid has as many as points.
function methods.count(name, list, n)
  return name == "grid" and methods.grid_size(list, methods.grid_steps(list, n)) or n
end

--- The points of a grid, one after the other; the last hyperparameter changes first.
function methods.grid(list, _, number, study)
  local steps, rest, values = methods.grid_steps(list, study.trials), number - 1, {}
  for k = #list, 1, -1 do
    local places = list[k].dimension:steps(steps)
    values[list[k].name] = places[rest % #places + 1]
    rest = rest // #places
  end
  return values
end

-- Trials by how good they are: those with a result first, the best in front; then those that were cut short, the longest in
-- front; a trial that is under way counts as a bad one, so that the next one looks elsewhere.
local function ranked(history)
  local RANK = { finished = 1, diverged = 1, pruned = 2, paused = 2, running = 3, failed = 3 }
  local list = table.move(history, 1, #history, 1, {})
  table.sort(list, function(a, b)
    local ra, rb = RANK[a.state], RANK[b.state]
    if ra ~= rb then return ra < rb end
    if ra == 2 and a.epochs ~= b.epochs then return a.epochs > b.epochs end
    if ra < 3 and a.score ~= b.score then return a.score < b.score end
    return a.number < b.number
  end)
  return list
end

local function in_time(list, from, to)
  local part = table.move(list, from, to, 1, {})
  table.sort(part, function(a, b) return a.number < b.number end)
  for i, trial in ipairs(part) do part[i] = trial.values end
  return part
end

--- The tree-structured Parzen estimator (Bergstra et al. 2011), over all hyperparameters together: of some candidates that are
--- drawn like the good trials, the one that is least like the others.
function methods.tpe(list, seed, number, study)
  local history = study.history
  local known = 0
  for _, trial in ipairs(history) do known = known + (trial.score and 1 or 0) end
  if known < STARTUP then return (number <= STARTUP and spread or methods.random)(list, seed, number) end
  local order = ranked(history)
  local split = math.min(math.ceil(SHARE * known), MOST)
  local good, bad = parzen(list, in_time(order, 1, split)), parzen(list, in_time(order, split + 1, #order))
  local candidates = CANDIDATES * #list
  local u, best, most = core.random.draws(seed, number, candidates * good:needs()), nil, -math.huge
  for i = 1, candidates do
    local values = good:draw(u, (i - 1) * good:needs())
    local gain = good:log_density(values) - bad:log_density(values)
    if gain > most then best, most = values, gain end
  end
  return best
end

--- The names of the methods.
methods.KNOWN = { random = methods.random, grid = methods.grid, tpe = methods.tpe }

--- The values of a trial.
---@param name string      the method
---@param list table       a space, see space.read
---@param seed integer
---@param number integer   of the trial, from 1
---@param study table      history: the trials so far; trials: how many there will be
function methods.propose(name, list, seed, number, study) return methods.KNOWN[name](list, seed, number, study) end

return methods
