--- mlprun.experiment.twins - trials that are the same to the last bit: they are one trial under two names.
local twins = {}

local FIELDS = { "seed", "val_loss", "train_loss", "val_accuracy", "train_accuracy", "epochs" }

-- Whether two trials' runs are the same, seed by seed, also in a metric where one is given.
local function identical(a, b, metric)
  if #a.runs == 0 or #a.runs ~= #b.runs then return false end
  for i, run in ipairs(a.runs) do
    for _, field in ipairs(FIELDS) do
      if run[field] == nil or run[field] ~= b.runs[i][field] then return false end
    end
    if metric and metric.of(run) ~= metric.of(b.runs[i]) then return false end
  end
  return true
end

--- The trials that are the same as an earlier one: by name, that one's name.
---@param trials table[]   of results, see summary.lua
---@param metric? table     a number of each run in which they are the same too, see metric.lua
function twins.of(trials, metric)
  local same = {}
  for j = 2, #trials do
    for i = 1, j - 1 do
      if not same[trials[j].name] and not same[trials[i].name] and identical(trials[i], trials[j], metric) then
        same[trials[j].name] = trials[i].name
      end
    end
  end
  return same
end

local function recorded_of(run)
  local values = {}
  for _, entry in ipairs(run.recorded or {}) do values[entry.name] = entry.value end
  return values
end

--- Whether two trials that are the same recorded different numbers.
function twins.differ_in_records(a, b)
  for i, run in ipairs(a.runs) do
    local own, other = recorded_of(run), recorded_of(b.runs[i])
    for _, pair in ipairs { { own, other }, { other, own } } do
      for name, value in pairs(pair[1]) do
        local same = pair[2][name] == value or value ~= value and pair[2][name] ~= pair[2][name]
        if not same then return true end
      end
    end
  end
  return false
end

return twins
