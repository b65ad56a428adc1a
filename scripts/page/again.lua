--- mlprun.page.again - commands to copy: the same again, and how to use the best net.
local answered = require "mlprun.report.answered"
local html = require "mlprun.page.html"
local model = require "mlprun.report.model"
local passing = require "mlprun.base.passing"
local shell = require "mlprun.base.shell"

local function part(text, commands)
  return html.paragraphs { { text = text } } .. (commands and "\n" .. html.pre(commands) or "")
end

-- What the best net can do for new photos, and whether it can; nil where no run has answered for any.
local function use_of(experiment, folder)
  if not answered.best_run(experiment) then return nil, false end
  local fine, path, why = passing.pcall(model.of_best, experiment)
  if not fine then return part(("The weights of the best net cannot be read: %s."):format(path)), false end
  if not path then
    return part("No weights were kept, so there is no net to use: --keep=best keeps those of each trial's best seed."), false
  end
  if not why then
    return part("What is on a new photo, or on all photos of a folder:", ("mlprun predict %s photo.jpg"):format(folder)), true
  end
  return part(("The best net has what no file can hold (%s), so mlprun predict cannot make it. In a script that makes the net "
    .. "as the trial did, this gives it the weights, and tells its classes and the transform of its pictures:"):format(why),
    ("net, about = ml.load_model(%q, { model = net })"):format(path)), true
end

return function(experiment)
  local from, list = experiment.reference, {}
  for i, word in ipairs(type(from.command) == "table" and from.command or {}) do list[i] = shell.word(word) end
  local folder = shell.word(type(from.folder) == "string" and from.folder or experiment.folder)
  local use, usable = use_of(experiment, folder)
  return { title = "How to do it again" .. (usable and ", and how to use the best net" or ""), body = table.concat({
    part("The same again:", table.concat(list, " ")),
    part("This page again; the curves in a browser:", ("mlprun report %s\ntensorboard --logdir %s"):format(folder, folder)),
    use,
  }, "\n") }
end
