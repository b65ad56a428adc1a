-- allocations.lua - every part of the library while memory runs out, in one process that faults.c was preloaded into: each task
-- below is tried with the k-th allocation failing, once and from then on, k = 1, 2, ... until it is done before that.
--
--   mlprun tests/faults/allocations.lua FOLDER TRIES SEED [TASK...]     FOLDER is for files; TRIES: of how many k, drawn by
--                                                                      the seed, for each task and way; or all
--
-- Each try gives what the task gives, or an error that speaks of memory; nothing may stay allocated afterwards.
-- luacheck: max line length 170
local core = require "mlprun.core"
local ml = require "mlprun"
local nn, optim, augment, data, metrics, plot = ml.nn, ml.optim, ml.augment, ml.data, ml.metrics, ml.plot
local folder, tries, seed = arg[1], tonumber(arg[2]), tonumber(arg[3]) or 1
local sys = core.sys

-- ---- what the tasks work on ----

sys.threads(1)
ml.manual_seed(1)
for c, class in ipairs { "apple", "plum" } do
  sys.make_folder(folder .. "/photos/" .. class)
  for i = 1, 6 do
    core.image.from_tensor(ml.randint(0, 255, { 9 + c, 8 + i, 3 }, { dtype = "u8" })):save(("%s/photos/%s/%d.png"):format(folder, class, i))
  end
