--- mlprun.experiment.answers - what TensorBoard shows of the best weights' answers, beside the curves: scikit-learn's report
--- and the confusion matrix as text, and the matrix as a picture. gallery.lua has the pictures that were answered for.
local core = require "mlprun.core"
local plot = require "mlprun.plot"

local answers = {}

local function block(body) return "```\n" .. body .. "\n```" end

--- Logs them.
---@param writer SummaryWriter
---@param part string     "val" or "test": what the tags begin with
---@param classes string[]
---@param given table     labels, predictions: see evaluate.lua
---@param step integer
function answers.log(writer, part, classes, given, step)
  local confusion = core.metrics.ConfusionMatrix(classes)
  confusion:add(given.predictions, given.labels)
  writer:add_text(part .. "/classification_report", block(confusion:report()), step)
  writer:add_text(part .. "/confusion_matrix", block(tostring(confusion)), step)
  writer:add_figure(part .. "/confusion_matrix_picture", plot.confusion_matrix(confusion), step)
end

return answers
