--- mlprun.page.calibration - whether the best trial is right as often as it is sure.
local answered = require "mlprun.report.answered"
local core = require "mlprun.core"
local html = require "mlprun.page.html"
local metrics = require "mlprun.metrics"
local plot = require "mlprun.plot"
local words = require "mlprun.base.words"

local BINS, FEW = 10, 5 -- FEW: a bin of fewer answers says nothing, and is not drawn

local function series_of(bins)
  local line = { name = "this net", x = {}, y = {} }
  for _, bin in ipairs(bins) do
    if bin.count >= FEW then
      line.x[#line.x + 1], line.y[#line.y + 1] = 100 * bin.confidence, 100 * bin.accuracy
    end
  end
  return line
end

-- "surer than it is right", in words of the mean of both.
local function finding(bins, error)
  local sure, right, count = 0, 0, 0
  for _, bin in ipairs(bins) do
    if bin.count > 0 then
      sure, right, count = sure + bin.count * bin.confidence, right + bin.count * bin.accuracy, count + bin.count
    end
  end
  sure, right = sure / count, right / count
  local verdict = math.abs(sure - right) < 0.02 and "about as sure as it is right"
    or sure > right and "surer than it is right" or "less sure than it is right"
  return ("The net is %s: on average %s sure, and right in %s of the answers. Confidence and accuracy differ by %s points on "
    .. "average over %d levels of confidence (expected calibration error)."):format(verdict, words.percent(sure),
    words.percent(right), words.points(error), BINS)
end

return function(experiment, show)
  local one = experiment.best or experiment.baseline
  if not one then return nil end
  local labels, scores = {}, {}
  for i, given in ipairs(one.list) do labels[i], scores[i] = given.labels, given.scores end
  local ok, error, bins = pcall(metrics.calibration_error, core.tensor.cat(labels), core.tensor.cat(scores), { n_bins = BINS })
  local line = ok and series_of(bins)
  if not ok or #line.x == 0 then return nil end
  local said = finding(bins, error)
  local figure = plot.plot({ line, { name = "as sure as right", x = { 0, 100 }, y = { 0, 100 }, colour = "#7f7f7f" } },
    { title = "Confidence and accuracy", xlabel = "confidence, %", ylabel = "right, %", ymin = 0,
      ymax = 100, width = 460, height = 380 })
  return { title = "Is it as sure as it is right? " .. answered.whose(one),
           body = ('<p>%s</p>\n<div class="one">%s</div>'):format(html.words(said),
    show("calibration", figure, said)) }
end
