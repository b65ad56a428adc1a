--- mlprun.report.runs - `mlprun runs [DIR]`: the runs in a folder as a table to sort, to filter and to hand on.
local core = require "mlprun.core"
local json, sys = core.json, core.sys
local likeness = require "mlprun.experiment.likeness"
local load_ = require "mlprun.report.load"
local csv = require "mlprun.base.csv"
local layout = require "mlprun.base.layout"
local names = require "mlprun.base.names"
local states = require "mlprun.sweep.states"
local tabular = require "mlprun.base.tabular"
local where = require "mlprun.report.where"
local words = require "mlprun.base.words"

local runs = {}

local COLUMNS = { "experiment", "trial", "seed", "status", "val_accuracy", "test_accuracy", "train_accuracy", "best_epoch",
                  "epochs", "seconds", "started", "path" }
local OPTIONAL = "test_accuracy" -- shown where some run has it (--test)
local FORMATS = { "table", "csv", "json", "md" }

local HELP = [[
mlprun runs                                   every run below ./runs
mlprun runs FOLDER --sort=-val_accuracy       best first; without '-' lowest
mlprun runs --where=status=finished --where='val_accuracy>60%'
mlprun runs --where=image_size=16 --sort=lr   options of runs are columns too
mlprun runs --by=trial                        a line for each trial, or --by=lr
mlprun runs --format=csv                      table, csv, json or md
mlprun runs diff RUN RUN                      in what two runs differ

]] .. layout.wrap("columns: " .. table.concat(COLUMNS, ", "), 80, "         ")

--- The runs of a folder as rows of plain values, with those that are planned. `path` is the best weights' file where
--- there is one, else the run's folder; `options` are those of the run.
---@return table[]
function runs.rows(path)
  path = path:gsub("(.)/+$", "%1")
  local rows = {}
  for i, run in ipairs(load_.runs(path)) do
    local m = run.manifest
    local result = type(m.result) == "table" and m.result or {}
    local weights = run.path .. "/best.safetensors"
    rows[i] = { experiment = m.experiment, trial = m.trial, seed = m.seed, status = m.status,
                val_accuracy = result.val_accuracy, test_accuracy = result.test_accuracy,
                train_accuracy = result.train_accuracy, best_epoch = result.best_epoch, epochs = result.epochs,
                seconds = result.seconds, started = m.started, folder = run.path,
                path = sys.exists(weights) and weights or run.path, options = type(m.options) == "table" and m.options or {},
                values = type(m.values) == "table" and m.values or {} }
  end
  states.add(path, rows)
  return rows
end

local function wrong(problem)
  io.stderr:write(("mlprun runs: %s\nTry 'mlprun runs --help'.\n"):format(problem))
  return 2
end

