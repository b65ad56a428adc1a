-- Pictures that belong together: split and kfold by column, pattern, function, list and by what looks the same.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local ml = require "mlprun"
local data = require "mlprun.data"
local sys = core.sys

-- ---- sets in memory ----

-- A set whose groups have these counts of the classes, and the group of each sample.
local function grouped(counts)
  local labels, names = {}, {}
  for g, row in ipairs(counts) do
    for class, n in ipairs(row) do
      for _ = 1, n do labels[#labels + 1], names[#names + 1] = class, g end
    end
  end
  return data.TensorDataset(ml.arange(1, #labels + 1):reshape(#labels, 1), labels), names
end

-- Groups of 1 to 9 samples in three classes, all of which are there.
local function random_counts(seed)
  local draw = ml.randint(0, 4, { 12 + seed % 30, 3 }, { dtype = "i64" }):tolist()
  for _, row in ipairs(draw) do
    if row[1] + row[2] + row[3] == 0 then row[1 + seed % 3] = 1 end
  end
  draw[1][1], draw[2][2], draw[3][3] = 2, 2, 2
  return draw
end

local function size_of(row) return row[1] + row[2] + row[3] end

local function samples(set) return set:samples():tolist() end

-- Fails unless the sets share no group and have all n samples, each once.
local function check_whole(sets, names, what)
  local side, n = {}, 0
  for s, set in ipairs(sets) do
    for _, i in ipairs(samples(set)) do
      t.ok(not side[names[i]] or side[names[i]] == s, what .. ": a group is on one side")
      side[names[i]], n = s, n + 1
    end
  end
  t.equal(n, #names, what .. ": every sample is there once")
end

t.test("every group of 200 sets is on one side, and sizes and classes are near their shares", function()
  for seed = 1, 200 do
    ml.manual_seed(seed)
    local counts = random_counts(seed)
    local set, names = grouped(counts)
    local all, largest, what = set:class_counts(), 0, "set " .. seed
    for _, row in ipairs(counts) do largest = math.max(largest, size_of(row)) end
    local parts = { set:split { val = 0.2, test = 0.2, group = names, seed = seed } }
    check_whole(parts, names, what)
    for p, share in ipairs { 0.6, 0.2, 0.2 } do
      t.ok(math.abs(#parts[p] - share * #set) <= largest, what .. ": sizes are within a group of their shares")
      for class, n in ipairs(parts[p]:class_counts()) do
        t.ok(math.abs(n - share * all[class]) <= 4, what .. ": classes are within what groups have of one")
      end
    end
    local vals = {}
    for i, train, val in set:kfold { k = 4, group = names, seed = seed } do
      check_whole({ train, val }, names, what)
      vals[i] = val
    end
    check_whole(vals, names, what)
  end
end)

t.test("without classes to share out, sizes are as near as whole groups allow", function()
  local set, names = grouped { { 9, 0 }, { 8, 0 }, { 7, 0 }, { 0, 6 }, { 0, 5 }, { 0, 5 } }
  local folds = {}
  for i, _, val in set:kfold { k = 2, group = names, stratify = false, seed = 1 } do folds[i] = #val end
  t.equal(folds[1] + folds[2], 40)
  t.ok(math.abs(folds[1] - 20) <= 2, "a greedy search comes as near as this")
end)

-- ---- scikit-learn's measure ----

-- The standard deviation of a list.
local function spread(list)
  local sum, square = 0, 0
  for _, v in ipairs(list) do sum = sum + v end
  for _, v in ipairs(list) do square = square + (v - sum / #list) ^ 2 end
  return math.sqrt(square / #list)
end

-- Mean over the classes of the spread of their shares over the folds; and the spread of the folds' sizes.
local function balance_of(set, how)
  local all, sizes, of_class, sum = set:class_counts(), {}, {}, 0
  for class in ipairs(all) do of_class[class] = {} end
  for i, _, val in set:kfold(how) do
    sizes[i] = #val / #set
    for class, n in ipairs(val:class_counts()) do of_class[class][i] = n / all[class] end
  end
  for _, shares in ipairs(of_class) do sum = sum + spread(shares) / #all end
  return sum, spread(sizes)
end

t.test("folds of groups are as even as those of scikit-learn's StratifiedGroupKFold", function()
  local got, expected, cases = { 0, 0 }, { 0, 0 }, dofile("tests/golden/folds/groups.lua")
  t.equal(#cases, 20)
  for number, case in ipairs(cases) do
    local set, names = grouped(case.groups)
    local classes, sizes = 0, 0
    for seed = 1, 10 do
      local b, s = balance_of(set, { k = case.k, group = names, seed = seed })
      classes, sizes = classes + b / 10, sizes + s / 10
    end
    t.ok(classes < case.balance * 1.1 + 0.01, ("set %d: spread of classes is %.4f, theirs %.4f"):format(number, classes,
      case.balance))
    t.ok(sizes < case.sizes * 1.1 + 0.005, ("set %d: spread of sizes is %.4f, theirs %.4f"):format(number, sizes, case.sizes))
    got, expected = { got[1] + classes, got[2] + sizes }, { expected[1] + case.balance, expected[2] + case.sizes }
  end
  t.ok(got[1] < expected[1] and got[2] < expected[2], "more even on the whole")
end)

t.test("which groups follows from the seed", function()
  local counts = {}
  for g = 1, 30 do counts[g] = { 1 + g % 3, 1 } end
  local set, names = grouped(counts)
  local function text(seed)
    local _, val = set:split { val = 0.3, group = names, seed = seed }
    return table.concat(samples(val), " ")
  end
  t.equal(text(1), text(1))
  t.ok(text(1) ~= text(2), "seeds differ")
end)

t.test("copies join the groups that they are in, unless they are allowed", function()
  local set = data.TensorDataset(ml.tensor { { 1 }, { 2 }, { 2 }, { 3 }, { 4 }, { 5 }, { 6 }, { 7 } }, { 1, 2, 1, 2, 1, 2, 1, 2 })
  local names = { "a", "a", "b", "b", "c", "c", "d", "d" }
  for seed = 1, 20 do
    local train, val = set:split { val = 0.5, group = names, seed = seed }
    check_whole({ train, val }, { "a", "a", "a", "a", "c", "c", "d", "d" }, "copies together")
  end
  local torn = 0
  for seed = 1, 20 do
    local train, val = set:split { val = 0.5, group = names, seed = seed, duplicates = "allow" }
    torn = torn + #data.check_split(train, val)
  end
  t.ok(torn > 0, "copies may be on two sides")
  t.raises("in two parts, such as", function()
    for seed = 1, 20 do set:split { val = 0.5, group = names, seed = seed, duplicates = "refuse" } end
  end)
end)

-- ---- sets of files ----

-- A picture of smooth blobs that follows from a number.
local function picture(number)
  ml.manual_seed(number)
  return core.image.from_tensor((ml.rand(4, 4, 3) * 255):byte()):resize(32, 32, { interpolation = "cubic" })
end

local function save(image, path)
  sys.make_folder(path:match("^(.*)/"))
  image:save(path)
end

-- Two classes; 6 people with 2 pictures in each, the second nearly the first.
local function people()
  local root = t.folder()
  for person = 1, 6 do
    for c, class in ipairs { "cat", "dog" } do
      local first = picture(10 * person + c)
      save(first, ("%s/%s/p%d_1.png"):format(root, class, person))
      save(first:resize(24, 24, { interpolation = "area" }), ("%s/%s/p%d_2.png"):format(root, class, person))
    end
  end
  return root
end

local function person_of(set, i) return set:path(i):match("(p%d)_%d.png$") end

-- The names of the groups of all samples of both sides; fails where one is on two.
local function check_people(set, name_of, how)
  local names = {}
  for i = 1, #set do names[i] = name_of(set, i) end
  local train, val = set:split(how)
  check_whole({ train, val }, names, tostring(how.group))
  return #val
end

t.test("a pattern for the path below the folder, or a function of it, names the group", function()
  local set = data.open(people())
  t.equal(#set, 24)
  t.equal(check_people(set, person_of, { val = 0.33, group = "p%d", seed = 1 }), 8)
  t.equal(check_people(set, person_of, { val = 0.33, group = "^%l+/(p%d)", seed = 1 }), 8)
  t.equal(check_people(set, person_of, { val = 0.33, group = function(path) return path:match("p%d") end, seed = 1 }), 8)
  local function class_and_person(s, i) return s:path(i):match("(%l+/p%d)_%d.png$") end
  t.equal(check_people(set, class_and_person, { val = 0.33, group = "(%l+)/(p%d)", seed = 1 }), 8)
  local train = set:split { val = 0.33, group = function() end, seed = 1 }
  t.equal(#train, 16, "without names each is a group of its own")
end)

t.test("pictures that look the same can be the groups", function()
  local set = data.open(people())
  local function pair(s, i) return s:path(i):match("(%l+/p%d)_%d.png$") end
  t.equal(check_people(set, pair, { val = 0.33, group = "similar", seed = 1 }), 8)
  local threads, texts = sys.threads(), {}
  for _, n in ipairs { 1, 3 } do
    sys.threads(n)
    local _, val = set:split { val = 0.33, group = "similar", seed = 1 }
    texts[#texts + 1] = table.concat(samples(val), " ")
  end
  sys.threads(threads)
  t.equal(texts[1], texts[2], "the same for any number of threads")
end)

-- A list of those pictures with a further column.
local function listed(root, person)
  local lines = { "path,patient,label" }
  for _, class in ipairs { "cat", "dog" } do
    for p = 1, 6 do
      for k = 1, 2 do
        lines[#lines + 1] = ("%s/p%d_%d.png, %s ,%s"):format(class, p, k, person and person(p, k) or "No " .. p, class)
      end
    end
  end
  sys.write_file(root .. "/list.csv", table.concat(lines, "\n"))
  return data.CSV(root .. "/list.csv")
end

t.test("a column of a CSV file names the group", function()
  local set = listed(people())
  t.equal(set:column("patient")[1], "No 1")
  t.equal(set:subset({ 3, 24 }):column("patient"), { "No 2", "No 6" })
  t.equal(check_people(set, person_of, { val = 0.33, group = "patient", seed = 1 }), 8)
  t.raises("there is no column 'patent': did you mean 'patient'?", function() set:column("patent") end)
  t.raises("the pattern 'patent' does not match any of 24 paths, such as 'cat/p1_1.png'; it is none of the columns patient",
    function() set:split { group = "patent" } end)
  local gap = listed(people(), function(p) return p == 2 and "" or p end)
  t.raises("column 'patient' is empty for ", function() gap:split { group = "patient" } end)
  t.raises("has no further columns", function() data.open(people()):column("patient") end)
end)

t.test("parts that the folder has are kept, and a group in two of them is an error", function()
  local root, source = t.folder(), people()
  local function put(part, class, person)
    for k = 1, 2 do
      save(data.read_image(("%s/%s/p%d_%d.png"):format(source, class, person, k)),
        ("%s/%s/%s/p%d_%d.png"):format(root, part, class, person, k))
    end
  end
  for person = 1, 5 do
    for _, class in ipairs { "cat", "dog" } do put(person < 5 and "train" or "test", class, person) end
  end
  local train, val, test = data.open(root):split { val = 0.25, group = "p%d", seed = 1 }
  t.equal({ #train, #val, #test }, { 12, 4, 4 })
  put("test", "dog", 2)
  t.raises("split: group 'p2' is in two parts of", function() data.open(root):split { val = 0.25, group = "p%d" } end)
end)

t.test("what cannot be is an error that says why", function()
  local set, names = grouped { { 5, 5 }, { 2, 2 }, { 1, 2 } }
  t.raises("kfold: 4 folds, but there is no more than 3 groups: each fold needs one",
    function() set:kfold { k = 4, group = names } end)
  t.equal(#set:kfold { k = 3, group = names }, 3)
  t.raises("kfold: k is 1, expected 2 or more folds", function() set:kfold { k = 1, group = names } end)
  t.raises("split: group '1' has 10 of the 17 pictures and fits into no part: the largest one gets 9",
    function() set:split { val = 0.5, group = names } end)
  t.raises("kfold: group '1' has 10 of the 17 pictures and fits into no part: the largest one gets 9",
    function() set:kfold { k = 2, group = names } end)
  t.raises("split: val would be empty: it should get 1 of the 17 pictures, and the smallest of 3 groups has 3",
    function() set:split { val = 0.05, group = names } end)
  t.raises("split: val is 0.5, expected more than 0 and less than 0.4",
    function() set:split { val = 0.5, test = 0.6, group = names } end)
  t.raises("split: the list has 2 names, expected one for each of the 17 samples",
    function() set:split { group = { 1, 2 } } end)
  t.raises("split: group is true, expected a column, a pattern for paths, \"similar\", a function or a list",
    function() set:split { group = true } end)
  t.raises("split: 'Dataset[a' is no pattern: malformed pattern (missing ']')", function() set:split { group = "Dataset[a" } end)
  t.raises("the function gave a table for 'TensorDataset[1]', expected the group's name",
    function() set:split { group = function() return {} end } end)
end)

t.done()
