--- mlprun.experiment.options - the options that every experiment has.
local core = require "mlprun.core"
local sys = core.sys
local options = require "mlprun.options"
local limits = require "mlprun.experiment.limits"
local names = require "mlprun.base.names"
local part = require "mlprun.sweep.part"
local room = require "mlprun.experiment.room"
local watch = require "mlprun.experiment.watch"

local common = {}

-- name, default (nil: computed below), text for --help; in the order in which --help lists them
local KNOWN = {
  { "data", nil, "folder of your photos: one folder of pictures for each class (or IDX files)" },
  { "csv_path", "", "where --data is a CSV file: its column with the pictures' paths; empty: path" },
  { "csv_label", "", "where --data is a CSV file: its column with the names of their classes; empty: label" },
  { "epochs", 30, "passes over the training pictures, at most" },
  { "patience", 10, "stop after this many epochs without a better one (see --monitor); 0: never" },
  { "monitor", "auto", "what decides which epoch is best, also for patience: val_loss, ...; auto: val_accuracy" },
  { "mode", "auto", "which way it is better: max, min, or auto: as its name says" },
  { "min_delta", 0.0, "an epoch must be better by more than this for patience to begin anew" },
  { "max_steps", 0, "training steps of a run, at most; 0: no limit" },
  { "max_time", "", "time of a run, at most: 20m, 1h30m, 90s; empty: no limit" },
  { "seeds", 3, "how many times each trial is run, with seeds counting up from --seed" },
  { "seed", 42, "the first seed" },
  { "split_seed", -1, "decides which pictures are for validation; -1: --seed does" },
  { "batch_size", 32, "pictures per training step" },
  { "drop_last", "auto", "leave out an epoch's last batch when it is not full: yes, no, or auto: one picture, and BatchNorm" },
  { "image_size", 64, "pictures are resized to this many pixels on each side" },
  { "channels", 0, "3: colour, 1: grey, 0: as the data is" },
  { "draft", 0, "decode large JPEG photos at 1/2 to 1/8 of their size, with this many pixels a side at least; 0: all pixels" },
  { "augment", false, "vary the training pictures: flips, light, shifts" },
  { "val", 0.2, "share of the pictures that are for validation, or how many" },
  { "test", "auto", "pictures for one measure at the end: a share, how many, no, or auto: the data's test part if it has one" },
  { "folds", 0, "deal the pictures out into so many folds, each for validation once, --seeds times; 0: one split" },
  { "group", "", "pictures that stay on one side of the split: a pattern for paths, similar, or a CSV column; empty: none" },
  { "threads", 0, "threads that compute; 0: one per core" },
  { "jobs", 1, "runs side by side, each in a process of its own with its share of the threads; 0: one per core" },
  { "workers", nil, "threads that load pictures ahead; 0: none" },
  { "cpu", "fastest", "instructions to compute with: those of prescott, haswell, skylakex; the same give the same bits" },
  { "histograms", false, "TensorBoard gets every parameter's values and gradients, before the first step and after each epoch" },
  { "inspect", 5000, "up to so many pictures the data are looked over for report.html, as `mlprun data inspect` does; 0: never" },
  { "curve", true, "draw the losses of a run while it trains, at a terminal and with one run at a time" },
  { "pictures", true, "TensorBoard and the report show some of your pictures; --no-pictures: none, where photos are private" },
  { "keep_going", true, "a trial that ends with an error is reported and the others go on; --no-keep_going: it ends all" },
  { "keep", "best", "whose weights stay on disk: best: of each trial's best seed, all, or none" },
  { "keep_last", "500M", "room for the last states of runs whose epochs ran out: --epochs=MORE --resume goes on; 2G, 0, all" },
  { "resume", false, "take finished runs over, and go on with those that were stopped or killed" },
  { "plan", false, "write the runs into plan.jsonl, with their numbers, and train none" },
  { "runs", "", "train these runs of the plan, without a report: 3,7-9; empty: all, with one" },
  { "shard", "", "train a part of the runs, without a report: 2/8 is the second of eight parts; empty: all, with one" },
  { "train", true, "--no-train: the table and the report of runs that were trained elsewhere, and which are missing" },
  { "on", "", "slurm: submit the runs that are missing, as an array of tasks, and a job that reports; empty: train here" },
  { "slurm", "", "with --on=slurm: further options of sbatch, such as '-p cpu -t 60 -c 4'" },
  { "pack", 1, "with --on=slurm: runs of a task, one after the other (or --jobs side by side)" },
  { "parallel", 0, "with --on=slurm: tasks at the same time, at most; 0: as many as there is room for" },
  { "task", "", "name of the task that this process works for, where an engine starts it again elsewhere; empty: none" },
  { "restarts", 0, "how often that task was started again: it takes its runs over at once" },
  { "out", "runs", "folder for the results" },
}

-- name -> { least, most, what is expected }
local LIMITS = {
  epochs = { 1, 1000000 }, patience = { 0, 1000000 }, seeds = { 1, 1000 }, seed = { 0, 2 ^ 53 }, batch_size = { 1, 65536 },
  image_size = { 1, 4096 }, threads = { 0, 256 }, workers = { 0, 64 },
  jobs = { 0, 256 }, inspect = { 0, 2 ^ 53 }, split_seed = { -1, 2 ^ 53 }, restarts = { 0, 1000000 }, pack = { 1, 1000000 },
  parallel = { 0, 1000000 }, draft = { 0, 32768 }, max_steps = { 0, 2 ^ 53 },
  folds = { 0, 1000 },
}

