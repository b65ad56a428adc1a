--- mlprun.page.surest - the mistakes that the best run was surest of: picture, truth, answer, confidence, file.
local answered = require "mlprun.report.answered"
local html = require "mlprun.page.html"
local load_ = require "mlprun.report.load"
local mistakes = require "mlprun.experiment.mistakes"
local words = require "mlprun.base.words"

local SHOWN = 12

local function figure(experiment, classes, one)
  local set = experiment.set
  local known, file = pcall(function() return set:path(one.sample) end)
  if known and file and file:sub(1, #set.root + 1) == set.root .. "/" then file = file:sub(#set.root + 2) end
  return html.captioned(experiment.picture(one.sample), ("is <b>%s</b><br>taken for <b>%s</b> (%s)%s"):format(
    html.escape(classes[one.label]), html.escape(classes[one.prediction]), words.percent(one.sure),
    known and file and "<br>" .. html.escape(file) or ""), ("%s, taken for %s"):format(classes[one.label],
    classes[one.prediction]))
end

return function(experiment)
  local best, trial = answered.best_run(experiment)
  local manifest = best and load_.manifest(best.path)
  if not manifest or type(manifest.classes) ~= "table" then return nil end
  local ok, given = pcall(mistakes.read, best.path, manifest.classes)
  if not ok or #given.wrong == 0 then return nil end
  local out = {}
  for i = 1, math.min(SHOWN, #given.wrong) do out[i] = figure(experiment, manifest.classes, given.wrong[i]) end
  return { title = ("The surest mistakes: %s, seed %d"):format(trial, best.seed), body = ('<p class="quiet">%d of %d %s '
    .. 'pictures are answered wrongly by this run, the best one. %s</p>\n<div class="mistakes">\n%s\n</div>'):format(#given.wrong,
    #given.labels, given.part, html.escape(experiment.no_pictures or ""), table.concat(out, "\n")) }
end
