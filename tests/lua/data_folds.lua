-- Folds for cross-validation, and pictures that are there twice: in splits, in folds, across two data sets.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local data = require "mlprun.data"
local sys = core.sys

-- An IDX pair with these counts of the labels 0, 1, ...; picture i is the number content(i).
local function counted(counts, content)
  local root, labels = t.folder(), {}
  for class, n in ipairs(counts) do
    for _ = 1, n do labels[#labels + 1] = string.char(class - 1) end
  end
  local n = #labels
  local pixels = {}
  for i = 1, n do pixels[i] = string.pack("<I4", content and content(i) or i) end
  sys.write_file(root .. "/images-idx3-ubyte", string.pack(">I4I4I4I4", 0x803, n, 2, 2) .. table.concat(pixels))
  sys.write_file(root .. "/labels-idx1-ubyte", string.pack(">I4I4", 0x801, n) .. table.concat(labels))
  return data.open(root)
end

local function samples(set) return set:samples():tolist() end

t.test("folds have the sizes of scikit-learn's", function()
  for _, case in ipairs(dofile("tests/golden/folds/values.lua")) do
    local set, got = counted(case.counts), {}
    for i, _, val in set:kfold { k = case.k, seed = 9 } do got[i] = val:class_counts() end
    t.equal(got, case.folds, table.concat(case.counts, " "))
  end
end)

t.test("every sample is in one validation part and in the other training parts", function()
  local set = counted { 11, 23, 8 }
  for _, stratify in ipairs { true, false } do
    local folds, times = set:kfold { k = 4, stratify = stratify, seed = 1 }, {}
    t.equal(#folds, 4)
    for _, fold in ipairs(folds) do
      t.equal(#fold.train + #fold.val, 42)
      t.ok(#fold.val == 10 or #fold.val == 11, "sizes differ by one at most")
      local in_val = {}
      for _, i in ipairs(samples(fold.val)) do
        times[i] = (times[i] or 0) + 1
        in_val[i] = true
      end
      for _, i in ipairs(samples(fold.train)) do t.ok(not in_val[i], "train and val are disjoint") end
    end
    for i = 1, 42 do t.equal(times[i], 1) end
  end
end)

t.test("folds follow from the seed", function()
  local set = counted { 20, 20 }
  local function text(seed) return table.concat(samples(set:kfold { seed = seed }[1].val), " ") end
  t.equal(#set:kfold(), 5)
  t.equal(text(1), text(1))
  t.ok(text(1) ~= text(2), "seeds differ")
  t.equal(samples(data.KFold(set, { seed = 1 })[1].val), samples(set:kfold { seed = 1 }[1].val))
end)

t.test("copies are in one fold", function()
  -- five pictures are there three times, one of them in both classes
  local set = counted({ 20, 20 }, function(i) return i % 4 == 0 and 1000 + i // 4 % 5 or i end)
  local at = {}
  for f, _, val in set:kfold { k = 4, seed = 3 } do
    for _, i in ipairs(samples(val)) do at[i] = f end
  end
  local content = {}
  for i = 4, 40, 4 do
    local number = i // 4 % 5
    content[number] = content[number] or at[i]
    t.equal(at[i], content[number], "picture " .. number)
  end
  local apart = false
  for f, _, val in set:kfold { k = 4, seed = 3, duplicates = "allow" } do
    for _, i in ipairs(samples(val)) do at[i] = f end
  end
  for i = 4, 40, 4 do
    apart = apart or at[i] ~= at[(i + 20 - 1) % 40 + 1]
  end
  t.ok(apart, "allow keeps nothing together")
end)

t.test("copies are on one side of a split, which keeps its size", function()
  local function content(i) return i % 3 == 0 and 1000 + i // 3 % 8 or i end
  local set = counted({ 30, 30 }, content)
  for seed = 1, 20 do
    for _, stratify in ipairs { true, false } do
      local train, val, test = set:split { val = 0.2, test = 0.2, seed = seed, stratify = stratify }
      local side = {}
      for k, part in ipairs { train, val, test } do
        for _, i in ipairs(samples(part)) do
          t.ok(side[content(i)] == nil or side[content(i)] == k, "picture " .. content(i))
          side[content(i)] = k
        end
      end
      t.equal({ #train, #val, #test }, { 36, 12, 12 })
      t.equal(data.check_split(train, val), {})
    end
  end
end)

t.test("a set without copies is split as it always was", function()
  local set = counted { 30, 30 }
  local _, a = set:split { val = 0.3, seed = 4 }
  local _, b = set:split { val = 0.3, seed = 4, duplicates = "allow" }
  t.equal(samples(a), samples(b))
end)

t.test("refuse says which picture two parts have in common", function()
  local set = counted({ 10, 10 }, function(i) return i % 2 end)
  t.raises("also in another one, such as '", set.split, set, { seed = 1, duplicates = "refuse" })
  local train, val = set:split { seed = 1, duplicates = "allow" }
  t.equal(#data.check_split(train, val), #val)
  local unique = counted { 10, 10 }
  t.equal(#select(2, unique:split { seed = 1, duplicates = "refuse" }), 4)
  t.raises("no class has two different pictures", counted({ 4, 4 }, function() return 1 end).split, set:subset { 1, 3, 5 }, {})
end)

-- Files: what is compared is their bytes.
local function folder(files)
  local root = t.folder()
  for path, text in pairs(files) do
    sys.make_folder(root .. "/" .. path:match("^(.*)/"))
    sys.write_file(root .. "/" .. path, text)
  end
  return root
end

local long = ("0123456789"):rep(2000)

t.test("files with the same bytes are found, others of the same size and end are not", function()
  local root = folder {
    ["a/1.png"] = "x" .. long, ["a/2.png"] = "y" .. long, ["a/3.png"] = "z", ["a/4.png"] = long .. "x",
    ["b/1.png"] = "x" .. long, ["b/2.png"] = "w", ["b/3.png"] = "z", ["b/4.png"] = "",
  }
  local set = data.open(root)
  t.equal(core.data.duplicates(set):tolist(), { 1, 2, 3, 4, 1, 6, 3, 8 })
  local shared = data.check_split(set:subset { 2, 1, 4 }, set:subset { 6, 5 })
  t.equal(shared, { { a = root .. "/a/1.png", b = root .. "/b/1.png" } })
end)

t.test("a folder's own parts with a picture in common are refused unless told otherwise", function()
  local root = folder {
    ["train/a/1.png"] = "one", ["train/a/2.png"] = "two", ["train/a/3.png"] = "three", ["train/b/1.png"] = "four",
    ["train/b/2.png"] = "five", ["train/b/3.png"] = "six", ["test/a/1.png"] = "one", ["test/b/1.png"] = "eight",
  }
  local set = data.open(root)
  local message = t.raises("split: 1 picture of one part is also in another one, such as '", set.split, set, { seed = 1 })
  t.ok(message:find("train/a/1.png", 1, true) and message:find("test/a/1.png' (test)", 1, true), message)
  local train, val, test = set:split { seed = 1, duplicates = "allow", val = 0.5 }
  t.equal({ #train, #val, #test }, { 3, 3, 2 })
  sys.remove(root .. "/test/a/1.png")
  sys.write_file(root .. "/test/a/2.png", "seven")
  t.equal(#data.open(root):split { seed = 1, val = 0.5 }, 3)
end)

t.test("files that are gone are nobody's copies", function()
  local root = folder { ["a/1.png"] = "x", ["a/2.png"] = "x", ["b/1.png"] = "x", ["b/2.png"] = "y" }
  local set = data.open(root)
  sys.remove(root .. "/a/1.png")
  t.equal(core.data.duplicates(set):tolist(), { 1, 2, 2, 4 })
end)

t.test("mistakes are named", function()
  local set = counted { 4, 6 }
  t.raises("kfold: k is 1, expected 2 or more folds", set.kfold, set, { k = 1 })
  t.raises("kfold: 11 folds of 10 samples", set.kfold, set, { k = 11, stratify = false })
  t.raises("kfold: 7 folds, but no class has so many samples (the largest has 6)", set.kfold, set, { k = 7 })
  t.raises("kfold: unknown option 'folds'", set.kfold, set, { folds = 3 })
  t.raises("kfold: duplicates is 'refuse', expected", set.kfold, set, { duplicates = "refuse" })
  t.raises("too many of them are the same", set.kfold, counted({ 4, 6 }, function() return 1 end), { k = 2 })
  t.raises("split: duplicates is 'no', expected \"together\", \"refuse\" or \"allow\"", set.split, set, { duplicates = "no" })
  t.raises("data.check_split: got a nil, expected a data set", data.check_split, set)
end)

t.done()
