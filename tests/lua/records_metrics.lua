-- metrics: scikit-learn's numbers and text, the ConfusionMatrix, statistics.
local t = dofile("tests/lua/harness.lua")
local core = require("mlprun.core")
local metrics, json = require("mlprun.metrics"), core.json
local tensor = core.tensor.tensor

local function read(path)
  local f <close> = assert(io.open(path))
  return f:read("a")
end

local golden = json.decode(read("tests/golden/records/reports.json"))

local function number(x) return x == json.null and 0 / 0 or x end

local function numbers(list)
  local out = {}
  for i, x in ipairs(list) do out[i] = number(x) end
  return out
end

local function plain(x) return x ~= json.null and x or nil end

for i, case in ipairs(golden.cases) do
  t.test(("case %d has scikit-learn's report, matrix and scores"):format(i), function()
    local zero = case.zero_division == "nan" and 0 / 0 or case.zero_division
    local listed = plain(case.listed)
    local y, p = case.labels, case.predictions
    t.equal(metrics.classification_report(y, p, { labels = listed, target_names = plain(case.names), digits = case.digits,
      zero_division = zero }), case.text)
    for option, key in pairs { ["true"] = "by_true", pred = "by_predicted", all = "by_all" } do
      t.near(metrics.confusion_matrix(y, p, { labels = listed, normalize = option }):tolist(), case[key], 1e-12, key)
    end
    local matrix, values = metrics.confusion_matrix(y, p, { labels = listed })
    t.near(matrix:tolist(), case.matrix, 0)
    if not listed then
      local o = { average = "none", zero_division = zero }
      t.near(metrics.precision_score(y, p, o), numbers(case.precision), 1e-12)
      t.near(metrics.recall_score(y, p, o), numbers(case.recall), 1e-12)
      t.near(metrics.f1_score(y, p, o), numbers(case.f1), 1e-12)
      t.equal(#values, #case.matrix)
    end
    t.near(metrics.accuracy_score(y, p), case.accuracy, 1e-12)
    t.near(metrics.balanced_accuracy_score(y, p), number(case.balanced), 1e-12)
    t.near(metrics.cohen_kappa_score(y, p), number(case.kappa), 1e-12)
    t.near(metrics.cohen_kappa_score(y, p, { weights = "linear" }), number(case.linear), 1e-12)
    t.near(metrics.cohen_kappa_score(y, p, { weights = "quadratic" }), number(case.quadratic), 1e-12)
    t.near(metrics.matthews_corrcoef(y, p), number(case.mcc), 1e-12)
  end)
end

local labels, predictions = { 1, 1, 1, 2, 2, 2, 2, 3, 3, 3 }, { 1, 1, 2, 2, 2, 2, 1, 3, 3, 2 }

local function sample()
  return metrics.ConfusionMatrix { "cat", "dog", "owl" }:add(tensor(predictions), tensor(labels))
end

t.test("a ConfusionMatrix counts classes from 1", function()
  local c = sample()
  t.equal(c:matrix():tolist(), { { 2, 1, 0 }, { 1, 3, 0 }, { 0, 1, 2 } })
  t.near(c:accuracy(), 0.7, 1e-12)
  t.equal(c:total(), 10)
  t.equal(c:classes(), { "cat", "dog", "owl" })
  t.equal(c:support(), { 3, 4, 3 })
  t.near(c:average("macro").recall, 0.69444444444444, 1e-12)
  t.equal(c:report_table()[2].name, "dog")
  t.near(c:report_table().weighted.f1, 0.70666666666667, 1e-12)
  t.ok(tostring(c):find("dog    1    3    0", 1, true), "the text has the row of 'dog'")
  t.equal(c:reset():total(), 0)
  t.equal(metrics.ConfusionMatrix(2):classes(), { "1", "2" })
end)

t.test("mistakes with a ConfusionMatrix are named", function()
  local c = sample()
  t.raises("label 4 at position 1, expected 1 to 3", c.add, c, tensor { 1 }, tensor { 4 })
  t.raises("prediction 0 at position 2", c.add, c, tensor { 1, 0 }, tensor { 1, 1 })
  t.raises("one prediction per label", c.add, c, tensor { 1, 2 }, tensor { 1 })
  t.raises("not a class: expected whole numbers", c.add, c, tensor { 1.5 }, tensor { 1 })
  t.raises("digits is -1", c.report, c, { digits = -1 })
  t.raises("did you mean 'digits'", c.report, c, { digit = 2 })
  t.raises("normalize is 'rows'", c.matrix, c, { normalize = "rows" })
  t.raises("did you mean 'accuracy'", function() return c.acuracy end)
  t.raises("class names or the number", metrics.ConfusionMatrix, "x")
  t.raises("got 0 classes", metrics.ConfusionMatrix, 0)
  t.raises("does not match size of target_names, 2", metrics.classification_report, labels, predictions,
    { target_names = { "a", "b" } })
  t.raises("average is not given", metrics.f1_score, labels, predictions)
  t.raises("got 10 labels and 1 predictions", metrics.accuracy_score, labels, { 1 })
  t.raises("did you mean 'normalize'", metrics.accuracy_score, labels, predictions, { normalise = true })
end)

t.test("top-k accuracy and binary scores", function()
  local scores = tensor { { .2, .5, .3 }, { .4, .5, .1 }, { .1, .2, .7 } }
  t.near(metrics.top_k_accuracy_score({ 3, 1, 1 }, scores, { k = 2 }), 2 / 3, 1e-12)
  t.raises("k is 4", metrics.top_k_accuracy_score, { 3, 1, 1 }, scores, { k = 4 })
  t.near(metrics.recall_score(labels, predictions, { pos_label = 2 }), 0.75, 1e-12)
  t.raises("pos_label 9 does not occur", metrics.recall_score, labels, predictions, { pos_label = 9 })
end)

t.test("statistics give intervals, tests and comparisons", function()
  local stats = metrics.stats
  local i = stats.t_interval { .81, .83, .79, .85, .80 }
  t.near({ i.low, i.high }, { 0.7860967710610961, 0.845903228938904 }, 1e-12)
  t.near(stats.wilson(7, 20).low, 0.1811918241010821, 1e-12)
  t.near(stats.mcnemar(3, 12), 0.03515625, 1e-12)
  t.near(stats.holm { .04, .01, .03 }, { .06, .03, .06 }, 1e-12)
  t.near(stats.paired({ .81, .83, .79, .85, .80 }, { .78, .80, .80, .81, .77 }).p, 0.05121692082445571, 1e-10)
  t.near(stats.t_quantile(.975), 1.959963984540054, 1e-12)
  t.equal(stats.bootstrap({ 1, 2, 3 }, { seed = 4 }), stats.bootstrap({ 1, 2, 3 }, { seed = 4 }))
  local a, b = tensor { { 1, 1, 0, 1 }, { 0, 1, 0, 1 } }, tensor { { 0, 1, 0, 0 }, { 0, 1, 0, 0 } }
  local c = stats.compare(a, b)
  t.near(c.difference, .375, 1e-12)
  t.equal(c, stats.compare({ a[1], a[2] }, { b[1], b[2] }))
  t.ok(c.includes_runs and not stats.compare(a[1], b[1]).includes_runs, "runs are included with two seeds only")
  t.near(stats.accuracy(a).mean, .625, 1e-12)
  t.raises("compare trials that were evaluated on the same images", stats.compare, a, b[1])
  t.raises("confidence is 95", stats.compare, a, b, { confidence = 95 })
end)

t.test("trials are compared together, in the pairs that are named", function()
  local stats = metrics.stats
  local a, b = tensor { { 1, 1, 0, 1 }, { 0, 1, 0, 1 } }, tensor { { 0, 1, 0, 0 }, { 0, 1, 0, 0 } }
  local all = stats.compare_trials { a, b, a }
  t.equal(#all, 3)
  t.near({ all[1].difference, all[2].difference, all[3].difference }, { .375, 0, -.375 }, 1e-12)
  local named = stats.compare_trials({ a, b, a }, { pairs = { { 2, 3 } } })
  t.equal(#named, 1)
  t.equal(named[1], all[3])
  t.equal(stats.compare_trials { a, b }, { stats.compare(a, b) })
  local balanced = stats.accuracies({ a, b }, { weight = { 2, .5, .5, 1 } })
  t.near({ balanced[1].mean, balanced[2].mean }, { (3.5 + 1.5) / 8, .5 / 4 }, 1e-12)
  t.near(stats.compare_values({ { 1, 2 }, { 3, 5 } })[1].difference, -2.5, 1e-12)
  t.near(stats.detectable(1, math.huge), 1.959963984540054 + 0.8416212335729143, 1e-9)
  t.raises("trial 1 has 2 seeds x 4 images but trial 2 has 1 x 4", stats.compare_trials, { a, b[1] })
  t.raises("pairs is a list of { a, b }", stats.compare_trials, { a, b }, { pairs = { 1 } })
  t.raises("a pair is of trials 1 and 3, expected two of 1 to 2", stats.compare_trials, { a, b }, { pairs = { { 1, 3 } } })
  t.raises("weight has 2 numbers for 4 images", stats.compare_trials, { a, b }, { weight = { 1, 2 } })
  t.raises("got 1 seeds, expected at least 2", stats.compare_values, { { 1 }, { 2 } })
end)

t.done()
