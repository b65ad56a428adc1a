-- metrics with weights, chosen labels, names, and several labels for each sample: calls with scikit-learn's answers
-- (tests/golden/records/make_scores.py).
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local metrics, null = ml.metrics, core.json.null
local golden = core.json.decode(core.sys.read_file("tests/golden/records/scores.json"))

local function number(v)
  if type(v) == "table" then
    local list = {}
    for i = 1, #v do list[i] = number(v[i]) end
    return list
  end
  if v == nil or v == null or v == "nan" then return 0 / 0 end
  return v == "inf" and math.huge or v
end

local function got(call)
  local o = {}
  for name, value in pairs(call.options) do o[name] = value end
  if o.zero_division == "nan" then o.zero_division = 0 / 0 end
  local values = table.pack(metrics[call.name](call.truth, call.answers, o))
  for i = 1, values.n do
    if ml.is_tensor(values[i]) then values[i] = values[i]:tolist() end
  end
  return values
end

local by_name = {}
for _, call in ipairs(golden.calls) do
  by_name[call.name] = by_name[call.name] or {}
  table.insert(by_name[call.name], call)
end
for _, name in ipairs(require("mlprun.base.names").sorted(by_name)) do
  t.test(("%s has scikit-learn's numbers (%d calls)"):format(name, #by_name[name]), function()
    for i, call in ipairs(by_name[name]) do
      local what = ("%s %d with %s"):format(name, i, core.json.encode(call.options))
      local values = got(call)
      if name:find("curve") then
        for k = 1, 3 do t.near(values[k], number(call.value[k]), 1e-12, what) end
      elseif type(call.value) == "string" and call.value ~= "inf" then
        t.equal(values[1], call.value, what)
      else
        t.near(values[1], number(call.value), 1e-12, what)
      end
    end
  end)
end

t.done()
