--- mlprun.report - what runs amount to, as files: charts, and report.html, one page that needs nothing else. Made at the end of
--- every experiment, and by `mlprun report DIR` later, by the same function from the same files.
local core = require "mlprun.core"
local sys = core.sys
local account = require "mlprun.experiment.account"
local answered = require "mlprun.report.answered"
local columns = require "mlprun.experiment.columns"
local console = require "mlprun.experiment.console"
local load_ = require "mlprun.report.load"
local outcome = require "mlprun.experiment.outcome"
local page = require "mlprun.page.document"
local parts = require "mlprun.page"
local pictures = require "mlprun.experiment.pictures"
local sentences = require "mlprun.experiment.sentences"

local report = {}

local THUMBNAIL = 96 -- pixels of the longer side of a picture in the page

-- ---- what is known ----

-- The pictures, where they are what they were: set (all), sets (see pictures.open), picture(sample) -> a small Image or nil, and
-- where none is to be shown the reason as no_pictures.
local function add_pictures(experiment)
  local from = experiment.reference
  experiment.set = pictures.again(from)
  local ok, sets = pcall(function() return pictures.open(from.options, experiment.set) end)
  experiment.sets = experiment.set and ok and sets or nil
  if type(from.options) == "table" and from.options.pictures == false then
    experiment.no_pictures = "Pictures are left out (--no-pictures)."
  elseif not experiment.set then
    experiment.no_pictures = pictures.NOT_AGAIN
  end
  function experiment.picture(sample)
    if experiment.no_pictures then return nil end
    local fine, image = pcall(experiment.set.image, experiment.set, sample)
    if not fine then return nil end
    local scale = math.min(1, THUMBNAIL / math.max(image.width, image.height))
    if scale == 1 then return image end
    return image:resize(math.max(1, math.floor(image.height * scale + 0.5)), math.max(1, math.floor(image.width * scale + 0.5)),
      { interpolation = "area" })
  end
end

-- The experiment in a folder with what it amounts to: as its last call said, or, where runs changed since or the call did not
-- come to its end, as the runs say.
local function read(folder, known)
  local experiment = load_.experiment(folder, known)
  local from = experiment.reference
  local said = experiment.stored
  if not said then
    said = account.of(outcome.of(experiment), folder, from.classes or {}, {})
    said.made = ("mlprun %s, %s, from what the runs left: the script's own conclusion is not part of it"):format(sys.version,
      os.date("!%Y-%m-%d %H:%M UTC"))
  end
  experiment.said = said
  experiment.about = type(from.about) == "string" and from.about or ""
  experiment.data = pictures.line(type(from.data) == "table" and from.data or {}, #(from.classes or {}))
  experiment.apart_words = load_.apart_words(experiment.apart)
  experiment.baseline, experiment.best = answered.of(experiment)
  add_pictures(experiment)
  return experiment
end

-- ---- the page ----

-- Puts a figure into the folder, where it can be drawn, and into the page.
local function shower(folder)
  local why, none = core.draw.missing()
  if none then io.stderr:write(("mlprun: the charts are saved as SVG alone: %s\n"):format(why)) end
  return function(name, figure, about)
    local path, text = ("%s/%s"):format(folder, name), figure:svg(about)
    if not none then figure:save(path .. ".png") end
    sys.write_file(path .. ".svg", text)
    return text
  end
end

-- Writes the page and the charts of an experiment that was read.
local function write(experiment)
  local sections, show = {}, shower(experiment.folder)
  for _, part in ipairs(parts) do sections[#sections + 1] = part(experiment, show) end
  local path, trials = experiment.folder .. "/report.html", {}
  for i, trial in ipairs(experiment.trials) do trials[i] = trial.name end
  sys.write_file(path, page.html {
    name = experiment.name, about = experiment.about, data = experiment.data, mark = experiment.said.mark,
    conclusion = experiment.said.conclusion, names = trials,
    also = answered.most_confused(experiment.best or experiment.baseline), made = experiment.said.made, sections = sections,
  })
  return path
end

--- Writes report.html and the charts (val_accuracy.png and the like) into an experiment's folder, from what is there.
---@param folder string
---@param known? table   runs that were read already, see load_.runs
---@return string   the path of the page
function report.write(folder, known) return write(read(folder, known)) end

-- ---- the command ----

local function one(folder)
  local experiment = read(folder)
  local said = experiment.said
  print(("%s%s"):format(experiment.name, experiment.about ~= "" and ": " .. experiment.about or ""))
  print(experiment.data)
  print()
  if said.search then
    console.paragraphs(said.search)
    print()
  end
  console.table(said.cells, columns.own(said.cells))
  for _, lines in ipairs { said.lines, said.cautions, sentences.conclusion(said.conclusion), experiment.apart_words } do
    console.paragraphs(lines)
  end
  print()
  print("report    " .. write(experiment))
end

--- mlprun report [DIR]
function report.command(...)
  local given = { ... }
  if #given > 1 or given[1] and given[1]:sub(1, 1) == "-" then
    io.stderr:write(("mlprun report: unexpected '%s': expected one folder\nTry 'mlprun report --help'.\n"):format(
      given[2] or given[1]))
    return 2
  end
  local path = given[1] or "runs"
  local runs = load_.runs(path)
  if #runs == 0 then sys.fail(("there are no runs in '%s': an experiment leaves them in runs/<its name>"):format(path)) end
  for i, folder in ipairs(load_.folders(runs)) do
    if i > 1 then print() end
    one(folder)
  end
  return 0
end

return report
