--- mlprun.report.runs - `mlprun runs [DIR]`: the runs in a folder as a table to sort, to filter and to hand on.
local core = require "mlprun.core"
local json, sys = core.json, core.sys
local load_ = require "mlprun.report.load"
local csv = require "mlprun.base.csv"
local names = require "mlprun.base.names"
local tabular = require "mlprun.base.tabular"
local words = require "mlprun.base.words"

local runs = {}

local COLUMNS = { "experiment", "trial", "seed", "status", "val_accuracy", "train_accuracy", "best_epoch", "epochs", "seconds",
                  "started", "path" }
local FORMATS = { "table", "csv", "json", "md" }

local HELP = [[
mlprun runs                                   every run below ./runs
mlprun runs runs/dropout --sort=-val_accuracy  best first; without '-' lowest first
mlprun runs --where=status=finished --where='val_accuracy>0.6'
mlprun runs --format=csv                      table, csv, json or md

columns: ]] .. table.concat(COLUMNS, ", ")

--- The runs of a folder as rows of plain values. `path` is the best weights' file where there is one, else the run's folder.
---@return table[]
function runs.rows(path)
  local rows = {}
  for i, run in ipairs(load_.runs(path)) do
    local m = run.manifest
    local result = type(m.result) == "table" and m.result or {}
    local weights = run.path .. "/best.safetensors"
    rows[i] = { experiment = m.experiment, trial = m.trial, seed = m.seed, status = m.status,
                val_accuracy = result.val_accuracy, train_accuracy = result.train_accuracy, best_epoch = result.best_epoch,
                epochs = result.epochs, seconds = result.seconds, started = m.started,
                path = sys.exists(weights) and weights or run.path }
  end
  return rows
end

local function wrong(problem)
  io.stderr:write(("mlprun runs: %s\nTry 'mlprun runs --help'.\n"):format(problem))
  return 2
end

local TESTS = {
  ["="] = function(a, b) return a == b end, ["!="] = function(a, b) return a ~= b end,
  ["<"] = function(a, b) return a < b end, [">"] = function(a, b) return a > b end,
  ["<="] = function(a, b) return a <= b end, [">="] = function(a, b) return a >= b end,
}

-- A condition such as "val_accuracy>0.6" as a function of a row; or nil and what is wrong.
local function condition(given)
  local column, sign, value = given:match("^([%w_]+)%s*([<>!=]=?)%s*(.*)$")
  if not column or not TESTS[sign] then return nil, ("--where=%s: expected COLUMN=VALUE, !=, <, >, <= or >="):format(given) end
  local problem = names.problem(column, COLUMNS, "column")
  if problem then return nil, problem end
  local number = tonumber(value)
  return function(row)
    local is = row[column]
    if is == nil then return false end
    if type(is) == "number" then return number ~= nil and TESTS[sign](is, number) end
    return TESTS[sign](tostring(is), value)
  end
end

local function sort(rows, column)
  local falling = column:sub(1, 1) == "-"
  if falling then column = column:sub(2) end
  local place = {}
  for i, row in ipairs(rows) do place[row] = i end
  table.sort(rows, function(a, b)
    local x, y = a[column], b[column]
    if x == y then return place[a] < place[b] end
    if x == nil or y == nil then return y == nil end -- what has no value comes last
    if type(x) ~= type(y) then x, y = tostring(x), tostring(y) end
    if falling then return x > y end
    return x < y
  end)
end

-- ---- formats ----

local SHOWN = { val_accuracy = words.percent, train_accuracy = words.percent, seconds = words.duration }

local function cells_of(rows, columns, shown)
  local cells = { columns }
  for i, row in ipairs(rows) do
    local line = {}
    for c, column in ipairs(columns) do
      local value = row[column]
      line[c] = value == nil and (shown and "-" or "") or shown and SHOWN[column] and SHOWN[column](value) or tostring(value)
    end
    cells[i + 1] = line
  end
  return cells
end

local write = {}

-- For people: without the time of the start, which makes lines long.
local SHORT = {}
for _, column in ipairs(COLUMNS) do
  if column ~= "started" then SHORT[#SHORT + 1] = column end
end

function write.table(rows) print(tabular.aligned(cells_of(rows, SHORT, true))) end

function write.csv(rows)
  for _, line in ipairs(cells_of(rows, COLUMNS)) do print(csv.line(line)) end
end

function write.json(rows) print(json.encode(json.array(rows), { indent = 2 })) end

function write.md(rows) print(tabular.markdown(cells_of(rows, COLUMNS, true))) end

--- mlprun runs [DIR] [--sort=COLUMN] [--where=CONDITION] [--format=...]
function runs.command(...)
  local path, order, format, conditions = nil, nil, "table", {}
  for _, word in ipairs { ... } do
    local key, value = word:match("^%-%-(%w+)=(.*)$")
    local problem
    if word == "--help" or word == "-h" then
      print(HELP)
      return 0
    elseif key == "sort" then
      order, problem = value, names.problem(value:gsub("^%-", ""), COLUMNS, "column")
    elseif key == "format" then
      format, problem = value, names.problem(value, FORMATS, "format")
    elseif key == "where" then
      conditions[#conditions + 1], problem = condition(value)
    elseif word:sub(1, 1) == "-" then
      problem = ("unknown option '%s'%s"):format(word, names.hint(word:match("^%-%-([^=]*)") or word,
        { "sort", "where", "format", "help" }, { mark = "--" }))
    elseif path then
      problem = ("unexpected '%s': expected one folder"):format(word)
    else
      path = word
    end
    if problem then return wrong(problem) end
  end
  local rows = {}
  for _, row in ipairs(runs.rows(path or "runs")) do
    local kept = true
    for _, fits in ipairs(conditions) do kept = kept and fits(row) end
    if kept then rows[#rows + 1] = row end
  end
  if order then sort(rows, order) end
  write[format](rows)
  return 0
end

return runs
