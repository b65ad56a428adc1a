--- mlprun.experiment.files - what came out of an experiment, for other programs: results.csv and results.md.
local csv = require "mlprun.base.csv"
local layout = require "mlprun.base.layout"
local tabular = require "mlprun.base.tabular"

local files = {}

local function csv_field(value)
  if value == nil then return "" end
  return math.type(value) == "float" and ("%.6g"):format(value) or tostring(value)
end

local FIELDS = { "seed", "status", "val_accuracy", "train_accuracy", "best_epoch", "epochs", "seconds" } -- of a run

--- results.csv: one line per run.
function files.csv(results)
  local lines = { csv.line { "trial", table.unpack(FIELDS) } }
  for _, trial in ipairs(results.trials) do
    for _, run in ipairs(trial.runs) do
      local fields = { trial.name }
      for i, name in ipairs(FIELDS) do fields[i + 1] = csv_field(run[name]) end
      lines[#lines + 1] = csv.line(fields)
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

--- results.md: the table, the sentences and the notes. about: what stands above the table.
function files.markdown(title, about, cells, lines)
  local out = { "# " .. title, "", about, "", tabular.markdown(cells, true) }
  local listed = false
  for _, line in ipairs(lines) do
    if not (line.indent and listed) then out[#out + 1] = "" end
    out[#out + 1] = (line.indent and "- " or "") .. line.text
    listed = line.indent
  end
  return layout.parted(table.concat(out, "\n")) .. "\n"
end

return files
