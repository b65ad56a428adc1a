-- docs/decisions.md, run: the options that it names are there with the defaults that it tells, and what it says is said, is.
local t = dofile("tests/lua/harness.lua")
local make_pictures = dofile("tests/e2e/pictures.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local common = require "mlprun.experiment.options"
local run_fields = require("mlprun.experiment.fields").run_settable
local nn, optim, sys = ml.nn, ml.optim, core.sys

local page = sys.read_file("docs/decisions.md")
local root = t.folder()
make_pictures(root .. "/pictures", 12)

-- What only says where things are or how fast they go decides nothing about a result.
local ELSEWHERE = { data = true, csv_path = true, csv_label = true, epochs = true, batch_size = true, threads = true, jobs = true,
                    workers = true, histograms = true, out = true }

local function options_of(...)
  return common.read { arguments = { "--data=" .. root .. "/pictures", "--out=" .. root .. "/runs", ... } }
end

t.test("every option that decides something has a row, and every option of a row is there", function()
  local options = options_of()
  for name in pairs(options) do
    t.ok(ELSEWHERE[name] or page:find("`--" .. name .. "`", 1, true) or page:find("`--no-" .. name .. "`", 1, true),
      "a row for --" .. name)
  end
  for name in page:gmatch("`%-%-([%w_-]+)`") do
    t.ok(options[name:gsub("^no%-", "")] ~= nil, "an option --" .. name)
  end
  for name in page:gmatch("`run%.([%w_]+)`") do t.ok(run_fields[name], "a field run." .. name) end
end)

t.test("the defaults are those of the page", function()
  local o = options_of()
  t.equal({ o.keep, o.keep_last }, { "best", "500M" })
  t.equal({ o.monitor, o.mode, o.drop_last, o.keep_going, o.resume, o.augment, o.seeds, o.val, o.max_steps, o.max_time },
    { "auto", "auto", "auto", true, false, false, 3, 0.2, 0, "" })
end)

-- Runs a trial with what needs deciding; returns what was said, in one line.
local function said_by(...)
  local arguments = { "--data=" .. root .. "/pictures", "--out=" .. root .. "/runs", "--image_size=8", "--epochs=2",
                      "--workers=0", "--batch_size=14", ... }
  local said = t.quietly(function()
    local activity = ml.experiment { name = "decides", arguments = arguments }
    activity:trial("a", function(run)
      run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, 4), nn.BatchNorm1d(4), nn.Linear(4, run.num_classes) }
      run.optimizer = optim.SGD(run.model:parameters(), { lr = 0.01 })
      run.scheduler = optim.lr_scheduler.ReduceLROnPlateau(run.optimizer)
      run:fit()
      if run.seed == 43 then error("an error of one run") end
    end)
  end)
  return (said:gsub("%s+", " "))
end

t.test("decisions are said where the page says", function()
  local said = said_by()
  for _, part in ipairs {
    "29 for training, 7 for validation", "3 runs of each trial", "each (once through the training pictures)",
    "stopped after 10 epochs without a better validation accuracy",
    "the weights of the epoch with the highest validation accuracy are kept",
    "8 x 8 pixels, colour, normalised; training pictures as they are (--augment varies them)",
    "a: ReduceLROnPlateau is stepped after each epoch, with the validation loss",
    "a: the last batch of an epoch would be one picture", "a, seed 43: ended with an error, which does not end the experiment",
    "a, seed 44:",
  } do t.ok(said:find(part, 1, true), part .. " in " .. said) end
  t.equal(select(2, said:gsub("is stepped after each epoch", "")), 1, "once for a trial")
  t.ok(not said:find("of earlier calls", 1, true))
  local again = said_by()
  t.ok(again:find("3 runs of earlier calls are there: those with the same names are made anew (--resume takes", 1, true), again)
  t.ok(said_by("--resume"):find("a, seed 42: taken over", 1, true))
  t.ok(said_by("--resume", "--val=8"):find("what was there is in .*/seed%-42%.old"))
end)

t.done()
