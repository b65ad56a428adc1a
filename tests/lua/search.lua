-- ml.search: what hyperparameters can be, the methods, the rules that prune, what mattered.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local ml = require "mlprun"
local parzen = require "mlprun.search.parzen"
local pruning = require "mlprun.search.pruning"
local space = require "mlprun.search.space"
local search = ml.search

t.test("a range has its values, in its own measure", function()
  local lr = search.log_uniform(1e-4, 1e-1)
  t.near(lr:value(0.5), math.sqrt(1e-5), 1e-12)
  t.near({ lr:unit(1e-4), lr:unit(1e-1), lr:unit(lr:value(0.3)) }, { 0, 1, 0.3 }, 1e-12)
  local k, counts = search.int(1, 4), { 0, 0, 0, 0 }
  for i = 0, 999 do
    local value = k:value((i + 0.5) / 1000)
    counts[value] = counts[value] + 1
  end
  t.equal(counts, { 250, 250, 250, 250 }, "each whole number has a cell of its own size")
  t.equal({ k:value(0), k:value(1) }, { 1, 4 })
  t.equal(tostring(search.int(1, 4)), "int 1..4")
  t.equal(tostring(lr), "log uniform 0.0001..0.1")
end)

t.test("what cannot be a range or a choice is explained", function()
  t.raises("search.uniform: low is 1, high 1: expected low below high", search.uniform, 1, 1)
  t.raises("search.log_uniform: low is 0: a logarithmic range begins above 0", search.log_uniform, 0, 1)
  t.raises("search.int: low is 0.5, expected a whole number", search.int, 0.5, 3)
  t.raises("search.uniform: high is ", search.uniform, 0, 0 / 0)
  t.raises("search.uniform: high is inf", search.uniform, 0, math.huge)
  t.raises("search.choice: got { 1 }, expected a list of at least two values", search.choice, { 1 })
  t.raises("search.choice: value 2 is a table", search.choice, { 1, {} })
  t.raises("search.choice: 'a' is there twice", search.choice, { "a", "a" })
  t.raises("search.int: unknown option 'logg': did you mean 'log'?", search.int, 1, 2, { logg = true })
  t.raises("ml.search has no 'loguniform': did you mean 'log_uniform'?", function() return search.loguniform end)
end)

t.test("what a study takes is checked", function()
  local x = { x = search.uniform(0, 1) }
  t.raises("search.study: space is nil, expected names and what they can be", search.study, {})
  t.raises("search.study: space is empty", search.study, { space = {} })
  t.raises("search.study: space.x is 3, expected search.uniform, log_uniform, int or choice", search.study, { space = { x = 3 } })
  t.raises("search.study: there is no method 'tpee': did you mean 'tpe'?", search.study, { space = x, method = "tpee" })
  t.raises("search.study: there is no mode 'minimum': there are max and min", search.study, { space = x, mode = "minimum" })
  t.raises("trials is 0, expected a whole number of at least 1", search.study, { space = x, trials = 0 })
  t.raises("unknown option 'trial': did you mean 'trials'?", search.study, { space = x, trial = 3 })
  local study = search.study { space = x }
  t.raises("study:tell: expected a trial that study:ask() gave", study.tell, study, { number = 1 }, 3)
  t.raises("the value is 'good', expected a number", study.tell, study, study:ask(), "good")
  t.raises("study:optimize: got nil, expected a function", study.optimize, study)
  t.raises("a study has no field 'bst': did you mean 'best'?", function() return study.bst end)
end)

