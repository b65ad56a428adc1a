-- Several labels for each sample: from CSV files and tensors, in views, batches and losses; and labels that are amounts.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local data, metrics, nn, optim = ml.data, ml.metrics, ml.nn, ml.optim
local folder = t.folder()

local function write(name, text)
  local f <close> = assert(io.open(folder .. "/" .. name, "w"))
  f:write(text)
  return folder .. "/" .. name
end

for i = 1, 8 do
  local picture = ml.full({ 3, 6, 6 }, i * 20):byte()
  data.TensorDataset(picture:unsqueeze(1), { 1 }):image(1):save(("%s/%d.png"):format(folder, i))
end

local COLUMNS = "path,cat,dog,city\n1.png,1,0,Rome\n2.png,yes,No,Rome\n3.png,0,1,Oslo\n4.png,false,TRUE,Oslo\n"
  .. "5.png,1,1,Oslo\n6.png,1.0,1,Rome\n7.png,0,0,Rome\n8.png,0,0,Oslo\n"
local ROWS = { { 1, 0 }, { 1, 0 }, { 0, 1 }, { 0, 1 }, { 1, 1 }, { 1, 1 }, { 0, 0 }, { 0, 0 } }

t.test("columns of 0 and 1 are labels", function()
  local set = data.CSV(write("columns.csv", COLUMNS), { label = { "cat", "dog" } })
  t.equal(set.multilabel, true)
  t.equal({ set.classes[1], set.classes[2], #set.classes }, { "cat", "dog", 2 })
  t.equal(set:labels():tolist(), ROWS)
  t.equal(set:labels().dtype, "f32")
  t.equal(set:class_counts(), { 4, 4 })
  local _, label = set:get(5)
  t.equal(label:tolist(), { 1, 1 })
  t.equal(set:column("city")[3], "Oslo")
  t.ok(tostring(set):find("8 pictures with any of 2 labels", 1, true), tostring(set))
  local other = data.CSV(write("c2.csv", (COLUMNS:gsub("cat,dog", "cat,cow"))), { label = { "cat", "cow" } })
  t.ok(set:fingerprint() ~= other:fingerprint())
end)

t.test("a column that names them is the same", function()
  local set = data.CSV(write("names.csv", "path,label\n1.png,cat\n2.png, cat ;\n3.png,dog\n4.png,dog\n5.png,dog; cat\n"
    .. "6.png,cat;dog\n7.png,\n8.png,;\n"), { label_separator = ";" })
  t.equal(set:labels():tolist(), ROWS)
  local path = write("spaces.csv", "path,label\n1.png,b a\n2.png,c\n")
  t.equal(data.CSV(path, { label_separator = " ", classes = { "a", "b", "c", "d" } }):labels():tolist(),
    { { 1, 1, 0, 0 }, { 0, 0, 1, 0 } })
  t.raises("label 'c' is not one of the classes", data.CSV, path, { label_separator = " ", classes = { "a", "b" } })
end)

t.test("views and splits go by what is true of a sample", function()
  local set = data.CSV(folder .. "/columns.csv", { label = { "cat", "dog" } })
  local train, val = set:split { val = 0.5, seed = 3 }
  local function sums(part) return part:labels():sum { dim = 1 }:tolist() end
  t.equal(sums(train), { 2, 2 })
  t.equal(sums(val), { 2, 2 })
  t.equal(set:subset({ 5, 1 }):labels():tolist(), { { 1, 1 }, { 1, 0 } })
  for _, _, part in set:kfold { k = 2 } do t.equal(sums(part), { 2, 2 }) end
  t.raises("the samples have several labels each", set.take_per_class, set, 1)
  t.raises("the samples have several labels each", set.class_weights, set)
  t.raises("cannot be put one after the other", data.ConcatDataset, { set, set })
end)

t.test("batches have a row for each picture, with and without workers", function()
  local set = data.CSV(folder .. "/columns.csv", { label = { "cat", "dog" } })
  local pipeline = ml.augment.Compose { ml.augment.Resize(4, 4), ml.augment.Normalize(), ml.augment.ToTensorV2() }
  for _, workers in ipairs { 0, 2 } do
    local rows = {}
    local loader = data.DataLoader(set:with(pipeline), { batch_size = 3, shuffle = true, workers = workers })
    for images, labels, indices in loader:batches() do
      t.equal(images:size(1), labels:size(1))
      local places = indices:tolist()
      for i, row in ipairs(labels:tolist()) do rows[places[i]] = row end
    end
    t.equal(rows, ROWS)
  end
end)

t.test("tensors with several labels are learnt and measured", function()
  ml.manual_seed(1)
  local x = ml.randn { 60, 4 }
  local y = x:narrow(2, 1, 3):gt(0)
  local set = data.TensorDataset(x, y, { classes = { "a", "b", "c" } })
  local model = nn.Linear(4, 3)
  local optimizer = optim.Adam(model:parameters(), { lr = 0.1 })
  for _, criterion in ipairs { nn.BCEWithLogitsLoss(), nn.MultiLabelSoftMarginLoss() } do
    for _ = 1, 20 do
      for rows, labels in data.DataLoader(set, { batch_size = 20, shuffle = true }):batches() do
        optimizer:zero_grad()
        criterion(model(rows), labels):backward()
        optimizer:step()
      end
    end
  end
  local answers = model(x):detach():gt(0)
  t.ok(metrics.f1_score(set:labels(), answers, { average = "micro" }) > 0.95)
  t.ok(metrics.accuracy_score(set:labels(), answers) > 0.85)
  t.ok(metrics.hamming_loss(set:labels(), answers) < 0.05)
  t.raises("label 2 of sample 1 is 3, expected 0 or 1", data.TensorDataset, x, { { 1, 3 } })
  t.raises("2 names for 3 labels", data.TensorDataset, x, y, { classes = { "a", "b" } })
end)

t.test("what several labels cannot be is said", function()
  local path = folder .. "/columns.csv"
  t.raises("line 2: 'city' is 'Rome', expected 1 or 0", data.CSV, path, { label = { "cat", "city" } })
  t.raises("has no column 'cow'", data.CSV, path, { label = { "cat", "cow" } })
  t.raises("label is an empty list", data.CSV, path, { label = {} })
  t.raises("classes does not go with it", data.CSV, path, { label = { "cat", "dog" }, classes = { "a" } })
end)

t.test("amounts are no classes, unless it is said", function()
  local lines, ages = { "path,label" }, {}
  for i = 1, 300 do lines[i + 1] = ("%d.png,%d"):format((i - 1) % 8 + 1, i) end
  local path = write("ages.csv", table.concat(lines, "\n"))
  t.raises("the labels are 300 different numbers (1, 2, 3, 4, ...), which are more likely amounts than classes: pass classes = "
    .. "300 if", data.CSV, path)
  t.raises("classes is 299, but 300 different labels occur", data.CSV, path, { classes = 299 })
  t.equal(#data.CSV(path, { classes = 300 }).classes, 300)
  for i = 1, 30 do ages[i] = ("%d.png,%.1f"):format((i - 1) % 8 + 1, i / 2) end
  t.raises("the labels are 30 different numbers", data.CSV, write("halves.csv", "path,label\n" .. table.concat(ages, "\n")))
end)

t.done()
