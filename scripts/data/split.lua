--- mlprun.data.split - data sets in parts: training, validation and test, folds, parts at random.
local core = require "mlprun.core"
local checks = require "mlprun.data.checks"
local copies = require "mlprun.data.copies"
local groups = require "mlprun.data.groups"
local options = require "mlprun.options"
local words = require "mlprun.base.words"
local sys = core.sys
local check_set, seed_of = checks.set, checks.seed
local methods, permutation = core.data.methods, core.data.permutation

local split = {}

-- The stream of random_split's draws; see views.lua.
local RANDOM = 4

-- A share of the samples that are divided, from a share or from how many they are; nil stays.
local function share(set, part, value)
  if value == nil then return nil end
  if type(value) ~= "number" then
    sys.fail(("split: %s is %s, expected a share of the samples or how many"):format(part, words.value(value)))
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
function split.KFold(set, o)
  check_set(set, "data.KFold")
  return set:kfold(o)
end

--- The pictures that two data sets (train and val, say) have in common: a list of { a =, b = } of their paths, empty
--- when there are none. Compares bytes, so a copy that was saved again is not found: data.inspect looks for those.
---@param a Dataset
---@param b Dataset
---@return table
function split.check_split(a, b)
  check_set(a, "data.check_split")
  check_set(b, "data.check_split")
  return copies.shared(a, b)
end

--- Parts of a data set that are drawn at random, with no sample in two: random_split(set, { 0.8, 0.2 }) or { 80, 20 }.
--- set:split is for training and validation: it keeps classes and copies of pictures together.
---@param set Dataset
---@param lengths number[]   shares that add up to 1, or numbers of samples that add up to #set
---@param o? { seed: integer }
---@return Dataset ...
function split.random_split(set, lengths, o)
  local who = "data.random_split"
  check_set(set, who)
  o = options.check(o, { "seed" }, who)
  if type(lengths) ~= "table" or #lengths == 0 then sys.fail(who .. ": expected a list of shares or of numbers of samples") end
  local sum, counts, total = 0, {}, 0
  for i, length in ipairs(lengths) do
    if type(length) ~= "number" or length < 0 then
      sys.fail(("%s: length %d is %s, expected a share or a number of samples"):format(who, i, words.value(length)))
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

return split
