--- mlprun.data.groups - pictures that belong together: all of a patient, a person, a burst stay on one side of a split.
--
-- What says which ones do, for set:split, set:kfold and --group:
--   "patient"              a column of the CSV file that the set was opened from
--   "^[^/]+/(%a+)"         a pattern for the path below the set's folder; what its captures match names the group
--   "similar"              pictures that look the same, as data.inspect finds them
--   function(path)         gives the name; nil: the picture is a group of its own
--   { "ann", "ann", ... }  a name for each sample
local core = require "mlprun.core"
local class = require "mlprun.base.class"
local copies = require "mlprun.data.copies"
local names = require "mlprun.base.names"
local words = require "mlprun.base.words"
local sys = core.sys
local methods = core.data.methods

local groups = {}

--- Which group each sample is in: number (from 1, per sample), names (per group; nil where it has none), count.
local Grouping = class.new("Grouping")

-- ---- what the groups are ----

local function number_of_column(set, name)
  for i, known in ipairs(core.data.column_names(set)) do
    if known == name then return i end
  end
end

--- The texts of a further column of the CSV file that the pictures come from, one for each sample.
---@param name string   as the header has it
---@return string[]
function methods.column(set, name)
  local number, known = number_of_column(set, name), core.data.column_names(set)
  if number then return core.data.column_texts(set, number) end
  if #known == 0 then sys.fail(("column: a set of kind %s has no further columns; data.CSV reads them"):format(set.kind)) end
  sys.fail(("column: there is no column %s%s"):format(words.value(name),
    names.hint(name, known, { otherwise = "; the others are " .. table.concat(known, ", ") })))
end

