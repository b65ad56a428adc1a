--- mlprun.experiment.gallery - pictures for TensorBoard: some of every class and the mistakes that a net is surest of, at a few
--- epochs and of the best weights of a trial's first run, and what its answers follow from. With --no-pictures none of them is
--- written: event files are passed on, and photos may be private.
local explain = require "mlprun.explain"
local maps = require "mlprun.explain.maps"
local plot = require "mlprun.plot"

local gallery = {}

local SHOWN, MISTAKES, EXPLAINED = 16, 12, 6 -- pictures in a grid; mistakes that are explained
local CELL = 240 -- pixels a side: large enough for a label that says both classes
local QUALITY = 90 -- of a JPEG: as PNG a run of ten epochs would spend seconds on them, and 20 MB
local UNITS = 32 -- of the first layer

--- Whether a run shows pictures: the first of its trial, where they are wanted.
---@param fields table   of the run
function gallery.is_wanted(fields) return fields.options.pictures and fields.seed == fields.options.seed end

--- Whether an epoch is one of those that are shown: 1, 2, 5, 10, 20, 50, ...; of a trial's first run alone.
---@param fields table   of the run
---@param epoch integer
function gallery.is_due(fields, epoch)
  if not gallery.is_wanted(fields) then return false end
  local power = 10 ^ math.floor(math.log(epoch, 10) + 1e-9)
  local digit = epoch / power
  return digit == 1 or digit == 2 or digit == 5
end

--- Places of labels, of all classes: the first of each class, then the second of each, up to `most`.
function gallery.of_all_classes(labels, most)
  local rounds, seen, list = {}, {}, {}
  for i, label in ipairs(labels) do
    seen[label] = (seen[label] or 0) + 1
    local round = rounds[seen[label]] or {}
    rounds[seen[label]], round[#round + 1] = round, i
  end
  for _, round in ipairs(rounds) do table.move(round, 1, math.min(#round, most - #list), #list + 1, list) end
  return list
end

-- Where the pictures of answers are in the set: bad ones have no answer.
local function places_of(given, set)
  local place, list = {}, given.samples:tolist()
  for i, sample in ipairs(set:samples():tolist()) do place[sample] = i end
  for i, sample in ipairs(list) do list[i] = place[sample] end
  return list
end

-- The answers as lists, in the order of the set: wanted, got, sure, places.
local function listed(given, set)
  return { wanted = given.labels:tolist(), got = given.predictions:tolist(), places = places_of(given, set),
           sure = given.scores:max({ dim = 2 }):tolist() }
end

-- Numbers of the answers that are wrong, the surest first.
local function mistakes_of(all, most)
  local list = {}
  for i, label in ipairs(all.wanted) do
    if all.got[i] ~= label then list[#list + 1] = i end
  end
  table.sort(list, function(a, b) return all.sure[a] > all.sure[b] or all.sure[a] == all.sure[b] and a < b end)
  return table.move(list, 1, math.min(#list, most), 1, {})
end

-- "rose 97 %", or what it is and what it was taken for.
local function label_of(all, classes, i)
  local answer = ("%s %.0f %%"):format(tostring(classes[all.got[i]]), 100 * all.sure[i])
  return all.got[i] == all.wanted[i] and answer or ("is %s, said %s"):format(tostring(classes[all.wanted[i]]), answer)
end

local function add_pictures(writer, tag, images, o, step)
  o.cell = CELL
  writer:add_image(tag, plot.image_grid(images, o):image(1), step, { quality = QUALITY })
end

local function add_grid(writer, tag, set, classes, all, chosen, step)
  local images, labels, good = {}, {}, {}
  for n, i in ipairs(chosen) do
    images[n], labels[n], good[n] = set:image(all.places[i]), label_of(all, classes, i), all.got[i] == all.wanted[i]
  end
  if #images == 0 then return end
  add_pictures(writer, tag, images, { labels = labels, good = good, columns = 4 }, step)
end

--- Some pictures of every class with what they are taken for, and the surest mistakes.
---@param writer SummaryWriter
---@param part string    "val" or "test": what the tags begin with
---@param set Dataset    the pictures that were answered for
---@param classes string[]
---@param given table     labels, predictions, samples, scores: see evaluate.lua
---@param step integer
function gallery.log(writer, part, set, classes, given, step)
  local all = listed(given, set)
  add_grid(writer, part .. "/predictions", set, classes, all, gallery.of_all_classes(all.wanted, SHOWN), step)
  add_grid(writer, part .. "/surest_mistakes", set, classes, all, mistakes_of(all, MISTAKES), step)
end

-- ---- looking into the net ----

-- A method that does not fit the net (its first layer sees no picture, its answer is no row of scores) is left out, which a
-- text says.
local function try(writer, tag, step, add)
  local ok, why = pcall(add)
  if not ok then writer:add_text(tag .. " left out", tostring(why), step) end
end

-- The surest mistakes, each with its maps.
local function add_explained(writer, tag, fields, set, all, chosen, step)
  local inputs, said = {}, {}
  for n, i in ipairs(chosen) do
    inputs[n], said[n] = fields.val_transform(set:image(all.places[i])), all.got[i]
  end
  local images, labels, found = {}, {}, maps.of_answers(fields.model, inputs, said)
  for n, one in ipairs(found) do
    images[#images + 1], labels[#labels + 1] = one.input, label_of(all, fields.classes, chosen[n])
    for _, map in ipairs(one) do images[#images + 1], labels[#labels + 1] = map[2], map[1] end
  end
  add_pictures(writer, tag, images, { labels = labels, columns = #found[1] == 2 and 3 or 4, most = #images }, step)
end

--- The first layer's weights; where pictures are wanted, the surest mistakes with what they follow from.
---@param fields table    of the run; its model has the best weights
---@param part string
---@param set Dataset
---@param given table
---@param step integer
function gallery.explain(writer, fields, part, set, given, step)
  try(writer, "explain/first_layer", step, function()
    writer:add_figure("explain/first_layer", explain.weights(fields.model, { most = UNITS }), step)
  end)
  if not fields.options.pictures then return end
  local all = listed(given, set)
  local chosen = mistakes_of(all, EXPLAINED)
  if #chosen == 0 then return end
  local tag = ("explain/%s_mistakes"):format(part)
  try(writer, tag, step, function() add_explained(writer, tag, fields, set, all, chosen, step) end)
end

return gallery
