--- lines.lua - text files that grow by one line at a time: JSONL and CSV.
--
-- Each line is one write, so a killed process leaves whole lines and at most one torn last one; opening a file to go on
-- with it cuts such a tail off.
local core = require("mlprun.core")
local class = require "mlprun.base.class"
local csv = require "mlprun.base.csv"
local check = require("mlprun.options").check
local json, sys = core.json, core.sys

local function close(self)
  local file = self.file
  self.file = nil
  if io.type(file) == "file" then file:close() end -- at the end of a process Lua may have closed it before
end

local function described(self)
  return ("%s '%s'%s"):format(class.of(self).__name:gsub("^mlprun%.", ""), self.path, self.file and "" or " (closed)")
end

local Lines = class.new("mlprun.Lines", { __close = close, __gc = close, __tostring = described, close = close })

-- Opens path for appending, or anew; the folder is made. self.goes_on tells whether the file has something already.
function Lines:__init(path, append)
  local folder = path:match("^(.*)/[^/]*$")
  if folder and folder ~= "" then sys.make_folder(folder) end
  local text = append and sys.exists(path) == "file" and sys.read_file(path) or ""
  if text ~= "" and text:sub(-1) ~= "\n" then
    text = text:match("^(.*\n)[^\n]*$") or ""
    sys.write_file(path, text)
  end
  local file, message = io.open(path, append and "a" or "w")
  if not file then sys.fail("cannot write " .. message) end
  file:setvbuf("no")
  self.path, self.file, self.goes_on = path, file, text ~= ""
end

local function put(self, line)
  if not self.file then sys.fail(("cannot write '%s': it is closed"):format(self.path)) end
  local ok, message = self.file:write(line, "\n")
  if not ok then sys.fail(("cannot write '%s': %s"):format(self.path, message)) end
end

local JSONL, CSV = class.new("mlprun.JSONL", {}, Lines), class.new("mlprun.CSV", {}, Lines)

--- One value as a line of JSON; NaN becomes null.
---@param value any
---@return self
function JSONL:write(value)
  put(self, json.encode(value))
  return self
end

local function cell(value)
  if value == nil then return "" end
  if type(value) == "number" then return value ~= value and "nan" or json.encode(value) end
  return tostring(value)
end

--- One row: a table with a field per column; what is nil stays empty.
---@param row table
---@return self
function CSV:write(row)
  local cells, known = {}, {}
  for i, column in ipairs(self.columns) do
    cells[i] = cell(row[column])
    known[column] = true
  end
  for key in pairs(row) do
    if not known[key] then
      sys.fail(("CSV '%s': '%s' is no column: they are %s"):format(self.path, tostring(key), table.concat(self.columns, ", ")))
    end
  end
  put(self, csv.line(cells))
  return self
end

local lines = {}

--- A file with one JSON value per line.
---@param path string
---@param o? { append = false }
---@return JSONL
function lines.JSONL(path, o)
  o = check(o, { "append" }, "writers.JSONL")
  if type(path) ~= "string" then sys.fail("writers.JSONL: expected a path") end
  return JSONL(path, o.append)
end

--- A table with the given columns, its names in the first line.
---@param path string
---@param columns string[]
---@param o? { append = false }
---@return CSV
function lines.CSV(path, columns, o)
  o = check(o, { "append" }, "writers.CSV")
  if type(path) ~= "string" or type(columns) ~= "table" then sys.fail("writers.CSV: expected a path and a list of columns") end
  local self = CSV(path, o.append)
  self.columns = columns
  if not self.goes_on then
    local heads = {}
    for i, column in ipairs(columns) do heads[i] = tostring(column) end
    put(self, csv.line(heads))
  end
  return self
end

return lines
