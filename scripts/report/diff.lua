--- mlprun.report.diff - `mlprun runs diff RUN RUN`: in what two runs differ, and whether their weights are the same.
local core = require "mlprun.core"
local sys = core.sys
local compare = require "mlprun.report.compare"
local load_ = require "mlprun.report.load"
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

--- mlprun runs diff RUN RUN
---@param wrong function   says what is wrong with the command line, and gives the exit status
return function(wrong, first, second, more)
  if not second or more then return wrong("diff: expected the folders of two runs") end
  local a, b = run_at(first), run_at(second)
  local cells = compare.differences(a.manifest, b.manifest)
  if #cells > 1 then print(compare.text(cells, compare.columns()) .. "\n")
  else print("They are the same: script, options, pictures, version and results.") end
  print((compare.weights(a, b)):gsub("^%l", string.upper) .. ".")
  return 0
end
