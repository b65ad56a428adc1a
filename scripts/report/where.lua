--- mlprun.report.where - which runs are meant: conditions such as "val_accuracy>60%".
local names = require "mlprun.base.names"
local options = require "mlprun.options"

local where = {}

local TESTS = {
  ["="] = function(a, b) return a == b end, ["!="] = function(a, b) return a ~= b end,
  ["<"] = function(a, b) return a < b end, [">"] = function(a, b) return a > b end,
  ["<="] = function(a, b) return a <= b end, [">="] = function(a, b) return a >= b end,
}

--- What a row has in a column, which may be an option.
function where.value_of(row, column)
  if row[column] ~= nil then return row[column] end
  local value = row.values[column]
  if value == nil then value = row.options[column] end
  if type(value) == "table" or type(value) == "boolean" then return options.shown(value) end
  return value
end

local SHARES = { val_accuracy = true, test_accuracy = true, train_accuracy = true }

-- A number as a condition says it: shares are shown as percentages, so "30%" and 30 are 0.3.
local function number_of(value, column)
  if not SHARES[column] then return tonumber(value) end
  local percent = tonumber((value:match("^(.-)%s*%%$")))
  local number = percent or tonumber(value)
  return number and ((percent or number > 1) and number / 100 or number)
end

-- Whether a column is of numbers in every run that has it.
local function is_of_numbers(rows, column)
  local some = false
  for _, row in ipairs(rows) do
    local value = where.value_of(row, column)
    if value ~= nil and type(value) ~= "number" then return false end
    some = some or value ~= nil
  end
  return some
end

-- A condition such as "val_accuracy>60%" as a function of a row; or nil and what is wrong.
local function condition(given, known, rows)
  local column, sign, value = given:match("^%s*([%w_]+)%s*([<>!=]=?)%s*(.-)%s*$")
  if sign == "==" then sign = "=" end
  if not column or not TESTS[sign] then return nil, ("--where=%s: expected COLUMN=VALUE, !=, <, >, <= or >="):format(given) end
  local problem = names.problem(column, known, "column")
  if problem then return nil, problem end
  local number = number_of(value, column)
  if not number and is_of_numbers(rows, column) then
    return nil, ("--where=%s: '%s' is no number, and %s is one"):format(given, value, column)
  end
  return function(row)
    local is = where.value_of(row, column)
    if is == nil then return false end
    if type(is) == "number" then return number ~= nil and TESTS[sign](is, number) end
    return TESTS[sign](tostring(is), value)
  end
end

--- The rows that fit all conditions; nil and what is wrong with one.
---@param rows table[]           see report/runs.lua
---@param conditions string[]
---@param known string[]         the names of all columns
function where.chosen(rows, conditions, known)
  local tests, kept = {}, {}
  for i, given in ipairs(conditions) do
    local problem
    tests[i], problem = condition(given, known, rows)
    if problem then return nil, problem end
  end
  for _, row in ipairs(rows) do
    local fits = true
    for _, test in ipairs(tests) do fits = fits and test(row) end
    if fits then kept[#kept + 1] = row end
  end
  return kept
end

return where
