--- mlprun.experiment.report - from finished runs to a table and to sentences about what it says.
--
-- Works on plain values, so that it can be fed from run folders as well as from a process that has just trained:
--   results = { name, trials = { { name, runs = { run, ... } }, ... } }
--   run = { seed, status, epochs, seconds, and when an epoch was finished: best_epoch, val_accuracy, train_accuracy,
--           final_gap, correct (tensor, 1 where the validation picture was classified rightly, in the same order in all runs) }
local core = require "mlprun.core"
local csv = require "mlprun.base.csv"
local layout = require "mlprun.base.layout"
local tabular = require "mlprun.base.tabular"
local words = require "mlprun.base.words"

local report = {}

local ALL_PAIRS = 6 -- with more trials than this, each is compared with the first one only
local LISTED = 6    -- differences without support that are listed one by one

report.OWN_COLUMNS = 9 -- of the table, before those that a script adds

local function finished(trial)
  local runs = {}
  for _, run in ipairs(trial.runs) do
    if run.correct then runs[#runs + 1] = run end
  end
  return runs
end

local function mean(runs, field)
  local sum = 0
  for _, run in ipairs(runs) do
    if not run[field] then return nil end
    sum = sum + run[field]
  end
  return #runs > 0 and sum / #runs or nil
end

--- Columns that a script may ask for: name -> head, format.
report.COLUMNS = {
  train_loss = { "training\nloss", "number" },
  first = { "after\n1 epoch", "percent" },
  reached = { "epochs to\n95 % of best", "one" },
  steadiness = { "change per\nepoch", "points" },
}

local FORMATTED = {
  number = function(v) return v - v == 0 and ("%.3g"):format(v) or v ~= v and "NaN" or "infinite" end,
  percent = words.percent,
  points = words.points,
  count = function(v) return v - v == 0 and words.grouped(math.floor(v + 0.5)) or "-" end,
  one = function(v) return ("%.1f"):format(v) end,
}

-- What run:record() left, as means over the runs: a list of { name, value, format, values (of each run) } that also has
-- them by name.
local function recorded_means(runs)
  local list = {}
  for _, run in ipairs(runs) do
    for _, entry in ipairs(run.recorded or {}) do
      local to = list[entry.name]
      if not to then
        to = { name = entry.name, format = entry.format, value = 0, count = 0, values = {} }
        list[entry.name], list[#list + 1] = to, to
      end
      to.value, to.count = to.value + entry.value, to.count + 1
      to.values[to.count] = entry.value
    end
  end
  for _, entry in ipairs(list) do entry.value = entry.value / entry.count end
  return list
end

local function answers_of(runs)
  local list = {}
  for i, run in ipairs(runs) do list[i] = run.correct end
  return list
end

--- One record per trial, with means over its seeds and the 95 % interval of the validation accuracy.
---@return table[]   { name, runs, done, accuracy, low, high, train, gap, final_gap, best_epoch, epochs, seconds, notes }
function report.summarise(results)
  local rows = {}
  for i, trial in ipairs(results.trials) do
    local done = finished(trial)
    local row = { name = trial.name, runs = #trial.runs, done = #done, notes = {},
                  epochs = mean(trial.runs, "epochs"), seconds = mean(trial.runs, "seconds") }
    if #done > 0 then
      row.accuracy, row.train = mean(done, "val_accuracy"), mean(done, "train_accuracy")
      row.gap, row.best_epoch = row.train - row.accuracy, mean(done, "best_epoch")
      row.final_gap = mean(done, "final_gap")
      for name in pairs(report.COLUMNS) do row[name] = mean(done, name) end
      row.recorded = recorded_means(done)
      if #done[1].correct >= 2 then
        local interval = core.metrics.stats.accuracy(answers_of(done))
        row.low, row.high = interval.low, interval.high
      end
    end
    local ended = {}
    for _, run in ipairs(trial.runs) do ended[run.status] = (ended[run.status] or 0) + 1 end
    for _, status in ipairs { "diverged", "stopped" } do
      if ended[status] then
        row.notes[#row.notes + 1] = ("%d of %s %s"):format(ended[status], words.count(#trial.runs, "run"), status)
      end
    end
    rows[i] = row
  end
  return rows
end

local function decimal(value, several)
  return value and ((several and "%.1f" or "%.0f"):format(value)) or "-"
end

-- The further columns: those that were asked for, then those that were recorded, in the order of their first record.
local function further_columns(rows, asked)
  local columns, seen = {}, {}
  for _, name in ipairs(asked or {}) do
    local known = report.COLUMNS[name]
    columns[#columns + 1] = { head = known[1], format = known[2], of = function(row) return row[name] end }
  end
  for _, row in ipairs(rows) do
    for _, entry in ipairs(row.recorded or {}) do
      if not seen[entry.name] then
        local name = entry.name
        seen[name] = true
        columns[#columns + 1] = { head = name:gsub(" ", "\n", 1), format = entry.format, of = function(other)
          local found = other.recorded and other.recorded[name]
          return found and found.value
        end }
      end
    end
  end
  return columns
end

--- The table as rows of cells, with its head. asked: names of COLUMNS.
function report.cells(rows, asked)
  local cells = { { "trial", "validation", "95 %\ninterval", "training", "gap", "final\ngap", "best\nepoch",
                    "epochs\nrun", "time\nper run" } }
  for _, row in ipairs(rows) do
    local several = row.runs > 1
    local notes = #row.notes > 0 and "  (" .. table.concat(row.notes, ", ") .. ")" or ""
    cells[#cells + 1] = {
      row.name .. notes, words.percent(row.accuracy),
      row.low and ("%s to %s"):format(words.points(row.low), words.points(row.high)) or "-",
      words.percent(row.train), row.gap and words.points(row.gap) or "-",
      row.final_gap and words.points(row.final_gap) or "-",
      decimal(row.best_epoch, several), decimal(row.epochs, several), row.seconds and words.duration(row.seconds) or "-",
    }
  end
  for _, column in ipairs(further_columns(rows, asked)) do
    table.insert(cells[1], column.head)
    for i, row in ipairs(rows) do
      local value = column.of(row)
      table.insert(cells[i + 1], value and FORMATTED[column.format](value) or "-")
    end
  end
  return cells
end

-- ---- comparisons ----

-- The answers of two trials for the seeds that both finished.
local function paired(a, b)
  local of_a, list_a, list_b = {}, {}, {}
  for _, run in ipairs(finished(a)) do of_a[run.seed] = run.correct end
  for _, run in ipairs(finished(b)) do
    if of_a[run.seed] then
      list_a[#list_a + 1], list_b[#list_b + 1] = of_a[run.seed], run.correct
    end
  end
  return list_a, list_b
end

-- The pairs of trials that are compared where the script names none: all of them, or all with the first.
local function usual_pairs(trials)
  local list = {}
  for i = 1, #trials > ALL_PAIRS and 1 or #trials - 1 do
    for j = i + 1, #trials do list[#list + 1] = { trials[i].name, trials[j].name } end
  end
  return list
end

--- Compares the trials in pairs, on the same pictures and seeds; p is corrected for their number (Holm).
---@param wanted? table[]   which: pairs of names; the second is measured against the first
---@return table[]   those of statistics.compare, and a, b (names), p_corrected
function report.compare(results, wanted)
  local trials, found, ps = {}, {}, {}
  for _, trial in ipairs(results.trials) do trials[trial.name] = trial end
  for _, names in ipairs(wanted or usual_pairs(results.trials)) do
    local first, second = trials[names[1]], trials[names[2]]
    if first and second then -- both were begun
      local a, b = paired(first, second)
      if #a > 0 and #a[1] >= 2 and #a[1] == #b[1] then
        local c = core.metrics.stats.compare(a, b)
        c.a, c.b, c.order = first.name, second.name, #found + 1
        found[#found + 1], ps[#ps + 1] = c, c.p
      end
    end
  end
  for i, p in ipairs(#ps > 0 and core.metrics.stats.holm(ps) or {}) do found[i].p_corrected = p end
  return found
end

local whole = layout.whole

-- "dropout=0.5 is worse than dropout=0 by 7.3 points (95 % interval 2.1 to 12.5, p = 0.004)": the later trial is the
-- subject, the earlier one what it is measured against.
local function difference_sentence(c)
  local worse = c.difference > 0
  local low, high = c.low, c.high
  if not worse then low, high = -c.high, -c.low end
  return ("%s is %s than %s by %s (%s, %s)"):format(c.b, worse and "worse" or "better", c.a,
    whole(words.points(math.abs(c.difference)) .. " points"),
    whole(("95 %% interval %s to %s"):format(words.points(low), words.points(high))), whole(words.p_value(c.p_corrected)))
end

local function noise_sentence(c)
  local sign = c.difference < 0 and "+" or ""
  return ("%s against %s: %s (%s, %s)"):format(c.b, c.a, whole(sign .. words.points(-c.difference) .. " points"),
    whole(("95 %% interval %s to %s"):format(words.points(-c.high), words.points(-c.low))),
    whole(words.p_value(c.p_corrected)))
end

-- The smallest difference that would have been established, on the average over the pairs: at Holm's first step. nil
-- where the trials do not differ in any answer.
local function resolution(compared)
  local sum, count = 0, 0
  for _, c in ipairs(compared) do
    if c.se > 0 then
      sum, count = sum + core.metrics.stats.t_quantile(1 - 0.025 / #compared, c.df) * c.se, count + 1
    end
  end
  return count > 0 and sum / count or nil
end

local function by_size(x, y)
  local dx, dy = math.abs(x.difference), math.abs(y.difference)
  if dx ~= dy then return dx > dy end
  return x.order < y.order
end

--- What the comparisons say, as paragraphs: { text, indent = boolean }.
function report.sentences(compared)
  local real, unclear, noise, lines = {}, {}, {}, {}
  for _, c in ipairs(compared) do
    local list = c.p_corrected < 0.05 and real or c.p < 0.05 and unclear or noise
    list[#list + 1] = c
  end
  local function say(line, indent) lines[#lines + 1] = { text = line, indent = indent } end
  if #compared == 0 then return lines end
  table.sort(real, by_size)
  table.sort(unclear, by_size)
  table.sort(noise, by_size)
  local first = compared[1]
  say(("Differences that the data supports (trials compared in pairs, on the same %s%s%s):"):format(
    words.count(first.images, "validation picture"), first.seeds > 1 and (" and %d seeds"):format(first.seeds) or "",
    #compared > 1 and ("; p after Holm's correction for %d comparisons"):format(#compared) or ""))
  for _, c in ipairs(real) do say(difference_sentence(c), true) end
  if #real == 0 then say("none", true) end
  if #unclear > 0 then
    say(("Differences that would count on their own, but not as one of %d comparisons (more seeds would decide):"):format(
      #compared))
    for _, c in ipairs(unclear) do say(noise_sentence(c), true) end
  end
  if #noise > 0 then
    say("Differences that may well be chance:")
    for i = 1, math.min(#noise, LISTED) do say(noise_sentence(noise[i]), true) end
    if #noise > LISTED then say(("and %d smaller ones"):format(#noise - LISTED), true) end
  end
  local finest = resolution(compared)
  if finest then
    say(("With this many pictures and seeds, differences below about %s cannot be told from chance; more seeds "
      .. "(--seeds) or more pictures make finer ones visible."):format(whole(words.points(finest) .. " points")))
  end
  if not first.includes_runs then
    say("There is one seed only: this compares these trained networks, not the ways of training. Another seed may rank "
      .. "them differently; --seeds=3 would tell.")
  end
  return lines
end

local function accuracies(rows)
  local list = {}
  for _, row in ipairs(rows) do list[#list + 1] = row.accuracy end
  return list
end

-- "a, b and c", or how many where the list would be long
local function named(names)
  if #names <= 4 then return words.list(names) end
  return ("%s (%d trials)"):format(words.list({ names[1], names[2], names[3], "others" }), #names)
end

--- One sentence that follows from the table and the comparisons alone; nil when nothing was measured.
function report.conclusion(rows, compared)
  local best
  for _, row in ipairs(rows) do
    if row.accuracy and (not best or row.accuracy > best.accuracy) then best = row end
  end
  if not best then return nil end
  if #rows == 1 then return ("%s reaches %s."):format(best.name, words.percent(best.accuracy)) end
  local by, worse, better, same = rows[1].name, {}, {}, 0
  for _, c in ipairs(compared) do
    if c.a == by then
      if c.p_corrected >= 0.05 then same = same + 1
      elseif c.difference > 0 then worse[#worse + 1] = c.b
      else better[#better + 1] = c.b end
    end
  end
  local highest = ("%s has the highest mean (%s)"):format(best.name, words.percent(best.accuracy))
  if #worse + #better + same == 0 then
    return highest .. "; the trials answer different questions or pictures, so no differences are tested."
  end
  if #worse + #better == 0 then
    by = best.name == by and "it" or by
    return ("%s, but nothing here is established to differ from %s: the %s apart may be chance."):format(highest, by,
      words.points(best.accuracy - math.min(table.unpack(accuracies(rows)))) .. " points that the trials lie")
  end
  local parts = {}
  if #better > 0 then parts[#parts + 1] = ("established to be better than %s: %s"):format(by, named(better)) end
  if #worse > 0 then parts[#parts + 1] = ("established to be worse than %s: %s"):format(by, named(worse)) end
  if same > 0 then parts[#parts + 1] = ("not told apart from it: %s"):format(words.count(same, "trial")) end
  return highest .. "; " .. table.concat(parts, "; ") .. "."
end

--- A caution where runs ended while they were still improving; nil when few did.
function report.unfinished(results)
  local last, all = 0, 0
  for _, trial in ipairs(results.trials) do
    for _, run in ipairs(finished(trial)) do
      all = all + 1
      if run.best_epoch == run.epochs and run.status == "finished" then last = last + 1 end
    end
  end
  if last * 4 < all or last == 0 then return nil end
  return ("In %d of %s the last epoch was the best one: training may not have been long enough, which is hardest on "
    .. "trials that learn slowly. --epochs gives it more."):format(last, words.count(all, "run"))
end

-- ---- files ----

local function csv_field(value)
  if value == nil then return "" end
  return math.type(value) == "float" and ("%.6g"):format(value) or tostring(value)
end

--- results.csv: one line per run.
function report.csv(results)
  local lines = { "trial,seed,status,val_accuracy,train_accuracy,best_epoch,epochs,seconds" }
  for _, trial in ipairs(results.trials) do
    for _, run in ipairs(trial.runs) do
      local fields = {}
      for i, value in ipairs { trial.name, run.seed, run.status, run.val_accuracy or false, run.train_accuracy or false,
                               run.best_epoch or false, run.epochs, run.seconds } do
        fields[i] = csv_field(value or nil)
      end
      lines[#lines + 1] = csv.line(fields)
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

--- results.md: the table, the sentences and the notes. about: what stands above the table.
function report.markdown(title, about, cells, lines)
  local out = { "# " .. title, "", about, "", tabular.markdown(cells, true) }
  local listed = false
  for _, line in ipairs(lines) do
    if not (line.indent and listed) then out[#out + 1] = "" end
    out[#out + 1] = (line.indent and "- " or "") .. line.text
    listed = line.indent
  end
  return layout.parted(table.concat(out, "\n")) .. "\n"
end

return report
