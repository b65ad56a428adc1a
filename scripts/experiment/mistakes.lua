--- mlprun.experiment.mistakes - what a trained net got wrong: from predictions.npz in a run's folder.
local core = require "mlprun.core"

local mistakes = {}

-- Most first; equal ones in the order of their places.
local function falling(by)
  return function(a, b) return a[by] > b[by] or a[by] == b[by] and a.place < b.place end
end

-- The samples that were answered wrongly, those that the net was surest of first.
local function wrong_ones(labels, predictions, samples, sure)
  local list = {}
  for i, label in ipairs(labels) do
    if predictions[i] ~= label then
      list[#list + 1] = { sample = samples[i], label = label, prediction = predictions[i], sure = sure[i], place = i }
    end
  end
  table.sort(list, falling "sure")
  return list
end

--- The pairs of classes that were confused, most often first: a list of { label, prediction, count, share (of the pictures with
--- this label) }.
---@param confusion ConfusionMatrix
---@return table[]
function mistakes.confused(confusion)
  local list, counts = {}, confusion:matrix():tolist()
  for label, row in ipairs(counts) do
    local all = 0
    for _, count in ipairs(row) do all = all + count end
    for prediction, count in ipairs(row) do
      if prediction ~= label and count > 0 then
        list[#list + 1] = { label = label, prediction = prediction, count = math.tointeger(count) or count, share = count / all,
                            place = (label - 1) * #counts + prediction }
      end
    end
  end
  table.sort(list, falling "count")
  return list
end

--- The answers in a run's folder for the pictures that judge (see judged.lua), which count from 1 here.
---@param path string
---@param classes string[]
---@return table   part ("test" or "validation"), labels, predictions, samples, scores (tensors), confusion (a
---                ConfusionMatrix), wrong (a list of { sample, label, prediction, sure }) and confused (a list of { label,
---                prediction, count })
function mistakes.read(path, classes)
  local saved = core.io.npz_load(path .. "/predictions.npz")
  local test = saved.test_labels ~= nil
  local function of(name) return saved[test and "test_" .. name or name] end
  local labels, predictions, samples = of "labels" + 1, of "predictions" + 1, of "samples" + 1
  local confusion = core.metrics.ConfusionMatrix(classes)
  confusion:add(predictions, labels)
  local scores = of "scores"
  local sure = scores:max({ dim = 2 }):tolist()
  local wrong = wrong_ones(labels:tolist(), predictions:tolist(), samples:tolist(), sure)
  return { part = test and "test" or "validation", labels = labels, predictions = predictions, samples = samples,
           scores = scores, confusion = confusion, wrong = wrong, confused = mistakes.confused(confusion) }
end

--- The answers of one run, with the confusion of all.
---@param one table      read's
---@param all table[]    several of them
---@param classes string[]
function mistakes.together(one, all, classes)
  one.runs = #all
  if #all > 1 then
    one.confusion = core.metrics.ConfusionMatrix(classes)
    for _, each in ipairs(all) do one.confusion:add(each.predictions, each.labels) end
    one.confused = mistakes.confused(one.confusion)
  end
  return one
end

return mistakes
