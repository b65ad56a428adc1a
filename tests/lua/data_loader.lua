-- DataLoader from Lua: loops, leaving them, epochs, and what every mistake says.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local data = require "mlprun.data"
local sys, augment = core.sys, core.augment

-- An IDX pair of n pictures of 4x4; pixel values are the picture's number.
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

local function indices_of(loader, options)
  local all, batches = {}, 0
  for _, _, indices in loader:batches(options) do
    batches = batches + 1
    for _, i in ipairs(indices:tolist()) do all[#all + 1] = i end
  end
  return all, batches
end

t.test("batches give images, labels and indices, counted from 1", function()
  local set = numbers(7)
  local loader = data.DataLoader(set, { batch_size = 3 })
  t.equal(#loader, 3)
  local seen = 0
  for images, labels, indices in loader:batches() do
    t.equal(#images, #labels)
    for k, index in ipairs(indices:tolist()) do
      seen = seen + 1
      t.equal(index, seen)
      t.equal(labels:tolist()[k], index % 3 + 1)
    end
  end
  t.equal(seen, 7)
end)

t.test("batch_size is 1 and nothing is shuffled unless said", function()
  local loader = data.DataLoader(numbers(5))
  t.equal(loader.batch_size, 1)
  local all, batches = indices_of(loader)
  t.equal(all, { 1, 2, 3, 4, 5 })
  t.equal(batches, 5)
end)

t.test("epochs differ, and one comes again by its number", function()
  local loader = data.DataLoader(numbers(40), { batch_size = 8, shuffle = true, seed = 3 })
  t.equal(loader.epoch, 1)
  local first = indices_of(loader)
  t.equal(loader.epoch, 2)
  local second = indices_of(loader)
  t.ok(table.concat(first, " ") ~= table.concat(second, " "), "epochs differ")
  loader:set_epoch(1)
  t.equal(indices_of(loader), first)
  loader:set_epoch(2)
  local rest = indices_of(loader, { start = 3 })
  t.equal(rest, table.move(second, 17, 40, 1, {}))
  table.sort(first)
  for i = 1, 40 do t.equal(first[i], i) end
end)

t.test("batches without a good picture have a number, too", function()
  local root = dofile("tests/e2e/pictures.lua")(t.folder(), 4)
  for _, name in ipairs { "/apple/02", "/banana/01", "/plum/04" } do sys.write_file(root .. name .. ".png", "no picture") end
  local loader = data.DataLoader(data.ImageFolder(root), { workers = 0 })
  local function numbers_of(options)
    local found = {}
    for _, _, indices, number in loader:batches(options) do
      t.equal(indices:tolist(), { number }) -- batches of one, in the order of the set
      found[#found + 1] = number
    end
    return found
  end
  t.equal(numbers_of(), { 1, 3, 4, 6, 7, 8, 9, 10, 11 })
  t.equal(numbers_of { start = 4 + 1 }, { 6, 7, 8, 9, 10, 11 })
  t.equal(numbers_of { start = 11 + 1 }, {})
  local last
  for _, _, _, number in loader do last = number end
  t.equal(last, 11)
end)

t.test("drop_last drops the short batch", function()
  local all, batches = indices_of(data.DataLoader(numbers(10), { batch_size = 4, drop_last = true }))
  t.equal({ #all, batches }, { 8, 2 })
end)

t.test("any number of workers gives the same", function()
  local transform = augment.Compose { augment.HorizontalFlip { p = 0.5 }, augment.RandomBrightnessContrast { p = 0.5 } }
  local set = numbers(60):with(transform)
  local expected
  for _, workers in ipairs { 0, 1, 3 } do
    local loader = data.DataLoader(set, { batch_size = 7, shuffle = true, workers = workers, seed = 11 })
    t.equal(loader.workers, workers)
    local text = table.concat(indices_of(loader), " ")
    expected = expected or text
    t.equal(text, expected)
  end
end)

t.test("a loop can be left at any moment", function()
  local loader = data.DataLoader(numbers(60), { batch_size = 2, workers = 2, prefetch = 8 })
  for _ = 1, 20 do
    for images in loader:batches() do
      if #images > 0 then break end
    end
  end
  t.raises("stop here", function()
    for _ in loader:batches() do error("stop here") end
  end)
  local next_batch, state = loader:batches()
  t.ok(next_batch(state))
  state:close()
  t.raises("this one is closed", next_batch, state)
end)

t.test("a loader keeps its data set", function()
  local loader = data.DataLoader(numbers(6), { batch_size = 6 })
  collectgarbage()
  t.equal(#loader.dataset, 6)
  t.equal(#indices_of(loader), 6)
  t.equal(tostring(loader):match("^[^,]*"), "DataLoader: 6 samples in 1 batches of 6")
end)

t.test("cache takes sizes", function()
  local set = numbers(6)
  for _, size in ipairs { "512M", "1G", "64K", "1.5MiB", "100", 1000, 0, false, true } do
    data.DataLoader(set, { cache = size })
  end
  for _, wrong in ipairs { "much", "12X", "-1", "", -5, {} } do
    t.raises("cache must be a size such as \"512M\"", data.DataLoader, set, { cache = wrong })
  end
end)

t.test("mistakes are named", function()
  local set = numbers(6)
  t.raises("unknown option 'batchsize': did you mean 'batch_size'?", data.DataLoader, set, { batchsize = 3 })
  t.raises("expected a Dataset", data.DataLoader, 3)
  t.raises("batch_size is 0", data.DataLoader, set, { batch_size = 0 })
  t.raises("workers is -3, expected 0 to 64", data.DataLoader, set, { num_workers = -3 })
  t.raises("prefetch is 0", data.DataLoader, set, { prefetch_factor = 0 })
  t.raises("drop_last leaves nothing", data.DataLoader, set, { batch_size = 7, drop_last = true })
  local loader = data.DataLoader(set)
  t.raises("a DataLoader has no 'batch': did you mean 'batches'?", function() return loader.batch end)
  t.raises("cannot be indexed with a number: for x, y in loader:batches() do", function() return loader[1] end)
  t.raises("expected the number of an epoch", loader.set_epoch, loader, "x")
  t.raises("cannot begin with batch 8 of 6", loader.batches, loader, { start = 8 })
  t.raises("unknown option 'first'", loader.batches, loader, { first = 8 })
end)

t.done()