local function defaults_of(spec)
  local defaults, help, order = {}, {}, {}
  for name, value in pairs(spec.options or {}) do defaults[name] = value end
  for name in pairs(defaults) do order[#order + 1] = name end
  table.sort(order)
  local own = {}
  for _, entry in ipairs(KNOWN) do own[entry[1]] = true end
  for i = #order, 1, -1 do
    if own[order[i]] then table.remove(order, i) end
  end
  for _, entry in ipairs(KNOWN) do
    local name, value, about = entry[1], entry[2], entry[3]
    if defaults[name] == nil then defaults[name] = value end
    help[name], order[#order + 1] = about, name
  end
  defaults.data = defaults.data or require("mlprun.data").default()
  defaults.workers = defaults.workers or (sys.cores() > 1 and 2 or 0)
  for name, about in pairs(spec.help or {}) do
    if defaults[name] == nil then
      sys.fail(("ml.experiment: help has '%s', which is no option%s"):format(tostring(name), names.hint(name, order)))
    end
    help[name] = about
  end
  return defaults, help, order
end

--- What --test asks for: "auto", 0 (no), a share, or how many pictures; nil when it makes no sense.
function common.test_share(text)
  if text == "auto" then return text end
  if text == "no" then return 0 end
  local value = tonumber(text)
  return value and value > 0 and (value < 1 or value % 1 == 0) and value < math.huge and value or nil
end

-- The first option whose value makes no sense, as a sentence; nil when all are fine.
local function problem_of(o)
  for name, limit in pairs(LIMITS) do
    local value = o[name]
    if math.type(value) ~= "integer" or value < limit[1] or value > limit[2] then
      return ("--%s is %s, expected a whole number from %d to %d"):format(name, options.shown(value), limit[1], limit[2])
    end
  end
  for _, entry in ipairs(KNOWN) do
    local name, default = entry[1], entry[2]
    if type(default) == "boolean" and type(o[name]) ~= "boolean" then
      return ("--%s is %s, expected true or false"):format(name, options.shown(o[name]))
    end
  end
  if type(o.val) ~= "number" or not (o.val > 0 and (o.val < 1 or o.val % 1 == 0)) then
    return ("--val is %s, expected a share between 0 and 1, such as 0.2, or how many pictures"):format(options.shown(o.val))
  end
  if o.folds == 1 then return "--folds is 1, expected 2 or more, or 0 for one split" end
  if not common.test_share(o.test) then
    return ("--test is %s, expected a share between 0 and 1, such as 0.2, how many pictures, no, or auto"):format(
      options.shown(o.test))
  end
  if o.channels ~= 0 and o.channels ~= 1 and o.channels ~= 3 then
    return ("--channels is %s, expected 3 (colour), 1 (grey) or 0 (as the data is)"):format(options.shown(o.channels))
  end
  if not limits.seconds(o.max_time) then
    return ("--max_time is '%s', expected a time such as 20m, 1h30m or 90s"):format(options.shown(o.max_time))
  end
  local for_script = o.monitor == "auto" and (o.mode == "min" or o.mode == "max") -- of what run.monitor names
  local field, why = watch.problem(o.monitor, for_script and "auto" or o.mode)
  if field then return ("--%s is %s, %s"):format(field, options.shown(o[field]), why) end
  if o.drop_last ~= "auto" and o.drop_last ~= "yes" and o.drop_last ~= "no" then
    return ("--drop_last is %s, expected yes, no or auto"):format(options.shown(o.drop_last))
  end
  if o.keep ~= "best" and o.keep ~= "all" and o.keep ~= "none" then
    return ("--keep is %s, expected best, all or none"):format(options.shown(o.keep))
  end
  if not room.bytes(o.keep_last) then
    return ("--keep_last is %s, expected a size such as 500M or 2G, 0 or all"):format(options.shown(o.keep_last))
  end
  if type(o.min_delta) ~= "number" or o.min_delta < 0 then
    return ("--min_delta is %s, expected a number of at least 0"):format(options.shown(o.min_delta))
  end
  field, why = part.problem(o)
  if field then return ("--%s is '%s', %s"):format(field, options.shown(o[field]), why) end
  if o.out == "" then return "--out is empty, expected a folder" end
end

--- The options of a trial, or an error that names the one that makes no sense.
function common.checked(o)
  local problem = problem_of(o)
  if problem then sys.fail((problem:gsub("^%-%-", "option "))) end
  return o
end

--- The options of an experiment, from its own defaults, the common ones and the command line.
function common.read(spec)
  local defaults, help, order = defaults_of(spec)
  local parse = { about = spec.about, help = help, order = order, arguments = spec.arguments, common = {} }
  for _, entry in ipairs(KNOWN) do parse.common[entry[1]] = true end
  local o = options.parse(defaults, parse)
  local problem = problem_of(o)
  problem = problem or sys.use_cpu(o.cpu)
  if problem then options.wrong(parse, (problem:gsub("^cpu", "--cpu"))) end
  if o.split_seed == -1 then o.split_seed = o.seed end
  return o
end

return common
