--- mlprun.page.all_runs - every run, with those marked that did not come to their end.
local html = require "mlprun.page.html"
local judged = require "mlprun.experiment.judged"
local words = require "mlprun.base.words"

-- The score of a run, or what one that left no result had reached.
local function score(run)
  if run.val_accuracy then return words.percent(run.val_accuracy) end
  return run.so_far and "up to " .. words.percent(run.so_far.val_accuracy) or "-"
end

-- The address of a run's folder, seen from the page.
local function address(run, folder)
  local path = run.path:sub(1, #folder + 1) == folder .. "/" and run.path:sub(#folder + 2) or run.path
  return "./" .. path:gsub("[^%w_./~-]", function(letter) return ("%%%02X"):format(letter:byte()) end) .. "/"
end

local HEADS = { "run", "status", "test", "validation", "training", "best epoch", "epochs", "seconds" }

local function row_of(experiment, trial, run, test)
  local best, ended = run.best_epoch or run.so_far and run.so_far.epoch, run.status == "finished"
  local cells = { ('<a href="%s">%s, seed %d</a>'):format(address(run, experiment.folder), html.escape(trial.name), run.seed),
                  ended and "finished" or "&#10007; " .. html.escape(run.status or "-"),
                  test and words.percent(run.test_accuracy) or false, score(run),
                  run.train_accuracy and words.percent(run.train_accuracy) or "-", tostring(best or "-"),
                  tostring(run.epochs or "-"), run.seconds and ("%.1f"):format(run.seconds) or "-" }
  local parts = {}
  for i, cell in ipairs(cells) do parts[i] = cell and ('<td data-head="%s">%s</td>'):format(HEADS[i], cell) or "" end
  return ("<tr%s>%s</tr>"):format(ended and "" or ' class="failed"', table.concat(parts))
end

return function(experiment)
  local test, heads = judged.part(experiment) == "test", {}
  for i, head in ipairs(HEADS) do heads[i] = (head ~= "test" or test) and "<th>" .. head .. "</th>" or "" end
  local rows = { "<tr>" .. table.concat(heads) .. "</tr>" }
  for _, trial in ipairs(experiment.trials) do
    for _, run in ipairs(trial.runs) do rows[#rows + 1] = row_of(experiment, trial, run, test) end
  end
  return { title = "All runs", body = '<div class="wide"><table class="many">\n' .. table.concat(rows, "\n")
    .. "\n</table></div>" }
end
