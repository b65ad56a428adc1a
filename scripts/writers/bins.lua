--- mlprun.writers.bins - edges of a histogram's bins, as NumPy finds them by name or number.
local core = require "mlprun.core"
local sys = core.sys
local names = require "mlprun.base.names"
local quantile = require "mlprun.base.quantile"

local bins = {}

local function moments(x)
  local mean, m2, m3 = 0, 0, 0
  for _, v in ipairs(x) do mean = mean + v end
  mean = mean / #x
  for _, v in ipairs(x) do m2, m3 = m2 + (v - mean) ^ 2, m3 + (v - mean) ^ 3 end
  return math.sqrt(m2 / #x), m3 / #x
end

-- Widths of the bins, from the sorted values; 0: one bin.
local widths = {}

local function range_of(x) return x[#x] - x[1] end

function widths.sqrt(x) return range_of(x) / math.sqrt(#x) end
function widths.sturges(x) return range_of(x) / (math.log(#x, 2) + 1) end
function widths.rice(x) return range_of(x) / (2 * (#x) ^ (1 / 3)) end
function widths.scott(x) return (24 * math.sqrt(math.pi) / #x) ^ (1 / 3) * moments(x) end
function widths.fd(x) return 2 * (quantile(x, 0.75) - quantile(x, 0.25)) / (#x) ^ (1 / 3) end

function widths.doane(x)
  if #x < 3 then return 0 end
  local deviation, third = moments(x)
  if deviation == 0 then return 0 end
  local spread = math.sqrt(6 * (#x - 2) / ((#x + 1) * (#x + 3)))
  return range_of(x) / (1 + math.log(#x, 2) + math.log(1 + math.abs(third / deviation ^ 3) / spread, 2))
end

function widths.auto(x)
  local fd, sturges, sqrt = widths.fd(x), widths.sturges(x), widths.sqrt(x)
  fd = math.max(fd, sqrt / 2) -- where most values are equal
  return math.min(fd, sturges)
end

local function evenly(low, high, count)
  local edges = {}
  for i = 0, count do edges[i + 1] = low + (high - low) * i / count end
  edges[count + 1] = high
  return edges
end

local KNOWN = names.of(widths)
table.insert(KNOWN, "tensorflow")

--- The edges of the bins that `asked` means for these values; nil for the usual ones.
---@param asked nil|string|integer|number[]   "tensorflow", a rule of NumPy's, how many, or the edges themselves
---@param values Tensor
---@return number[]?
function bins.edges(asked, values)
  if asked == nil or asked == "tensorflow" or type(asked) == "table" then return asked ~= "tensorflow" and asked or nil end
  if math.type(asked) ~= "integer" and not widths[asked] then
    local problem = names.problem(asked, KNOWN, "rule for bins")
    sys.fail(("add_histogram: bins is a rule's name, how many, or a list of edges: %s"):format(problem))
  end
  if math.type(asked) == "integer" and asked < 1 then
    sys.fail(("add_histogram: bins is %d, expected at least 1"):format(asked))
  end
  local sorted = values:flatten(1):double():sort():tolist()
  if #sorted == 0 then return nil end
  local low, high = sorted[1], sorted[#sorted]
  if low ~= low or high ~= high or high - low == math.huge then
    sys.fail("add_histogram: bins need values that are finite")
  end
  local count = asked
  if widths[asked] then
    local width = widths[asked](sorted)
    count = width > 0 and math.max(1, math.ceil((high - low) / width)) or 1
  end
  if low == high then low, high = low - 0.5, high + 0.5 end
  return evenly(low, high, count)
end

return bins
