-- An experiment whose pictures have several labels each: what it says, what it measures, what its page and files say.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local nn, optim, sys, json = ml.nn, ml.optim, core.sys, core.json

local root = t.folder()
ml.manual_seed(3)
local lines = { "path,red,bright" }
for i = 1, 48 do
  local red, bright = i % 2, i // 2 % 2
  local x = ml.rand { 1, 3, 8, 8 } * 60 + (bright == 1 and 120 or 20)
  if red == 1 then x:select(2, 1):add_(60) end
  ml.data.TensorDataset(x:byte(), { 1 }):image(1):save(("%s/%d.png"):format(root, i))
  lines[#lines + 1] = ("%d.png,%d,%d"):format(i, red, bright)
end
sys.write_file(root .. "/list.csv", table.concat(lines, "\n") .. "\n")

local function experiment(name, ...)
  return ml.experiment { name = name, about = "Does it learn?", arguments = { "--data=" .. root .. "/list.csv",
    "--csv-label=red,bright", "--out=" .. root .. "/runs", "--image_size=8", "--epochs=5", "--seeds=2", "--workers=0",
    "--batch_size=8", "--no-keep_going", ... } }
end

local function train(run)
  run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, run.num_classes) }
  run.optimizer = optim.Adam(run.model:parameters(), { lr = 1e-2 })
  run:fit()
end

t.test("an experiment with several labels for each picture", function()
  local said, activity = t.quietly(experiment, "labels")
  t.ok(said:find("48 pictures in 2 labels: red (24), bright (24)", 1, true), said)
  t.ok(said:gsub("%s+", " "):find("4 combinations of them occur: accuracy is the share of pictures of which every label is right",
    1, true), said)
  local table_ = t.quietly(function()
    for _, name in ipairs { "a", "b" } do activity:trial(name, train) end
    activity:report { metric = "f1_macro" }
  end)
  for _, column in ipairs { "f1_micro", "f1_macro", "hamming_loss" } do t.ok(table_:find(column, 1, true), table_) end
  local answers = activity:answers("a", 42)
  t.equal(answers.confusion:classes(), { "none", "bright", "red", "red + bright", "another combination" })
  local wrong = 0
  for i, label in ipairs(answers.labels:tolist()) do wrong = wrong + (answers.predictions[i]:item() ~= label and 1 or 0) end
  t.equal(#answers.wrong, wrong)
  t.near(answers.scores:sum({ dim = 2 }):tolist(), ml.ones({ #answers.labels }):tolist(), 1e-5)
  t.equal(answers.scores:argmax({ dim = 2 }):tolist(), answers.predictions:tolist())
  local manifest = json.decode(sys.read_file(root .. "/runs/labels/a/seed-42/manifest.json"))
  t.near(manifest.result.val_accuracy, 1 - wrong / #answers.labels, 1e-9)
  local page = sys.read_file(root .. "/runs/labels/report.html")
  t.ok(page:find("48 pictures with any of 2 labels", 1, true) and page:find("red + bright", 1, true))
end)

t.test("a loss for one class is refused", function()
  local _, activity = t.quietly(experiment, "wrong")
  local ok, why = pcall(t.quietly, activity.trial, activity, "a", function(run)
    run.criterion = nn.CrossEntropyLoss()
    train(run)
  end)
  t.ok(not ok and why:find("run.criterion is CrossEntropyLoss, for one class of each picture, but these have several labels", 1,
    true), why)
end)

local predict = require "mlprun.report.predict"

-- What `mlprun predict` prints, and its status; wrong arguments: what is wrong.
local function predicted(...)
  local function wrong(_, text) return "wrong: " .. text end
  return t.quietly(predict.command, wrong, root .. "/runs/labels/a/seed-42", ...)
end

t.test("predict shows the probability of each label, and which are above the threshold", function()
  local net, about = ml.load_model(root .. "/runs/labels/a/seed-42")
  t.equal({ about.multilabel, about.classes }, { true, { "red", "bright" } })
  local own, labels = {}, { [0] = "none", "red", "bright", "red + bright" }
  for i = 1, 4 do
    local p = net(about.transform(ml.data.read_image(("%s/%d.png"):format(root, i))):unsqueeze(1)):sigmoid():tolist()[1]
    own[i] = { p[1], p[2], labels[(p[1] > 0.5 and 1 or 0) + (p[2] > 0.5 and 2 or 0)] }
  end
  local files = {}
  for i = 1, 4 do files[i] = ("%s/%d.png"):format(root, i) end
  local said = predicted("--format=csv", table.unpack(files))
  local line = said:gmatch("[^\n]+")
  t.equal(line(), "file,labels,red,bright")
  for i = 1, 4 do
    local name, answer, red, bright = line():match("^(.*),(.*),(.*),(.*)$")
    t.equal({ name, answer }, { files[i], own[i][3] })
    t.near({ tonumber(red), tonumber(bright) }, { own[i][1], own[i][2] }, 1e-5)
  end
  local list = json.decode((predicted("--format=json", table.unpack(files))))
  for i = 1, 4 do
    t.equal(#list[i].labels > 0 and table.concat(list[i].labels, " + ") or "none", own[i][3])
    t.equal(#list[i].answers, 2)
    t.near(list[i].answers[1].probability, math.max(own[i][1], own[i][2]), 1e-5)
  end
  t.equal(predicted("--format=csv", "--threshold=0", "--top=1", files[1]):match("^[^\n]*\n[^,]*,([^,]*),"), "red + bright")
  t.equal(predicted("--format=csv", "--threshold=0", "--top=1", files[1]):match("^[^\n]*"), "file,labels,class,probability")
  t.equal(predicted("--format=csv", "--threshold=0.9999999", files[1]):match("^[^\n]*\n[^,]*,([^,]*),"), "none")
  local table_ = predicted(files[1])
  t.ok(table_:find("those whose probability, which is the net's own, is above 0.5 (--threshold)", 1, true), table_)
  t.ok(table_:find("file +labels +red +bright\n"), table_)
  for _, bad in ipairs { "1", "x", "-0.1" } do
    local _, why = predicted("--threshold=" .. bad, files[1])
    t.ok(why:find("expected a probability from 0 to below 1", 1, true), why)
  end
end)

t.test("a folder of class folders has no report of such a net", function()
  for _, name in ipairs { "red", "dark" } do
    sys.make_folder(root .. "/folders/" .. name)
    sys.write_file(("%s/folders/%s/1.png"):format(root, name), sys.read_file(root .. "/1.png"))
    sys.write_file(("%s/folders/%s/2.png"):format(root, name), sys.read_file(root .. "/2.png"))
  end
  local said = predicted(root .. "/folders")
  t.ok(said:find("file +truth +labels +red +bright\n"), said)
  t.ok(said:find("no classification report: a folder names one class", 1, true), said)
end)

t.done()
