-- Samplers: what they draw, in loaders with any number of workers, and what every mistake says.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local ml = require "mlprun"
local data = require "mlprun.data"
local sys, augment = core.sys, core.augment

local function numbers(n)
  local root = t.folder()
  local pixels, labels = {}, {}
  for i = 1, n do
    pixels[i] = string.rep(string.char(i), 16)
    labels[i] = string.char(i % 3)
  end
  sys.write_file(root .. "/images-idx3-ubyte", string.pack(">I4I4I4I4", 0x803, n, 4, 4) .. table.concat(pixels))
  sys.write_file(root .. "/labels-idx1-ubyte", string.pack(">I4I4", 0x801, n) .. table.concat(labels))
  return data.open(root)
end

local function indices_of(loader)
  local all = {}
  for _, _, indices in loader:batches() do
    for _, i in ipairs(indices:tolist()) do all[#all + 1] = i end
  end
  return all
end

local function sorted(list)
  local copy = table.move(list, 1, #list, 1, {})
  table.sort(copy)
  return copy
end

local function counts_of(list, n)
  local counts = {}
  for i = 1, n do counts[i] = 0 end
  for _, i in ipairs(list) do counts[i] = counts[i] + 1 end
  return counts
end

t.test("a sequential sampler and a list are what they say", function()
  local set = numbers(7)
  t.equal(indices_of(data.DataLoader(set, { batch_size = 3, sampler = data.SequentialSampler(set) })), { 1, 2, 3, 4, 5, 6, 7 })
  local loader = data.DataLoader(set, { batch_size = 2, sampler = { 7, 1, 1 } })
  t.equal(#loader, 2)
  t.equal(indices_of(loader), { 7, 1, 1 })
  t.equal(indices_of(data.DataLoader(set, { sampler = ml.tensor({ 2, 5 }, { dtype = "i64" }) })), { 2, 5 })
end)

t.test("a random sampler is the order of shuffle", function()
  local set = numbers(40)
  local shuffled = data.DataLoader(set, { batch_size = 8, shuffle = true, seed = 3 })
  local sampled = data.DataLoader(set, { batch_size = 8, sampler = data.RandomSampler(set), seed = 3 })
  for _ = 1, 3 do t.equal(indices_of(sampled), indices_of(shuffled)) end
  t.equal(data.RandomSampler(set):indices(2, { seed = 3 }):tolist(),
          (function() shuffled:set_epoch(2) return indices_of(shuffled) end)())
end)

t.test("a random sampler draws more than there are in whole orders", function()
  local all = data.RandomSampler(10, { num_samples = 25 }):indices(1):tolist()
  t.equal(#all, 25)
  local first = {}
  for i = 1, 10 do first[i] = i end
  t.equal(sorted({ table.unpack(all, 1, 10) }), first)
  t.equal(sorted({ table.unpack(all, 11, 20) }), first)
  t.equal(#sorted({ table.unpack(all, 21, 25) }), 5)
  for _, n in ipairs(counts_of(all, 10)) do t.ok(n == 2 or n == 3, "twice or three times") end
end)

t.test("with replacement every sample is as likely", function()
  local sampler = data.RandomSampler(4, { replacement = true, num_samples = 40000 })
  local counts = counts_of(sampler:indices(1, { seed = 1 }):tolist(), 4)
  for i = 1, 4 do t.near(counts[i] / 40000, 0.25, 0.011, "five standard errors") end
end)

t.test("a subset sampler shuffles its list", function()
  local sampler = data.SubsetRandomSampler({ 3, 9, 5, 8, 12, 20, 21, 22 }, { seed = 4 })
  local first, second = sampler:indices(1):tolist(), sampler:indices(2):tolist()
  t.equal(sorted(first), { 3, 5, 8, 9, 12, 20, 21, 22 })
  t.equal(sorted(second), sorted(first))
  t.ok(table.concat(first, " ") ~= table.concat(second, " "), "epochs differ")
end)

t.test("weights are probabilities", function()
  local n, weights = 50000, { 1, 0, 3, 0.5, 0 }
  local counts = counts_of(data.WeightedRandomSampler(weights, n, { seed = 7 }):indices(1):tolist(), 5)
  t.equal({ counts[2], counts[5] }, { 0, 0 })
  for i, weight in ipairs(weights) do
    local p = weight / 4.5
    t.near(counts[i] / n, p, 5 * math.sqrt(p * (1 - p) / n) + 1e-12, "sample " .. i)
  end
end)

t.test("weights without replacement: none twice, and the first draw has their probabilities", function()
  local weights = ml.tensor({ 4, 0, 1, 3, 2 }, { dtype = "f64" })
  local sampler = data.WeightedRandomSampler(weights, 4, { replacement = false, seed = 3 })
  local epochs, first, second = 20000, { 0, 0, 0, 0, 0 }, 0
  for epoch = 1, epochs do
    local drawn = sampler:indices(epoch):tolist()
    if epoch <= 50 then t.equal(sorted(drawn), { 1, 3, 4, 5 }) end
    first[drawn[1]] = first[drawn[1]] + 1
    if drawn[1] == 1 and drawn[2] == 4 then second = second + 1 end
  end
  for i, weight in ipairs { 4, 0, 1, 3, 2 } do
    local p = weight / 10
    t.near(first[i] / epochs, p, 5 * math.sqrt(p * (1 - p) / epochs) + 1e-12, "first draw, sample " .. i)
  end
  local p = 0.4 * 3 / 6 -- 1 first, then 4 among the weights that are left
  t.near(second / epochs, p, 5 * math.sqrt(p * (1 - p) / epochs), "1, then 4")
end)

t.test("any number of workers gives the same draws, pictures and augmentation", function()
  local transform = augment.Compose { augment.HorizontalFlip { p = 0.5 }, augment.RandomBrightnessContrast { p = 0.5 } }
  local set = numbers(60):with(transform)
  local expected
  for _, workers in ipairs { 0, 1, 3 } do
    local loader = data.DataLoader(set, { batch_size = 7, workers = workers, seed = 11,
      sampler = data.WeightedRandomSampler(set:sample_weights(), 100) })
    t.equal(#loader, 15)
    local parts = {}
    for _ = 1, 2 do
      for images, labels, indices in loader:batches() do
        parts[#parts + 1] = table.concat(images:flatten():tolist(), " ")
        parts[#parts + 1] = table.concat(labels:tolist(), " ") .. table.concat(indices:tolist(), " ")
      end
    end
    local text = table.concat(parts, "\n")
    expected = expected or text
    t.ok(text == expected, workers .. " workers")
  end
end)

t.test("a sampler's own seed counts, else the loader's", function()
  local set = numbers(30)
  local function draw(sampler, seed)
    return indices_of(data.DataLoader(set, { batch_size = 30, sampler = sampler, seed = seed }))
  end
  local own, free = data.RandomSampler(set, { seed = 5 }), data.RandomSampler(set)
  t.equal(draw(own, 1), draw(own, 2))
  t.ok(table.concat(draw(free, 1), " ") ~= table.concat(draw(free, 2), " "), "the loader's seed")
  t.equal(draw(free, 5), draw(own, 1))
  t.equal(#own, 30)
  t.equal(tostring(own), "RandomSampler: 30 samples in an epoch")
  t.ok(tostring(data.DataLoader(set, { sampler = own })):find("drawn by a RandomSampler", 1, true))
end)

t.test("an epoch can begin in the middle", function()
  local set = numbers(30)
  local loader = data.DataLoader(set, { batch_size = 4, sampler = data.RandomSampler(set, { num_samples = 10 }) })
  local all = indices_of(loader)
  loader:set_epoch(1)
  local rest = {}
  for _, _, indices in loader:batches { start = 2 } do
    for _, i in ipairs(indices:tolist()) do rest[#rest + 1] = i end
  end
  t.equal(rest, { table.unpack(all, 5) })
end)

t.test("mistakes are named", function()
  local set = numbers(6)
  local random = data.RandomSampler(set)
  t.raises("sampler and shuffle exclude each other", data.DataLoader, set, { sampler = random, shuffle = true })
  t.raises("(RandomSampler) draws sample 7, but the dataset has 6 samples", data.DataLoader, set,
           { sampler = data.RandomSampler(7) })
  t.raises("the sampler (list) draws sample 9", data.DataLoader, set, { sampler = { 9 } })
  t.raises("entry 1 is no sample number", data.DataLoader, set, { sampler = { 0 } })
  t.raises("at least one sample", data.DataLoader, set, { sampler = {} })
  t.raises("sampler is a number, expected a sampler", data.DataLoader, set, { sampler = 3 })
  t.raises("drop_last leaves nothing: the sampler draws 2 samples", data.DataLoader, set,
           { sampler = { 1, 2 }, batch_size = 3, drop_last = true })
  t.raises("expected a Dataset or a number of samples", data.RandomSampler, "x")
  t.raises("num_samples is 0, expected 1", data.RandomSampler, set, { num_samples = 0 })
  t.raises("unknown option 'replacment': did you mean 'replacement'?", data.RandomSampler, set, { replacment = true })
  t.raises("expected a list of weights", data.WeightedRandomSampler, 3, 3)
  t.raises("expected the number of samples to draw", data.WeightedRandomSampler, { 1 })
  t.raises("weight 2 is -1, expected 0 or more", data.WeightedRandomSampler, { 1, -1 }, 2)
  t.raises("weight 1 is", data.WeightedRandomSampler, { 0 / 0 }, 2)
  t.raises("the weights add up to 0", data.WeightedRandomSampler, { 0, 0 }, 2)
  t.raises("weight 2 is no number", data.WeightedRandomSampler, { 1, "x" }, 2)
  t.raises("cannot draw 3 samples without replacement: 2 have a weight above 0", data.WeightedRandomSampler, { 1, 0, 1 }, 3,
           { replacement = false })
end)

t.done()
