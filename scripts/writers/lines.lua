--- lines.lua - text files that grow by one line at a time: JSONL and CSV.
--
-- Each line is one write, so a killed process leaves whole lines and at most one torn last one; opening a file to go on
-- with it cuts such a tail off.
local core = require("mlprun.core")
local check = require("mlprun.options").check
local json, sys = core.json, core.sys

local Lines = {}

--- Opens path for appending, or anew; the folder is made. Returns the object and whether the file has something already.
local function open(class, path, append)
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
  return setmetatable({ path = path, file = file }, class), text ~= ""
end

local function put(self, line)
  if not self.file then sys.fail(("cannot write '%s': it is closed"):format(self.path)) end
  local ok, message = self.file:write(line, "\n")
  if not ok then sys.fail(("cannot write '%s': %s"):format(self.path, message)) end
end

function Lines:close()
  local file = self.file
  self.file = nil
  if file then file:close() end
end

local function class(name)
  local c = { __name = "mlprun." .. name, __close = Lines.close, __gc = Lines.close, close = Lines.close }
  c.__index = c
  c.__tostring = function(self) return ("%s '%s'%s"):format(name, self.path, self.file and "" or " (closed)") end
  return c
end

local JSONL, CSV = class("JSONL"), class("CSV")

--- One value as a line of JSON; NaN becomes null.
function JSONL:write(value)
  put(self, json.encode(value))
  return self
end

local function cell(value)
  if value == nil then return "" end
  if type(value) == "number" then return value ~= value and "nan" or json.encode(value) end
  local text = tostring(value)
  return text:find('[",\r\n]') and '"' .. text:gsub('"', '""') .. '"' or text
end

--- One row: a table with a field per column; what is nil stays empty.
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
  put(self, table.concat(cells, ","))
  return self
end

local lines = {}

--- A file with one JSON value per line.
---@param path string
---@param o? { append: boolean }   go on with the file that is there; default false
function lines.JSONL(path, o)
  o = check(o, { "append" }, "writers.JSONL")
  if type(path) ~= "string" then sys.fail("writers.JSONL: expected a path") end
  return (open(JSONL, path, o.append))
end

--- A table with the given columns, its names in the first line.
---@param path string
---@param columns string[]
---@param o? { append: boolean }
function lines.CSV(path, columns, o)
  o = check(o, { "append" }, "writers.CSV")
  if type(path) ~= "string" or type(columns) ~= "table" then sys.fail("writers.CSV: expected a path and a list of columns") end
  local self, goes_on = open(CSV, path, o.append)
  self.columns = columns
  if not goes_on then
    local names = {}
    for i, column in ipairs(columns) do names[i] = cell(column) end
    put(self, table.concat(names, ","))
  end
  return self
end

return lines
