--- mlprun.experiment.course - the curves of a run that was read from its folder, in little room: thousands of runs are gathered
--- at once. A row for each epoch is ten times as large as the numbers in it.
--
-- A course is plain data: epochs, and in columns for each field its values as doubles, one behind the other; a field that is
-- not a number in every row is a list instead, with what there is.
local json = require("mlprun.core").json
local passing = require "mlprun.base.passing"

local course = {}

--- How a run's files are decoded: JSON has no word for NaN.
course.NAN = { null = 0 / 0 }

--- The rows in the text of metrics.jsonl, as far as they can be read: its last line may be cut by a kill, or being written.
---@param text? string
---@return table[]
function course.rows(text)
  local rows = {}
  for line in (text or ""):gmatch("[^\n]+") do
    local fine, row = passing.pcall(json.decode, line, course.NAN)
    if not fine or type(row) ~= "table" then break end
    rows[#rows + 1] = row
  end
  return rows
end

local PACKED = 200 -- values at a time: string.pack takes no more arguments than Lua's stack has room for

local SIZE = string.packsize "d"

local function pack(values)
  local parts = {}
  for i = 1, #values, PACKED do
    local count = math.min(PACKED, #values - i + 1)
    parts[#parts + 1] = string.pack(("d"):rep(count), table.unpack(values, i, i + count - 1))
  end
  return table.concat(parts)
end

local function unpack(bytes)
  local values, all = {}, #bytes // SIZE
  for i = 1, all, PACKED do
    local count = math.min(PACKED, all - i + 1)
    table.move({ string.unpack(("d"):rep(count), bytes, (i - 1) * SIZE + 1) }, 1, count, i, values)
  end
  return values
end

--- Rows of a history as a course.
---@param rows table[]   see fit.lua
function course.of(rows)
  local columns, numbers = {}, {}
  for epoch, row in ipairs(rows) do
    for field, value in pairs(row) do
      local values = columns[field]
      if not values then
        values = {}
        columns[field], numbers[field] = values, 0
      end
      values[epoch] = value
      if type(value) == "number" then numbers[field] = numbers[field] + 1 end
    end
  end
  for field, values in pairs(columns) do
    if numbers[field] == #rows then columns[field] = pack(values) end
  end
  return { epochs = #rows, columns = columns }
end

--- A field's value in each epoch; where a row has none, nothing.
---@param history? table   a course, or rows as they are while a run trains
---@param field string
---@return table<integer, any> values
---@return integer epochs
function course.column(history, field)
  if not history then return {}, 0 end
  if history.columns then
    local values = history.columns[field]
    return type(values) == "string" and unpack(values) or values or {}, history.epochs
  end
  local values = {}
  for epoch, row in ipairs(history) do values[epoch] = row[field] end
  return values, #history
end

return course