end
local kinds = {} -- not jpeg.tiff: libtiff and libjpeg together write where they could not allocate
for _, name in ipairs { "lossy.webp", "plain.gif", "runs_8.bmp", "animated.webp", "lzw.tiff", "deflate.tiff", "interlaced.gif" } do
  kinds[#kinds + 1] = "tests/golden/formats/" .. name
end
for _, path in ipairs(kinds) do
  sys.write_file(("%s/photos/plum/%s"):format(folder, path:match("[^/]+$")), sys.read_file(path))
end
sys.write_file(folder .. "/photos/apple/x.jpg", sys.read_file("tests/golden/pictures/zoo/exif_6.jpg"))
local photos = data.open(folder .. "/photos")
local picture = photos:image(1)
local a, b = ml.randn(4, 5), ml.randn(4, 5)
local labels = ml.tensor({ 1, 2, 1, 2 }, { dtype = "i64" })
local pipeline = augment.Compose { augment.Resize(8, 8), augment.HorizontalFlip { p = 0.5 }, augment.Normalize(), augment.ToTensorV2() }
local net = nn.Sequential { nn.Conv2d(3, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(18, 2) }
local x = ml.randn(4, 3, 8, 8)

local function sum_of(t) return t:sum():item() end

local tasks = {}
local order = {}
local function task(name, fn) tasks[name], order[#order + 1] = fn, name end

task("arithmetic", function() return sum_of((a + b):exp():matmul(b:t()):softmax(2)) end)
task("shapes", function() return sum_of(ml.cat({ a, b, a:flip(1) }, 1):permute(2, 1):reshape(5, 12)[{ { 2, 4 }, 3 }]) end)
task("text of a tensor", function() return tostring(ml.cat({ a, b }, 2)) end)
task("sorting", function() local v, i = a:sort(2) return sum_of(v) + sum_of(i) + sum_of((a:topk(2))) + a:median():item() end)
task("random numbers", function() ml.manual_seed(3) return sum_of(ml.randn(30, 30)) + sum_of(ml.randperm(50)) end)
task("a step", function()
  ml.manual_seed(5)
  local linear = nn.Sequential { nn.Linear(5, 4), nn.Dropout(0.5), nn.Tanh(), nn.Linear(4, 2) }
  local o = optim.Adam(linear:parameters(), { lr = 0.1 })
  for _ = 1, 2 do
    o:zero_grad()
    nn.CrossEntropyLoss()(linear(a), labels):backward()
    o:step()
  end
  return sum_of(linear(a))
end)
task("a convolution", function() net:train() local y = net(x) y:sum():backward() net:zero_grad() return #y end)
task("its description", function() return tostring(net) end)
task("pictures of all kinds", function()
  local sum = 0
  for _, path in ipairs(kinds) do sum = sum + sum_of(core.image.load(path):tensor()) end
  return sum
end)
task("a JPEG and a PNG", function()
  return sum_of(core.image.load("tests/golden/pictures/zoo/exif_6.jpg"):tensor()) + sum_of(core.image.load("tests/golden/pictures/zoo/grey_16_interlaced.png"):tensor())
end)
task("writing a picture", function()
  picture:save(folder .. "/out.png")
  return sum_of(core.image.load(folder .. "/out.png"):tensor())
end)
for name in pairs(augment) do order[#order + 1] = name end
table.sort(order)
local transforms = order
order = {}
for _, name in ipairs(transforms) do
  if name:find("^%u") and name ~= "Compose" and name ~= "OneOf" and name ~= "Lambda" then
    local arguments = { Resize = { 6, 6 }, RandomCrop = { 5, 5 }, CenterCrop = { 5, 5 }, RandomResizedCrop = { 5, 5 } }
    task("augment." .. name, function()
      local ok, transform
      if arguments[name] then ok, transform = true, augment[name](table.unpack(arguments[name]))
      elseif name == "PadIfNeeded" then ok, transform = true, augment[name] { min_height = 12, min_width = 12 }
      elseif name == "Normalize" or name == "ToTensorV2" then ok, transform = true, augment[name]()
      else ok, transform = true, augment[name] { p = 1 } end
      local out = transform(picture, { seed = 7, epoch = 1, index = 1 })
      return ok and (core.image.is_image(out) and sum_of(out:tensor()) or sum_of(out))
    end)
  end
end
task("opening a folder", function() local d <close> = data.open(folder .. "/photos") return #d .. table.concat(d.classes) end)
task("a split", function() local s, v = photos:split { val = 0.3, seed = 1 } return #s + 100 * #v end)
for workers = 0, 2, 2 do
  task("a loader with " .. workers .. " workers", function()
    local sum, set = 0, data.open(folder .. "/photos"):with(pipeline)
    local loader <close> = data.DataLoader(set, { batch_size = 4, workers = workers, seed = 1 })
    for images, y in loader:batches() do sum = sum + sum_of(images) + sum_of(y) end
    return ("%.3f %d"):format(sum, #set:bad_files())
  end)
end
task("safetensors", function()
  ml.save_safetensors(folder .. "/x.safetensors", { a = a, b = b }, { metadata = { k = "v" } })
  return sum_of(ml.load_safetensors(folder .. "/x.safetensors").a)
end)
task("npz and npy", function()
  ml.save_npz(folder .. "/x.npz", { a = a })
  ml.save_npy(folder .. "/x.npy", b)
  return sum_of(ml.load_npz(folder .. "/x.npz").a) + sum_of(ml.load_npy(folder .. "/x.npy"))
end)
task("tables", function()
  ml.save({ 1, "two", { three = a } }, folder .. "/x.saved")
  return sum_of(ml.load(folder .. "/x.saved")[3].three)
end)
task("JSON", function() return core.json.encode(core.json.decode('{"a":[1,2,{"b":"c"}],"d":null}'), { indent = 2 }) end)
task("an event file", function()
  local w <close> = ml.writers.SummaryWriter(folder .. "/events")
  w:add_scalar("a", 1, 1)
  w:add_histogram("h", a, 1)
  w:add_text("t", "text", 1)
  w:add_image("i", picture, 1)
  w:add_scalars("s", { one = 1, two = 2 }, 1)
  w:flush()
end)
task("scores", function()
  local m = metrics.ConfusionMatrix { "apple", "plum" }
  m:add(ml.tensor({ 1, 2, 2, 2 }, { dtype = "i64" }), labels)
  return m:accuracy() .. m:report() .. tostring(m)
end)
task("statistics", function()
  local scores = ml.tensor { 0.1, 0.9, 0.4, 0.8 }
  return metrics.roc_auc_score(ml.tensor({ 1, 2, 1, 2 }, { dtype = "i64" }), scores) + metrics.accuracy_score(labels, labels)
end)
task("a plot", function() local p = plot.plot({ 1, 3, 2 }, { title = "t" }) return #p:text() + #p:svg() end)
task("a picture in the terminal", function() return #tostring(plot.show(picture)) end)
task("help", function() return #require("mlprun.help").text("nn.Linear") end)
task("JSON with long numbers", function()
  return core.json.decode('{"a":[1795991591.1234567,-0.12345678901234567890123456789012345],"b":{"c":12345678901234567}}').a[1]
end)
task("a script", function() return load("local t = {} for i = 1, 20 do t[i] = tostring(i) end return table.concat(t)")() end)
task("an error", function()
  local _, why = pcall(function() return a:matmul(b) end)
  if why:find("memory") then error(why, 0) end
  return why
end)

-- ---- the loop ----

local function blocks() return collectgarbage() and tonumber((os.getenv("faults: live"))) end

-- How many there are once nothing more goes: each collection halves what is kept for calls, and what is held by what has a
-- finalizer takes several.
local function settled()
  for _ = 1, 12 do collectgarbage() end
  local before, now = blocks(), blocks()
  while now < before do before, now = now, blocks() end
  return now
end

local function deep(n) return n > 0 and deep(n - 1) + 1 or 0 end

-- One try: whether the k-th allocation was reached, and what is wrong. While memory stays out the collector gives none of the
-- room for calls back, which it takes to end that.
local function try(fn, expected, k, how)
  local words = ("faults: memory %d %s"):format(k, how)
  deep(100)
  if how == "on" then collectgarbage("stop") end
  os.getenv(words)
  local ok, result = pcall(fn)
  local count = tonumber((os.getenv("faults: off")))
  collectgarbage("restart")
  if ok and result ~= expected then return count, ("gave %s, expected %s"):format(tostring(result), tostring(expected)) end
  if not ok and not tostring(result):lower():find("memory") and not tostring(result):find("temporarily") then
    return count, "an error that does not speak of memory: " .. tostring(result)
  end
  return count
end

-- How many blocks stay behind one try. What is a leak stays each time; what is only late does not.
local AGAIN, TIMES = 4, 3
local function stay(fn, expected, k, how)
  local least = math.huge
  for _ = 1, TIMES do
    local before = settled()
    for _ = 1, AGAIN do try(fn, expected, k, how) end
    least = math.min(least, (settled() - before) // AGAIN)
    if least <= 0 then return 0 end
  end
  return least
end

local state = seed * 2654435769
local function random(n) -- 1 to n
  state = state * 6364136223846793005 + 1442695040888963407
  return (state >> 33) % n + 1
end

-- The k that are tried: all of them, or as many as were asked for, in which the first is.
local function places(n)
  if not tries or tries >= n then
    local k = 0
    return function() k = k + 1 return k end
  end
  local left = tries
  return function()
    left = left - 1
    return left < 0 and n + 1 or left == tries - 1 and 1 or random(n)
  end, n
end

local tried, wrong = 0, 0
local function torture(name, fn, how)
  local ok, expected = pcall(fn)
  if not ok or fn() ~= expected then
    wrong = wrong + 1
    io.write(("# %s: %s\n"):format(name, ok and "not the same twice" or expected))
    return
  end
  local next_place, last = places(try(fn, expected, 0, how))
  for k in next_place do
    if last and k > last then break end
    local before = blocks()
    local count, why = try(fn, expected, k, how)
    if count < k then break end
    tried = tried + 1
    if not why and blocks() > before then
      local left = stay(fn, expected, k, how)
      if left > 0 then why = ("leaks %d blocks"):format(left) end
    end
    if why then
      wrong = wrong + 1
      io.write(("# %s: allocation %d fails %s (%s): %s\n"):format(name, k, how, os.getenv("faults: hit"), why))
    end
  end
end

local wanted = table.move(arg, 4, #arg, 1, {})
for _, name in ipairs(#wanted > 0 and wanted or order) do
  for _, how in ipairs { "once", "on" } do torture(name, tasks[name], how) end
end
io.write(("%d tries with seed %d, %d wrong\n"):format(tried, seed, wrong))
os.exit(wrong == 0, true)
