-- metrics with weights, chosen labels, names, and several labels for each sample: calls with scikit-learn's answers
-- (tests/golden/records/make_scores.py).
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local metrics, null = ml.metrics, core.json.null
local golden = core.json.decode(core.sys.read_file("tests/golden/records/scores.json"))

local function number(v)
  if type(v) == "table" then
    local list = {}
    for i = 1, #v do list[i] = number(v[i]) end
    return list
  end
  if v == nil or v == null or v == "nan" then return 0 / 0 end
  return v == "inf" and math.huge or v
end

local function got(call)
  local o = {}
  for name, value in pairs(call.options) do o[name] = value end
  if o.zero_division == "nan" then o.zero_division = 0 / 0 end
  local values = table.pack(metrics[call.name](call.truth, call.answers, o))
  for i = 1, values.n do
    if ml.is_tensor(values[i]) then values[i] = values[i]:tolist() end
  end
  return values
end

local by_name = {}
for _, call in ipairs(golden.calls) do
  by_name[call.name] = by_name[call.name] or {}
  table.insert(by_name[call.name], call)
end
for _, name in ipairs(require("mlprun.base.names").sorted(by_name)) do
  t.test(("%s has scikit-learn's numbers (%d calls)"):format(name, #by_name[name]), function()
    for i, call in ipairs(by_name[name]) do
      local what = ("%s %d with %s"):format(name, i, core.json.encode(call.options))
      local values = got(call)
      if name:find("curve") then
        for k = 1, 3 do t.near(values[k], number(call.value[k]), 1e-12, what) end
      elseif type(call.value) == "string" and call.value ~= "inf" then
        t.equal(values[1], call.value, what)
      else
        t.near(values[1], number(call.value), 1e-12, what)
      end
    end
  end)
end

t.test("what cannot be measured is said", function()
  local macro = { average = "macro" }
  t.raises("zero_division is 'warn', expected a number", metrics.f1_score, { 1, 2 }, { 1, 2 }, { average = "macro",
    zero_division = "warn" })
  t.raises("scale_by_half is 3, expected true, false or 'auto'", metrics.brier_score_loss, { 0, 1 }, { 0.5, 0.5 },
    { scale_by_half = 3 })
  local closed = ml.ones { 1 }
  closed:close()
  t.raises("closed", metrics.accuracy_score, closed, closed)
  t.raises("label 2 is a number, expected a text as before", metrics.accuracy_score, { "a", 1 }, { "a", "a" })
  t.raises("the weight of sample 2 is -1", metrics.accuracy_score, { 1, 2 }, { 1, 2 }, { sample_weight = { 1, -1 } })
  t.raises("got 2 labels and 1 weights", metrics.f1_score, { 1, 2 }, { 1, 2 }, { average = "macro", sample_weight = { 1 } })
  t.raises("beta is -1", metrics.fbeta_score, { 1, 2 }, { 1, 2 }, { average = "macro", beta = -1 })
  t.raises("labels names a label twice", metrics.f1_score, { 1, 2 }, { 1, 2 }, { average = "macro", labels = { 1, 1 } })
  t.raises("multilabel_confusion_matrix has a matrix", metrics.confusion_matrix, { { 1, 0 } }, { { 1, 0 } })
  t.raises("have other numbers than 0 and 1", metrics.f1_score, { { 1, 2 } }, { { 1, 0 } }, macro)
  -- scikit-learn's of float16 are 0.11944580078125 and 2.4296875: it sums in float16
  t.near(metrics.log_loss({ 0, 1, 1 }, ml.tensor({ 0, 0.7, 1 }):half()), 0.1194458, 1e-4)
  t.near(metrics.log_loss({ 0, 1, 1 }, ml.tensor({ 1, 0.7, 1 }):half()), 2.4296875, 2e-3)
  t.raises("the option labels is not in sorted order", metrics.log_loss, { "a" }, { { 0.5, 0.5 } }, { labels = { "b", "a" } })
end)

t.done()
