--- metrics - confusion matrices, scikit-learn's scores under their own names, and statistics.
--
-- Labels come first, as in scikit-learn; a ConfusionMatrix counts classes 1..n instead, predictions first, as a loss does:
-- confusion:add(output:argmax { dim = 2 }, labels).
local raw = require("mlprun.core").metrics

local metrics = {
  ConfusionMatrix = raw.ConfusionMatrix,
  stats = raw.stats,
  statistics = raw.stats,
}

for _, part in ipairs { "classification", "ranking", "probability" } do
  for name, fn in pairs(require("mlprun.metrics." .. part)) do metrics[name] = fn end
end
metrics.temperature = require("mlprun.metrics.calibration").temperature

return metrics