-- The names of all columns, and of the options of some run.
local function known_columns(rows)
  local known, there = table.move(COLUMNS, 1, #COLUMNS, 1, {}), {}
  for _, row in ipairs(rows) do
    for name in pairs(row.options) do there[name] = true end
    for name in pairs(row.values) do there[name] = true end
  end
  local more = names.of(there)
  return table.move(more, 1, #more, #known + 1, known)
end

local function sort(rows, column)
  local falling = column:sub(1, 1) == "-"
  if falling then column = column:sub(2) end
  local place = {}
  for i, row in ipairs(rows) do place[row] = i end
  table.sort(rows, function(a, b)
    local x, y = where.value_of(a, column), where.value_of(b, column)
    if x == y then return place[a] < place[b] end
    if x == nil or y == nil then return y == nil end -- what has no value comes last
    if type(x) ~= type(y) then x, y = tostring(x), tostring(y) end
    if falling then return x > y end
    return x < y
  end)
end

-- ---- formats ----

local SHOWN = { val_accuracy = words.percent, test_accuracy = words.percent, train_accuracy = words.percent,
                lowest = words.percent, highest = words.percent, seconds = words.duration }

local function cells_of(rows, columns, shown)
  local cells = { columns }
  for i, row in ipairs(rows) do
    local line = {}
    for c, column in ipairs(columns) do
      local value = where.value_of(row, column)
      line[c] = value == nil and (shown and "-" or "") or shown and SHOWN[column] and SHOWN[column](value) or tostring(value)
    end
    cells[i + 1] = line
  end
  return cells
end

local write, IN_HEAD = {}, { experiment = true, trial = true, seed = true, status = true, path = true }

-- What the columns of a table are: `all`, with `more` behind them; for people the path comes last, and the time of the start,
-- which makes lines long, is left out.
local function columns_of(all, more, for_people)
  local list = {}
  for _, column in ipairs(all) do
    if not for_people or column ~= "started" and column ~= "path" then list[#list + 1] = column end
  end
  table.move(more, 1, #more, #list + 1, list)
  if for_people and all[#all] == "path" then list[#list + 1] = "path" end
  return list
end

-- Where a terminal is too narrow for the table: a few lines for each run, or group of them.
local function records(rows, short, columns)
  local cells, lines = cells_of(rows, short, true), {}
  for i = 2, #cells do
    local row, rest = {}, {}
    for c, column in ipairs(short) do row[column] = cells[i][c] end
    local head = row.seed and ("%s, %s, seed %s: %s"):format(row.experiment, row.trial, row.seed, row.status)
      or ("%s, %s %s"):format(row.experiment, short[2], row[short[2]])
    lines[#lines + 1] = layout.wrap(head, columns, "  ")
    for c, column in ipairs(short) do
      local in_head = IN_HEAD[column] or not row.seed and c == 2
      if not in_head then rest[#rest + 1] = layout.whole(("%s %s"):format(column, row[column])) .. ", " end
    end
    lines[#lines + 1] = layout.wrap(table.concat(rest):gsub(", $", ""), columns, "  ", "  ")
    if row.path then lines[#lines + 1] = "  " .. row.path end -- in one piece, to be copied
  end
  return table.concat(lines, "\n")
end

function write.table(rows, all, more)
  local short = columns_of(all, more, true)
  local text = tabular.aligned(cells_of(rows, short, true))
  local columns = sys.is_terminal("stdout") and sys.columns("stdout") or math.huge
  print(layout.width(text:match("^[^\n]*\n([^\n]*)") or text) <= columns and text or records(rows, short, columns))
end

function write.csv(rows, all, more)
  for _, line in ipairs(cells_of(rows, columns_of(all, more))) do print(csv.line(line)) end
end

function write.json(rows, all, more)
  local list = json.array {}
  for i, row in ipairs(rows) do
    list[i] = {}
    for _, column in ipairs(columns_of(all, more)) do list[i][column] = where.value_of(row, column) end
  end
  print(json.encode(list, { indent = 2 }))
end

function write.md(rows, all, more) print(tabular.markdown(cells_of(rows, columns_of(all, more), true))) end

-- ---- what is not the same in all runs, and groups of them ----

local function is_scalar(value) return type(value) ~= "table" end

-- The names of what trials set, and of options that change what a run computes and are not the same in all rows.
local function varied(rows)
  local there = {}
  for _, row in ipairs(rows) do
    for name in pairs(row.values) do there[name] = true end
    for name, value in pairs(row.options) do
      local first = rows[1].options[name]
      if likeness.counts(name) and is_scalar(value) and is_scalar(first) and value ~= first then there[name] = true end
    end
  end
  for _, column in ipairs(COLUMNS) do there[column] = nil end
  return names.of(there)
end

local GROUPED = { "runs", "val_accuracy", "lowest", "highest", "test_accuracy", "train_accuracy", "epochs", "seconds" }

-- The mean, the least and the most of a column; nil when no row has it.
local function range_of(rows, column)
  local sum, count, least, most = 0, 0, nil, nil
  for _, row in ipairs(rows) do
    local value = row[column]
    if type(value) == "number" then
      sum, count = sum + value, count + 1
      least, most = math.min(least or value, value), math.max(most or value, value)
    end
  end
  return count > 0 and sum / count or nil, least, most
end

-- One row for the runs of an experiment that have the same value in a column: means, and the least and most accuracy.
local function grouped(rows, column)
  local groups, known = {}, {}
  for _, row in ipairs(rows) do
    local value = where.value_of(row, column)
    local key = ("%s\0%s"):format(row.experiment, tostring(value))
    if not known[key] then
      known[key] = { experiment = row.experiment, [column] = value == nil and "-" or value, rows = {}, values = {}, options = {} }
      groups[#groups + 1] = known[key]
    end
    table.insert(known[key].rows, row)
  end
  for _, group in ipairs(groups) do
    group.runs = #group.rows
    group.val_accuracy, group.lowest, group.highest = range_of(group.rows, "val_accuracy")
    for _, name in ipairs { "test_accuracy", "train_accuracy", "epochs", "seconds" } do
      group[name] = range_of(group.rows, name)
    end
  end
  return groups
end

-- Columns without the one that no row has a value in.
local function without_optional(columns, rows)
  local there = false
  for _, row in ipairs(rows) do there = there or row[OPTIONAL] ~= nil end
  if there then return columns end
  local list = {}
  for _, column in ipairs(columns) do
    if column ~= OPTIONAL then list[#list + 1] = column end
  end
  return list
end

-- The command line: { path, sort, format, where (a list), help }; or nil and what is wrong.
local function read_arguments(given)
  local asked, problem = { format = "table", where = {} }, nil
  for _, word in ipairs(given) do
    local key, value = word:match("^%-%-(%w+)=(.*)$")
    if word == "--help" or word == "-h" then asked.help = true
    elseif key == "sort" then asked.sort = value
    elseif key == "by" then asked.by = value
    elseif key == "format" then asked.format, problem = value, names.problem(value, FORMATS, "format")
    elseif key == "where" then table.insert(asked.where, value)
    elseif word:sub(1, 1) == "-" then
      problem = ("unknown option '%s'%s"):format(word, names.hint(word:match("^%-%-([^=]*)") or word,
        { "sort", "where", "by", "format", "help" }, { mark = "--" }))
    elseif asked.path then problem = ("unexpected '%s': expected one folder"):format(word)
    else asked.path = word end
    if problem then return nil, problem end
  end
  return asked
end

--- mlprun runs [DIR] [--sort=COLUMN] [--where=CONDITION] [--format=...], mlprun runs diff RUN RUN
function runs.command(...)
  if ... == "diff" and sys.exists("diff") ~= "folder" then return require("mlprun.report.diff")(wrong, select(2, ...)) end
  local asked, problem = read_arguments { ... }
  if not asked then return wrong(problem) end
  if asked.help then
    print(HELP)
    return 0
  end
  local all = runs.rows(asked.path or "runs")
  local known = known_columns(all)
  local rows
  rows, problem = where.chosen(all, asked.where, known)
  if rows and asked.by then problem = names.problem(asked.by, known, "column") end
  if problem then return wrong(problem) end
  local columns, more = COLUMNS, varied(rows)
  if asked.by then
    columns, more, rows = { "experiment", asked.by, table.unpack(GROUPED) }, {}, grouped(rows, asked.by)
    known = columns
  end
  if asked.sort then
    problem = names.problem(asked.sort:gsub("^%-", ""), known, "column")
    if problem then return wrong(problem) end
    sort(rows, asked.sort)
  end
  write[asked.format](rows, without_optional(columns, rows), more)
  return 0
end

return runs
