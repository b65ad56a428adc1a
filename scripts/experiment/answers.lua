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

--- Places of labels, of all classes: the first of each class, then the second of each, up to `most`.
function answers.of_all_classes(labels, most)
  local rounds, seen, list = {}, {}, {}
  for i, label in ipairs(labels) do
    seen[label] = (seen[label] or 0) + 1
    local round = rounds[seen[label]] or {}
    rounds[seen[label]], round[#round + 1] = round, i
  end
  for _, round in ipairs(rounds) do table.move(round, 1, math.min(#round, most - #list), #list + 1, list) end
  return list
end

-- Where the pictures of answers are among the validation pictures: bad ones have no answer.
local function places_of(given, val)
  local place, list = {}, given.samples:tolist()
  for i, sample in ipairs(val:samples():tolist()) do place[sample] = i end
  for i, sample in ipairs(list) do list[i] = place[sample] end
  return list
end

-- Validation pictures of all classes, labelled "class" where they were recognised and "class: taken for" where not.
local function grid_of(fields, given)
  local classes, images, labels, good = fields.classes, {}, {}, {}
  local wanted, got, places = given.labels:tolist(), given.predictions:tolist(), places_of(given, fields.val)
  for n, i in ipairs(answers.of_all_classes(wanted, SHOWN)) do
    images[n], good[n] = fields.val:image(places[i]), wanted[i] == got[i]
    labels[n] = good[n] and classes[wanted[i]] or ("%s: %s"):format(classes[wanted[i]], classes[got[i]])
  end
  return #images > 0 and plot.image_grid(images, { labels = labels, good = good }) or nil
end

--- Logs them.
---@param writer mlprun.SummaryWriter
---@param fields table   classes, val (the validation pictures)
---@param given table    labels, predictions, samples: see evaluate.lua
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
