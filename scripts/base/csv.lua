--- mlprun.base.csv - lines of a CSV file, as RFC 4180 has them.
local csv = {}

local function field(text)
  return text:find('[",\r\n]') and '"' .. text:gsub('"', '""') .. '"' or text
end

--- A line without its end.
---@param fields string[]
function csv.line(fields)
  local quoted = {}
  for i, text in ipairs(fields) do quoted[i] = field(text) end
  return table.concat(quoted, ",")
end

return csv
