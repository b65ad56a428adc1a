-- What an experiment logs for TensorBoard and the report beside the curves of single numbers.
local t = dofile("tests/lua/harness.lua")
local make_pictures = dofile("tests/e2e/pictures.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local gallery = require "mlprun.experiment.gallery"
local curves = require "mlprun.page.curves"
local spread = require "mlprun.experiment.spread"
local nn, optim, sys = ml.nn, ml.optim, core.sys

local root = t.folder()
make_pictures(root .. "/pictures", 12)

-- Trains for two epochs; what the run's event file has.
local function events_of(name, more)
  local words = { "--data=" .. root .. "/pictures", "--out=" .. root .. "/runs", "--image_size=8", "--epochs=2", "--seeds=1",
                  "--workers=0", "--histograms", more }
  local _, activity = t.quietly(ml.experiment, { name = name, arguments = words })
  local path
  t.quietly(activity.trial, activity, "a", function(run)
    path = run.folder
    run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, run.num_classes) }
    run.optimizer = optim.Adam(run.model:parameters(), { lr = 1e-2 })
    run:record_weights():fit()
  end)
  for _, file in ipairs(sys.list(path)) do
    if file:find("^events") then return sys.read_file(path .. "/" .. file) end
  end
end

local function times(text, what) return select(2, text:gsub(what:gsub("%p", "%%%0"), "")) end

