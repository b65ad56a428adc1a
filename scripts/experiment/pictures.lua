--- mlprun.experiment.pictures - what an experiment trains on and validates with, and what is said about it.
local sys = require("mlprun.core").sys
local passing = require "mlprun.base.passing"
local groups = require "mlprun.data.groups"
local answering = require "mlprun.experiment.answering"
local common = require "mlprun.experiment.options"
local design = require "mlprun.experiment.design"
local folds = require "mlprun.experiment.folds"
local judged = require "mlprun.experiment.judged"
local options = require "mlprun.options"
local run = require "mlprun.experiment.run"
local words = require "mlprun.base.words"

local pictures = {}

local CLASSES_LISTED = 12

-- Whether the set's pictures are files, each read when it is needed.
local FILES = { ImageFolder = true, CSV = true }

-- A class of which no picture can be read would be learnt by nobody: an error that names it. Mostly the first picture of a
-- class can be read, and nothing else is looked at.
local function check_readable(set)
  local count, good, first = {}, {}, {}
  local numbers, kinds = set:combinations()
  for i, label in ipairs(numbers:tolist()) do
    count[label] = (count[label] or 0) + 1
    if not good[label] then
      local ok, why = pcall(set.image, set, i)
      if not ok and sys.stop_requested() then error(why, 0) end
      good[label], first[label] = ok, first[label] or not ok and tostring(why)
    end
  end
  for label, name in ipairs(kinds) do
    if count[label] and not good[label] then
      sys.fail(("'%s': not one of the %s of class '%s' can be read; the first: %s"):format(set.root,
        words.count(count[label], "picture"), name, first[label]:gsub("^[^\n]-%.lua:%d+: ", "")))
    end
  end
end

-- Whether the options name a CSV file.
local function is_list(o) return o.data:lower():find("%.[ct]sv$") ~= nil end

