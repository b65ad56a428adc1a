-- summary.lua RAW OUT - medians of lines "who TAB key TAB value" as a table in OUT.md and as OUT.json.
local core = require "mlprun.core"
local raw, out = arg[1], arg[2]

local rows, order = {}, {}
for line in io.lines(raw) do
  local who, key, value = line:match("^([^\t]+)\t([^\t]+)\t([^\t]+)$")
  value = tonumber(value)
  if value then
    if not rows[key] then rows[key], order[#order + 1] = {}, key end
    rows[key][who] = rows[key][who] or {}
    table.insert(rows[key][who], value)
  end
end

local function stats(list)
  if not list then return nil end
  table.sort(list)
  local n = #list
  local middle = n % 2 == 1 and list[n // 2 + 1] or (list[n // 2] + list[n // 2 + 1]) / 2
  return { median = middle, low = list[1], high = list[n], rounds = n }
end

local function shown(s)
  if not s then return "" end
  local function number(v) return v >= 1000 and ("%.0f"):format(v) or ("%.3g"):format(v) end
  return s.rounds > 1 and ("%s (%s to %s)"):format(number(s.median), number(s.low), number(s.high)) or number(s.median)
end

-- Above 1: mlprun is ahead. Rates count up, times and sizes down.
local function ratio(key, ours, theirs)
  if not ours or not theirs then return "" end
  local up = key:find("/s$")
  return ("%.2f"):format(up and ours.median / theirs.median or theirs.median / ours.median)
end

-- What the machine could do: the arithmetic of a step at the rate of its best product, decoding at libjpeg's own rate.
local function limit_of(key)
  local function measured(name) return rows[name] and rows[name].C and stats(rows[name].C).median end
  local net, batch = key:match("^step/(%d[%d%-]*) batch (%d+)/.* ms$")
  local peak, jpeg = measured("limit/sgemm/all cores GFLOP/s"), measured("limit/jpeg/1 core images/s")
  if net and peak then
    local before, operations, first = nil, 0, true
    for width in net:gmatch("%d+") do
      width = tonumber(width)
      if before then -- forward and the weight's gradient, and but for the first layer the input's gradient
        operations = operations + 2 * batch * before * width * (first and 2 or 3)
        first = false
      end
      before = width
    end
    return operations / peak / 1e6
  end
  local workers = key:match("^input/cold decode and resize, workers (%d) images/s$")
  if workers and jpeg then return jpeg * math.max(1, tonumber(workers)) end
end

local function share(key, ours)
  local limit = ours and limit_of(key)
  if not limit then return "" end
  return ("%.0f %%"):format(100 * (key:find("/s$") and ours.median / limit or limit / ours.median))
end

local md = { "| what | mlprun | of the limit | plain C on OpenBLAS, libjpeg | ratio | peers' best | ratio | peers' best is |",
             "|---|---:|---:|---:|---:|---:|---:|---|" }
local json = core.json.array {}
for _, key in ipairs(order) do
  local all = {}
  for who, list in pairs(rows[key]) do all[who] = stats(list) end
  local best, whose
  for who, s in pairs(all) do
    if who ~= "mlprun" and who ~= "C" then
      local ahead = best and (key:find("/s$") and s.median > best.median or not key:find("/s$") and s.median < best.median)
      if not best or ahead then best, whose = s, who end
    end
  end
  md[#md + 1] = ("| %s | %s | %s | %s | %s | %s | %s | %s |"):format(key, shown(all.mlprun), share(key, all.mlprun), shown(all.C),
    ratio(key, all.mlprun, all.C), shown(best), ratio(key, all.mlprun, best), whose or "")
  json[#json + 1] = { key = key, results = all }
end
core.sys.write_file(out .. ".md", table.concat(md, "\n") .. "\n")
core.sys.write_file(out .. ".json", core.json.encode({ host = core.sys.host(), version = core.sys.version, rows = json },
  { indent = 2 }) .. "\n")
print(table.concat(md, "\n"))
