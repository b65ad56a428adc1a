--- mlprun.page.surest - the mistakes that the best run was surest of: picture, what the answer follows from, truth, answer,
--- confidence, file.
local sys = require("mlprun.core").sys
local answered = require "mlprun.report.answered"
local html = require "mlprun.page.html"
local load_ = require "mlprun.report.load"
local maps = require "mlprun.explain.maps"
local model = require "mlprun.report.model"
local words = require "mlprun.base.words"

local SHOWN = 12

local MEANINGS = {
  saliency = "saliency is light where a pixel, changed a little, changes the answer most",
  ["Grad-CAM"] = "Grad-CAM is light where the last convolution found what speaks for the answer",
}

-- The maps of mistakes (see explain/maps.lua); nil and the reason where there are none.
local function maps_of(experiment, run, wrong)
  if experiment.no_pictures then return nil, nil end
  if not sys.exists(run.path .. "/best.safetensors") then return nil, "the weights of this run were not kept (--keep)" end
  local fine, net, about = pcall(model.load, run.path)
  if not fine then return nil, "its net has what no file can hold, so it cannot be made again here" end
  if about.multilabel then return nil, "a map is about one class, and an answer here is a combination of labels" end
  local inputs, answers = {}, {}
  local ok, found = pcall(function()
    for i, one in ipairs(wrong) do
      inputs[i], answers[i] = about.transform(experiment.set:image(one.sample)), one.prediction
    end
    return maps.of_answers(net, inputs, answers)
  end)
  if not ok and sys.stop_requested() then error(found, 0) end
  return ok and found or nil, "they cannot be made of this net and these pictures"
end

local function maps_words(found, why)
  if not found then return why and ("No maps of what the answers follow from: %s."):format(why) or "" end
  local parts = {}
  for i, map in ipairs(found[1]) do parts[i] = MEANINGS[map[1]] end
  return ("Beside each picture stands what the answer follows from: %s."):format(table.concat(parts, "; "))
end

local function figure(experiment, classes, one, found)
  local set = experiment.set
  local known, file = pcall(function() return set:path(one.sample) end)
  if known and file and file:sub(1, #set.root + 1) == set.root .. "/" then file = file:sub(#set.root + 2) end
  local shown = { html.image(experiment.picture(one.sample), ("%s, taken for %s"):format(classes[one.label],
    classes[one.prediction])) }
  for _, map in ipairs(found or {}) do shown[#shown + 1] = html.image(map[2], map[1]) end
  return ('<figure><div class="row">%s</div><figcaption>is <b>%s</b><br>taken for <b>%s</b> (%s)%s</figcaption></figure>'):format(
    table.concat(shown), html.escape(classes[one.label]), html.escape(classes[one.prediction]), words.percent(one.sure),
    known and file and "<br>" .. html.escape(file) or "")
end

return function(experiment)
  local best, trial = answered.best_run(experiment)
  local manifest = best and load_.manifest(best.path)
  if not manifest or type(manifest.classes) ~= "table" then return nil end
  local given = answered.read(best, manifest.classes)
  if not given or #given.wrong == 0 then return nil end
  local shown = table.move(given.wrong, 1, math.min(SHOWN, #given.wrong), 1, {})
  local found, why = maps_of(experiment, best, shown)
  local out = {}
  for i, one in ipairs(shown) do out[i] = figure(experiment, manifest.classes, one, found and found[i]) end
  return { title = ("The surest mistakes: %s, seed %d"):format(trial, best.seed), body = ('<p class="quiet">%d of %d %s '
    .. '%s answered wrongly by this run, the best one. %s%s</p>\n<div class="mistakes">\n%s\n</div>'):format(#given.wrong,
    #given.labels, given.part, #given.wrong == 1 and "pictures is" or "pictures are", html.words(experiment.no_pictures or ""),
    html.words(maps_words(found, why)), table.concat(out, "\n")) }
end
