-- The report from plain results: which differences it calls real, and how it says so.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local account = require "mlprun.experiment.account"
local forest = require "mlprun.page.forest"
local columns = require "mlprun.experiment.columns"
local compare = require "mlprun.report.compare"
local comparisons = require "mlprun.experiment.comparisons"
local files = require "mlprun.experiment.files"
local outcome = require "mlprun.experiment.outcome"
local fields = require "mlprun.experiment.fields"
local findings = require "mlprun.experiment.findings"
local names = require "mlprun.base.names"
local pictures = require "mlprun.experiment.pictures"
local asked = require "mlprun.experiment.asked"
local sentences = require "mlprun.experiment.sentences"
local verdict = require "mlprun.experiment.verdict"
local summary = require "mlprun.experiment.summary"
local twins = require "mlprun.experiment.twins"

-- A run that answers the first `right` of n pictures rightly, counted from `from`.
local function run(seed, n, right, from)
  local correct = {}
  for i = 1, n do correct[i] = (i >= (from or 1) and i < (from or 1) + right) and 1 or 0 end
  return { seed = seed, status = "finished", epochs = 12, best_epoch = 4, seconds = 2, val_accuracy = right / n,
           train_accuracy = 0.9, final_gap = 0.3, correct = core.tensor.tensor(correct, { dtype = "u8" }) }
end

local function trial(name, n, rights)
  local runs = {}
  for i, right in ipairs(rights) do runs[i] = run(41 + i, n, right) end
  return { name = name, runs = runs }
end

local function joined(lines)
  local list = {}
  for i, line in ipairs(lines) do list[i] = line.text:gsub("\u{a0}", " ") end
  return table.concat(list, "\n")
end

