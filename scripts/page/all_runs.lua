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

local function row_of(experiment, trial, run, test)
  local best, ended = run.best_epoch or run.so_far and run.so_far.epoch, run.status == "finished"
  local cells = { ('<a href="%s">%s, seed %d</a>'):format(address(run, experiment.folder), html.escape(trial.name), run.seed),
                  ended and "finished" or "&#10007; " .. html.escape(run.status or "-"), score(run),
                  run.train_accuracy and words.percent(run.train_accuracy) or "-", tostring(best or "-"),
                  tostring(run.epochs or "-"), run.seconds and ("%.1f"):format(run.seconds) or "-" }
  if test then table.insert(cells, 3, words.percent(run.test_accuracy)) end
  return ("<tr%s><td>%s</td></tr>"):format(ended and "" or ' class="failed"', table.concat(cells, "</td><td>"))
end

return function(experiment)
  local head, test = { "run", "status", "validation", "training", "best epoch", "epochs", "seconds" },
    judged.part(experiment) == "test"
  if test then table.insert(head, 3, "test") end
  local rows = { "<tr><th>" .. table.concat(head, "</th><th>") .. "</th></tr>" }
  for _, trial in ipairs(experiment.trials) do
    for _, run in ipairs(trial.runs) do rows[#rows + 1] = row_of(experiment, trial, run, test) end
  end
  return { title = "All runs", body = '<div class="wide"><table>\n' .. table.concat(rows, "\n") .. "\n</table></div>" }
end
