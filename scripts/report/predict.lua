--- mlprun.report.predict - `mlprun predict RUN PHOTO...`: what a trained net says of new pictures.
local core = require "mlprun.core"
local json, sys = core.json, core.sys
local autograd = require "mlprun.autograd"
local csv = require "mlprun.base.csv"
local data = require "mlprun.data"
local model = require "mlprun.report.model"
local names = require "mlprun.base.names"
local skipped = require "mlprun.data.skipped"
local tabular = require "mlprun.base.tabular"
local words = require "mlprun.base.words"

local predict = {}

local FORMATS = { "table", "csv", "json" }
local THRESHOLD = 0.5 -- what a run measures by
local BATCH = 64
local PICTURE = { jpg = true, jpeg = true, png = true, bmp = true, gif = true, webp = true, tif = true, tiff = true }

-- ---- the pictures ----

local function is_picture(name) return PICTURE[(name:match("%.(%w+)$") or ""):lower()] and name:sub(1, 1) ~= "." end

-- Files whose classes nobody knows: { set (nil: none is there), names, missing }.
local function of_files(paths, decoding)
  local names_, missing, ones, none = {}, {}, {}, {}
  for _, path in ipairs(paths) do
    if sys.exists(path) == "file" then names_[#names_ + 1] = path
    else missing[#missing + 1] = { path = path, reason = "there is no such file" } end
  end
  for i = 1, #names_ do ones[i], none[i] = 1, 0 end
  local classes = { "unknown", "known" } -- a data set has two at least
  return { set = #names_ > 0 and core.data.listed(".", names_, ones, none, classes, decoding) or nil, names = names_,
           missing = missing }
end

-- What a folder has: its pictures, the folders in it, and the ends of the names of all other files with how many they are.
local function contents_of(path, extensions)
  local pictures, folders = {}, {}
  for _, name in ipairs(sys.list(path)) do
    local inner = path .. "/" .. name
    if name:sub(1, 1) == "." then goto next end
    if sys.exists(inner) == "folder" then folders[#folders + 1] = inner
    elseif is_picture(name) then pictures[#pictures + 1] = inner
    else
      local extension = name:match(".(%.[^.]*)$") or ""
      extensions[extension] = (extensions[extension] or 0) + 1
    end
    ::next::
  end
  return pictures, folders
end

-- Adds the pictures at and below a folder to a list; returns whether there are some.
local function add_below(path, list, extensions)
  local before = #list
  local pictures, folders = contents_of(path, extensions)
  table.move(pictures, 1, #pictures, #list + 1, list)
  for _, folder in ipairs(folders) do add_below(folder, list, extensions) end
  return #list > before
end

local function add(counts, more)
  for key, n in pairs(more) do counts[key] = (counts[key] or 0) + n end
  return counts
end

-- The pictures of a folder: all at and below it where some lie in it, those of the one folder in it, or those of its class
-- folders with their classes. above: the other files of the folders that have but this one in them.
local function of_folder(path, decoding, above)
  local extensions = {}
  local pictures, folders = contents_of(path, extensions)
  if #pictures == 0 and #folders == 1 then return of_folder(folders[1], decoding, add(extensions, above)) end
  if #pictures == 0 then
    local set = data.open(path, decoding)
    local over = set:passed_over()
    add(over.extensions, above)
    return { set = set, labelled = true, missing = {}, not_used = skipped.findings(over) }
  end
  local loose = #pictures
  for _, folder in ipairs(folders) do add_below(folder, pictures, extensions) end
  local source = of_files(pictures, decoding)
  source.not_used = { skipped.others(add(extensions, above)) }
  if #pictures > loose then
    source.beside = ("%s beside the folders in '%s', so that their names are not taken as classes"):format(
      loose == 1 and "a picture lies" or words.count(loose, "picture") .. " lie", path)
  end
  return source
end

-- What the command line names: one folder, whose folders may be classes, or photos and folders of photos.
local function pictures_of(paths, decoding)
  if #paths == 1 and sys.exists(paths[1]) == "folder" then return of_folder(paths[1], decoding, {}) end
  local files, empty, extensions = {}, {}, {}
  for _, path in ipairs(paths) do
    if sys.exists(path) ~= "folder" then files[#files + 1] = path
    elseif not add_below((path:gsub("(.)/+$", "%1")), files, extensions) then
      empty[#empty + 1] = { path = path, reason = "there is no picture in this folder" }
    end
  end
  local source = of_files(files, decoding)
  table.move(empty, 1, #empty, #source.missing + 1, source.missing)
  source.not_used = { skipped.others(extensions) }
  return source
end

-- ---- the answers ----

local function progress(done, all)
  if all > BATCH and sys.is_terminal("stderr") then
    io.stderr:write(("\r%s of %s"):format(words.grouped(done), words.grouped(all)), done >= all and "\n" or "")
  end
end

-- The classes and probabilities of one picture, the most probable first.
local function ranked(scores, classes, count)
  local order, top = {}, {}
  for i in ipairs(scores) do order[i] = i end
  table.sort(order, function(a, b) return scores[a] > scores[b] or scores[a] == scores[b] and a < b end)
  for i = 1, math.min(count, #order) do top[i] = { class = classes[order[i]], probability = scores[order[i]] } end
  return top
end

--- What a net answers for a data set: a list, in its order, of { place, scores (softmax, or sigmoid where a picture has any of
--- the labels), probabilities (calibrated, where the run is), label (its number in the set) }; pictures that cannot be read are
--- not in it.
---@param net Module
---@param about table     ml.load_model's
---@param set Dataset
function predict.answers(net, about, set)
  local function probable(output) return (about.multilabel and output:sigmoid() or core.nn.softmax(output, 2)):tolist() end
  local workers = #set > BATCH and math.max(1, sys.threads()) or 0
  local loader = data.DataLoader(set:with(about.transform), { batch_size = BATCH, workers = workers, cache = false })
  local by_place, done = {}, 0
  local ok, problem = pcall(autograd.no_grad, function()
    for images, labels, indices in loader:batches() do
      if #indices > 0 then
        local output, known, places = net(images), labels:tolist(), indices:tolist()
        local scores = probable(output)
        local probabilities = about.temperature ~= 1 and probable(output / about.temperature) or scores
        for i, place in ipairs(places) do
          by_place[place] = { scores = scores[i], probabilities = probabilities[i], label = known[i] }
        end
      end
      done = done + BATCH
      progress(math.min(done, #set), #set)
    end
  end)
  if not ok and #set:bad_files() < #set then error(problem, 0) end -- of bad pictures alone there are no answers
  local list = {}
  for place = 1, #set do
    local answer = by_place[place]
    if answer then
      answer.place = place
      list[#list + 1] = answer
    end
  end
  return list
end

-- ---- output ----

local write = {}

-- What a table has: `about` as the model says it, `top` as asked for (nil: every label), with_truth.
local function head(rows, shown)
  local line = { "file" }
  if shown.with_truth then line[2] = "truth" end
  if shown.about.multilabel then line[#line + 1] = "labels" end
  if not shown.top then return table.move(shown.about.classes, 1, #shown.about.classes, #line + 1, line) end
  for i = 1, math.min(shown.top, #(rows[1] and rows[1].top or {})) do
    line[#line + 1] = i == 1 and "class" or "class_" .. i
    line[#line + 1] = i == 1 and "probability" or "probability_" .. i
  end
  return line
end

local function cells_of(rows, shown, number)
  local cells = { head(rows, shown) }
  for i, row in ipairs(rows) do
    local line = { row.file }
    if shown.with_truth then line[2] = row.truth end
    if row.labels then line[#line + 1] = #row.labels > 0 and table.concat(row.labels, " + ") or "none" end
    for k, each in ipairs(row.top) do
      if shown.top then
        line[#line + 1] = each.class
        line[#line + 1] = number(each.probability)
      else
        line[#line + 1] = number(row.probabilities[k])
      end
    end
    cells[i + 1] = line
  end
  return cells
end

function write.table(rows, shown) print(tabular.aligned(cells_of(rows, shown, words.percent))) end

function write.csv(rows, shown)
  local function number(p) return ("%.6g"):format(p) end
  for _, line in ipairs(cells_of(rows, shown, number)) do print(csv.line(line)) end
end

function write.json(rows)
  local list = json.array {}
  for i, row in ipairs(rows) do
    list[i] = { file = row.file, truth = row.truth, labels = row.labels and json.array(row.labels),
                answers = json.array(row.top) }
  end
  print(json.encode(list, { indent = 2 }))
end

-- The numbers of the set's classes among the net's; nil and the first that it does not know.
local function numbers_of(classes, known)
  local number, list = {}, {}
  for i, name in ipairs(known) do number[name] = i end
  for i, name in ipairs(classes) do
    list[i] = number[name]
    if not list[i] then return nil, name end
  end
  return list
end

-- How well the net knows pictures whose classes are known.
local function print_report(list, set, about)
  if about.multilabel then
    print("no classification report: a folder names one class, and pictures of this net have any of its labels")
    return
  end
  local numbers, stranger = numbers_of(set.classes, about.classes)
  if not numbers then
    print(("no classification report: the folder '%s' is none of the net's classes (%s)"):format(stranger,
      words.list(about.classes)))
    return
  end
  local labels, predictions = {}, {}
  for i, answer in ipairs(list) do
    labels[i], predictions[i] = numbers[answer.label], 1
    for k, score in ipairs(answer.scores) do
      if score > answer.scores[predictions[i]] then predictions[i] = k end
    end
  end
  local confusion = core.metrics.ConfusionMatrix(about.classes)
  confusion:add(core.tensor.tensor(predictions), core.tensor.tensor(labels))
  print(confusion:report())
end

-- Says which could not be read; returns how many.
local function list_bad(source)
  local bad = source.missing
  for _, file in ipairs(source.set and source.set:bad_files() or {}) do
    bad[#bad + 1] = { path = source.names and file.path:gsub("^%./", "") or file.path, reason = file.reason }
  end
  for _, file in ipairs(bad) do io.stderr:write(("mlprun predict: cannot read '%s': %s\n"):format(file.path, file.reason)) end
  return #bad
end

-- A picture's name: its file, or its number where it has none of its own.
local function name_of(source, place)
  if source.names then return source.names[place] end
  local ok, file = pcall(source.set.path, source.set, place)
  return ok and file or ("picture %d"):format(place)
end

-- The labels that a picture has, in their order.
local function above(probabilities, classes, threshold)
  local list = {}
  for i, p in ipairs(probabilities) do
    if p > threshold then list[#list + 1] = classes[i] end
  end
  return list
end

-- What is shown of the answers.
local function rows_of(source, list, about, asked)
  local rows = {}
  for i, answer in ipairs(list) do
    rows[i] = { file = name_of(source, answer.place), probabilities = answer.probabilities,
                top = ranked(answer.probabilities, about.classes, asked.top or #about.classes),
                labels = about.multilabel and above(answer.probabilities, about.classes, asked.threshold or THRESHOLD) or nil,
                truth = source.labelled and source.set.classes[answer.label] or nil }
  end
  return rows
end

-- ---- the command ----

local function read_arguments(given)
  local paths, top, threshold, format, problem = {}, nil, nil, "table", nil
  for _, word in ipairs(given) do
    local key, value = word:match("^%-%-(%w+)=(.*)$")
    if key == "top" then
      top = math.tointeger(tonumber(value))
      if not top or top < 1 then problem = ("--top is '%s', expected how many classes to show, such as 3"):format(value) end
    elseif key == "threshold" then
      threshold = tonumber(value)
      if not threshold or not (threshold >= 0 and threshold < 1) then
        problem = ("--threshold is '%s', expected a probability from 0 to below 1, such as 0.5"):format(value)
      end
    elseif key == "format" then
      format, problem = value, names.problem(value, FORMATS, "format")
    elseif word:sub(1, 1) == "-" and word ~= "-" then
      problem = ("unknown option '%s'%s"):format(word, names.hint(word:match("^%-%-([^=]*)") or word,
        { "top", "threshold", "format", "help" }, { mark = "--" }))
    else
      paths[#paths + 1] = word
    end
    if problem then return nil, problem end
  end
  if #paths < 2 then return nil, "expected a run and pictures, such as 'mlprun predict runs/dropout holiday.jpg'" end
  return { run = table.remove(paths, 1), paths = paths, top = top, threshold = threshold, format = format }
end

-- Whether probabilities say how often the net is right.
local function calibration_words(about, asked)
  if about.multilabel then
    return ("a picture has any of %d labels: those whose probability, which is the net's own, is above %g (--threshold)"):format(
      #about.classes, asked.threshold or THRESHOLD)
  elseif not about.calibrated_error then
    return "probabilities are the net's own: calibration takes a run that came to its end, and 4 validation pictures or more"
  elseif about.temperature == 1 then
    return ("probabilities are the net's own: their error on its validation pictures is %s, and calibration did not "
      .. "lower it (%s)"):format(words.percent(about.calibration_error), words.percent(about.calibrated_error))
  end
  return ("probabilities are calibrated on its validation pictures: temperature %.2f; their error was %s, and is %s"):format(
    about.temperature, words.percent(about.calibration_error), words.percent(about.calibrated_error))
end

--- mlprun predict RUN PHOTO|FOLDER...
function predict.command(wrong, ...)
  local asked, problem = read_arguments { ... }
  if not asked then return wrong("predict", problem) end
  local net, about = model.load(asked.run)
  if not about.multilabel then
    if asked.threshold then
      return wrong("predict", ("--threshold is for nets whose pictures have any of several labels; those of '%s' have one class")
        :format(about.path))
    end
    asked.top = asked.top or 1
  end
  local source = pictures_of(asked.paths, { channels = about.channels, draft = about.draft })
  local list = source.set and predict.answers(net, about, source.set) or {}
  local rows, people = rows_of(source, list, about, asked), asked.format == "table"
  if people then
    print(("%s, trial %s, seed %d (%s)"):format(about.experiment, about.trial, about.seed, about.path))
    print(calibration_words(about, asked) .. "\n")
  end
  if #rows > 0 or not people then write[asked.format](rows, { about = about, top = asked.top, with_truth = source.labelled }) end
  if people and source.labelled and #rows > 0 then
    print()
    print_report(list, source.set, about)
  end
  io.stdout:flush()
  for _, text in ipairs(source.not_used) do io.stderr:write(("mlprun predict: not used: %s\n"):format(text)) end
  if source.beside then io.stderr:write(("mlprun predict: %s\n"):format(source.beside)) end
  return list_bad(source) > 0 and 1 or 0
end

return predict
