--- mlprun.experiment.beginning - what an experiment says before its first trial.
local console = require "mlprun.experiment.console"
local folds = require "mlprun.experiment.folds"
local leftovers = require "mlprun.experiment.leftovers"
local limits = require "mlprun.experiment.limits"
local pictures = require "mlprun.experiment.pictures"
local skipped = require "mlprun.data.skipped"
local watch = require "mlprun.experiment.watch"
local words = require "mlprun.base.words"

-- "45 steps": of an epoch that goes once through the training pictures; with folds of the smallest part. A sampler, or pictures
-- of a trial's own, may give it others, which is not known yet.
local function steps_of(data, o)
  local part = #data.train
  if data.folds then part = part - math.ceil(part / data.folds) end
  return (data.folds and "about " or "") .. words.count(math.ceil(part / o.batch_size), "step")
end

-- When a run ends early. The first epoch is always a better one.
local function stopped_when(o, watched)
  local smaller = o.min_delta > 0 and (", which is one by more than %.6g (--min_delta)"):format(o.min_delta) or ""
  local never = o.patience >= o.epochs and "; no run is long enough for that (--patience)" or ""
  return (", stopped after %s without a better %s%s%s"):format(words.count(o.patience, "epoch"), watched:text(), smaller, never)
end

--- The question, the data, what training means here, where the results go.
return function(experiment)
  local o, data, entry = experiment.options, experiment.data, console.entry
  local watched = watch(o.monitor, o.mode)
  console.paragraph(("%s: %s"):format(experiment.name, experiment.about))
  print()
  entry("data", ("%s: %s in %s: %s"):format(data.place, words.count(#data.all, "picture"),
    pictures.kinds(#data.classes, data.all.multilabel and #data.classes), pictures.class_list(data.all)))
  if data.all.multilabel then
    entry("", ("a picture has any of the labels, %s of them occur: accuracy is the share of pictures of which every label is "
      .. "right"):format(words.count(#data.answers - 1, "combination")))
  end
  entry("", ("%s%s"):format(pictures.parts(words.grouped(#data.train), words.grouped(#data.val), data.test
    and words.grouped(#data.test), data.folds), data.folds and (", each for validation once%s"):format(o.seeds > 1
    and (" in each of %d deals"):format(o.seeds) or "") or ", the same ones in every run"))
  for _, line in ipairs(pictures.unmet(data, o)) do entry("", line) end
  if data.test then
    entry("", "those for the test judge the trials: they are looked at when a run has ended (--test)")
  end
  local grouped = pictures.group_line(data, o)
  if grouped then entry("", grouped) end
  local over = data.all:passed_over()
  local findings, warning = skipped.findings(over), skipped.warning(over, o.group ~= "")
  entry("", "your own photos: --data=FOLDER, with one folder of pictures for each class in it")
  if #findings > 0 then entry("not used", table.concat(findings, "; ")) end
  local links = skipped.links(over)
  if links then entry("", links) end
  if warning then entry("warning", warning) end
  entry("training", ("%s of each trial, at most %s of %s each (once through the training pictures)%s"):format(
    words.count(folds.runs(o), "run"), words.count(o.epochs, "epoch"), steps_of(data, o),
    o.patience > 0 and stopped_when(o, watched) or ""))
  local at_most = {}
  if o.max_steps > 0 then at_most[1] = words.count(o.max_steps, "step") end
  if o.max_time ~= "" then at_most[#at_most + 1] = limits.words(limits.seconds(o.max_time)) end
  if #at_most > 0 then entry("", ("each run ends after %s at the latest"):format(table.concat(at_most, " or "))) end
  entry("", ("the weights of the epoch with the %s %s are kept"):format(watched.mode == "max" and "highest" or "lowest",
    watched:text()))
  entry("pictures", pictures.transform_line(data, o))
  entry("results", experiment.folder)
  local earlier = leftovers.count_runs(experiment.folder)
  if earlier > 0 and experiment._part.does == "train" then
    entry("", ("%s of earlier calls %s there: %s"):format(words.count(earlier, "run"), earlier == 1 and "is" or "are", o.resume
      and "those of the same script, options and pictures are taken over or go on, others are moved aside"
      or "those with the same names are made anew (--resume takes them over)"))
  end
  if experiment._part:says() then entry("this call", experiment._part:says()) end
  print()
  io.stdout:flush()
end