-- The columns of a CSV file that --csv-path and --csv-label name.
local function columns_of(o)
  local columns = { path = o.csv_path ~= "" and o.csv_path or nil, label = o.csv_label ~= "" and o.csv_label or nil }
  if columns.label and columns.label:find(",", 1, true) then -- several labels for each picture
    local list = {}
    for name in columns.label:gmatch("[^,]+") do list[#list + 1] = name end
    columns.label = list
  end
  if next(columns) and not is_list(o) then
    sys.fail(("--csv-%s names a column of a CSV file, but the pictures come from '%s'"):format(next(columns), o.data))
  end
  return columns
end

-- All pictures that the options name.
local function opened(o)
  local columns = columns_of(o)
  return require("mlprun.data").open(o.data, { channels = o.channels ~= 0 and o.channels or nil, draft = o.draft,
    path = columns.path, label = columns.label })
end

--- What is said where the next gives none.
pictures.NOT_AGAIN = "The pictures are not where they were, not the same any more, or could not all be read: none is shown."

--- The pictures of a run, from its manifest; nil where they are not what they were.
---@param manifest table
---@return Dataset?
function pictures.again(manifest)
  local ok, set = pcall(function()
    local all = opened(setmetatable({ data = manifest.data.path }, { __index = manifest.options }))
    return all:fingerprint() == manifest.data.fingerprint and all or nil
  end)
  if not ok and passing.is(set) then io.stderr:write(("mlprun: the page is without pictures: %s\n"):format(set)) end
  return ok and set or nil
end

-- The share of the pictures that --test wants for the test, where the data's own test part does not give them: whether that
-- part is used, and the share.
local function test_of(all, o)
  local asked = common.test_share(o.test)
  local own = table.concat(all.parts, " "):find("test", 1, true) ~= nil
  if own and type(asked) == "number" and asked > 0 then
    sys.fail(("--test is %s, but '%s' has a test part, of %s: leave --test out to use it, or pass --test=no"):format(o.test,
      all.root, words.count(#all:part "test", "picture")))
  end
  return asked ~= 0, not own and asked ~= "auto" and asked or 0
end

--- A sentence where the files are no longer those that the experiment began with, by their names and sizes; nil where they are.
function pictures.changed(data, o)
  if not data.opened or not FILES[data.all.kind] then return nil end
  if sys.gave_up() then
    return ("Whether the pictures in '%s' are still the same was not looked at: reading them did not come to an end."):format(
      data.place)
  end
  local ok, now = pcall(opened, o)
  if not ok then
    return ("Whether the pictures in '%s' are still the same could not be looked at: %s."):format(data.place,
      (tostring(now):gsub("^[^\n]-%.lua:%d+: ", "")))
  elseif now:fingerprint() == data.all:fingerprint() then
    return nil
  end
  return ("The pictures in '%s' have changed since this began (%s): what is said here is about those before, as far as they "
    .. "could be read."):format(data.place, #now == #data.all and "there are others, or files have another size"
    or ("%s now, %s before"):format(words.count(#now, "picture"), words.grouped(#data.all)))
end

--- Opens the folder that the options name (or takes a data set that is given) and splits it by --split_seed, --val, --test
--- and --group.
---@param grouping? table   which pictures belong together, where that is known already
---@return table   all, train, val, test (data sets), classes, grouping (see data/groups.lua; nil without --group); with --folds
---                train and val are all that is dealt out, and folds.of gives those of a run
function pictures.open(o, given, grouping)
  local all = given or opened(o)
  if FILES[all.kind] then check_readable(all) end
  grouping = grouping or o.group ~= "" and groups.of(all, o.group, "--group") or nil
  local tests, share = test_of(all, o)
  local train, val, test = all:split { val = o.val, test = share, stratify = true, seed = o.split_seed, group = grouping }
  local data = { all = all, opened = not given, place = not given and is_list(o) and o.data or all.root, train = train,
                 val = val, test = tests and test or nil, classes = all.classes, grouping = grouping,
                 answers = answering.names(all) }
  if o.folds > 0 then
    data.pool, data.pool_grouping = folds.pool(all, train, val, grouping)
    folds.check(data.pool, o.folds)
    data.train, data.val, data.folds, data.deals = data.pool, data.pool, o.folds, {}
  end
  return data
end

-- How many pictures a part has, where that is not what was asked for; nil where it is.
local function unmet(name, asked, part, divided)
  if not part or type(asked) ~= "number" or asked == 0 then return nil end
  local wanted = asked < 1 and asked * divided or asked
  if math.abs(#part - wanted) < 1 then return nil end
  return ("--%s=%s asks for %s: a picture of every class stays on each side, and so do copies, together"):format(name,
    options.shown(asked), asked < 1 and "a share of " .. words.count(divided, "picture") or words.count(asked, "picture"))
end

--- Why parts are larger or smaller than was asked for; parts of the data's own stay as they are.
---@return string[]
function pictures.unmet(data, o)
  local own, lines = table.concat(data.all.parts, " "), {}
  local divided = own:find("train", 1, true) and #data.all:part "train" or #data.all
  if data.folds then return lines end
  for _, name in ipairs { "val", "test" } do
    local asked = name == "val" and o.val or common.test_share(o.test)
    if own:find(name, 1, true) then
      if name == "val" then lines[#lines + 1] = "the data's own validation part stays as it is (--val does not count)" end
    else
      lines[#lines + 1] = unmet(name, asked, data[name], divided)
    end
  end
  return lines
end

--- "170 for training, 42 for validation", or with folds "212 in 5 folds"; and with a test "40 for the test".
function pictures.parts(train, val, test, folds_)
  local judge = test and (", %s for the test"):format(test) or ""
  if folds_ then return ("%s in %d folds%s"):format(train, folds_, judge) end
  return ("%s for training, %s for validation%s"):format(train, val, judge)
end

--- "split by group: 212 groups (--group=patient), 170 for training, 42 for validation"; nil without --group.
function pictures.group_line(data, o)
  local grouping = data.grouping
  if not grouping then return nil end
  local function count(set) return set and words.grouped(grouping:count_in(data.all, set)) end
  local line = ("split by group: %s (--group=%s), %s"):format(words.count(grouping.count, "group"), o.group,
    pictures.parts(count(data.train), count(data.val), count(data.test), data.folds))
  if o.group ~= "similar" then return line end
  return ("%s; %s like another one: the same picture, saved again, resized or hardly changed; turned, mirrored and cropped ones, "
    .. "and almost plain ones, are not found"):format(line, grouping:shared() == 1 and "1 picture looks"
    or words.count(grouping:shared(), "picture") .. " look")
end

--- What pictures become before a net gets them, unless a trial says otherwise.
function pictures.transform_line(data, o)
  local draft = o.draft > 0 and (", large ones decoded at down to %d pixels (--draft)"):format(o.draft) or ""
  local varied = o.augment and "flipped, lit and shifted at random (--augment)" or "as they are (--augment varies them)"
  return ("%d x %d pixels, %s, normalised%s; training pictures %s, unless a trial has transforms of its own"):format(o.image_size,
    o.image_size, data.all.channels == 1 and "grey" or "colour", draft, varied)
end

--- Decodes the pictures of a size once, so that all processes share them.
function pictures.decode(data, size)
  local set = data.all:with(run.transform(size, data.all.channels, false))
  local threads = sys.threads()
  local loader = require("mlprun.data").DataLoader(set, { batch_size = 256, workers = threads > 1 and threads or 0 })
  for _ in loader:batches() do
    if sys.stop_requested() then return end
  end
end

local fingerprints = setmetatable({}, { __mode = "k" }) -- of sets: each run asks

--- What the manifest says about them.
function pictures.facts(data)
  fingerprints[data.all] = fingerprints[data.all] or data.all:fingerprint()
  return { path = data.place, kind = data.all.kind, fingerprint = fingerprints[data.all], pictures = #data.all,
           train = #(data.pool or data.train), val = #(data.pool or data.val), test = data.test and #data.test or nil,
           folds = data.folds, labels = data.all.multilabel and #data.all.classes or nil,
           groups = data.grouping and data.grouping:fingerprint() }
end

--- "6 classes", or where pictures have several labels "2 labels".
---@param classes integer
---@param labels? integer|boolean   how many labels there are
function pictures.kinds(classes, labels)
  if labels then return words.count(labels, "label") end
  return words.count(classes, "class")
end

--- "Data: photos, 2,527 pictures in 6 classes; 2,022 for training, 505 for validation"
---@param facts table       as the manifest has them
---@param classes integer   how many
function pictures.line(facts, classes)
  return ("Data: %s, %s in %s; %s"):format(tostring(facts.path), words.count(facts.pictures or 0, "picture"),
    pictures.kinds(classes, facts.labels), pictures.parts(words.grouped(facts.train or 0), words.grouped(facts.val or 0),
    facts.test and words.grouped(facts.test), facts.folds))
end

-- Whether validation pictures chose the epochs of runs (see judged.chosen), one more of which they chose, or not; "some" where
-- they did so for some.
local function chosen_by_all(before, one)
  if not before or not one or before == one then return before or one end
  return (before == "yes" or before == "some" or one == "yes") and "some" or "perhaps"
end

--- What sentences.notes needs to know of the pictures that judge, from the answers of finished runs.
---@param results table     see summary.lua
---@param classes string[]
function pictures.answered(results, classes)
  local facts, counts, first = { part = judged.part(results), runs = 0, others = false, share = 0 }, {}, nil
  for _, trial in ipairs(results.trials) do
    local units = design.units(trial)
    local seeds = design.seeds(units)
    for _, seed in ipairs(seeds) do
      first = first or units[seed]
      facts.others = facts.others or units[seed].pictures ~= first.pictures and not units[seed].fold
    end
    local runs = judged.finished(trial)
    facts.runs = math.max(facts.runs, #runs)
    for _, one in ipairs(runs) do facts.chosen = chosen_by_all(facts.chosen, judged.chosen(one)) end
    facts.folds = facts.folds or first and first.folds
  end
  facts.pictures = first and #first.correct or 0
  for _, label in ipairs(first and first.labels:tolist() or {}) do
    counts[label] = (counts[label] or 0) + 1
    local share = counts[label] / facts.pictures
    if share > facts.share then facts.share, facts.class = share, classes[label] end
  end
  return facts
end

--- "paper (594), glass (501), ...": the classes of a data set, the largest first.
function pictures.class_list(set)
  local counts, order, parts = set:class_counts(), {}, {}
  for i in ipairs(counts) do order[i] = i end
  table.sort(order, function(a, b) return counts[a] > counts[b] or counts[a] == counts[b] and a < b end)
  for _, i in ipairs(order) do
    if #parts == CLASSES_LISTED then
      parts[#parts + 1] = "..."
      break
    end
    parts[#parts + 1] = ("%s (%d)"):format(set.classes[i], counts[i])
  end
  return table.concat(parts, ", ")
end

return pictures
