--- mlprun.search.pruning - which trials go on, of many that began: successive halving without waiting (ASHA), Hyperband's
--- brackets, and the rule of the median.
--
-- A trial is trained as far as a rung and waits there with its checkpoint; it goes on when it is among the best 1/eta of
-- those that reached the rung. Scores: lower is better.
local pruning = {}

--- The rungs of ASHA (Li et al. 2020): least, least * eta, ... and the last one, which is `most`.
---@param least integer   epochs
---@param most integer    epochs
---@param eta integer
---@return integer[]
function pruning.rungs(least, most, eta)
  local list, at = {}, least
  while at < most do
    list[#list + 1], at = at, at * eta
  end
  list[#list + 1] = most
  return list
end

--- Hyperband's table (Li et al. 2018) for at most `most` epochs of a trial: for each bracket how many trials begin, with how many
--- epochs, and what is left after each halving. The bracket with the most trials is the first.
---@param most integer
---@param eta integer
---@return table[]   { trials, epochs, rounds = { { trials, epochs }, ... } }
function pruning.brackets(most, eta)
  local last = 0
  while eta ^ (last + 1) <= most do last = last + 1 end
  local list = {}
  for s = last, 0, -1 do
    local n = math.ceil((last + 1) * eta ^ s / (s + 1) - 1e-9)
    local bracket = { trials = n, epochs = most / eta ^ s, rounds = {} }
    for i = 0, s do
      bracket.rounds[i + 1] = { trials = math.floor(n * eta ^ -i + 1e-9), epochs = most * eta ^ (i - s) }
    end
    list[#list + 1] = bracket
  end
  return list
end

--- The bracket of a trial: they are filled in turn, each with as many trials as its table says.
---@param number integer     of the trial, from 1
---@param brackets table[]   see pruning.brackets
---@return integer
function pruning.bracket_of(number, brackets)
  local all = 0
  for _, bracket in ipairs(brackets) do all = all + bracket.trials end
  local at = (number - 1) % all
  for i, bracket in ipairs(brackets) do
    if at < bracket.trials then return i end
    at = at - bracket.trials
  end
end

-- Members of a rung, the best in front; of equal ones the older.
local function ordered(members)
  local list = table.move(members, 1, #members, 1, {})
  table.sort(list, function(a, b)
    if a.score ~= b.score then return a.score < b.score end
    return a.number < b.number
  end)
  return list
end

--- ASHA's rule: the trial that goes on to the rung above, of the highest rung that has one; nil when none does.
---@param rungs table[]   for each rung but the last, the trials that reached it: { number, score, waits }, where waits says that
---                       it is there and nobody is at it
---@param eta integer
---@return integer? number
---@return integer? rung    which one it waits at
function pruning.promote(rungs, eta)
  for k = #rungs, 1, -1 do
    local list = ordered(rungs[k])
    for i = 1, #list // eta do
      if list[i].waits then return list[i].number, k end
    end
  end
end

local function median(values)
  table.sort(values)
  local n = #values
  return n % 2 == 1 and values[n // 2 + 1] or (values[n // 2] + values[n // 2 + 1]) / 2
end

--- The rule of the median (Golovin et al. 2017): whether a trial is worse after some epochs than half of the others were.
---@param score number       its best so far
---@param others number[]    theirs, after as many epochs
---@param least integer      so many others have to be known
function pruning.below_median(score, others, least)
  return #others >= least and score > median(table.move(others, 1, #others, 1, {}))
end

return pruning
