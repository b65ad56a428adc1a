-- Data sets that are some of another one's samples: fields, classes, numbers per class, thinning, weights.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local data = require "mlprun.data"
local sys = core.sys

-- An IDX pair with these counts of the labels 0, 1, ...; samples in the order of their classes.
local function counted(counts)
  local root, labels = t.folder(), {}
  for class, n in ipairs(counts) do
    for _ = 1, n do labels[#labels + 1] = string.char(class - 1) end
  end
  local n = #labels
  local pixels = {}
  for i = 1, n do pixels[i] = string.pack("<I2I2", i, 7) end
  sys.write_file(root .. "/images-idx3-ubyte", string.pack(">I4I4I4I4", 0x803, n, 2, 2) .. table.concat(pixels))
  sys.write_file(root .. "/labels-idx1-ubyte", string.pack(">I4I4", 0x801, n) .. table.concat(labels))
  return data.open(root)
end

local function samples(set) return set:samples():tolist() end

local function is_part_of(small, large)
  local has = {}
  for _, i in ipairs(large) do has[i] = true end
  for _, i in ipairs(small) do
    if not has[i] then return false end
  end
  return true
end

t.test("targets and paths are fields", function()
  local set = counted { 2, 3 }
  t.equal(set.targets:tolist(), { 1, 1, 2, 2, 2 })
  t.equal(set.targets.dtype, "i64")
  t.equal(#set.paths, 5)
  for i = 1, 5 do t.equal(set.paths[i], set:path(i)) end
  t.equal(data.Subset(set, { 5, 1 }).targets:tolist(), { 2, 1 })
  t.raises("data.Subset: got a table, expected a data set", data.Subset, {}, { 1 })
end)

t.test("select_classes renumbers the labels", function()
  local set = counted { 2, 3, 4, 1 }
  local some = set:select_classes { "2", "0" }
  t.equal(some.classes, { "2", "0" })
  t.equal(some:labels():tolist(), { 2, 2, 1, 1, 1, 1 })
  t.equal(some:class_counts(), { 4, 2 })
  t.equal(samples(some), { 1, 2, 6, 7, 8, 9 })
  t.equal(set:select_classes { 3, 1 }:fingerprint(), some:fingerprint())
  t.ok(some:fingerprint() ~= set:subset(some:samples()):fingerprint(), "other labels are other data")
  local _, label = some:get(1)
  t.equal(label, 2)
  t.ok(tostring(some):find("6 pictures in 2 classes, grey\n  2        4\n  0        2", 1, true), tostring(some))
end)

t.test("views of a selection keep its classes, and can be selected from again", function()
  local set = counted { 4, 6, 8, 10 }:select_classes { 4, 2, 3 }
  t.equal(set:subset { 1, 20 }.classes, { "3", "1", "2" })
  t.equal(set:with(nil).classes, set.classes)
  local train, val = set:split { val = 0.5, seed = 1 }
  t.equal(train:class_counts(), { 5, 3, 4 })
  t.equal(val:class_counts(), { 5, 3, 4 })
  local two = set:select_classes { "2", "3" }
  t.equal(two.classes, { "2", "3" })
  t.equal(two:class_counts(), { 8, 10 })
  for _, labels in data.DataLoader(two, { batch_size = 18, workers = 0 }):batches() do
    t.equal(labels:tolist(), two:labels():tolist())
  end
end)

t.test("select_classes takes how many, drawn ones too", function()
  local set = counted { 2, 2, 2, 2, 2, 2, 2, 2 }
  t.equal(set:select_classes(3).classes, { "0", "1", "2" })
  local three, five = set:select_classes(3, { seed = 5 }), set:select_classes(5, { seed = 5 })
  t.equal(#three.classes, 3)
  t.ok(is_part_of(three.classes, five.classes), "more classes are the same ones and others")
  local seen = {}
  for seed = 1, 20 do seen[table.concat(set:select_classes(3, { seed = seed }).classes, " ")] = true end
  t.ok(next(seen, (next(seen))), "seeds differ")
  t.equal(set:select_classes(8).classes, set.classes)
end)

t.test("take_per_class takes the same ones first", function()
  local set = counted { 20, 5, 12 }
  local three, eight = set:take_per_class(3, { seed = 1 }), set:take_per_class(8, { seed = 1 })
  t.equal(three:class_counts(), { 3, 3, 3 })
  t.equal(eight:class_counts(), { 8, 5, 8 })
  t.ok(is_part_of(samples(three), samples(eight)), "nested")
  t.equal(samples(set:take_per_class(3, { seed = 1 })), samples(three))
  t.ok(table.concat(samples(set:take_per_class(3, { seed = 2 })), " ") ~= table.concat(samples(three), " "), "seeds differ")
  local sorted = samples(eight)
  for i = 2, #sorted do t.ok(sorted[i] > sorted[i - 1], "the set's order") end
  t.equal(#set:take_per_class(100), #set)
end)

t.test("thin makes one class rarer", function()
  local set = counted { 20, 30, 7 }
  local tenth, third = set:thin { class = "1", keep = 0.1, seed = 4 }, set:thin { class = 2, keep = 1 / 3, seed = 4 }
  t.equal(tenth:class_counts(), { 20, 3, 7 })
  t.equal(third:class_counts(), { 20, 10, 7 })
  t.ok(is_part_of(samples(tenth), samples(third)), "nested")
  t.equal(set:thin { class = 3, keep = 1e-9 }:class_counts(), { 20, 30, 1 })
  t.equal(samples(set:thin { class = 3, keep = 1 }), samples(set))
end)

t.test("weights make classes count alike", function()
  local set = counted { 1, 3, 4 }
  t.near(set:class_weights():tolist(), { 8 / 3, 8 / 9, 8 / 12 }, 1e-6)
  t.near(set:sample_weights():tolist(), { 1, 1 / 3, 1 / 3, 1 / 3, 1 / 4, 1 / 4, 1 / 4, 1 / 4 }, 1e-12)
end)

t.test("mistakes are named", function()
  local set = counted { 2, 3, 4 }
  t.raises("select_classes: there is no class 'cats', there are 3", set.select_classes, set, { "cats", "1" })
  t.raises("select_classes: there is no class 4, there are 3", set.select_classes, set, { 4, 1 })
  t.raises("select_classes: class '1' is named twice", set.select_classes, set, { "1", 2 })
  t.raises("select_classes: got 1 class, expected 2 or more", set.select_classes, set, { "1" })
  t.raises("select_classes: got 4, expected 2 to 3 classes", set.select_classes, set, 4)
  t.raises("select_classes: got nothing", set.select_classes, set)
  t.raises("take_per_class: got 0, expected how many", set.take_per_class, set, 0)
  t.raises("take_per_class: unknown option 'sed': did you mean 'seed'?", set.take_per_class, set, 1, { sed = 1 })
  t.raises("take_per_class: seed is 'x'", set.take_per_class, set, 1, { seed = "x" })
  t.raises("thin: which class?", set.thin, set, { keep = 0.5 })
  t.raises("thin: keep is 0, expected a share above 0", set.thin, set, { class = 1, keep = 0 })
  t.raises("thin: keep is nil", set.thin, set, { class = 1 })
  t.raises("expected a list of class numbers", core.data.classes_at, set, 3)
  t.raises("there is no class", core.data.classes_at, set, { 1, 1 << 40 })
end)

t.done()
