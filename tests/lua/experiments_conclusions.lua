-- What the activities conclude from results that are made up: other results, another sentence; nothing measured, no failure.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local findings = require "mlprun.experiment.findings"
local metric = require "mlprun.experiment.metric"
local comparisons = require "mlprun.experiment.comparisons"
local verdict = require "mlprun.experiment.verdict"
local speed = require "mlprun.experiment.speed"
local summary = require "mlprun.experiment.summary"
local sys = core.sys

local PICTURES = 400

-- Runs a script without training: what it would have run, and what it asks of the report.
local function read_script(name)
  local caught = { trials = {} }
  local data = { classes = { "a", "b", "c" }, train = {
    class_counts = function() return { 10, 30, 20 } end,
    statistics = function() return { mean = { 0.5, 0.5, 0.5 }, std = { 0.2, 0.2, 0.2 } } end,
  } }
  local real = ml.experiment
  rawset(ml, "experiment", function(spec)
    caught.spec = spec
    return {
      options = spec.options, data = data,
      trial = function(_, trial) caught.trials[#caught.trials + 1] = trial end,
      search = function() caught.trials = { "baseline", "best of all" } end,
      report = function(_, o) caught.report = o or {} end,
    }
  end)
  local ok, message = pcall(t.quietly, dofile, "experiments/" .. name .. ".lua")
  rawset(ml, "experiment", real)
  if not ok then error(message, 0) end
  return caught
end

local function run(seed, share)
  local right, correct = math.floor(share * PICTURES + 0.5) + seed % 3, {}
  for i = 1, PICTURES do correct[i] = i <= right and 1 or 0 end
  return { seed = seed, status = "finished", epochs = 12, best_epoch = 4, seconds = 2, val_accuracy = right / PICTURES,
           train_accuracy = 0.9, final_gap = 0.3, first = share / 2, steadiness = 0.02, train_loss = 0.5,
           correct = core.tensor.tensor(correct, { dtype = "u8" }) }
end

local function stopped(seed)
  local one = run(seed, 0.99)
  one.status, one.trained, one.train_accuracy, one.final_gap = "stopped", false, nil, nil
  return one
end

-- The sentence for trials whose accuracy is share_of(number of the trial), nil: its runs were stopped before their end; without
-- a function no run finished an epoch.
local function conclusion(caught, share_of)
  local results = { trials = {} }
  for i, name in ipairs(caught.trials) do
    local runs = {}
    for k = 1, 3 do
      local share = share_of and share_of(i, name)
      runs[k] = share and run(41 + k, share) or share_of and stopped(41 + k)
        or { seed = 41 + k, status = "diverged", epochs = 0, seconds = 1, reason = "it was made up" }
    end
    results.trials[i] = { name = name, runs = runs }
  end
  local rows, compared = summary.of(results), comparisons.of(results, caught.report.pairs)
  for i, row in ipairs(rows) do -- whatever column a script recorded
    if row.recorded then setmetatable(row.recorded, { __index = function() return { value = i / 10, values = {} } end }) end
  end
  local found = findings(rows, compared, function() return compared end) -- by whatever metric
  if not caught.report.conclude then return verdict.of(rows, compared) end
  return found:conclude(caught.report.conclude)
end

local function scripts()
  local names = {}
  for _, file in ipairs(sys.list("experiments")) do
    local name = file:match("^(.*)%.lua$")
    if name and name ~= "baseline" and name ~= "errors" then names[#names + 1] = name end -- errors: needs real answers
  end
  return names
end

local function equal_shares() return 0.6 end
local function falling(i) return 0.9 - 0.05 * i end

for _, name in ipairs(scripts()) do
  t.test(name .. " concludes from the results alone", function()
    local caught = read_script(name)
    t.equal(caught.spec.name, name)
    t.ok(#caught.trials > 1, "it has several trials")
    for _, names in ipairs(caught.report.pairs or {}) do
      for _, trial in ipairs(names) do
        local known = false
        for _, other in ipairs(caught.trials) do known = known or other == trial end
        t.ok(known, ("it compares '%s', which is one of its trials"):format(trial))
      end
    end
    local equal, unequal = conclusion(caught, equal_shares), conclusion(caught, falling)
    t.ok(equal ~= unequal, "the same sentence for different results: " .. equal)
    for _, sentence in ipairs { equal, unequal } do
      t.ok(sentence:find("%.$") and not sentence:find("\n"), "one sentence: " .. sentence)
      t.ok(not sentence:find("%f[%w]nan%f[%W]") and not sentence:find("%f[%w]nil%f[%W]"), sentence)
    end
    t.equal(type(conclusion(caught, nil)), "string")
    local last = #caught.trials
    local part = conclusion(caught, function(i) return i < last and 0.6 or nil end)
    t.ok(not part:find("99.", 1, true), "a trial that was stopped has no part in it: " .. part)
    t.ok(not part:find("%f[%w]nan%f[%W]") and not part:find("%f[%w]nil%f[%W]"), part)
  end)
end

local function says(name, share_of) return conclusion(read_script(name), share_of) end

t.test("regularization names what differs from the plain net, and only that", function()
  local one_worse = says("regularization", function(_, name) return name == "dropout 0.5" and 0.4 or 0.6 end)
  t.ok(one_worse:find("plain is highest (60.2 %), dropout 0.5 is worse than the plain net, none is better;", 1, true), one_worse)
  t.ok(one_worse:find("above 20 with 9 of the 9; the validation loss has risen by more than a tenth with ", 1, true), one_worse)
  local one_better = says("regularization", function(_, name) return name == "BatchNorm" and 0.8 or 0.6 end)
  t.ok(one_better:find(", BatchNorm is better than the plain net, none is worse;", 1, true), one_better)
  local none = says("regularization", equal_shares)
  t.ok(none:find(", none differs from the plain net beyond chance;", 1, true), none)
end)

t.test("dropout tells both ends of the comparison", function()
  local worse = says("dropout", function(_, name) return name == "dropout=0.5" and 0.4 or 0.6 end)
  t.ok(worse:find("; dropout=0.5 is worse than dropout=0 by 20.0 points; the other 2 do not differ from dropout=0 beyond "
    .. "chance", 1, true), worse)
  t.ok(worse:find("patience 5 instead of 20 loses 10.0, 20.0, 30.0 and 40.0 points, in the table's order", 1, true), worse)
  local same = says("dropout", equal_shares)
  t.ok(same:find("no trial differs from dropout=0 beyond chance", 1, true), same)
end)

t.test("early_stopping finds the shortest patience that is enough", function()
  local grows = says("early_stopping", function(i) return 0.3 + 0.1 * math.min(i, 4) end)
  t.ok(grows:find("within a point of the longest is patience=10 (", 1, true), grows)
  t.ok(grows:find("patience=1, patience=3 and patience=5 are worse than the longest, none is better.", 1, true), grows)
  local flat = says("early_stopping", equal_shares)
  t.ok(flat:find("within a point of the longest is patience=1 (", 1, true), flat)
  t.ok(flat:find("none differs from the longest beyond chance.", 1, true), flat)
  t.ok(flat:find("from patience=1 to patience=20 accuracy stays at 60.2 % and time goes from", 1, true), flat)
end)

t.test("zero_grad, grayscale and normalize say when a difference is none", function()
  local function forgotten(_, name) return name:find("forgotten") and 0.4 or 0.7 end
  t.ok(says("zero_grad", forgotten):find("'Adam, zero_grad forgotten' is 30.0 points worse than Adam (p < 0.001)", 1, true))
  t.ok(says("zero_grad", equal_shares):find("'Adam, zero_grad forgotten' cannot be told from Adam (0.0 points", 1, true))
  t.ok(says("grayscale", function(i) return i == 1 and 0.7 or 0.5 end):find("grey is 20.0 points worse than colour", 1, true))
  t.ok(says("grayscale", function(i) return i == 1 and 0.5 or 0.7 end):find("grey is 20.0 points better than colour", 1, true))
  local others = says("normalize", function(i) return ({ 0.3, 0.5, 0.7, 0.7, 0.7 })[i] end)
  t.ok(others:find("-1 to 1, 'own mean and deviation' and ImageNet's (default) are better than 0 to 1, "
    .. "'0 to 255, as they are' is worse.", 1, true), others)
  t.ok(says("normalize", function(i) return i == 1 and 0.3 or 0.7 end)
    :find("is 40.0 points better than '0 to 255, as they are'", 1, true))
end)

t.test("batchnorm names the learning rates where it is better, and what may be chance", function()
  local better = says("batchnorm", function(_, name) return name == "BatchNorm, lr=0.01" and 0.8 or 0.6 end)
  t.ok(better:find("BatchNorm is better than the plain net beyond chance at lr=0.01. With it, at lr=0.001, "
    .. "nothing that was tested differs.", 1, true), better)
  local same = says("batchnorm", equal_shares)
  t.ok(same:find("beyond chance at no learning rate. ", 1, true), same)
end)

t.test("loss, depth and imbalance say what their tables say", function()
  local twice = says("loss", function(_, name) return name == "softmax twice" and 0.4 or 0.6 end)
  t.ok(twice:find("^softmax twice is worse than cross%-entropy, none is better;"), twice)
  t.ok(twice:find("cannot take its loss below 0.55,", 1, true), twice) -- log(1 + 2 / e), of three classes
  local xavier = says("depth", function(_, name) return name == "Xavier, ReLU" and 0.4 or 0.6 end)
  t.ok(xavier:find("in the end 'Xavier, ReLU' is worse than 'He, ReLU', none is better.", 1, true), xavier)
  local cut = says("imbalance", function(i) return i == 1 and 0.7 or 0.5 end)
  t.ok(cut:find("with 'b' cut, its recall falls by 20.0 points, balanced accuracy falls by 20.0 points and accuracy",
    1, true), cut)
  t.ok(cut:find("with class weights it stays the same and with a weighted sampler it stays the same", 1, true), cut)
end)

t.test("image_size names the smallest size that is not told from the best", function()
  local first = says("image_size", equal_shares)
  t.ok(first:find("32x32 is highest (60.2 %), and no larger one is better.", 1, true), first)
  local middle = says("image_size", function(i) return i == 1 and 0.4 or i == 4 and 0.603 or 0.6 end)
  t.ok(middle:find("96x96 is highest (", 1, true) and middle:find("told apart from it is 48x48 (60.2 %).", 1, true), middle)
  local last = says("image_size", function(i) return 0.2 + 0.1 * i end)
  t.ok(last:find("128x128 is highest (70.2 %), and no smaller size is as good.", 1, true), last)
end)

t.test("few_images says which steps may be chance, one or several", function()
  local shares = { 0.3, 0.3, 0.5, 0.7, 0.7, 0.9 }
  local two = says("few_images", function(i) return shares[i] end)
  t.ok(two:find("points; those to 10 of each class and to 80 of each class may be chance.", 1, true), two)
  shares[5] = 0.8
  local one = says("few_images", function(i) return shares[i] end)
  t.ok(one:find("points; that to 10 of each class may be chance.", 1, true), one)
  t.ok(says("few_images", equal_shares):find("points; each of them may be chance.", 1, true))
end)

-- ---- speed ----

-- A run that is at these accuracies after its epochs, half a second each; of 100 pictures 60 are of the largest class.
local function learning(accuracies)
  local history, labels, best = {}, {}, 0
  for i, accuracy in ipairs(accuracies) do
    history[i], best = { val_accuracy = accuracy, seconds = 0.5 }, math.max(best, accuracy)
  end
  for i = 1, 100 do labels[i] = i <= 60 and 1 or 2 end
  return { history = history, val_accuracy = best, correct = {}, labels = core.tensor.tensor(labels) }
end

local function speeds(...)
  local results = { trials = {} }
  for i, accuracies in ipairs { ... } do results.trials[i] = { name = "t" .. i, runs = { learning(accuracies) } } end
  speed.add(results)
  return results
end

t.test("speed: epochs and seconds to one accuracy for all, which a dead net does not set", function()
  local results = speeds({ 0.7, 0.8, 0.9 }, { 0.6, 0.7, 0.8 }, { 0.6, 0.6, 0.6 })
  t.near(results.reach, 0.95 * 0.8, 1e-12)
  local quick, slow, dead = results.trials[1].runs[1], results.trials[2].runs[1], results.trials[3].runs[1]
  t.equal({ quick.reached, quick.reached_seconds }, { 2, 1.0 })
  t.equal({ slow.reached, slow.reached_seconds }, { 3, 1.5 })
  t.equal({ dead.reached, dead.reached_seconds }, {})
  t.equal(speeds({ 0.6 }, { 0.5 }).reach, nil)
end)

t.test("speed: what learned less than half as much as the best does not set the accuracy", function()
  t.near(speeds({ 0.9 }, { 0.76 }).reach, 0.95 * 0.76, 1e-12)
  t.near(speeds({ 0.9 }, { 0.74 }).reach, 0.95 * 0.9, 1e-12)
end)

t.test("speed: the note stands where a column shows it", function()
  local results = speeds({ 0.7, 0.8 })
  t.equal(speed.note(results, { "train_loss" }), {})
  t.ok(speed.note(results, { "reached" })[1].text:find("a validation accuracy of 76.0 %", 1, true))
  t.equal(speed.note({}, { "reached" }), {})
end)

t.test("findings: either order of a pair, what is missing, the largest and the smallest", function()
  local results = { trials = { { name = "a", runs = { run(42, 0.5), run(43, 0.5) } },
                               { name = "b", runs = { run(42, 0.7), run(43, 0.7) } },
                               { name = "c", runs = { { seed = 42, status = "diverged", epochs = 0, seconds = 0 } } } } }
  local found = findings(summary.of(results), comparisons.of(results))
  t.near(found:between("b", "a").difference, 0.2, 1e-9)
  t.near(found:between("a", "b").difference, -0.2, 1e-9)
  t.near(found:between("a", "b").low, -found:between("b", "a").high, 1e-12)
  t.equal(found:between("c", "a"), nil)
  t.equal(found:says("c", "a"), "c did not finish an epoch")
  t.ok(found:says("b", "a", "the second"):find("^the second is 20.0 points better than a %(p "))
  t.equal(found:most("accuracy").name, "b")
  t.equal(found:most("accuracy", nil, true).name, "a")
  t.equal(found:most("no such field"), nil)
  t.equal({ found:against("a") }, { { "b" }, {}, {} })
  t.equal({ found:against("b") }, { {}, { "a" }, {} })
end)

-- Three trials of these seeds whose accuracy after one epoch is given; the last two are one under two names.
local function of_seeds(seeds, first)
  local results = { trials = {} }
  for i, name in ipairs { "a, plain", "b, with it", "c and more" } do
    results.trials[i] = { name = name, runs = {} }
    for k, seed in ipairs(seeds) do
      local one = run(seed, i == 1 and 0.5 or 0.7)
      one.first, one.val_loss = first[i] + 0.001 * (k % 2), i == 1 and 1 or 0.5
      results.trials[i].runs[k] = one
    end
  end
  local function compare(name)
    return comparisons.of(results, nil, metric.find(name, results, nil, "a test"))
  end
  return findings(summary.of(results), compare(), compare), results
end

t.test("findings: what one seed cannot test is told with its size, and why", function()
  local first = of_seeds({ 42 }, { 0.4, 0.45, 0.45 }):by "first"
  t.equal(first:says("b, with it", "a, plain"),
    "'b, with it' cannot be told from 'a, plain' (+5.0 points; a test takes two seeds)")
  t.equal(first:moves("b, with it", "a, plain"), "rises by 5.0 points (a test takes two seeds)")
  t.equal(first:moves("a, plain", "b, with it"), "falls by 5.0 points (a test takes two seeds)")
  t.equal(first:established("a, plain", "it"), "none could be compared with it (a test takes two seeds)")
  t.equal(first:says("c and more", "b, with it"), "'c and more' is the same as 'b, with it' to the last bit")
  t.equal(first:moves("c and more", "b, with it"), "stays the same")
end)

t.test("findings: names with a comma or an and of their own stand in quotes where they are listed", function()
  local found = of_seeds({ 42, 43, 44 }, { 0.4, 0.4, 0.4 })
  t.equal(found:established("a, plain"), "'b, with it' is better than 'a, plain', none is worse")
  t.equal(findings.names { "a, plain", "d", "c and more" }, "'a, plain', d and 'c and more'")
  t.equal({ findings.names { "a, plain" }, findings.names({}, "none"), findings.names {} }, { "a, plain", "none", "" })
  t.equal(found:moves("b, with it", "a, plain"), "rises by 20.0 points")
  t.equal(found:by("first"):moves("b, with it", "a, plain"), "stays the same")
end)

t.test("findings: trials that are all the same are said to be", function()
  local twin = { trials = { { name = "a", runs = { run(42, 0.5) } }, { name = "b", runs = { run(42, 0.5) } } } }
  for _, trial in ipairs(twin.trials) do trial.runs[1].val_loss = 1 end
  t.equal(findings(summary.of(twin), comparisons.of(twin)):established("b", "the longest"),
    "all are the same as the longest to the last bit")
end)

t.test("the report compares the pairs that were asked for", function()
  local results = { trials = { { name = "a", runs = { run(42, 0.5) } }, { name = "b", runs = { run(42, 0.6) } },
                               { name = "c", runs = { run(42, 0.7) } } } }
  t.equal(#comparisons.of(results), 3)
  local compared = comparisons.of(results, { { "b", "c" }, { "a", "not begun" } })
  t.equal(#compared, 1)
  t.equal({ compared[1].a, compared[1].b, compared[1].p_corrected }, { "b", "c", compared[1].p })
end)

t.test("means that differ by rounding are the same", function()
  local function row(name, a, b) return { name = name, accuracy = (a + b) / 2 } end
  local said = verdict.of({ row("a", 0.521845, 0.436893), row("b", 0.436893 + 1e-16, 0.521845) },
    { metric = { name = "accuracy" }, same = {} })
  t.ok(said:find("a and b have the same mean", 1, true), said)
end)

t.done()
