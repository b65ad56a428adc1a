--- mlprun.data.views - methods of data sets that choose some of their samples: by class, by number.
--
-- All of them are deterministic: what they draw follows from the seed (the manual seed unless said) alone. They share the
-- pictures and the cache of the data set, keep its transform, and keep the order of its samples.
local core = require "mlprun.core"
local checks = require "mlprun.data.checks"
local names = require "mlprun.base.names"
local options = require "mlprun.options"
local words = require "mlprun.base.words"
local sys = core.sys
local check_set, seed_of = checks.set, checks.seed
local methods, permutation = core.data.methods, core.data.permutation

local views = {}

-- What a draw is for; with the class, it tells the streams of random numbers apart. 0 and 4 are those of split.lua.
local TAKE, THIN, CLASSES = 1, 2, 3

-- Refuses what goes by class where samples have several labels.
local function one_label(set, who)
  if set.multilabel then
    sys.fail(("%s: the samples have several labels each, so they are in no class: choose samples with set:subset and "
      .. "set:labels()"):format(who))
  end
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
  one_label(set, "select_classes")
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
  one_label(set, "take_per_class")
  if math.type(n) ~= "integer" or n < 1 then
    sys.fail(("take_per_class: got %s, expected how many samples of each class"):format(words.value(n)))
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
  one_label(set, "thin")
  if o.class == nil then sys.fail("thin: which class? Pass class = a name or a number") end
  local class = class_number(set, o.class, "thin")
  if type(o.keep) ~= "number" or not (o.keep > 0 and o.keep <= 1) then
    sys.fail(("thin: keep is %s, expected a share above 0 and up to 1"):format(words.value(o.keep)))
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
  one_label(set, "class_weights")
  local counts = set:class_counts()
  local weights = {}
  for i, n in ipairs(counts) do weights[i] = n > 0 and #set / (#counts * n) or 0.0 end
  return core.tensor.tensor(weights)
end

--- One weight for each sample, 1 / samples of its class: with data.WeightedRandomSampler every class comes equally often.
---@return Tensor   f64
function methods.sample_weights(set)
  one_label(set, "sample_weights")
  local counts = set:class_counts()
  local weights = {}
  for i, n in ipairs(counts) do weights[i] = n > 0 and 1 / n or 0.0 end
  return core.tensor.tensor(weights, { dtype = "f64" }):index_select(1, set:labels())
end

--- The samples `indices` of a data set, in their order: the same as set:subset(indices).
---@param set Dataset
---@param indices Tensor|integer[]
---@return Dataset
function views.Subset(set, indices)
  check_set(set, "data.Subset")
  return set:subset(indices)
end

return views
