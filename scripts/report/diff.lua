--- mlprun.report.diff - `mlprun runs diff RUN RUN`: in what two runs differ, and whether their weights are the same.
local core = require "mlprun.core"
local io_, sys = core.io, core.sys
local load_ = require "mlprun.report.load"
local names = require "mlprun.base.names"
local options = require "mlprun.options"
local tabular = require "mlprun.base.tabular"
local words = require "mlprun.base.words"

-- The one run at or below a folder.
local function run_at(path)
  local runs = load_.runs(path)
  if #runs ~= 1 then
    sys.fail(("'%s' holds %s, expected the folder of one, such as runs/dropout/dropout=0/seed-42"):format(path,
      words.count(#runs, "run")))
  end
  return runs[1]
end

local function of(manifest, part, field)
  local value = type(manifest[part]) == "table" and manifest[part][field]
  return value or nil
end

-- The number of the first line in which two texts differ.
local function first_other_line(a, b)
  local lines = b:gmatch("([^\n]*)\n?")
  local number = 0
  for line in a:gmatch("([^\n]*)\n?") do
    number = number + 1
    if line ~= lines() then return number end
  end
  return number
end

local function shown(value)
  if value == nil then return "-" end
  return options.shown(value)
end

-- The rows of the table: what is different, here and there.
local function differences(a, b)
  local cells = { { "", "first", "second" } }
  local function compare(head, x, y)
    if shown(x) ~= shown(y) then cells[#cells + 1] = { head, shown(x), shown(y) } end
  end
  for _, field in ipairs { "experiment", "trial", "seed", "status" } do compare(field, a[field], b[field]) end
  compare("version", of(a, "versions", "mlprun"), of(b, "versions", "mlprun"))
  for _, field in ipairs { "path", "fingerprint", "train", "val", "test" } do
    compare("pictures: " .. field, of(a, "data", field), of(b, "data", field))
  end
  local all = {}
  for _, manifest in ipairs { a, b } do
    for name in pairs(manifest.options or {}) do all[name] = true end
  end
  for _, name in ipairs(names.of(all)) do compare("--" .. name, (a.options or {})[name], (b.options or {})[name]) end
  for _, field in ipairs { "val_accuracy", "test_accuracy", "train_accuracy", "val_loss", "best_epoch", "epochs" } do
    compare(field, of(a, "result", field), of(b, "result", field))
  end
  local x, y = of(a, "script", "text"), of(b, "script", "text")
  if x and y and x ~= y then
    cells[#cells + 1] = { "script", "another text", ("from line %d on"):format(first_other_line(x, y)) }
  end
  return cells
end

-- Whether the best weights have the same values: name by name, as what is said beside them may differ.
local function same_weights(a, b)
  local ok, x = pcall(io_.safetensors_load, a.path .. "/best.safetensors")
  local fine, y = pcall(io_.safetensors_load, b.path .. "/best.safetensors")
  if not ok or not fine then return "one of them has no best.safetensors (--keep=all keeps all)" end
  for _, pair in ipairs { { x, y }, { y, x } } do
    for name, tensor in pairs(pair[1]) do
      local other = pair[2][name]
      local same = other and table.concat(other.shape, "x") == table.concat(tensor.shape, "x") and tensor:eq(other):all():item()
      if not same then return ("their best weights differ, such as in %s"):format(name) end
    end
  end
  return "their best weights are the same"
end

--- mlprun runs diff RUN RUN
---@param wrong function   says what is wrong with the command line, and gives the exit status
return function(wrong, first, second, more)
  if not second or more then return wrong("diff: expected the folders of two runs") end
  local a, b = run_at(first), run_at(second)
  local cells = differences(a.manifest, b.manifest)
  if #cells > 1 then print(tabular.aligned(cells) .. "\n")
  else print("They are the same: script, options, pictures, version and results.") end
  print(same_weights(a, b):gsub("^%l", string.upper) .. ".")
  return 0
end
