--- mlprun.command.new - `mlprun new NAME`: an experiment to begin with, and what an editor needs for it.
local sys = require("mlprun.core").sys

local TEMPLATE = [==[
-- How wide should the hidden layer be?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

local activity = ml.experiment {
  name = "@NAME@", -- also the folder for the results: runs/@NAME@
  about = "How wide should the hidden layer be?", -- your question: --help and the report begin with it
  -- options of this script, and other defaults for those that every experiment has (mlprun @NAME@.lua --help)
  options = { width = { 32, 128, 512 }, lr = 1e-3, epochs = 20, seeds = 3 },
  help = { width = "neurons of the hidden layer: one trial for each", lr = "learning rate of Adam" },
}
local o = activity.options

-- A trial is run once for each seed, on the same pictures as all others.
for _, width in ipairs(o.width) do
  activity:trial("width=" .. width, function(run)
    run.model = nn.Sequential {
      nn.Flatten(), -- a picture becomes a row of numbers
      nn.Linear(run.in_features, width), nn.ReLU(),
      nn.Linear(width, run.num_classes),
    }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = o.lr })
    run:fit()
  end)
end

-- The table, which differences the data supports, report.html and the curves.
activity:report()
]==]

return function(wrong, name, more)
  if not name then return wrong("new", "a name is missing, such as 'mlprun new width'") end
  if more then return wrong("new", ("unexpected '%s': one name"):format(more)) end
  name = name:gsub("%.lua$", "")
  local plain = name:match("([^/]*)$")
  if not plain:find("^[%w_][%w_-]*$") then
    return wrong("new", ("'%s' is no good name for a file: letters, digits, _ and -"):format(plain))
  end
  local path = name .. ".lua"
  if sys.exists(path) then return wrong("new", ("'%s' exists: choose another name, or remove it"):format(path)) end
  sys.write_file(path, (TEMPLATE:gsub("@NAME@", plain)))
  io.stdout:write(("%s is written. Run it: mlprun %s --data=FOLDER (without --data: the default pictures)\n"):format(path, path))
  local said = require("mlprun.command.editor").settle(path:match("^.*/") or "")
  if said then io.stdout:write(said, "\n") end
  return 0
end