t.test("a warning does not begin in the line that tells how far a run is", function()
  local activity, done, real = nil, {}, warn
  warn = function(text) done[#done + 1] = text end -- luacheck: ignore
  t.quietly(function()
    activity = ml.experiment { name = "warned", arguments = { "--data=" .. root .. "/pictures", "--out=" .. root .. "/runs",
      "--image_size=8", "--epochs=1", "--seeds=1", "--workers=0" } }
    local clear = activity._progress.clear
    activity._progress.clear = function(...)
      done[#done + 1] = "cleared"
      return clear(...)
    end
    activity:trial("a", function(run)
      run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, run.num_classes) }
      run.optimizer = optim.Adam(run.model:parameters(), { lr = 1e-2 })
      run:on("step", function(_, step) if step == 1 then done = {} warn("a warning") end end)
      run:fit()
    end)
    warn("behind it")
  end)
  warn = real -- luacheck: ignore
  t.equal({ done[1], done[2], done[#done] }, { "cleared", "a warning", "behind it" })
end)

t.test("pictures of all classes are shown: the first of each, then the second of each", function()
  t.equal(gallery.of_all_classes({ 1, 1, 1, 2, 2, 3 }, 16), { 1, 4, 6, 2, 5, 3 })
  t.equal(gallery.of_all_classes({ 1, 1, 1, 2, 2, 3 }, 4), { 1, 4, 6, 2 })
  t.equal(gallery.of_all_classes({}, 4), {})
end)

t.test("histograms begin with the weights before the first step, gradients with the first epoch", function()
  local events = events_of("logged")
  t.equal(times(events, "parameters/1.weight"), 3)
  t.equal(times(events, "gradients/1.weight"), 2)
  t.equal(times(events, "weights/kurtosis"), 2)
  t.equal(times(events, "val/predictions"), 2) -- epochs 1 and 2
  t.equal(times(events, "val_best/predictions"), 1)
end)

t.test("the quantiles of each parameter are written with each epoch, and drawn in the report", function()
  local net = nn.Sequential { nn.Linear(101, 1, { bias = false }) }
  net[1].weight:detach():copy_(core.tensor.arange(0, 101):float():reshape(1, 101))
  t.equal(spread.of(net), { ["0.weight"] = { 0, 5, 25, 50, 75, 95, 100 } })
  local large = nn.Sequential { nn.Linear(50000, 1, { bias = false }) }
  large[1].weight:detach():copy_(core.tensor.arange(0, 50000):float():reshape(1, 50000))
  local values = spread.of(large)["0.weight"]
  t.equal({ values[1], values[7] }, { 0, 49999 })
  t.near(values[4], 25000, 3)
  net[1].weight:detach():fill_(1 / 0)
  t.equal(spread.of(net), {})
  local function page_of(name, histograms)
    local _, activity = t.quietly(ml.experiment, { name = name, arguments = { "--data=" .. root .. "/pictures",
      "--out=" .. root .. "/runs", "--image_size=8", "--epochs=2", "--seeds=1", "--workers=0", histograms } })
    t.quietly(activity.trial, activity, "a", function(run)
      run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, run.num_classes) }
      run.optimizer = optim.Adam(run.model:parameters(), { lr = 1e-2 })
      run:fit()
    end)
    t.quietly(activity.report, activity)
    return sys.read_file(activity.folder .. "/report.html"), sys.read_file(activity.folder .. "/a/seed-42/metrics.jsonl")
  end
  local page, rows = page_of("spread", "--histograms")
  t.equal(times(rows, '"parameters"'), 2)
  t.equal(times(rows, '"parameters_before"'), 1)
  t.ok(page:find("How the parameters are distributed", 1, true) and page:find("<summary>a, seed 42</summary>", 1, true))
  t.ok(page:find("1.weight: the middle half from %-[%d.e-]+ to [%d.e-]+ before the first step, from .- after epoch 2"))
  page, rows = page_of("no_spread", "--no-histograms")
  t.equal(times(rows, '"parameters'), 0)
  t.ok(not page:find("How the parameters", 1, true))
end)

t.test("pictures are shown at a few epochs, in a trial's first run", function()
  local function due(o, seed)
    local list = {}
    for epoch = 1, 60 do
      if gallery.is_due({ options = o, seed = seed }, epoch) then list[#list + 1] = epoch end
    end
    return list
  end
  t.equal(due({ pictures = true, seed = 7 }, 7), { 1, 2, 5, 10, 20, 50 })
  t.equal(due({ pictures = true, seed = 7 }, 8), {})
  t.equal(due({ pictures = false, seed = 7 }, 7), {})
end)

t.test("with --no-pictures no photo is in the event file; weights are no photos", function()
  local events = events_of("private", "--no-pictures")
  t.equal(times(events, "/predictions") + times(events, "mistakes"), 0)
  t.equal(times(events, "explain/first_layer"), 1)
  t.equal(times(events, "val/confusion_matrix_picture"), 1)
end)

t.test("the weights have curves, which a report finds again in the run's folder", function()
  local rows, charts = {}, {}
  for line in io.lines(root .. "/runs/logged/a/seed-42/metrics.jsonl") do rows[#rows + 1] = core.json.decode(line) end
  t.ok(rows[2].weights_norm > 0 and rows[2].weights_kurtosis > 1 and rows[2].weights_tail >= 0, "each epoch has them")
  local trial = { name = "a", runs = { { history = rows } } }
  curves({ trials = { trial } }, function(name)
    charts[name] = true
    return ""
  end)
  t.ok(charts.weights_norm and charts.weights_kurtosis and charts.weights_tail, "each is a chart")
end)

t.test("a picture that cannot be read does not shift the others", function()
  sys.write_file(root .. "/pictures/plum/bad.png", "no picture")
  t.equal(times(events_of("bad"), "val_best/predictions"), 1)
end)

t.test("a trial that leaves for the stars does not flatten the others, and is named", function()
  local function trial(name, last)
    return { name = name, runs = { { history = { { epoch = 1, train_loss = 2, val_loss = 2.5 },
                                                 { epoch = 2, train_loss = 1, val_loss = last } } } } }
  end
  local drawn = {}
  local part = curves({ trials = { trial("a", 2), trial("<b>", 1e20), trial("c", 0 / 0) } }, function(name, figure, about)
    drawn[name] = { svg = figure:svg(about), about = about }
    return ""
  end)
  t.ok(part.body:find("on the same axes, which &lt;b&gt; leaves.", 1, true), part.body)
  t.ok(drawn.losses_1.svg:find(">2.0<", 1, true) and not drawn.losses_1.svg:find("e+", 1, true), drawn.losses_1.svg)
  t.equal(drawn.losses_3.about, "Losses of c, training from 2 to 1, validation from 2.5 to 2.5")
end)

t.test("where the losses of all trials explode they are drawn, on an axis of powers of ten", function()
  local function trial(name, ...)
    local rows = {}
    for epoch, loss in ipairs { ... } do rows[epoch] = { epoch = epoch, train_loss = loss, val_loss = loss * 1e5 } end
    return { name = name, runs = { { history = rows, best_epoch = 1 } } }
  end
  local function page_of(...)
    local drawn = {}
    return curves({ trials = { ... } }, function(name, figure, about)
      drawn[name] = figure:svg(about)
      return ""
    end).body, drawn
  end
  for _, trials in ipairs { { trial("a", 700, 1e23) }, { trial("a", 2, 1e20), trial("b", 3, 2e20) }, { trial("a", 1e30) } } do
    local body, drawn = page_of(table.unpack(trials))
    t.ok(not body:find("leave", 1, true) and drawn.losses_1, body)
  end
  local body, drawn = page_of(trial("a", 700, 1e23))
  t.ok(body:find("on the same axes, logarithmic", 1, true) and drawn.losses_1:find(">1e%d+<"), body)
  local still = { name = "still", runs = { { history = { { epoch = 1, train_loss = 2, val_loss = 2 } } } } }
  body, drawn = page_of(still, { name = "too", runs = still.runs }, trial("far", 2, 1e20))
  t.ok(body:find("on the same axes, which far leaves.", 1, true) and drawn.losses_1, body)
end)

t.test("of many trials the first and the best are drawn, and the page says how many are not", function()
  local function page_of(count, without)
    local trials, drawn = {}, {}
    for i = 1, count do
      local history = i ~= without and { { epoch = 1, train_loss = 2, val_loss = 2.5, val_accuracy = i / 100 } } or {}
      trials[i] = { name = ("t%d"):format(i), runs = { { history = history, val_accuracy = i ~= without and i / 100 or nil } } }
    end
    local part = curves({ trials = trials }, function(name, figure, about)
      drawn[name] = { svg = figure:svg(about), about = about }
      return ""
    end)
    return part.body, drawn
  end
  local body, drawn = page_of(60)
  t.ok(body:find("the 39 others with the highest mean validation accuracy; 20 further trials are in", 1, true), body)
  t.ok(body:find("the 23 others with the highest mean validation accuracy; 36 further trials are in", 1, true), body)
  local about = drawn.val_accuracy.about
  t.ok(about:find("^Validation accuracy over the epochs, 40 of 60 trials; .* of t60$"), about)
  t.ok(drawn.losses_1.about:find("^Losses of t1,") and drawn.losses_2.about:find("^Losses of t38,"), drawn.losses_2.about)
  t.ok(drawn.losses_24.about:find("^Losses of t60,") and not drawn.losses_25, drawn.losses_24.about)
  body = page_of(41)
  t.ok(body:find("1 further trial is in results.csv, with the folders of its runs", 1, true), body)
  body, drawn = page_of(25, 1) -- 24 have curves: nothing is left out
  t.ok(not body:find("Shown are", 1, true) and drawn.losses_1.about:find("^Losses of t2,") and drawn.losses_24, body)
end)

t.test("training and validation loss of a trial share a chart", function()
  local history = { { epoch = 1, train_loss = 2, val_loss = 3 }, { epoch = 2, train_loss = 1, val_loss = 2 } }
  local drawn = {}
  local runs = { { history = history } }
  curves({ trials = { { name = "one", runs = runs }, { name = "other", runs = runs } } }, function(name, figure, about)
    drawn[name] = { svg = figure:svg(about), about = about }
    return ""
  end)
  t.ok(drawn.losses_1 and drawn.losses_2, "a chart for each")
  t.ok(drawn.losses_1.svg:find("training", 1, true) and drawn.losses_1.svg:find("validation", 1, true), "both are named")
  t.ok(drawn.losses_1.about:find("from 3 to 2", 1, true), drawn.losses_1.about)
end)

t.done()
