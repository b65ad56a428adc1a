-- Temperatures against SciPy's, and what a run keeps of them.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local calibration = require "mlprun.metrics.calibration"

t.test("the temperature is the one with the least log loss", function()
  for _, case in ipairs(core.json.decode(core.sys.read_file "tests/golden/records/temperature.json")) do
    local logits = ml.tensor(case.logits, { dtype = "f64" })
    local found = ml.metrics.temperature(case.labels, logits)
    t.near(found, case.temperature, 1e-5 * case.temperature)
    local function loss(at) return ml.metrics.log_loss(case.labels, (logits / at):softmax(2)) end
    t.ok(loss(found) <= loss(found * 1.01) and loss(found) <= loss(found * 0.99), "neighbours are worse")
  end
end)

t.test("answers that are always right, and noise, end at the limits", function()
  local right = ml.tensor { { 1, 0 }, { 0, 1 }, { 2, 0 }, { 0, 3 } }
  t.near(ml.metrics.temperature({ 1, 2, 1, 2 }, right:float()), 0.05, 1e-6)
  t.near(ml.metrics.temperature({ 2, 1, 2, 1 }, right:float()), 20, 1e-3)
end)

t.test("the error with it is measured on pictures that it was not fitted to", function()
  ml.manual_seed(1)
  local n = 400
  local labels = ml.randint(1, 4, { n })
  local logits = ml.randn { n, 3 }
  for i, label in ipairs(labels:tolist()) do logits[i][label] = logits[i][label]:item() + 1 end
  local found = calibration.of(labels, logits * 5)
  t.ok(found.temperature > 2.5 and found.temperature < 10, found.temperature)
  t.ok(found.calibrated_error < found.error / 2, found.calibrated_error)
  t.near(found.error, (ml.metrics.calibration_error(labels, (logits * 5):double():softmax(2))), 1e-12)
  t.equal(calibration.of(labels, logits * (1 / 0)), nil)
  t.equal(calibration.of(labels:narrow(1, 1, 2), logits:narrow(1, 1, 2)), nil)
end)

t.test("mistakes are one sentence", function()
  t.raises("one for each of 2 rows", ml.metrics.temperature, { 1 }, ml.ones { 2, 3 })
  t.raises("n x classes", ml.metrics.temperature, { 1 }, ml.ones { 2 })
end)

t.done()