t.test("a large difference is supported, a small one is not", function()
  local results = { name = "x", trials = { trial("a", 400, { 300, 302, 301 }), trial("b", 400, { 200, 203, 202 }),
                                           trial("c", 400, { 299, 303, 302 }) } }
  local compared = comparisons.of(results)
  t.equal(#compared, 3)
  local text = joined(sentences.differences(compared))
  t.ok(text:find("same 400 validation pictures and 3 seeds; p after Holm's correction for 3 comparisons", 1, true), text)
  t.ok(text:find("b is worse than a by 24.8 points (95 % interval 20.", 1, true), text)
  t.ok(text:find("c is better than b by 24.", 1, true), text)
  t.ok(text:find("c against a: +0.1 points", 1, true), text)
  t.ok(text:find("A true difference of %d+%.%d points would be found in four of five repetitions"), text)
  t.ok(not text:find("one seed only", 1, true), text)
end)

t.test("an interval of a difference ends where shares cannot be further apart", function()
  local function of(right, gap)
    local short = trial(right == 2 and "a" or "b", 2, { right, 2 - right })
    for _, one in ipairs(short.runs) do one.final_gap, gap = gap, -gap end
    return short
  end
  local results = { trials = { of(2, 0.9), of(0, -0.9) } }
  local c = comparisons.of(results)[1]
  t.ok(c.low == -1 and c.high == 1, ("%g to %g"):format(c.low, c.high))
  local text = joined(sentences.differences(comparisons.of(results)))
  t.ok(text:find("(95 % interval -100.0 to 100.0, p ", 1, true), text)
  local gap = comparisons.of(results, nil, require("mlprun.experiment.metric").find("final_gap", results, nil, "test"))[1]
  t.ok(gap.low == -2 and gap.high == 2, ("gaps: %g to %g"):format(gap.low, gap.high))
end)

t.test("a difference that would count alone, but not among several, is said to be that", function()
  local trials = {}
  for i = 1, 5 do trials[i] = trial("same" .. i, 100, { 50, 50, 50 }) end
  trials[6] = trial("b", 100, { 45, 45, 45 })
  local compared = comparisons.of { trials = trials }
  t.equal(#compared, 15)
  for _, c in ipairs(compared) do
    if c.b == "b" then t.ok(c.p < 0.05 and c.p_corrected >= 0.05, ("p %g, corrected %g"):format(c.p, c.p_corrected)) end
  end
  local text = joined(sentences.differences(compared))
  t.ok(text:find("would count on their own, but not as one of 15 comparisons (more seeds would decide):\nb against ", 1, true),
    text)
  t.ok(text:find("comparisons):\nnone\n", 1, true), text)
end)

t.test("equal answers differ by nothing, and one seed is said to be one", function()
  local text = joined(sentences.differences(comparisons.of {
    trials = { trial("a", 20, { 10 }), trial("b", 20, { 10 }) } }))
  t.ok(text:find("supports (trials compared in pairs, on the same 20 validation pictures):\nnone\n", 1, true), text)
  t.ok(text:find("b against a: 0.0 points (95 % interval -16.8 to 16.8, p = 1.00)", 1, true), text)
  t.ok(not text:find("no difference can be more than chance", 1, true), "20 pictures are enough for a large one: " .. text)
  t.ok(not text:find("true difference", 1, true), text)
  t.ok(text:find("one seed only", 1, true), text)
end)

t.test("weights that are as good on both sets flatter nobody, whatever the last bits say", function()
  local one = trial("a", 40, { 10, 12 })
  for k, each in ipairs(one.runs) do
    local other = one.runs[3 - k].correct -- the means agree, the runs do not
    each.samples, each.test_samples = core.tensor.arange(1, 41), core.tensor.arange(41, 81)
    each.test_correct = other
  end
  local said = sentences.flattery({ trials = { one } })[1].text:gsub("\u{a0}", " ")
  t.ok(said:find("the kept weights are equally good on the 40 validation pictures, which chose them, and on the 40 test pictures "
    .. "(mean of 2 runs", 1, true), said)
end)

t.test("where runs have one epoch nothing was chosen", function()
  local one = trial("a", 40, { 10, 12 })
  for k, each in ipairs(one.runs) do
    each.samples, each.test_samples = core.tensor.arange(1, 41), core.tensor.arange(41, 81)
    each.labels = core.tensor.ones(40):to "i64"
    each.test_correct, each.test_labels, each.test_accuracy = one.runs[3 - k].correct, each.labels, 0.3
  end
  local function notes() return joined(sentences.notes(pictures.answered({ trials = { one } }, { "x" }))) end
  t.ok(notes():find("validation: the same on the validation pictures, which chose the epoch, so slightly optimistic. The", 1,
    true), notes())
  for _, each in ipairs(one.runs) do each.epochs = 1 end
  t.equal(sentences.flattery { trials = { one } }, {})
  t.ok(notes():find("the mean of the runs. validation: the same on the validation pictures. The", 1, true), notes())
  one = trial("a", 40, { 10, 12 })
  for _, each in ipairs(one.runs) do each.labels, each.epochs = core.tensor.ones(40):to "i64", 1 end
  t.ok(notes():find("validation: accuracy of each run after its only epoch, on the same 40 validation pictures; the mean of the "
    .. "runs. The", 1, true), notes())
end)

t.test("validation pictures are said to have chosen the epoch where what was watched is of them", function()
  local function said(...)
    local one = trial("a", 40, { 10, 12 })
    for k, each in ipairs(one.runs) do
      each.samples, each.test_samples = core.tensor.arange(1, 41), core.tensor.arange(41, 81)
      each.labels, each.monitor = core.tensor.ones(40):to "i64", select(k, ...)
      each.test_correct, each.test_labels, each.test_accuracy = one.runs[3 - k].correct, each.labels, 0.3
    end
    local flat = sentences.flattery { trials = { one } }
    local noted = joined(sentences.notes(pictures.answered({ trials = { one } }, { "x" })))
    return noted:match "validation pictures, which (.-)%. The", flat[1] and tonumber(flat[1].text:match "mean of (%d) run")
  end
  t.equal({ said("val_loss", "val_f1") }, { "chose the epoch, so slightly optimistic", 2 })
  t.equal({ said("train_loss", "train_loss") }, { "did not choose the epoch" })
  t.equal({ said("f1", "f1") }, { "may have chosen the epoch: a recorded number did, and what it was measured on is not known" })
  t.equal({ said("train_loss", "val_loss") }, { "chose the epoch of some runs, so slightly optimistic there", 1 })
end)

t.test("with a few pictures of one seed nothing is called a difference, and it is said why", function()
  local function said(n, right, others)
    local results = { trials = { trial("a", n, { right }), trial("b", n, { others }) } }
    local compared = comparisons.of(results)
    return joined(sentences.differences(compared)) .. verdict.of(summary.of(results), compared)
  end
  for n = 2, 5 do
    for _, others in ipairs { 0, 1, n } do
      local text = said(n, n, others)
      t.ok(text:find(("With %d pictures no difference can be more than chance, not even between a trial that is right on all of "
        .. "them and one that is wrong on all: it takes at least 6 pictures."):format(n), 1, true), text)
      t.ok(text:find("none\n", 1, true)
        and text:find(("chance: with %d pictures no difference could show"):format(n), 1, true), text)
      t.ok(not text:find("interval 0.0 to 0.0", 1, true) and not text:find("100.0 to 100.0, p < ", 1, true), text)
    end
  end
  t.ok(said(6, 6, 0):find("b is worse than a by 100.0 points (95 % interval 8.1 to 100.0, p = 0.031)", 1, true), said(6, 6, 0))
  t.ok(said(1, 1, 0):find("differences were not tested: one picture cannot tell", 1, true), said(1, 1, 0))
end)

t.test("numbers that are the same in every run have no interval and no certainty", function()
  local results = { trials = { trial("a", 9, { 5, 6 }), trial("b", 9, { 5, 4 }) } }
  for _, one in ipairs(results.trials[2].runs) do one.best_epoch = 9 end
  local compared = comparisons.of(results, nil, require("mlprun.experiment.metric").find("best_epoch", results, nil, "test"))
  local text = joined(sentences.differences(compared))
  t.ok(text:find("b against a: +5 (no interval: no run varies, p = 0.50)", 1, true), text)
  local labels = core.tensor.zeros({ 9 }, { dtype = "i64" })
  for _, trial_ in ipairs(results.trials) do
    for _, one in ipairs(trial_.runs) do one.labels, one.path = labels, "x/run" end
  end
  local stored = account.of({ rows = summary.of(results), compared = compared, results = results, cautions = {},
                              differences = {}, cells = {}, conclusion = "" }, "x", { "k" }, {})
  t.ok(stored.differences.list[1].low == nil and stored.differences.list[1].difference == 5)
end)

t.test("runs without a result are left out, pairwise by seed", function()
  local a, b = trial("a", 50, { 30, 31, 32 }), trial("b", 50, { 20, 20, 20 })
  b.runs[2] = { seed = 43, status = "diverged", epochs = 0, seconds = 1 }
  local compared = comparisons.of { trials = { a, b } }
  t.equal(compared[1].seeds, 2)
  t.near(compared[1].difference, (30 + 32) / 100 - 0.4, 1e-12)
  local rows = summary.of { trials = { a, b } }
  t.equal(rows[2].notes, { "1 of 3 runs diverged" })
  t.near(rows[2].accuracy, 0.4, 1e-12)
  t.equal(columns.cells(rows)[3][1], "b  (1 of 3 runs diverged)")
end)

t.test("all trials with the same seeds tell how much runs differ", function()
  local steady, other = { 60, 60, 60 }, { 50, 50, 50 }
  local alone = comparisons.of { trials = { trial("a", 100, steady), trial("b", 100, other) } }
  local wild = trial("wild", 100, { 30, 50, 70 })
  local among = comparisons.of { trials = { trial("a", 100, steady), trial("b", 100, other), wild } }
  t.equal({ alone[1].trials, among[1].trials }, { 2, 3 })
  t.ok(among[1].se > alone[1].se, "a trial whose runs differ makes the others less sure")
  local part = trial("part", 100, steady)
  part.runs[3] = nil
  local both = comparisons.of { trials = { trial("a", 100, steady), trial("b", 100, other), part } }
  t.equal({ both[1].trials, both[1].seeds, both[2].trials, both[2].seeds }, { 2, 3, 3, 2 })
end)

t.test("nothing finished, one trial, no trial: no comparison and no failure", function()
  local none = { name = "a", runs = { { seed = 1, status = "stopped", epochs = 0, seconds = 0 } } }
  local rows = summary.of { trials = { none } }
  t.equal(columns.cells(rows)[2][2], "-")
  t.equal(sentences.differences(comparisons.of { trials = { none, trial("b", 9, { 3 }) } }), {})
  t.equal(sentences.differences(comparisons.of { trials = { trial("b", 9, { 3 }) } }), {})
  t.equal(sentences.differences(comparisons.of { trials = {} }), {})
end)

-- Stops a run of a trial before its end; where it stopped while its weights were measured, trained is true.
local function stop(one, i, trained)
  local run_ = one.runs[i]
  run_.status, run_.trained, run_.train_accuracy, run_.final_gap, run_.epochs = "stopped", trained or false, nil, nil, 4
  return one
end

t.test("runs that were stopped before their end are shown, and compared with nothing", function()
  local a, b = trial("a", 400, { 300, 302, 301 }), trial("b", 400, { 200, 203, 202 })
  local found = outcome.of { trials = { a, stop(trial("b", 400, { 380, 381 }), 1), b } }
  local all = outcome.of { trials = { a, stop(stop(trial("half", 400, { 380, 381 }), 1), 2), b } }
  t.equal({ #found.compared, #all.compared }, { 3, 1 })
  t.equal(found.rows[2].accuracy, 381 / 400, "the mean is that of the other runs")
  t.equal({ all.rows[2].done, all.rows[2].accuracy }, { 0, nil })
  t.equal({ table.unpack(all.cells[3], 1, 6) }, { "half  (2 of 2 runs stopped)", "95.1 %", all.cells[3][3], "-", "-", "-" })
  t.ok(all.cells[3][3]:find("^%d+%.%d to %d+%.%d$"), all.cells[3][3])
  local alone = outcome.of { trials = { a, b } }
  t.equal({ all.compared[1].se, all.rows[1].low }, { alone.compared[1].se, alone.rows[1].low }, "it tells nothing of others")
  local text = joined(all.lines)
  t.ok(text:find("Runs that were stopped before their end, and are compared with nothing (the same command with --resume "
    .. "goes on with them):\nhalf, seed 42: 4 epochs, best validation accuracy 95.0 % at epoch 4\nhalf, seed 43: ",
    1, true), text)
  t.ok(text:find("Conclusion: a has the highest mean (75.2 %); b is worse than a by 24.8 points.", 1, true), text)
  local pair = joined(outcome.of({ trials = { a, stop(trial("half", 400, { 380 }), 1) } }).lines)
  t.ok(pair:find("a has the highest mean (75.2 %); no other trial was trained to its end, so there is nothing to compare it "
    .. "with.", 1, true), pair)
  local none = joined(outcome.of({ trials = { stop(trial("half", 400, { 380 }), 1) } }).lines)
  t.ok(none:find("Conclusion: nothing is concluded: no run was trained to its end.", 1, true), none)
  local said = outcome.of({ trials = { a, stop(trial("half", 400, { 380 }), 1), b } }, { conclude = function(_, f)
    return f:says("half", "a") .. ", " .. f:highest()
  end }).conclusion
  t.equal(said, "half was stopped before its end, a is highest (75.2 %)")
end)

t.test("a run that was stopped while it was measured is compared; what was not measured is not shown", function()
  local a, b = trial("a", 400, { 300, 302 }), stop(trial("b", 400, { 200, 203 }), 2, true)
  local found = outcome.of { trials = { a, b } }
  t.equal({ #found.compared, found.compared[1].seeds, found.rows[2].train }, { 1, 2, nil })
  t.equal({ table.unpack(found.cells[3], 4, 6) }, { "-", "-", "-" })
  t.ok(not joined(found.lines):find("compared with nothing", 1, true), joined(found.lines))
  b.runs[2].correct, b.runs[2].best_epoch, b.runs[2].unmeasured = nil, nil, true
  local text = joined(outcome.of({ trials = { a, b } }).lines)
  t.ok(text:find("\nb, seed 43: its best weights were not measured\n", 1, true), text)
end)

t.test("where trials have one seed in common, that is what is said", function()
  local a, b = trial("a", 400, { 300, 302 }), stop(trial("b", 400, { 200, 203 }), 2)
  local text = joined(outcome.of({ trials = { a, b } }).lines)
  t.ok(text:find("Trials have one seed in common that came to its end: this compares these trained networks, not the ways of "
    .. "training. Another seed may rank them differently; the others, which are missing, would tell.", 1, true), text)
  local one = joined(outcome.of({ trials = { trial("a", 40, { 10 }), trial("b", 40, { 12 }) } }).lines)
  t.ok(one:find("There is one seed only: this compares these trained networks", 1, true), one)
end)

t.test("where some pairs have one seed in common, these are named, whatever their order", function()
  for _, order in ipairs { "abc", "acb", "bac" } do
    local trials = {}
    for name in order:gmatch "." do
      local one = trial(name, 400, { 300, 302, 301 })
      if name == "b" then
        one = trial(name, 400, { 200 })
        for i = 2, 3 do one.runs[i] = { seed = 41 + i, status = "failed", epochs = 0, seconds = 0, reason = "no luck" } end
      elseif name == "c" then one = trial(name, 400, { 299, 303, 302 }) end
      trials[#trials + 1] = one
    end
    local found = outcome.of { trials = trials }
    local text = joined(found.lines)
    local which = ({ abc = "b against a and c against b", acb = "b against a and b against c",
                     bac = "a against b and c against b" })[order]
    t.ok(text:find(which .. " have one seed in common that came to its end: this compares", 1, true), text)
    t.ok(found.conclusion:find(" One seed only for " .. which .. ": the luck", 1, true), found.conclusion)
    t.ok(not found.conclusion:find("with %d seed") and not found.conclusion:find("with 1 seed", 1, true), found.conclusion)
    t.equal(sentences.mark(found.rows, found.compared), "unclear", "what is beyond chance has one seed")
    for _, c in ipairs(found.compared) do
      t.equal(c.p_corrected < 0.05, c.a == "b" or c.b == "b")
    end
    t.ok(comparisons.detectable(found.compared) < 0.05 and comparisons.detectable(found.compared) > 0, "of the pair with seeds")
  end
end)

t.test("a trial with results that could not be compared is named", function()
  local function of(order, rights)
    local trials = {}
    for i, name in ipairs(order) do
      trials[i] = trial(name, 400, rights[name] or { 300, 302 })
      if name == "c" then trials[i].runs = { run(44, 400, 299) } end
    end
    return { trials = trials }
  end
  for _, order in ipairs { { "a", "b", "c", "d" }, { "c", "a", "b", "d" } } do
    local said = outcome.of(of(order, { b = { 301, 299 }, d = { 299, 303 } })).conclusion:gsub("\u{a0}", " ")
    t.ok(said:find("; b and d do not differ from a beyond chance: with 2 seeds", 1, true), said)
    t.ok(said:find("; c was not compared with a (not the same pictures with the same seeds).", 1, true), said)
    local own
    outcome.of(of(order, { b = { 301, 299 }, d = { 200, 203 } }), { conclude = function(_, found)
      own = found:established "a"
      return "x."
    end })
    t.equal(own, "d is worse than a, none is better (c was not compared)")
  end
  local results = of({ "a", "b", "c", "d" }, { b = { 200, 203 } })
  local named = outcome.of(results, { pairs = { { "a", "b" }, { "d", "c" } } }).conclusion
  t.ok(named:find("; b is worse than a by 24.9 points; c was not compared with d (not the same pictures", 1, true), named)
  t.ok(not outcome.of(results, { pairs = { { "a", "b" } } }).conclusion:find("not compared", 1, true), "nobody asked")
  for _, one in ipairs(results.trials) do
    for i, each in ipairs(one.runs) do each.val_loss = i end
  end
  local by_loss = outcome.of(results, { metric = "val_loss" }).conclusion
  t.ok(by_loss:find("; c was not compared with a (a test takes two seeds with a value of both).", 1, true), by_loss)
  for _, one in ipairs(results.trials) do one.runs[2] = nil end
  by_loss = outcome.of(results, { metric = "val_loss" }).conclusion
  t.ok(by_loss:find("; differences in validation loss were not tested: a test takes two seeds with a value of both.", 1,
    true), by_loss)
end)

-- A trial of two deals in two folds of n pictures; each run answers its half.
local function dealt(name, n, rights)
  local one = trial(name, n // 2, rights)
  for i, each in ipairs(one.runs) do
    local first = (i - 1) % 2 * (n // 2) + 1
    each.fold, each.folds, each.deal, each.train_loss = (i - 1) % 2 + 1, 2, (i + 1) // 2, i
    each.samples = core.tensor.arange(first, first + n // 2)
    each.labels = core.tensor.ones(n // 2):to "i64"
  end
  return one
end

t.test("a deal without one of its folds counts for nothing, with all its runs", function()
  local b = dealt("b", 40, { 4, 6, 16, 18 })
  b.runs[3].status, b.runs[3].correct, b.runs[4].train_accuracy = "failed", nil, 0.1
  local found = outcome.of { trials = { dealt("a", 40, { 10, 12, 11, 11 }), b } }
  local row = found.rows[2]
  t.equal({ row.done, row.accuracy, row.train, row.train_loss, found.compared[1].seeds }, { 2, 10 / 40, 0.9, 1.5, 1 })
  t.near(row.gap, 0.9 - 0.25, 1e-12)
  local text = joined(found.lines)
  t.ok(text:find("Runs that are left out, of the table too, because another fold of their deal has no result:\n"
    .. "b, deal 2: seed 45\n", 1, true), text)
  b = dealt("b", 40, { 4, 6, 16, 18 })
  for i = 2, 3 do b.runs[i].status, b.runs[i].correct = "failed", nil end
  found = outcome.of { trials = { dealt("a", 40, { 10, 12, 11, 11 }), b } }
  t.equal({ found.rows[2].done, found.rows[2].accuracy, #found.compared }, { 2, (4 / 20 + 18 / 20) / 2, 0 })
  t.ok(joined(found.lines):find("No deal of b has a result for every fold: what the table shows is the mean of the "
    .. "runs there are.", 1, true), joined(found.lines))
  for _, each in ipairs(b.runs) do each.test_correct, each.test_accuracy = each.correct, 0.5 end
  t.equal(sentences.deals { trials = { b } }, {}, "each run answers for all test pictures")
end)

t.test("many trials are compared with the first one", function()
  local trials = {}
  for i = 1, 8 do trials[i] = trial("t" .. i, 60, { 30 + i, 31 }) end
  local compared = comparisons.of { trials = trials }
  t.equal(#compared, 7)
  for _, c in ipairs(compared) do t.equal(c.a, "t1") end
end)

t.test("runs that ended while they improved are pointed out", function()
  local a = trial("a", 20, { 10, 11, 12 })
  t.equal(sentences.unfinished { trials = { a } }, {})
  for _, one in ipairs(a.runs) do one.used_up = true end
  a.runs[2].best_epoch = a.runs[2].epochs
  t.ok(sentences.unfinished({ trials = { a } })[1].text:find("In 1 of 3 runs the last epoch was the best one", 1, true))
  a.runs[1].best_epoch, a.runs[1].history = a.runs[1].epochs, { { train_loss = 2 }, { train_loss = 3 } }
  t.ok(sentences.unfinished({ trials = { a } })[1].text:find("In 1 of 3 runs the last epoch was the best one while the training "
    .. "loss fell: training may", 1, true))
  a.runs[2].history = { { train_loss = 2 }, { train_loss = 1.4e23 } }
  t.equal(sentences.unfinished { trials = { a } }, {}, "longer training does not help what explodes")
  a.runs[1].best_epoch, a.runs[2].history, a.runs[2].status = 4, nil, "stopped"
  t.equal(sentences.unfinished { trials = { a } }, {})
  a.runs[2].status, a.runs[2].used_up = "finished", false
  t.equal(sentences.unfinished { trials = { a } }, {}, "a limit ended it, which more epochs do not move")
end)

t.test("more epochs are said to go on from where there is a last state", function()
  local a, folder = trial("a", 20, { 10, 11 }), t.folder()
  for k, one in ipairs(a.runs) do
    one.used_up, one.best_epoch, one.path = true, one.epochs, ("%s/%d"):format(folder, k)
    core.sys.make_folder(one.path)
  end
  local function said() return sentences.unfinished({ trials = { a } })[1].text:match "slowly%. (.*)$" end
  t.equal(said(), "More --epochs begin anew: no last state was kept (--keep_last).")
  core.sys.write_file(a.runs[1].path .. "/last.safetensors", "x")
  t.equal(said(), "More --epochs, with --resume, go on from here in 1 of them, and begin anew where no last state was kept "
    .. "(--keep_last).")
  core.sys.write_file(a.runs[2].path .. "/last.safetensors", "x")
  t.equal(said(), "More --epochs, with --resume, go on from here.")
end)

t.test("the usual conclusion says which way, by how much, and what would have shown", function()
  local function says(...)
    local results = { trials = { ... } }
    return verdict.of(summary.of(results), comparisons.of(results))
  end
  local a, b, c = trial("a", 400, { 300, 302, 301 }), trial("b", 400, { 200, 203, 202 }), trial("c", 400, { 299, 303, 302 })
  local all = says(a, b, c)
  t.ok(all:find("c has the highest mean (75.3 %); b is worse than a by 24.8 points; c does not differ from a beyond chance: "
    .. "with 3 seeds and 400 pictures only differences of about ", 1, true), all)
  t.ok(says(b, a, c):find("; a and c are better than b by 24.8 and 24.9 points.", 1, true), says(b, a, c))
  t.ok(says(a, c):find("; c does not differ from a beyond chance", 1, true), says(a, c))
  t.ok(says(a, c, trial("d", 400, { 300, 300, 300 })):find("; no trial differs from a beyond chance", 1, true))
  local one = { trials = { trial("a", 40, { 10 }), trial("b", 40, { 12 }) } }
  for _, own in ipairs { false, "a script's own." } do
    local said = outcome.of(one, { conclude = own and function() return own end or nil }).conclusion
    t.ok(said:find(own or "b has the highest mean", 1, true), said)
    t.ok(said:find(". One seed only: the luck of a training was not tested, only that of the pictures.", 1, true), said)
  end
  t.ok(not outcome.of({ trials = { a, b } }).conclusion:find("One seed", 1, true))
  t.ok(not outcome.of({ trials = { trial("a", 40, { 10 }) } }).conclusion:find("One seed", 1, true), "nothing was compared")
  local broken = { name = "broken", runs = { { seed = 42, status = "diverged", epochs = 0, seconds = 0 } } }
  t.equal(says(a, broken), "a has the highest mean (75.2 %); no other trial finished an epoch, so there is nothing to "
    .. "compare it with.")
  t.equal(says(a, trial("few", 9, { 3, 3, 3 })), "a has the highest mean (75.2 %); differences were not tested: the trials "
    .. "did not answer for the same pictures with the same seeds.")
  local late = says(broken, a, b) -- the first trial has no result, the others are compared all the same
  t.ok(late:find("^a has the highest mean %(75.2 %%%); b is worse than a by 24.8 points%.$"), late)
  t.equal(says(broken, broken), "nothing was measured: no run came that far.")
  t.equal(says(broken), "nothing was measured: no run came that far.")
  t.equal(says(a), "a reaches 75.2 %.")
  local tied = says(a, trial("d", 400, { 300, 302, 301 }))
  t.ok(tied:find("a and d have the same mean, the highest (75.2 %); d does not differ from a", 1, true), tied)
  local pairs_ = { { "a", "b" }, { "c", "d" } }
  local results = { trials = { a, b, c, trial("d", 400, { 200, 202, 201 }) } }
  local both = verdict.of(summary.of(results), comparisons.of(results, pairs_))
  t.ok(both:find("; b is worse than a by 24.8 points; d is worse than c by 25.1 points.", 1, true), both)
end)

t.test("what is compared can be chosen: a loss, a recorded number, balanced accuracy", function()
  local results = { trials = { trial("a", 100, { 50, 51, 52 }), trial("b", 100, { 50, 52, 51 }) } }
  for k, one in ipairs(results.trials) do
    for i, each in ipairs(one.runs) do
      each.val_loss, each.recorded = k + i / 100, { { name = "recall", value = k * 0.3 + i / 100, format = "percent" } }
      each.labels = core.tensor.arange(1, 101):gt(90):to("i64") + 1 -- the second class has the last 10 pictures
    end
  end
  local by_loss = outcome.of(results, { metric = "val_loss" })
  local text = joined(by_loss.lines)
  t.ok(text:find("Differences in validation loss that the data supports (trials compared in pairs, on the same 3 seeds):\n"
    .. "b is worse than a by 1 (95 % interval ", 1, true), text)
  t.ok(text:find("a and b have the same mean accuracy, the highest (51.0 %); compared by validation loss: b is worse than a by "
    .. "1.", 1, true), text)
  local recalls = outcome.of(results, { metric = "recall" })
  t.ok(joined(recalls.lines):find("b is better than a by 30.0 points", 1, true), joined(recalls.lines))
  t.ok(joined(outcome.of(results, { metric = "recall", mode = "min" }).lines):find("b is worse than a by 30.0 points", 1, true))
  local balanced = outcome.of(results, { metric = "balanced_accuracy" })
  t.near(balanced.compared[1].mean_a, (51 / 90) / 2, 1e-12) -- nothing of the second class is right
  local said
  outcome.of(results, { conclude = function(_, found)
    said = { found:says("b", "a"), found:by("val_loss"):says("b", "a"), found:by("recall"):says("a", "b"), found.metric.name }
    return "x."
  end })
  t.ok(said[1]:find("^b cannot be told from a %(0.0 points"), said[1])
  t.ok(said[2]:find("^b is 1 worse than a %(p"), said[2])
  t.ok(said[3]:find("^a is 30.0 points worse than b"), said[3])
  t.equal(said[4], "accuracy")
  for _, one in ipairs(results.trials) do
    for _, each in ipairs(one.runs) do each.recorded[1].name = "norm" end
  end
  local norms = joined(outcome.of(results, { metric = "norm" }).lines) -- nobody said what is better
  t.ok(norms:find("b is higher than a by 30.0 points", 1, true), norms)
  t.ok(norms:find("compared by norm: b is higher than a by 30.0 points.", 1, true), norms)
  t.ok(joined(outcome.of(results, { metric = "norm", mode = "min" }).lines):find("b is worse than a by 30.0 points", 1, true))
  t.raises("there is no metric 'val_los': did you mean 'val_loss'?", outcome.of, results, { metric = "val_los" })
  t.raises('mode is \'most\', expected "max" or "min"', outcome.of, results, { metric = "recall", mode = "most" })
end)

t.test("trials that are the same to the bit are said to be", function()
  local function with_loss(name, loss)
    local one = trial(name, 20, { 10, 11 })
    for i, each in ipairs(one.runs) do each.val_loss, each.train_loss = loss + i, loss - i end
    return one
  end
  local function same_of(trials) return sentences.same({ trials = trials }, twins.of(trials)) end
  local lines = same_of { with_loss("a", 0.5), with_loss("b", 0.5), with_loss("c", 0.6) }
  t.equal(#lines, 1)
  t.ok(lines[1].text:find("a and b are the same to the last bit in every run", 1, true))
  local function setting(name, values, own)
    local one = with_loss(name, 0.5)
    one.values, one.own = values, own
    return one
  end
  local alike = same_of { setting("a", { lr = 0.1, act = "relu" }), setting("b", { act = "relu", lr = 0.1 }) }
  t.equal(alike[1].text, "a and b are the same to the last bit in every run: they set the same values, and b is left out of the "
    .. "comparisons.")
  for _, b in ipairs { { { lr = 0.2 } }, { { lr = 0.1, act = "relu" } }, { nil }, { { lr = 0.1 }, { image_size = 8 } } } do
    local text = same_of { setting("a", { lr = 0.1 }), setting("b", b[1], b[2]) }[1].text
    t.ok(text:find("every run: what they set differently has no effect, and b", 1, true), text)
  end
  local many = {}
  for i = 1, 24 do many[i] = with_loss("w=" .. i, i == 9 and 0.6 or 0.5) end
  t.equal(same_of(many), { { text = "w=1, w=2, w=3, w=4, w=5 and 18 more are the same to the last bit in "
    .. "every run: what they set differently has no effect, and all but w=1 are left out of the comparisons." } })
  t.equal(same_of { trial("a", 20, { 10 }), trial("b", 20, { 10 }) }, {}) -- losses are not known
  -- one whose trials recorded different numbers is the same in what training gives, and compared by those numbers
  local plain, ema = with_loss("plain", 0.5), with_loss("ema", 0.5)
  for i = 1, 2 do plain.runs[i].recorded = { { name = "norm", value = i, format = "number" } } end
  t.equal(#same_of { plain, ema }, 1)
  t.ok(same_of({ plain, ema })[1].text:find("plain and ema are the same to the last bit in accuracy and loss in every run: what "
    .. "they set differently has no effect on these, and ema is left out", 1, true), same_of({ plain, ema })[1].text)
  for i = 1, 2 do ema.runs[i].recorded = { { name = "norm", value = i + 1, format = "number" } } end
  local by_norm = outcome.of({ trials = { plain, ema } }, { metric = "norm" })
  t.equal({ #by_norm.compared, by_norm.compared[1].difference }, { 1, -1 })
  t.ok(not joined(by_norm.lines):find("to the last bit", 1, true), joined(by_norm.lines))
  for i = 1, 2 do ema.runs[i].recorded[1].value = i end
  t.ok(same_of({ plain, ema })[1].text:find("bit in every run: what they set differently has no effect, and", 1, true))
  -- they count as one: in the number of comparisons, in what all trials tell, and in words
  local results = { trials = { with_loss("a", 0.5), with_loss("b", 0.5), with_loss("c", 0.6) } }
  local compared = comparisons.of(results)
  t.equal({ #compared, compared[1].a, compared[1].b, compared[1].trials }, { 1, "a", "c", 2 })
  compared = comparisons.of(results, { { "a", "b" }, { "b", "c" } })
  t.equal({ #compared, compared[1].a, compared[1].b, compared[1].trials }, { 1, "b", "c", 2 })
  t.equal(findings(summary.of(results), compared):says("b", "a"), "b is the same as a to the last bit")
  results.trials[3] = nil
  t.equal(verdict.of(summary.of(results), comparisons.of(results)), "a and b have the same mean, the highest (52.5 %); the two "
    .. "are the same to the last bit.")
end)

t.test("the chart of differences shows those with the first trial, or the pairs that were named, and says them", function()
  local function drawn(said)
    local svg
    forest({ said = said }, function(_, figure, about)
      svg = figure:svg(about)
      return ""
    end)
    return svg
  end
  local function chart(o)
    local results = { trials = { trial("a", 400, { 300, 302, 301 }), trial("b", 400, { 200, 203, 202 }),
                                 trial("c", 400, { 299, 303, 302 }) } }
    for _, one in ipairs(results.trials) do
      for _, r in ipairs(one.runs) do r.path, r.labels = "x/y", r.correct + 1 end
    end
    local found = outcome.of(results, o)
    local said = account.of(found, "x", { "no", "yes" }, {})
    t.equal(said.mark, "clear")
    return drawn(said)
  end
  local svg = chart()
  t.ok(svg:find("<title>Differences in validation accuracy from a: b %-24.%d points %(worse%); c %+0.1 points "
    .. "%(not beyond chance%)%.</title>"), svg)
  t.ok(not svg:find("against", 1, true), svg)
  local named = chart { pairs = { { "b", "c" }, { "a", "b" } } }
  t.ok(named:find(">c against b</text>", 1, true) and named:find(">b against a</text>", 1, true), named)
  t.equal(drawn { lines = { { text = "x" } }, cells = {},
                  differences = { list = {}, metric = { label = "x", format = "percent", mode = "max" } } }, nil)
end)

t.test("csv and markdown escape names", function()
  local results = { name = "x", trials = { trial('a,"b"|c', 10, { 5 }) } }
  t.ok(files.csv(results):find('\n"a,""b""|c",42,finished,0.5,0.9,4,12,2,,,,0.3\n', 1, true), files.csv(results))
  local md = files.markdown("x", "why", columns.cells(summary.of(results)),
    { { text = "A:" }, { text = "one", indent = true } })
  t.ok(md:find('| a,"b"\\|c | 50.0 % |', 1, true), md)
  local odd = trial("<b>*x*</b> [y](z) _it_ a_b `c`", 10, { 5 })
  md = files.markdown("x", "why", columns.cells(summary.of { name = "x", trials = { odd } }), {})
  t.ok(md:find("| &lt;b>\\*x\\*&lt;/b> [y]\\(z) \\_it\\_ a_b \\`c\\` |", 1, true), md)
  md = files.markdown("x", "why", columns.cells(summary.of(results)), { { text = "A:" }, { text = "one", indent = true } })
  t.ok(md:find("| best epoch | epochs run |", 1, true), md)
  t.ok(md:find("\nA:\n\n- one\n", 1, true) or md:find("\nA:\n- one\n", 1, true), md)
end)

t.test("mistakes in what the report is asked for are named", function()
  local results = { trials = { trial("plain", 20, { 10 }), trial("dropout", 20, { 12 }) } }
  local function refused(text, o) t.raises("activity:report: " .. text, asked.outcome, results, o) end
  refused("there is no column 'frist': did you mean 'first'?", { columns = { "frist" } })
  refused("columns is 'first', expected a list of names", { columns = "first" })
  refused("pairs names a trial 'dropuot' that was not run: did you mean 'dropout'?", { pairs = { { "plain", "dropuot" } } })
  refused("pairs[1] is 'plain', expected the names of two trials", { pairs = { "plain", "dropout" } })
  refused("pairs[2] names 1 trial, expected two", { pairs = { { "plain", "dropout" }, { "plain" } } })
  refused("pairs[1] has a field 'to', expected the names of two trials", { pairs = { { "plain", "dropout", to = 1 } } })
  refused("pairs[1] has a field '3', expected the names of two trials", { pairs = { { "plain", "dropout", "plain" } } })
  refused("pairs is 'all', expected a list of pairs of names", { pairs = "all" })
  refused("conclude is 'x', expected a function", { conclude = "x" })
end)

t.test("options of a report that there are not are found in the script's text", function()
  local path = t.folder() .. "/script.lua"
  local function check(text)
    require("mlprun.core").sys.write_file(path, text)
    return require("mlprun.experiment.foresight").check(path)
  end
  t.raises("activity:report in line 3: unknown option 'pair': did you mean 'pairs'?", check,
    "local activity = x\n\nactivity:report { pair = { { 'a', 'b' } } }\n")
  t.raises("unknown option 'colums'", check, "a:report({ conclude = function() if x then y = 1 end end, colums = { 'first' } })")
  for _, text in ipairs { "-- a:report { pair = 1 }", "s = [[a:report { pair = 1 }]]", "s = 'it\\'s a:report { pair = 1 }'",
      "a:report { conclude = function(t) local best = f { pair = 1 } for i = 1, 2 do x = i end return best == 1 end }",
      "a:report(o)", "a:report { pairs = { { 'pair = 1', 'b' } }, --[[ pair = 1 ]] metric = \"val_loss\" }",
      "--[[ a:report {" } do
    t.equal(check(text), nil, text)
  end
  t.equal(require("mlprun.experiment.foresight").check("no such file"), nil)
end)

t.test("the list of what found has is what it has, and anything else is an error", function()
  local known = {}
  for _, field in ipairs(fields.found) do known[field.name] = true end
  t.equal(names.of(findings, { trials = true, metric = true, part = true }), names.of(known))
  local found = findings({}, {})
  t.raises("found has no field 'percnt': did you mean 'percent'?", function() return found.percnt(1) end)
  t.equal(#found, 0)
  for _ in ipairs(found) do error("there is nothing in it") end
end)

t.test("the list of what a trial's row has is what it has", function()
  local one = trial("a", 20, { 10, 12 })
  for _, r in ipairs(one.runs) do
    for name in pairs(columns.KNOWN) do r[name] = 1 end
    r.recorded = { { name = "norm", value = 2, format = "number" } }
  end
  t.equal(names.of(summary.of { trials = { one } }[1]), names.of(fields.trial))
end)

t.test("what two runs differ in is no wider than the terminal", function()
  local function manifest(path, digits)
    return { data = { path = path, fingerprint = "sha256:" .. digits:rep(8) }, options = { p = 0.5 } }
  end
  local cells = compare.differences(manifest("one", "01234567"), manifest("photos of a long summer by the sea", "89abcdef"))
  t.equal(cells[3], { "pictures: fingerprint", "sha256:012345670123", "sha256:89abcdef89ab" })
  t.equal(select(2, compare.text(cells):gsub("\n", "")), 3)
  t.equal(compare.text(cells, 200), compare.text(cells))
  t.equal(compare.text(cells, 33), "pictures: path\n  first   one\n  second  photos of a long summer\n          by the sea\n"
    .. "pictures: fingerprint\n  first   sha256:012345670123\n  second  sha256:89abcdef89ab")
end)

t.done()
