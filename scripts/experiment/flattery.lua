--- mlprun.experiment.flattery - how much better the kept weights are on the validation pictures, which chose them, than on
-- the test pictures, which chose nothing.
local core = require "mlprun.core"
local design = require "mlprun.experiment.design"
local judged = require "mlprun.experiment.judged"
local metric = require "mlprun.experiment.metric"

local tensor = core.tensor

-- What answered for all validation pictures, each with its answers for the test pictures: a run, or the runs of a deal, whose
-- mean test answers count.
local function answers_of(trial, list)
  for _, run in ipairs(judged.compared(trial)) do
    if run.test_correct and not run.fold and judged.chosen(run) == "yes" then
      list[#list + 1] = { runs = 1, val = run.correct, samples = run.samples, test = run.test_correct:to "f64",
                          test_samples = run.test_samples }
    end
  end
  local units, deals = design.deals(trial)
  for _, deal in ipairs(design.seeds(units)) do
    local runs, tests, chosen = deals[deal], {}, false
    for i, run in ipairs(runs) do
      tests[i], chosen = run.test_correct and run.test_correct:to "f64", chosen or judged.chosen(run) == "yes"
    end
    if #tests == #runs and chosen then
      list[#list + 1] = { runs = #runs, val = units[deal].correct, samples = units[deal].samples,
                          test = tensor.stack(tests):mean { dim = 1 }, test_samples = runs[1].test_samples }
    end
  end
end

-- As tensors of answers x pictures, of those that are for the same pictures as the first.
local function stacked(list)
  local first, val, test, runs = list[1], {}, {}, 0
  local function same(a, b) return #a == #b and a:equal(b) end
  for _, one in ipairs(list) do
    if same(one.samples, first.samples) and same(one.test_samples, first.test_samples) then
      val[#val + 1], test[#test + 1], runs = one.val:to "f64", one.test, runs + one.runs
    end
  end
  return tensor.stack(val), tensor.stack(test), runs
end

--- A test (difference, low, high, p, ...) over the runs of all trials, with runs, images, test_images, and others: whether
--- runs that answered for other pictures than the first one are left out. nil without test pictures, and where these chose
--- no run's epoch.
---@param results table   see summary.lua
return function(results)
  local list, all = {}, 0
  for _, trial in ipairs(results.trials) do answers_of(trial, list) end
  if #list == 0 then return nil end
  local val, test, runs = stacked(list)
  for _, one in ipairs(list) do all = all + one.runs end
  if val.shape[2] < 2 or test.shape[2] < 2 then return nil end
  local found = core.metrics.stats.compare_sets(val, test)
  metric.cut(found, 1)
  found.runs, found.images, found.test_images, found.others = runs, val.shape[2], test.shape[2], runs < all
  return found
end