t.test("the density of Parzen's bumps is Optuna's", function()
  local list = space.read({ act = search.choice { "relu", "tanh", "gelu" }, lr = search.log_uniform(1e-4, 1e-1),
                            p = search.uniform(0, 0.5), width = search.int(1, 64) }, "test")
  local cases = core.json.decode(core.sys.read_file("tests/golden/search/parzen.json"))
  t.equal(#cases, 6)
  for _, case in ipairs(cases) do
    local density = parzen(list, case.seen)
    for i, at in ipairs(case.at) do t.near(density:log_density(at), case.log_density[i], 1e-9) end
  end
end)

t.test("what is drawn has that density", function()
  local list = space.read({ k = search.int(1, 3), x = search.uniform(0, 1) }, "test")
  local density, n = parzen(list, { { k = 1, x = 0.2 }, { k = 3, x = 0.7 }, { k = 3, x = 0.9 } }), 20000
  local u, counts, expected = core.random.draws(1, 1, n * density:needs()), {}, {}
  local function cell(values) return values.k .. "/" .. math.min(math.floor(values.x * 4), 3) end
  for i = 1, n do
    local values = density:draw(u, (i - 1) * density:needs())
    counts[cell(values)] = (counts[cell(values)] or 0) + 1 / n
  end
  for k = 1, 3 do
    for i = 0, 999 do
      local values = { k = k, x = (i + 0.5) / 1000 }
      expected[cell(values)] = (expected[cell(values)] or 0) + math.exp(density:log_density(values)) / 1000
    end
  end
  local sum = 0
  for name, share in pairs(expected) do
    sum = sum + share
    t.near(counts[name] or 0, share, 0.015, name)
  end
  t.near(sum, 1, 1e-4)
end)

-- Functions with known least values, and how near 100 trials come: medians of seeds: of 15 with MLP_FULL=1, of 3 else.
local H = {
  a = { { 10, 3, 17, 3.5, 1.7, 8 }, { 0.05, 10, 17, 0.1, 8, 14 }, { 3, 3.5, 1.7, 10, 17, 8 }, { 17, 8, 0.05, 10, 0.1, 14 } },
  p = { { 0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886 }, { 0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991 },
        { 0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650 }, { 0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381 } },
  alpha = { 1, 1.2, 3, 3.2 },
}

local function cube(n, low, high)
  local list = {}
  for i = 1, n do list["x" .. i] = search.uniform(low, high) end
  return list
end

local function branin(v)
  local x, y = v.x, v.y
  return (y - 5.1 / (4 * math.pi ^ 2) * x * x + 5 / math.pi * x - 6) ^ 2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10
end

local function hartmann(v)
  local sum = 0
  for i = 1, 4 do
    local inner = 0
    for j = 1, 6 do inner = inner + H.a[i][j] * (v["x" .. j] - H.p[i][j]) ^ 2 end
    sum = sum - H.alpha[i] * math.exp(-inner)
  end
  return sum
end

local function sphere(v)
  local sum = 0
  for i = 1, 5 do sum = sum + v["x" .. i] ^ 2 end
  return sum
end

local FULL = core.sys.env("MLP_FULL")

-- Of 150 studies with MLP_FULL, whose medians are 0.42, -3.23 and 0.16: those of fifteen differ by 0.03 of Hartmann's function
-- from one fifteen to the next. Optuna's TPE with all hyperparameters together has -3.20 in ninety.
local function median_best(f, dimensions, method)
  local best, seeds = {}, FULL and 150 or 3
  for seed = 1, seeds do
    local study = search.study { space = dimensions, method = method, seed = seed }
    best[seed] = study:optimize(f).value
  end
  table.sort(best)
  return best[seeds // 2 + 1]
end

t.test("TPE comes as near as others do in 100 trials, and nearer than chance", function()
  local plane = { x = search.uniform(-5, 10), y = search.uniform(0, 15) }
  t.equal(median_best(branin, plane, "tpe") < (FULL and 0.425 or 0.46), true, "Branin, whose least value is 0.398")
  t.equal(median_best(hartmann, cube(6, 0, 1), "tpe") < (FULL and -3.2 or -3.05), true, "Hartmann of six, -3.322")
  t.equal(median_best(sphere, cube(5, -5, 5), "tpe") < (FULL and 0.243 or 0.25), true, "a sphere of five, 0")
  t.equal(median_best(hartmann, cube(6, 0, 1), "random") > -2.6, true)
  t.equal(median_best(sphere, cube(5, -5, 5), "random") > 4, true)
end)

t.test("a study is a function of its seed; what is told of changes what follows", function()
  local function values_of(seed, sign)
    local study, list = search.study { space = { x = search.uniform(0, 1) }, trials = 14, seed = seed }, {}
    study:optimize(function(values)
      list[#list + 1] = values.x
      return sign * values.x
    end)
    return list
  end
  t.equal(values_of(3, 1), values_of(3, 1))
  local one, other = values_of(3, 1), values_of(3, -1)
  t.equal(one[10], other[10])
  t.equal(one[14] ~= other[14], true)
  t.equal(one[1] ~= values_of(4, 1)[1], true)
end)

t.test("trials that are under way or failed are taken into account", function()
  local study = search.study { space = { x = search.uniform(0, 1), c = search.choice { true, false } }, trials = 40,
                               mode = "max" }
  local asked = {}
  for i = 1, 40 do
    asked[i] = study:ask()
    if i > 3 then
      local trial = asked[i - 3]
      study:tell(trial, trial.values.c and trial.values.x or 0 / 0)
    end
  end
  t.equal(study.best.value > 0.9, true)
  t.equal(study.best.values.c, true)
end)

t.test("a grid has every point once", function()
  local study = search.study { space = { x = search.uniform(0, 1), k = search.int(1, 3), c = search.choice { "a", "b" } },
                               method = "grid", trials = 20 }
  local seen, count = {}, 0
  study:optimize(function(v)
    local key = ("%s %d %s"):format(v.x, v.k, v.c)
    t.equal(seen[key], nil, key)
    seen[key], count = true, count + 1
    return 0
  end)
  t.equal(count, 18)
  t.equal(seen["0.5 2 b"], true)
  t.equal(#search.study { space = { k = search.int(1, 3) }, method = "grid", trials = 100 }.trials, 0)
end)

t.test("Hyperband's table is the paper's", function()
  local got = {}
  for i, bracket in ipairs(search.brackets(81)) do
    local rounds = {}
    for k, round in ipairs(bracket.rounds) do rounds[k] = ("%d x %g"):format(round.trials, round.epochs) end
    got[i] = table.concat(rounds, ", ")
  end
  t.equal(got, { "81 x 1, 27 x 3, 9 x 9, 3 x 27, 1 x 81", "34 x 3, 11 x 9, 3 x 27, 1 x 81", "15 x 9, 5 x 27, 1 x 81",
                 "8 x 27, 2 x 81", "5 x 81" })
  local counts, brackets = {}, search.brackets(9)
  for number = 1, 34 do
    local at = pruning.bracket_of(number, brackets)
    counts[at] = (counts[at] or 0) + 1
  end
  t.equal(counts, { 18, 10, 6 }, "9, 5 and 3 of each 17")
  t.raises("search.brackets: eta is 1, expected a whole number from 2", search.brackets, 9, 1)
  t.raises("search.brackets: epochs is nil, expected a whole number", search.brackets)
end)

t.test("ASHA promotes the best third of a rung, of the highest rung first", function()
  t.equal(pruning.rungs(1, 27, 3), { 1, 3, 9, 27 })
  t.equal(pruning.rungs(2, 30, 3), { 2, 6, 18, 30 })
  t.equal(pruning.rungs(5, 5, 3), { 5 })
  local function rung(scores, gone)
    local list = {}
    for i, score in ipairs(scores) do list[i] = { number = i, score = score, waits = not (gone and gone[i]) } end
    return list
  end
  local function promoted(...) return { pruning.promote({ ... }, 3) } end
  t.equal(promoted(rung { 0.5, 0.4 }, {}), {}, "two are too few for a third of them")
  t.equal(promoted(rung { 0.5, 0.4, 0.6 }, {}), { 2, 1 })
  t.equal(promoted(rung({ 0.5, 0.4, 0.6 }, { [2] = true }), {}), {}, "one third was promoted")
  t.equal(promoted(rung({ 0.5, 0.4, 0.6, 0.1, 0.9, 0.8 }, { [2] = true }), {}), { 4, 1 }, "it would wait otherwise")
  t.equal(promoted(rung({ 0.5, 0.4, 0.6, 0.1, 0.9, 0.8 }, { [4] = true }), rung { 0.3, 0.2, 0.25 }), { 2, 2 })
  t.equal(promoted(rung { 0.4, 0.4, 0.4 }, {}), { 1, 1 }, "of equal ones the older")
end)

t.test("the rule of the median waits for company", function()
  t.equal(pruning.below_median(5, { 1, 2 }, 3), false)
  t.equal(pruning.below_median(5, { 1, 2, 3 }, 3), true)
  t.equal(pruning.below_median(2, { 1, 2, 3 }, 3), false)
  t.equal(pruning.below_median(2.6, { 4, 1, 2, 3 }, 3), true)
end)

t.test("what mattered is found, and nothing where nothing does", function()
  local study = search.study { space = { x = search.uniform(-1, 1), c = search.choice { "a", "b" }, n = search.uniform(0, 1) },
                               method = "random", trials = 200 }
  study:optimize(function(v) return v.x ^ 2 + (v.c == "a" and 0.3 or 0) end)
  local found = search.importance(study)
  t.equal({ found[1].name, found[2].name, found[3].name }, { "x", "c", "n" })
  -- var(x^2) = 4/45, var(c) = 0.0225: 80 and 20 % of the variance, of which five parts of x explain 64.5 and the two of c 20
  t.near(found[1].share, 0.645, 0.08)
  t.near(found[2].share, 0.20, 0.08)
  t.equal(found[1].low < 0.645 and found[1].high > 0.645, true)
  local sum = 0
  for seed = 1, 20 do
    local none = search.study { space = { x = search.uniform(0, 1), y = search.uniform(0, 1) }, method = "random", trials = 30,
                                seed = seed }
    none:optimize(function(_, trial) return core.random.draws(seed + 1000, trial.number, 1)[1] end)
    sum = sum + search.importance(none)[2].share
  end
  t.equal(sum / 20 < 0.05, true, "the smaller of two shares that are none")
  t.equal(search.importance(search.study { space = { x = search.uniform(0, 1) } }), nil)
end)

t.test("on a table of trained curves, trials that wait find a good setting in fewer epochs", function()
  local replay = dofile("tests/golden/search/replay.lua")
  for seed = 1, 3 do
    local whole, _, forty = replay("random", "none", seed)
    local waiting, behind, many = replay("random", "asha", seed)
    t.equal(forty, 40)
    t.equal(many > 2 * forty, true, "most trials wait after a twelfth of their epochs")
    t.equal(waiting < whole, true, ("seed %d: %.2f points behind on the average, %.2f without waiting"):format(seed, waiting,
      whole))
    t.equal(behind <= 1, true, ("seed %d: %.2f points behind the best of the table"):format(seed, behind))
  end
end)

t.done()
