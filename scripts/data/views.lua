--- mlprun.data.views - methods of data sets that choose some of their samples: by class, by number, in folds.
--
-- All of them are deterministic: what they draw follows from the seed (the manual seed unless said) alone. They share the
-- pictures and the cache of the data set, keep its transform, and keep the order of its samples.
local core = require "mlprun.core"
local copies = require "mlprun.data.copies"
local groups = require "mlprun.data.groups"
local names = require "mlprun.base.names"
local options = require "mlprun.options"
local words = require "mlprun.base.words"
local sys = core.sys
local methods, permutation = core.data.methods, core.data.permutation

local views = {}

-- What a draw is for; with the class, it tells the streams of random numbers apart. 0 are those of split().
local TAKE, THIN, CLASSES, RANDOM = 1, 2, 3, 4

local function check_set(set, who)
  if not core.data.is_dataset(set) then
    sys.fail(("%s: got a %s, expected a data set"):format(who, type(set)))
  end
end

local function seed_of(o, who)
  local seed = o.seed
  if seed == nil then return core.tensor.initial_seed() end
  if math.type(seed) ~= "integer" then sys.fail(("%s: seed is %s, expected a whole number"):format(who, tostring(seed))) end
  return seed
end

-- The number of a class, from its name or its number.
local function class_number(set, class, who)
  local classes = set.classes
  if math.type(class) == "integer" and class >= 1 and class <= #classes then return class end
  for i, name in ipairs(classes) do
    if name == class then return i end
  end
  sys.fail(("%s: there is no class %s%s"):format(who, words.value(class),
    names.hint(class, classes, { otherwise = (", there are %d"):format(#classes) })))
end

-- List of the positions of each class.
local function members(set)
  local lists = {}
  for i = 1, #set.classes do lists[i] = {} end
  for i, label in ipairs(set:labels():tolist()) do
    local list = lists[label]
    list[#list + 1] = i
  end
  return lists
end

-- Of `list`, the first n in an order that follows from the seed, in the list's order.
local function draw(list, n, seed, class, what)
  local order, chosen = permutation(#list, seed, class, what), {}
  for i = 1, math.min(n, #list) do chosen[i] = list[order[i]] end
  return chosen
end

local function subset(set, chosen)
  table.sort(chosen)
  return set:subset(chosen)
end

--- Some of the classes. Labels are renumbered: the first class named is 1; `classes` lists them in this order.
---@param which string[]|integer[]|integer   names or numbers of classes, two or more; or how many: the first ones in the
---  set's order, or drawn with { seed = } (the same seed draws the same ones first for every number)
---@param o? { seed: integer }
---@return Dataset
function methods.select_classes(set, which, o)
  o = options.check(o, { "seed" }, "select_classes")
  local total, numbers = #set.classes, {}
  if math.type(which) == "integer" then
    if which < 2 or which > total then
      sys.fail(("select_classes: got %d, expected 2 to %d classes"):format(which, total))
    end
    local order = o.seed and permutation(total, seed_of(o, "select_classes"), 0, CLASSES)
    for i = 1, which do numbers[i] = order and order[i] or i end
    table.sort(numbers)
  elseif type(which) == "table" then
    for i, class in ipairs(which) do numbers[i] = class_number(set, class, "select_classes") end
  else
    sys.fail(("select_classes: got %s, expected a list of classes or how many"):format(which == nil and "nothing" or type(which)))
  end
  return core.data.classes_at(set, numbers)
end

--- At most n samples of each class: the first n of an order that follows from the seed, so a larger n adds samples to
--- those of a smaller one. A class with fewer gives all it has.
---@param n integer
---@param o? { seed: integer }
---@return Dataset
function methods.take_per_class(set, n, o)
  o = options.check(o, { "seed" }, "take_per_class")
  if math.type(n) ~= "integer" or n < 1 then
    sys.fail(("take_per_class: got %s, expected how many samples of each class"):format(tostring(n)))
  end
  local seed, chosen = seed_of(o, "take_per_class"), {}
  for class, list in ipairs(members(set)) do
    for _, i in ipairs(draw(list, n, seed, class, TAKE)) do chosen[#chosen + 1] = i end
  end
  return subset(set, chosen)
end

--- Makes one class rarer: keeps the share `keep` of its samples (rounded, at least one) and all of the others. The same
--- seed keeps the same ones first for every share.
---@param o { class: string|integer, keep: number, seed: integer }
---@return Dataset
function methods.thin(set, o)
  o = options.check(o, { "class", "keep", "seed" }, "thin")
  if o.class == nil then sys.fail("thin: which class? Pass class = a name or a number") end
  local class = class_number(set, o.class, "thin")
  if type(o.keep) ~= "number" or not (o.keep > 0 and o.keep <= 1) then
    sys.fail(("thin: keep is %s, expected a share above 0 and up to 1"):format(tostring(o.keep)))
  end
  local lists = members(set)
  local list = lists[class]
  if #list > 0 then
    local n = math.max(1, math.floor(o.keep * #list + 0.5))
    lists[class] = draw(list, n, seed_of(o, "thin"), class, THIN)
  end
  local chosen = {}
  for _, members_ in ipairs(lists) do table.move(members_, 1, #members_, #chosen + 1, chosen) end
  return subset(set, chosen)
end

--- Weights of the classes that make them count alike: samples / (classes * samples of the class), as scikit-learn's
--- "balanced"; for nn.CrossEntropyLoss { weight = }. A class without a sample has 0.
---@return Tensor   f32
function methods.class_weights(set)
  local counts = set:class_counts()
  local weights = {}
  for i, n in ipairs(counts) do weights[i] = n > 0 and #set / (#counts * n) or 0.0 end
  return core.tensor.tensor(weights)
end

--- One weight for each sample, 1 / samples of its class: with data.WeightedRandomSampler every class comes equally often.
---@return Tensor   f64
function methods.sample_weights(set)
  local counts = set:class_counts()
  local weights = {}
  for i, n in ipairs(counts) do weights[i] = n > 0 and 1 / n or 0.0 end
  return core.tensor.tensor(weights, { dtype = "f64" }):index_select(1, set:labels())
end

-- A share of the samples that are divided, from a share or from how many they are; nil stays.
local function share(set, part, value)
  if value == nil then return nil end
  if type(value) ~= "number" then
    sys.fail(("split: %s is %s, expected a share of the samples or how many"):format(part, tostring(value)))
  end
  if value < 1 then return value end
  local divided = table.concat(set.parts, " "):find("train", 1, true) and #set:part("train") or #set
  if value % 1 ~= 0 or value >= divided then
    sys.fail(("split: %s is %s, expected a share below 1, or a number of samples below %d")
      :format(part, tostring(value), divided))
  end
  return value / divided
end

--- Training and validation data, and test data when asked for: views that no sample is in twice. Shares of the samples, or
--- how many (val = 100). Parts that the set's folder has stay as they are; a missing one is split off its train part.
--- group: which pictures belong together and land on one side, see groups.lua.
---@param o? { train: number, val = 0.2, test = 0, stratify = true, seed: integer, duplicates = "together",
---  group: string|function|table }
---@return Dataset train, Dataset val, Dataset? test
function methods.split(set, o)
  o = options.check(o, { "train", "val", "test", "stratify", "seed", "duplicates", "group" }, "split")
  local train, test = share(set, "train", o.train), share(set, "test", o.test) or 0
  local val = share(set, "val", o.val) or (train and 1 - test - train or 0.2)
  if train and math.abs(train + val + test - 1) >= 1e-9 then
    sys.fail(("split: train, val and test are %g, %g and %g; together they must be 1"):format(train, val, test))
  end
  local how = { val = val, test = test, stratify = o.stratify == nil or o.stratify, seed = seed_of(o, "split"),
    duplicates = o.duplicates or "together" }
  if o.group == nil then return core.data.divide(set, how) end
  return groups.split(set, groups.of(set, o.group, "split"), how)
end

local folds_meta = {
  __call = function(folds, _, i) -- for i, train, val in folds do
    i = (i or 0) + 1
    if folds[i] then return i, folds[i].train, folds[i].val end
  end,
}

--- k-fold cross-validation: a list of { train =, val = } of views, each sample in one val. `for i, train, val in
--- set:kfold { k = 5 } do` goes through it too.
---@param o? { k = 5, stratify = true, seed: integer, duplicates = "together",
---  group: string|function|table }
---@return table
function methods.kfold(set, o)
  o = options.check(o, { k = 5, stratify = true, seed = core.tensor.initial_seed(), duplicates = "together", group = false },
    "kfold")
  if o.duplicates ~= "together" and o.duplicates ~= "allow" then
    sys.fail(("kfold: duplicates is '%s', expected \"together\" or \"allow\""):format(tostring(o.duplicates)))
  end
  local k = o.k
  local fold_of = (o.group and groups.folds(set, groups.of(set, o.group, "kfold"), o)
    or core.data.folds(set, { k = k, stratify = o.stratify, seed = o.seed, together = o.duplicates == "together" })):tolist()
  local train, val, folds = {}, {}, {}
  for f = 1, k do train[f], val[f] = {}, {} end
  for i, of in ipairs(fold_of) do
    for f = 1, k do
      local list = f == of and val[f] or train[f]
      list[#list + 1] = i
    end
  end
  for f = 1, k do
    if #val[f] == 0 or #train[f] == 0 then
      sys.fail(("kfold: fold %d of %d has no picture of its own: too many of them are the same"):format(f, k))
    end
    folds[f] = { train = set:subset(train[f]), val = set:subset(val[f]) }
  end
  return setmetatable(folds, folds_meta)
end

--- The same as set:kfold(o).
---@param set Dataset
---@param o? { k = 5, stratify = true, seed: integer, duplicates = "together",
---  group: string|function|table }
---@return table
function views.KFold(set, o)
  check_set(set, "data.KFold")
  return set:kfold(o)
end

--- The pictures that two data sets (train and val, say) have in common: a list of { a =, b = } of their paths, empty
--- when there are none. Compares bytes, so a copy that was saved again is not found: data.inspect looks for those.
---@param a Dataset
---@param b Dataset
---@return table
function views.check_split(a, b)
  check_set(a, "data.check_split")
  check_set(b, "data.check_split")
  return copies.shared(a, b)
end

--- The samples `indices` of a data set, in their order: the same as set:subset(indices).
---@param set Dataset
---@param indices Tensor|integer[]
---@return Dataset
function views.Subset(set, indices)
  check_set(set, "data.Subset")
  return set:subset(indices)
end

--- Parts of a data set that are drawn at random, with no sample in two: random_split(set, { 0.8, 0.2 }) or { 80, 20 }.
--- set:split is for training and validation: it keeps classes and copies of pictures together.
---@param set Dataset
---@param lengths number[]   shares that add up to 1, or numbers of samples that add up to #set
---@param o? { seed: integer }
---@return Dataset ...
function views.random_split(set, lengths, o)
  local who = "data.random_split"
  check_set(set, who)
  o = options.check(o, { "seed" }, who)
  if type(lengths) ~= "table" or #lengths == 0 then sys.fail(who .. ": expected a list of shares or of numbers of samples") end
  local sum, counts, total = 0, {}, 0
  for i, length in ipairs(lengths) do
    if type(length) ~= "number" or length < 0 then
      sys.fail(("%s: length %d is %s, expected a share or a number of samples"):format(who, i, tostring(length)))
    end
    sum = sum + length
  end
  local shares = math.abs(sum - 1) < 1e-6 and #set ~= 1
  for i, length in ipairs(lengths) do
    counts[i] = shares and math.floor(length * #set + 1e-9) or math.tointeger(length) or -1
    total = total + counts[i]
  end
  for i = 1, shares and #set - total or 0 do counts[(i - 1) % #counts + 1] = counts[(i - 1) % #counts + 1] + 1 end
  if not shares and total ~= #set then
    sys.fail(("%s: the lengths are %s together, expected 1, or the %d samples"):format(who, tostring(sum), #set))
  end
  local order, at, parts = permutation(#set, seed_of(o, who), RANDOM, 0), 1, {}
  for i, count in ipairs(counts) do
    local indices = table.move(order, at, at + count - 1, 1, {})
    parts[i] = set:subset(indices)
    at = at + count
  end
  return table.unpack(parts)
end

return views
