-- ROC, precision-recall, log loss and calibration against scikit-learn's numbers (tests/golden/records/make_rankings.py).
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local metrics = ml.metrics
local golden = core.json.decode(core.sys.read_file("tests/golden/records/rankings.json"))

-- JSON's null stands for NaN there, "inf" for infinity.
local function number(v)
  if v == nil or v == core.json.null then return 0 / 0 end
  return v == "inf" and math.huge or v
end
local function numbers(list)
  local out = {}
  for i = 1, #list do out[i] = number(list[i]) end
  return out
end
local function curves(got, expected, what)
  for i = 1, 3 do t.near(got[i], numbers(expected[i]), 1e-12, what .. " " .. i) end
end

t.test("two classes: areas and curves", function()
  t.ok(#golden.binary >= 6)
  for i, case in ipairs(golden.binary) do
    local y, s = case.labels, case.scores
    t.near(metrics.roc_auc_score(y, s), number(case.auc), 1e-12, "auc " .. i)
    t.near(metrics.average_precision_score(y, s), case.ap, 1e-12, "ap " .. i)
    curves({ metrics.roc_curve(y, s) }, case.roc, "roc " .. i)
    curves({ metrics.roc_curve(y, s, { drop_intermediate = false }) }, case.roc_all, "whole roc " .. i)
    curves({ metrics.precision_recall_curve(y, s) }, case.pr, "precision-recall " .. i)
    t.near(metrics.roc_auc_score(ml.tensor(y, { dtype = "i64" }), ml.tensor(s, { dtype = "f64" })), number(case.auc), 1e-12)
  end
end)

t.test("more classes: each against the rest, pairs, log loss, calibration", function()
  t.ok(#golden.several >= 3)
  for i, case in ipairs(golden.several) do
    local y, s = case.labels, ml.tensor(case.scores, { dtype = "f64" })
    for _, way in ipairs { "ovr", "ovo" } do
      for _, average in ipairs { "macro", "weighted" } do
        t.near(metrics.roc_auc_score(y, s, { multi_class = way, average = average }), case[way .. "_" .. average], 1e-12,
          ("%s %s %d"):format(way, average, i))
      end
    end
    t.near(metrics.roc_auc_score(y, s, { multi_class = "ovr", average = "none" }), case.ovr_none, 1e-12)
    t.near(metrics.average_precision_score(y, s), case.ap_macro, 1e-12)
    t.near(metrics.average_precision_score(y, s, { average = "weighted" }), case.ap_weighted, 1e-12)
    t.near(metrics.log_loss(y, s), case.log_loss, 1e-12)
    t.near(metrics.log_loss(y, s, { normalize = false }), case.log_loss * #y, 1e-9)
    t.near((metrics.calibration_error(y, s)), case.ece10, 1e-12)
    t.near((metrics.calibration_error(y, s, { n_bins = 15 })), case.ece15, 1e-12)
    t.near(metrics.roc_auc_score(y, case.scores, { multi_class = "ovr" }), case.ovr_macro, 1e-12, "lists do as well")
  end
end)

t.test("the bins of a calibration", function()
  local scores = ml.tensor({ { 0.9, 0.1 }, { 0.95, 0.05 }, { 0.4, 0.6 }, { 0.0, 1.0 } }, { dtype = "f64" })
  local error_, bins = metrics.calibration_error({ 1, 2, 2, 2 }, scores)
  t.equal(#bins, 10)
  t.equal({ bins[10].count, bins[9].count, bins[6].count }, { 2, 1, 1 })
  t.near(bins[10].accuracy, 0.5)
  t.near(bins[10].confidence, 0.975, 1e-6)
  t.equal({ bins[1].count, bins[1].accuracy }, { 0 })
  t.near(error_, (math.abs(1.95 - 1) + math.abs(0.9 - 1) + math.abs(0.6 - 1)) / 4, 1e-6)
end)

t.test("a class that does not occur", function()
  t.ok(metrics.roc_auc_score({ 1, 1 }, { 0.1, 0.2 }) ~= metrics.roc_auc_score({ 1, 1 }, { 0.1, 0.2 }), "NaN for one class")
  t.equal(metrics.average_precision_score({ 0, 0 }, { 0.1, 0.2 }, { pos_label = 1 }), 0.0)
  local three = ml.tensor { { 0.8, 0.1, 0.1 }, { 0.1, 0.8, 0.1 } }
  local areas = metrics.roc_auc_score({ 1, 2 }, three, { multi_class = "ovr", average = "none" })
  t.near({ areas[1], areas[2] }, { 1, 1 })
  t.ok(areas[3] ~= areas[3])
end)

t.test("pos_label turns the question round", function()
  t.near(metrics.roc_auc_score({ 3, 3, 7, 7 }, { 0.1, 0.4, 0.35, 0.8 }), 0.75)
  t.near(metrics.roc_auc_score({ 3, 3, 7, 7 }, { 0.1, 0.4, 0.35, 0.8 }, { pos_label = 3 }), 0.25)
end)

t.test("mistakes are named", function()
  local s = ml.tensor { { 0.5, 0.5 }, { 0.9, 0.1 } }
  t.raises("multi_class is not given, expected 'ovo' or 'ovr'", metrics.roc_auc_score, { 1, 2 }, s)
  t.raises("multi_class is 'ovx'", metrics.roc_auc_score, { 1, 2 }, s, { multi_class = "ovx" })
  t.raises("should sum up to 1.0", metrics.roc_auc_score, { 1, 2 }, s * 2, { multi_class = "ovr" })
  t.raises("label 3 of sample 2 is none of the classes 1 to 2", metrics.log_loss, { 1, 3 }, s)
  t.raises("label 0 of sample 1", metrics.log_loss, { 0, 1 }, s)
  t.raises("got 3 labels and 2 rows of scores", metrics.log_loss, { 1, 2, 1 }, s)
  t.raises("got 3 labels and 2 scores", metrics.roc_auc_score, { 0, 1, 1 }, { 0.1, 0.2 })
  t.raises("there are 3 classes and one score", metrics.roc_auc_score, { 0, 1, 2 }, { 0.1, 0.2, 0.3 })
  t.raises("the score of sample 2 is NaN", metrics.roc_auc_score, { 0, 1 }, { 0.1, 0 / 0 })
  t.raises("there are no samples", metrics.roc_auc_score, {}, {})
  t.raises("average is 'all'", metrics.average_precision_score, { 1, 2 }, s, { average = "all" })
  t.raises("did you mean 'average'?", metrics.average_precision_score, { 1, 2 }, s, { averag = "macro" })
  t.raises("n_bins is 0", metrics.calibration_error, { 1, 2 }, s, { n_bins = 0 })
end)

t.done()