-- The paths of the samples, below the set's folder where they are.
local function paths_below(set)
  local paths, root = set.paths, set.root .. "/"
  for i, path in ipairs(paths) do
    if path:sub(1, #root) == root then paths[i] = path:sub(#root + 1) end
  end
  return paths
end

local function by_column(set, column, who)
  local texts = set:column(column)
  for i, text in ipairs(texts) do
    if text == "" then
      sys.fail(("%s: column '%s' is empty for '%s': every picture needs a group there"):format(who, column, set:path(i)))
    end
  end
  return texts
end

-- What the pattern's captures match in a path, or all that it matches without any; false where it does not.
local function matched(path, pattern, who)
  local found = table.pack(pcall(string.match, path, pattern))
  if not found[1] then
    sys.fail(("%s: '%s' is no pattern: %s"):format(who, pattern, tostring(found[2]):gsub("^[^\n]-%.lua:%d+: ", "")))
  end
  if found[2] == nil then return false end
  for k = 2, found.n do found[k] = tostring(found[k]) end
  return table.concat(found, "/", 2, found.n)
end

local function by_pattern(set, pattern, who)
  local list, missed, example = {}, 0, nil
  for i, path in ipairs(paths_below(set)) do
    list[i] = matched(path, pattern, who)
    if not list[i] then missed, example = missed + 1, example or path end
  end
  if missed == 0 then return list end
  local columns = core.data.column_names(set)
  sys.fail(("%s: the pattern '%s' does not match %s of %s, such as '%s'%s"):format(who, pattern,
    missed == #list and "any" or words.grouped(missed), words.count(#list, "path"), example,
    #columns > 0 and "; it is none of the columns " .. table.concat(columns, ", ") .. " either" or ""))
end

local function by_function(set, name_of, who)
  local list = {}
  for i, path in ipairs(paths_below(set)) do
    local name = name_of(path)
    if name ~= nil and name ~= false and type(name) ~= "string" and type(name) ~= "number" then
      sys.fail(("%s: the function gave a %s for '%s', expected the group's name"):format(who, type(name), path))
    end
    list[i] = name or false
  end
  return list
end

local function by_list(set, list, who)
  if #list ~= #set then
    sys.fail(("%s: the list has %s, expected one for each of the %s"):format(who, words.count(#list, "name"),
      words.count(#set, "sample")))
  end
  return list
end

-- The group of each sample, by name; false: on its own.
local function names_of(set, group, who)
  if group == "similar" then return core.data.similar(set):tolist() end
  if type(group) == "string" then
    return (number_of_column(set, group) and by_column or by_pattern)(set, group, who)
  end
  if type(group) == "function" then return by_function(set, group, who) end
  if type(group) == "table" then return by_list(set, group, who) end
  sys.fail(("%s: group is %s, expected a column, a pattern for paths, \"similar\", a function or a list"):format(who,
    words.value(group)))
end

--- The groups of a data set.
---@param group string|function|table   see above; what this function gave is taken as it is
---@param who string                    for messages
---@return table   number, names, count
function groups.of(set, group, who)
  if class.is(group, Grouping) then return group end
  local grouping, known = Grouping(), {}
  grouping.number, grouping.names, grouping.count = {}, {}, 0
  for i, name in ipairs(names_of(set, group, who)) do
    local number = name and known[name]
    if not number then
      number = grouping.count + 1
      grouping.count = number
      if name then known[name], grouping.names[number] = number, group ~= "similar" and name or nil end
    end
    grouping.number[i] = number
  end
  return grouping
end

--- The groups of some of the samples, by their places, in this order.
function Grouping:of(places)
  local part, known = Grouping(), {}
  part.number, part.names, part.count = {}, {}, 0
  for k, place in ipairs(places) do
    local number = self.number[place]
    if not known[number] then
      part.count = part.count + 1
      known[number], part.names[part.count] = part.count, self.names[number]
    end
    part.number[k] = known[number]
  end
  return part
end

--- How many groups a view of the set has pictures of.
function Grouping:count_in(set, view)
  local number, seen, n = {}, {}, 0
  for i, sample in ipairs(set:samples():tolist()) do number[sample] = self.number[i] end
  for _, sample in ipairs(view:samples():tolist()) do
    local group = number[sample]
    if not seen[group] then seen[group], n = true, n + 1 end
  end
  return n
end

--- How many samples are in a group with others.
function Grouping:shared()
  local sizes, n = {}, 0
  for _, number in ipairs(self.number) do sizes[number] = (sizes[number] or 0) + 1 end
  for _, size in ipairs(sizes) do n = n + (size > 1 and size or 0) end
  return n
end

--- A text that changes when samples change their groups, which the fingerprint of the pictures does not see.
function Grouping:fingerprint()
  return "sha256:" .. core.io.sha256(table.concat(self.number, " "))
end

-- "group 'ann'", or what there is to say about one without a name.
local function called(grouping, number)
  local name = grouping.names[number]
  return name and ("group '%s'"):format(name) or "a group"
end

-- ---- dealing them out ----

-- The numbers of the groups of some samples, from 1 on without gaps, and for each its samples and its number in `grouping`.
local function sizes_among(grouping, indices)
  local list, place, sizes = {}, {}, {}
  for k, i in ipairs(indices) do
    local number = grouping.number[i]
    if not place[number] then
      sizes[#sizes + 1] = { number = number, count = 0 }
      place[number] = #sizes
    end
    list[k] = place[number]
    sizes[list[k]].count = sizes[list[k]].count + 1
  end
  return list, sizes
end

-- A group that is larger than the largest part could only be torn.
local function check_sizes(grouping, sizes, total, room, who)
  table.sort(sizes, function(a, b) return a.count > b.count or a.count == b.count and a.number < b.number end)
  if sizes[1].count > math.ceil(room) then
    sys.fail(("%s: %s has %d of the %d pictures and fits into no part: the largest one gets %d"):format(who,
      called(grouping, sizes[1].number), sizes[1].count, total, math.ceil(room)))
  end
end

local function deal(set, list, shares, o)
  return core.data.deal(set, list, shares, o.stratify, o.duplicates == "together", o.seed)
end

local function all_of(set)
  local indices = {}
  for i = 1, #set do indices[i] = i end
  return indices
end

-- ---- kfold ----

--- The samples of each of k folds.
---@param o table   k, stratify, seed, duplicates
function groups.folds(set, grouping, o)
  local k, shares = o.k, {}
  if math.type(k) ~= "integer" or k < 2 then sys.fail(("kfold: k is %s, expected 2 or more folds"):format(words.value(k))) end
  if k > grouping.count then
    sys.fail(("kfold: %d folds, but there is no more than %s: each fold needs one"):format(k,
      words.count(grouping.count, "group")))
  end
  local list, sizes = sizes_among(grouping, all_of(set))
  check_sizes(grouping, sizes, #set, #set * (1 - 1 / k), "kfold") -- the largest part of a fold is that for training
  for f = 1, k do shares[f] = 1 / k end
  return deal(set, list, shares, o)
end

-- ---- split ----

local PARTS = { "train", "val", "test" }

-- The positions in the set of the samples of its own parts, by the part's name; empty without a train part.
local function own_parts(set)
  local lists, position = {}, {}
  if not table.concat(set.parts, " "):find("train", 1, true) then return lists end
  for i, sample in ipairs(set:samples():tolist()) do position[sample] = i end
  for _, name in ipairs(set.parts) do
    lists[name] = {}
    for k, sample in ipairs(set:part(name):samples():tolist()) do lists[name][k] = position[sample] end
  end
  return lists
end

-- The parts that are missing and the train part, which they are taken from; and their shares of it.
local function missing_parts(lists, o)
  local taken, shares = { "train" }, { 1 }
  for _, name in ipairs { "test", "val" } do
    if not lists[name] and (name == "val" or o[name] ~= 0) then
      local left = shares[1] - o[name]
      if not (o[name] > 0 and left > 0) then
        sys.fail(("split: %s is %g, expected more than 0 and less than %g"):format(name, o[name], shares[1]))
      end
      shares[1], taken[#taken + 1], shares[#shares + 1] = left, name, o[name]
    end
  end
  return taken, shares
end

-- Moves the parts that are missing out of the train part.
local function split_off(set, grouping, lists, o)
  local taken, shares = missing_parts(lists, o)
  if #taken == 1 then return end
  local pool = lists.train or all_of(set)
  local list, sizes = sizes_among(grouping, pool)
  check_sizes(grouping, sizes, #pool, math.max(table.unpack(shares)) * #pool, "split")
  for _, name in ipairs(taken) do lists[name] = {} end
  for k, p in ipairs(deal(set:subset(pool), list, shares, o):tolist()) do
    local part = lists[taken[p]]
    part[#part + 1] = pool[k]
  end
  for p, name in ipairs(taken) do
    if #lists[name] == 0 then
      sys.fail(("split: %s would be empty: it should get %.0f of the %d pictures, and the smallest of %s has %d"):format(name,
        shares[p] * #pool, #pool, words.count(#sizes, "group"), sizes[#sizes].count))
    end
  end
end

-- Parts that the folder has are kept as they are, so that a group may be in two of them.
local function refuse_straddling(set, grouping, lists)
  local part, first = {}, {}
  for _, name in ipairs(PARTS) do
    for _, i in ipairs(lists[name] or {}) do
      local number = grouping.number[i]
      if part[number] and part[number] ~= name then
        sys.fail(("split: %s is in two parts of '%s', such as '%s' (%s) and '%s' (%s): results would look better than they are")
          :format(called(grouping, number), set.root, set:path(first[number]), part[number], set:path(i), name))
      end
      part[number], first[number] = name, first[number] or i
    end
  end
end

-- The same for pictures with the same bytes.
local function refuse_copies(parts)
  for a = 1, #parts do
    for b = a + 1, #parts do
      local shared = copies.shared(parts[a], parts[b])
      if #shared > 0 then
        sys.fail(("split: %s in two parts, such as '%s' and '%s'; remove the copies, or pass duplicates = \"allow\""):format(
          words.count(#shared, "picture"), shared[1].a, shared[1].b))
      end
    end
  end
end

--- Training, validation and perhaps test data, as set:split gives them.
---@param o table   val, test (shares), stratify, seed, duplicates
function groups.split(set, grouping, o)
  local lists = own_parts(set)
  local own = lists.train ~= nil
  split_off(set, grouping, lists, o)
  refuse_straddling(set, grouping, lists)
  local parts = {}
  for _, name in ipairs(PARTS) do
    if lists[name] then parts[#parts + 1] = set:subset(lists[name]) end
  end
  if o.duplicates == "refuse" or own and o.duplicates == "together" then refuse_copies(parts) end
  return table.unpack(parts)
end

return groups
