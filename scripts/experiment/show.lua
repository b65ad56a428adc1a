--- mlprun.experiment.show - what an experiment prints: what will be done, and what came out.
local core = require "mlprun.core"
local sys = core.sys
local findings = require "mlprun.experiment.findings"
local report = require "mlprun.experiment.report"
local tabular = require "mlprun.base.tabular"
local names = require "mlprun.base.names"
local layout = require "mlprun.base.layout"
local words = require "mlprun.base.words"

local show = {}

local BAD_LISTED, CLASSES_LISTED, BROKEN_LISTED = 10, 12, 6

-- ---- the data ----

--- What the manifest says about the data.
function show.data_facts(data)
  return { path = data.all.root, kind = data.all.kind, fingerprint = data.all:fingerprint(), pictures = #data.all,
           train = #data.train, val = #data.val }
end

local function class_list(set)
  local counts, parts = set:class_counts(), {}
  local order = {}
  for i in ipairs(counts) do order[i] = i end
  table.sort(order, function(a, b) return counts[a] > counts[b] or counts[a] == counts[b] and a < b end)
  for _, i in ipairs(order) do
    if #parts == CLASSES_LISTED and #order > CLASSES_LISTED then
      parts[#parts + 1] = "..."
      break
    end
    parts[#parts + 1] = ("%s (%d)"):format(set.classes[i], counts[i])
  end
  return table.concat(parts, ", ")
end

-- The share of the validation pictures in their largest class, and its name.
local function largest_class(set)
  local best, sum, counts = 1, 0, set:class_counts()
  for i, count in ipairs(counts) do
    sum = sum + count
    if count > counts[best] then best = i end
  end
  return counts[best] / sum, set.classes[best]
end

local function width()
  return math.max(40, math.min(sys.is_terminal("stdout") and sys.columns("stdout") or 100, 110))
end

-- A head in the margin, the text beside it.
local function entry(head, body)
  local lines = layout.wrap(body, width() - 10)
  print(("%-10s"):format(head) .. lines:gsub("\n", "\n" .. (" "):rep(10)))
end

--- Before the first trial: the question, the data, what training means here, where the results go.
function show.beginning(self)
  local o, data = self.options, self.data
  print(layout.wrap(("%s: %s"):format(self.name, self.about), width()))
  print()
  entry("data", ("%s: %s in %s: %s"):format(data.all.root, words.count(#data.all, "picture"),
    words.count(#data.classes, "class"), class_list(data.all)))
  entry("", ("%s for training, %s for validation, the same ones in every run"):format(words.grouped(#data.train),
    words.grouped(#data.val)))
  entry("", "your own photos: --data=FOLDER, with one folder of JPEG or PNG files for each class in it")
  local steps = math.ceil(#data.train / o.batch_size)
  entry("training", ("%s of each trial, at most %s of %s each%s"):format(words.count(o.seeds, "run"),
    words.count(o.epochs, "epoch"), words.count(steps, "step"),
    o.patience > 0 and (", stopped after %s without a better validation accuracy"):format(words.count(o.patience, "epoch"))
      or ""))
  entry("results", self.folder)
  print()
  io.stdout:flush()
end

-- ---- the end ----

local function bad_files(data)
  local bad = data.all:bad_files()
  if #bad == 0 then return end
  print()
  print(("%s could not be read and %s left out:"):format(words.count(#bad, "file"), #bad == 1 and "was" or "were"))
  for i, file in ipairs(bad) do
    if i > BAD_LISTED then
      print(("  and %d more"):format(#bad - BAD_LISTED))
      break
    end
    print(("  %s: %s"):format(file.path, file.reason))
  end
end

-- What the columns mean, and what chance alone would reach.
-- Whether a trial took other validation pictures than the experiment's, such as those of some classes.
local function other_pictures(self)
  for _, trial in ipairs(self._results.trials) do
    for _, run in ipairs(trial.runs) do
      if run.correct and #run.correct ~= #self.data.val then return true end
    end
  end
end

local function notes(self)
  local share, name = largest_class(self.data.val)
  local others = other_pictures(self)
  local pictures = others and "validation pictures" or words.count(#self.data.val, "validation picture")
  return {
    { text = ("validation: accuracy of each run's best epoch, on the same %s that chose the epoch, so slightly optimistic; "
      .. "the mean of the runs. The interval allows for the chance in the choice of pictures%s.%s"):format(pictures,
      self.options.seeds > 1 and " and for that between seeds" or "",
      others and "" or (" Always answering '%s' would be right for %s."):format(name, words.percent(share))) },
    { text = "training: accuracy of the same weights on the training pictures. gap: how far validation is behind it, in "
      .. "points; final gap: the same after the last epoch, where overfitting shows." },
  }
end

local function print_lines(lines)
  for _, line in ipairs(lines) do
    local indent = line.indent and "  " or ""
    print(indent .. layout.wrap(line.text, width() - #indent, line.indent and "    " or ""))
  end
end

local function check_columns(columns)
  for _, name in ipairs(columns or {}) do
    local problem = names.problem(name, names.of(report.COLUMNS), "column")
    if problem then sys.fail("activity:report: " .. problem) end
  end
end

-- Why runs ended early, one line each for the first of them.
local function failures(results)
  local lines, count = {}, 0
  for _, trial in ipairs(results.trials) do
    for _, run in ipairs(trial.runs) do
      count = count + (run.status == "diverged" and 1 or 0)
      if run.status == "diverged" and count <= BROKEN_LISTED then
        lines[#lines + 1] = { text = ("%s, seed %d: stopped because %s"):format(trial.name, run.seed, run.reason),
                              indent = true }
      end
    end
  end
  if count > #lines then lines[#lines + 1] = { text = ("and %d more"):format(count - #lines), indent = true } end
  if count > 0 then table.insert(lines, 1, { text = "Runs that ended because numbers were not finite any more:" }) end
  return lines
end

local function check_pairs(wanted, results)
  local known = {}
  for i, trial in ipairs(results.trials) do known[i], known[trial.name] = trial.name, true end
  for _, pair in ipairs(wanted or {}) do
    for _, name in ipairs(pair) do
      if not known[name] and not sys.stop_requested() then
        sys.fail(("activity:report: pairs names a trial '%s' that was not run%s"):format(tostring(name),
          names.hint(name, known)))
      end
    end
  end
end

--- The table, the sentences, the notes; also as files.
---@param o table   columns, pairs, conclude: see Experiment:report
function show.report(self, o)
  self._progress:clear()
  local results = self._results
  local rows = report.summarise(results)
  if #rows == 0 then
    print("no trial was run: there is nothing to report")
    return
  end
  check_columns(o.columns)
  check_pairs(o.pairs, results)
  local compared = report.compare(results, o.pairs)
  local cells, lines = report.cells(rows, o.columns), report.sentences(compared)
  local broken = failures(results)
  table.move(broken, 1, #broken, #lines + 1, lines)
  local about, caution = notes(self), report.unfinished(results)
  if caution then lines[#lines + 1] = { text = caution } end
  local found = findings(rows, compared)
  local conclusion = o.conclude and o.conclude(found.trials, found) or report.conclusion(rows, compared)
  if conclusion then lines[#lines + 1] = { text = "Conclusion: " .. conclusion } end
  if sys.stop_requested() then
    print("Stopped on request. What was reached is saved; trials that had not begun are missing here. The same command")
    print("with --resume goes on from here.")
  end
  print()
  for _, part in ipairs(tabular.parts(cells, report.OWN_COLUMNS, width())) do
    print(tabular.aligned(part))
    print()
  end
  print_lines(lines)
  if #lines > 0 then print() end
  print_lines(about)
  bad_files(self.data)
  table.move(about, 1, #about, #lines + 1, lines)
  sys.write_file(self.folder .. "/results.csv", report.csv(results))
  sys.write_file(self.folder .. "/results.md", report.markdown(self.name, ("%s\n\nData: %s, %s in %s"):format(
    self.about, self.data.all.root, words.count(#self.data.all, "picture"), words.count(#self.data.classes, "class")), cells,
    lines))
  require("mlprun.report").write(self.folder, {
    name = self.name, about = self.about, results = results, cells = cells, lines = lines,
    data = ("Data: %s, %s in %s; %s for training, %s for validation"):format(self.data.all.root,
      words.count(#self.data.all, "picture"), words.count(#self.data.classes, "class"), words.grouped(#self.data.train),
      words.grouped(#self.data.val)),
    command = table.concat(self._process.command, " "),
  })
  print()
  entry("results", ("%s: report.html, results.md and results.csv, charts, and a folder for each run; %s in all"):format(
    self.folder, words.duration(sys.clock() - self._began)))
  entry("curves", ("tensorboard --logdir %s   (or metrics.jsonl in each run's folder)"):format(self.folder))
  entry("data", ("%s; for your own photos: --data=FOLDER"):format(self.data.all.root))
  io.stdout:flush()
end

return show
