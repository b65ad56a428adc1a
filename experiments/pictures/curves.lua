-- How did the trials of an experiment go? Draws a curve of each, the mean over its seeds, from the folders of its runs.
--
--   mlprun experiments/pictures/curves.lua --runs=runs/dropout --file=dropout.png
--
-- --trials="a;b" draws only these, --field="train_loss" another column of metrics.jsonl.
local ml = require "mlprun"
local core = require "mlprun.core"
local sys, json = core.sys, core.json

local options = ml.options {
  runs = "runs/dropout", file = "curves.png", field = "val_accuracy", trials = "", width = 420, height = 330,
}

-- The trials in the order of the table, from results.csv: their names are in its first column.
local function trial_names(folder)
  local names, seen = {}, {}
  for line in sys.read_file(folder .. "/results.csv"):gmatch("[^\r\n]+") do
    local name = line:match('^"(.-)",') or line:match("^([^,]*),")
    if name ~= "trial" and not seen[name] then
      seen[name], names[#names + 1] = true, name
    end
  end
  return names
end

-- Means of a field over the runs of a trial, as far as all of them went.
local function curve(folder, name)
  local sums, counts = {}, {}
  local trial = folder .. "/" .. require("mlprun.experiment.folder").safe_name(name)
  for _, seed in ipairs(sys.list(trial)) do
    for line in io.lines(trial .. "/" .. seed .. "/metrics.jsonl") do
      local row = json.decode(line)
      local value = row[options.field]
      if value then
        sums[row.epoch], counts[row.epoch] = (sums[row.epoch] or 0) + value, (counts[row.epoch] or 0) + 1
      end
    end
  end
  local y = {}
  for epoch, sum in ipairs(sums) do
    if counts[epoch] < counts[1] then break end
    y[epoch] = sum / counts[epoch]
  end
  return y
end

local wanted = {}
for name in options.trials:gmatch("[^;]+") do wanted[name] = true end
local series = {}
for _, name in ipairs(trial_names(options.runs)) do
  local y = (options.trials == "" or wanted[name]) and curve(options.runs, name) or {}
  if #y > 0 then series[#series + 1] = { name = name, y = y } end
end
print(ml.plot.plot(series, { xlabel = "epoch", ylabel = options.field:gsub("_", " "), file = options.file,
                             width = options.width, height = options.height }))
