--- mlprun.experiment.answers - what TensorBoard shows of the best weights' answers, beside the curves: scikit-learn's report
--- and the confusion matrix as text, the matrix as a picture, and some of the pictures with what they were taken for.
local core = require "mlprun.core"
local plot = require "mlprun.plot"

local answers = {}

local SHOWN = 16 -- pictures in the grid

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

-- Where the pictures of answers are in the set: bad ones have no answer.
local function places_of(given, set)
  local place, list = {}, given.samples:tolist()
  for i, sample in ipairs(set:samples():tolist()) do place[sample] = i end
  for i, sample in ipairs(list) do list[i] = place[sample] end
  return list
end

-- Pictures of all classes, labelled "class" where they were recognised and "class: taken for" where not.
local function grid_of(set, classes, given)
  local images, labels, good = {}, {}, {}
  local wanted, got, places = given.labels:tolist(), given.predictions:tolist(), places_of(given, set)
  for n, i in ipairs(answers.of_all_classes(wanted, SHOWN)) do
    images[n], good[n] = set:image(places[i]), wanted[i] == got[i]
    labels[n] = good[n] and classes[wanted[i]] or ("%s: %s"):format(classes[wanted[i]], classes[got[i]])
  end
  return #images > 0 and plot.image_grid(images, { labels = labels, good = good }) or nil
end

--- Logs them.
---@param writer mlprun.SummaryWriter
---@param part string   "val" or "test": what the tags begin with
---@param set Dataset   the pictures that were answered for
---@param classes string[]
---@param given table    labels, predictions, samples: see evaluate.lua
---@param step integer   the epoch of the weights
function answers.log(writer, part, set, classes, given, step)
  local confusion = core.metrics.ConfusionMatrix(classes)
  confusion:add(given.predictions, given.labels)
  writer:add_text(part .. "/classification_report", block(confusion:report()), step)
  writer:add_text(part .. "/confusion_matrix", block(tostring(confusion)), step)
  add_figure(writer, part .. "/confusion_matrix_picture", plot.confusion_matrix(confusion), step)
  local grid = grid_of(set, classes, given)
  if grid then add_figure(writer, part .. "/predictions", grid, step) end
end

return answers
