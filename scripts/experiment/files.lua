--- mlprun.experiment.files - what came out of an experiment, for other programs: results.csv and results.md.
local csv = require "mlprun.base.csv"
local layout = require "mlprun.base.layout"
local names = require "mlprun.base.names"
local tabular = require "mlprun.base.tabular"

local files = {}

local function csv_field(value)
  if value == nil then return "" end
  if value ~= value then return "nan" end
  return math.type(value) == "float" and ("%.6g"):format(value) or tostring(value)
end

local FIELDS = { "seed", "status", "val_accuracy", "train_accuracy", "best_epoch", "epochs", "seconds", "val_loss", "train_loss",
                 "path" } -- of a run
-- Of a run, where some run has it.
local SOME = { "final_gap", "first", "steadiness", "test_accuracy", "test_loss", "fold", "deal" }

-- The fields of the runs.
local function fields_of(results)
  local list = table.move(FIELDS, 1, #FIELDS, 1, {})
  for _, name in ipairs(SOME) do
    local there = false
    for _, trial in ipairs(results.trials) do
      for _, run in ipairs(trial.runs) do there = there or run[name] ~= nil end
    end
    if there then list[#list + 1] = name end
  end
  return list
end

-- The names of what trials say they set.
local function value_names(results)
  local there = {}
  for _, trial in ipairs(results.trials) do
    for name in pairs(trial.values or {}) do there[name] = true end
  end
  return names.of(there)
end

-- The names of what run:record left in any run, in the order of their first record.
local function recorded_names(results)
  local list = {}
  for _, trial in ipairs(results.trials) do
    for _, run in ipairs(trial.runs) do
      for _, entry in ipairs(run.recorded or {}) do
        if not list[entry.name] then list[entry.name], list[#list + 1] = true, entry.name end
      end
    end
  end
  return list
end

--- results.csv: one line per run, with its losses, its folder, a column for each number that run:record left, and one for
--- each value that a trial says it sets.
function files.csv(results)
  local recorded, own, set = recorded_names(results), fields_of(results), value_names(results)
  local head = table.move(own, 1, #own, 2, { "trial" })
  table.move(recorded, 1, #recorded, #head + 1, head)
  local lines = { csv.line(table.move(set, 1, #set, #head + 1, head)) }
  for _, trial in ipairs(results.trials) do
    for _, run in ipairs(trial.runs) do
      local fields, values = { trial.name }, {}
      for _, name in ipairs(own) do fields[#fields + 1] = csv_field(run[name]) end
      for _, entry in ipairs(run.recorded or {}) do values[entry.name] = entry.value end
      for _, name in ipairs(recorded) do fields[#fields + 1] = csv_field(values[name]) end
      for _, name in ipairs(set) do fields[#fields + 1] = csv_field((trial.values or {})[name]) end
      lines[#lines + 1] = csv.line(fields)
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

--- results.md: the table, the sentences and the notes. about: what stands above the table.
function files.markdown(title, about, cells, lines)
  local out = { "# " .. tabular.as_markdown(title), "", tabular.as_markdown(about), "", tabular.markdown(cells, true) }
  local listed = false
  for _, line in ipairs(lines) do
    if not (line.indent and listed) then out[#out + 1] = "" end
    out[#out + 1] = (line.indent and "- " or "") .. tabular.as_markdown(line.text)
    listed = line.indent
  end
  return layout.parted(table.concat(out, "\n")) .. "\n"
end

return files
