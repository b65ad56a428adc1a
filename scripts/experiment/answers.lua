--- mlprun.experiment.answers - what TensorBoard shows of the best weights' answers, beside the curves: scikit-learn's report
--- and the confusion matrix as text, the matrix as a picture, and some validation pictures with what they were taken for.
local core = require "mlprun.core"
local plot = require "mlprun.plot"

local answers = {}

local SHOWN = 16 -- validation pictures in the grid

local function block(body) return "```\n" .. body .. "\n```" end

local function add_figure(writer, tag, figure, step)
  writer:add_image(tag, figure:image(1):tensor(), step, { dataformats = "HWC" })
end

-- The first validation pictures, labelled "class" where they were recognised and "class: taken for" where not.
local function grid_of(fields, given)
  local classes, images, labels, good = fields.classes, {}, {}, {}
  local wanted, got = given.labels:tolist(), given.predictions:tolist()
  for i = 1, math.min(SHOWN, #wanted) do
    local ok, image = pcall(fields.val.image, fields.val, i)
    if not ok then break end -- answers leave bad pictures out, so the places behind one are others
    images[i], good[i] = image, wanted[i] == got[i]
    labels[i] = good[i] and classes[wanted[i]] or ("%s: %s"):format(classes[wanted[i]], classes[got[i]])
  end
  return #images > 0 and plot.image_grid(images, { labels = labels, good = good }) or nil
end

--- Logs them.
---@param writer mlprun.SummaryWriter
---@param fields table   classes, val (the validation pictures)
---@param given table    labels, predictions (tensors, in the order of val)
---@param step integer   the epoch of the weights
function answers.log(writer, fields, given, step)
  local confusion = core.metrics.ConfusionMatrix(fields.classes)
  confusion:add(given.predictions, given.labels)
  writer:add_text("val/classification_report", block(confusion:report()), step)
  writer:add_text("val/confusion_matrix", block(tostring(confusion)), step)
  add_figure(writer, "val/confusion_matrix_picture", plot.confusion_matrix(confusion), step)
  local grid = grid_of(fields, given)
  if grid then add_figure(writer, "val/predictions", grid, step) end
end

return answers
