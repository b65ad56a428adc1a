-- Data sets from Lua: opening, looking, splitting, and what every mistake says.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local data, places = require "mlprun.data", require "mlprun.data.places"
local sys = core.sys

-- The smallest PNG files: 2x2, one colour.
local function png(level)
  local function be32(n) return string.pack(">I4", n) end
  local table32 = {}
  for i = 0, 255 do
    local c = i
    for _ = 1, 8 do c = c & 1 == 1 and 0xEDB88320 ~ (c >> 1) or c >> 1 end
    table32[i] = c
  end
  local function crc(text)
    local c = 0xFFFFFFFF
    for i = 1, #text do c = table32[(c ~ text:byte(i)) & 255] ~ (c >> 8) end
    return c ~ 0xFFFFFFFF
  end
  local function chunk(kind, body) return be32(#body) .. kind .. body .. be32(crc(kind .. body)) end
  local row = "\0" .. string.rep(string.char(level, 0, 255 - level), 2)
  local raw = row .. row
  local a, b = 1, 0
  for i = 1, #raw do
    a = (a + raw:byte(i)) % 65521
    b = (b + a) % 65521
  end
  local zlib = "\x78\x01\1" .. string.pack("<I2I2", #raw, ~#raw & 0xFFFF) .. raw .. be32(b << 16 | a)
  return "\x89PNG\r\n\x1a\n" .. chunk("IHDR", be32(2) .. be32(2) .. "\8\2\0\0\0") .. chunk("IDAT", zlib) .. chunk("IEND", "")
end

local function fill(folder, counts)
  for class, n in pairs(counts) do
    sys.make_folder(folder .. "/" .. class)
    for i = 1, n do sys.write_file(("%s/%s/%02d.png"):format(folder, class, i), png(i)) end
  end
  return folder
end

t.test("a class folder opens with its classes, labels and pictures", function()
  local root = fill(t.folder(), { dog = 3, cat = 2 })
  local set = data.open(root)
  t.equal(#set, 5)
  t.equal(set.classes, { "cat", "dog" })
  t.equal(set:labels():tolist(), { 1, 1, 2, 2, 2 })
  t.equal(set:class_counts(), { 2, 3 })
  t.equal(set:path(3), root .. "/dog/01.png")
  t.equal(set.root, root)
  t.equal(set.channels, 3)
  t.equal(set.kind, "ImageFolder")
  t.equal(set.parts, {})
  t.ok(rawequal(set.classes, set.classes), "classes is one table")
  local picture, label = set:get(5)
  t.equal(label, 2)
  t.ok(tostring(picture):find("Image", 1, true), "get gives an Image")
  t.ok(tostring(set[5]):find("Image", 1, true), "indexing gives an Image")
  t.ok(tostring(set):find("5 pictures in 2 classes, colour\n  cat        2\n  dog        3", 1, true), tostring(set))
  t.equal(#set:fingerprint(), 7 + 64)
  t.equal(set:bad_files(), {})
end)

t.test("open finds the home folder behind a tilde", function()
  t.raises(sys.env("HOME") .. "/surely/not/there'", data.open, "~/surely/not/there")
end)

t.test("channels = 1 reads grey pictures", function()
  local set = data.ImageFolder(fill(t.folder(), { dog = 1, cat = 1 }), { channels = 1 })
  t.equal(set.channels, 1)
  t.ok(tostring(set):find("grey", 1, true))
end)

t.test("split gives train and val, or train, val and test", function()
  local set = data.open(fill(t.folder(), { dog = 30, cat = 10 }))
  local train, val, test = set:split { val = 0.2, stratify = true, seed = 42 }
  t.equal({ #train, #val, test }, { 32, 8 })
  t.equal(val:class_counts(), { 2, 6 })
  t.equal(#set:split(), 32, "val is 0.2 unless said")
  train, val, test = set:split { train = 0.7, val = 0.15, test = 0.15 }
  t.equal({ #train, #val, #test }, { 28, 6, 6 })
  train, val = set:split { train = 0.75, seed = 1 }
  t.equal({ #train, #val }, { 30, 10 })
  t.equal(train.classes, set.classes)
  local again = select(2, set:split { train = 0.75, seed = 1 })
  t.equal(again:samples():tolist(), val:samples():tolist())
end)

t.test("split folders are parts that split returns", function()
  local root = t.folder()
  fill(root .. "/Train", { dog = 10, cat = 10 })
  fill(root .. "/Test", { dog = 2, cat = 1 })
  local set = data.open(root)
  t.equal(set.parts, { "train", "test" })
  local train, val, test = set:split { val = 0.2, seed = 1, duplicates = "allow" }
  t.equal({ #train, #val, #test }, { 16, 4, 3 })
  t.equal(#set:part("train"), 20)
  t.raises("expected \"train\", \"val\" or \"test\"", set.part, set, "trian")
end)

t.test("a subset keeps its order", function()
  local set = data.open(fill(t.folder(), { dog = 3, cat = 3 }))
  local some = set:subset { 6, 1 }
  t.equal(some:labels():tolist(), { 2, 1 })
  t.equal(some:path(1), set:path(6))
  t.equal(some:samples():tolist(), { 6, 1 })
  t.equal(set:subset(some:samples()):path(2), set:path(1))
end)

t.test("bad and ignored files are listed", function()
  local root = fill(t.folder(), { dog = 3, cat = 3 })
  sys.write_file(root .. "/dog/02.png", "not a picture")
  sys.write_file(root .. "/dog/notes.txt", "")
  sys.write_file(root .. "/dog/.hidden", "")
  local set = data.open(root)
  for _ in data.DataLoader(set, { batch_size = 2 }):batches() do end
  local bad = set:bad_files()
  t.equal(#bad, 1)
  t.equal(bad[1].path, root .. "/dog/02.png")
  t.equal(bad[1].sample, 5)
  t.ok(bad[1].reason:find("not a picture", 1, true), bad[1].reason)
  t.equal(set:passed_over(), { hidden = 1, other = 1, loose = 0, repeats = 0, links_out = 0,
    links_followed = true, unlabelled = 0, unlabelled_in = "",
    extensions = { [".txt"] = 1 } })
  t.raises("02.png: not a picture", function() return set:get(5) end)
end)

t.test("statistics are in 0..1", function()
  local s = data.open(fill(t.folder(), { dog = 1, cat = 1 })):statistics()
  t.near(s.mean, { 1 / 255, 0, 254 / 255 }, 1e-12)
  t.near(s.std, { 0, 0, 0 }, 1e-9)
  t.equal({ s.pictures, s.bad, s.min_width, s.max_height }, { 2, 0, 2, 2 })
end)

t.test("split takes numbers of samples too", function()
  local set = data.open(fill(t.folder(), { dog = 13, cat = 7 }))
  local train, val, test = set:split { val = 3, test = 4, seed = 1, duplicates = "allow" }
  t.equal({ #train, #val, #test }, { 13, 3, 4 })
  train, val = set:split { train = 15, val = 5, duplicates = "allow" }
  t.equal({ #train, #val }, { 15, 5 })
  train, val = set:split { val = 1, stratify = false, duplicates = "allow" }
  t.equal({ #train, #val }, { 19, 1 })
end)

t.test("mistakes are named", function()
  local set = data.open(fill(t.folder(), { dog = 3, cat = 3 }))
  t.raises("a Dataset has no 'splitt': did you mean 'split'?", function() return set:splitt() end)
  t.raises("a Dataset has no 'clases': did you mean 'classes'?", function() return set.clases end)
  t.raises("sample 7 is outside of the data set: it has 6", set.get, set, 7)
  t.raises("sample 0 is outside", function() return set[0] end)
  t.raises("expected the number of a sample", set.path, set, "x")
  t.raises("split: unknown option 'vall': did you mean 'val'?", set.split, set, { vall = 1 })
  t.raises("split: val is 6, expected a share below 1, or a number of samples below 6", set.split, set, { val = 6 })
  t.raises("split: val is 1.5, expected a share below 1", set.split, set, { val = 1.5 })
  t.raises("split: val is 'x', expected a share of the samples or how many", set.split, set, { val = "x" })
  t.raises("split: train, val and test are 0.5, 0.2 and 0; together they must be 1", set.split, set, { train = .5, val = .2 })
  t.raises("expected a Transform", set.with, set, 3)
  t.raises("subset: sample 0 is outside", set.subset, set, { 0 })
  t.raises("entry 2 of the list is no sample number", set.subset, set, { 1, "x" })
  t.raises("expected a list of sample numbers or an i64 tensor", set.subset, set, 3)
  t.raises("unknown option 'chanels': did you mean 'channels'?", data.ImageFolder, "x", { chanels = 1 })
  t.raises("channels is 2, expected 3 (colour) or 1 (grey)", data.ImageFolder, "x", { channels = 2 })
  t.raises("background must be", data.ImageFolder, "x", { background = "blue" })
  t.raises("background must be", data.ImageFolder, "x", { background = { 1, 2, 256 } })
  t.raises("on_bad is 'ignore', expected \"skip\" or \"stop\"", data.ImageFolder, "x", { on_bad = "ignore" })
  t.raises("max_pixels is 0", data.ImageFolder, "x", { max_pixels = 0 })
  t.raises("part is 'dev', expected", data.IDX, "x", { part = "dev" })
  t.raises("expected a path", data.ImageFolder)
  t.raises("data.open: got nothing", data.open)
  t.raises("data.open: got table", data.open, {})
end)

t.test("open says what it found instead of data", function()
  local root = t.folder()
  t.raises("has no class folders: it is empty", data.open, root)
  sys.write_file(root .. "/photos.zip", "PK")
  t.raises("photos.zip' is an archive: unpack it", data.open, root .. "/photos.zip")
  sys.write_file(root .. "/list.txt", "a,b")
  t.raises("is a file, but not an IDX file", data.open, root .. "/list.txt")
  t.raises("there is no file or folder '", data.open, root .. "/nothing")
end)

t.test("the default data set that is not there says how to get it", function()
  if sys.exists(data.default()) then t.skip("the default data set is here") end
  t.raises("mlprun data fetch emoji", data.open, data.default())
end)

t.test("places follow XDG", function()
  t.ok(places.home("emoji"):find("mlprun/emoji$"), places.home("emoji"))
  t.equal(places.name_of(places.home("fashion-mnist")), "fashion-mnist")
  t.equal(places.name_of("/somewhere/else"), nil)
end)

t.test("IDX files open as a folder, a part and a pair", function()
  local root = t.folder()
  local function write(name, part, n)
    local pixels = {}
    for i = 1, n * 4 do pixels[i] = string.char(i % 256) end
    sys.write_file(root .. "/" .. part .. "-images" .. name .. "idx3-ubyte",
                   string.pack(">I4I4I4I4", 0x803, n, 2, 2) .. table.concat(pixels))
    sys.write_file(root .. "/" .. part .. "-labels" .. name .. "idx1-ubyte",
                   string.pack(">I4I4", 0x801, n) .. string.rep("\0\1", n // 2))
  end
  write("-", "train", 20)
  write(".", "t10k", 4)
  local set = data.open(root, { allow_empty = true })
  t.equal(#set, 24)
  t.equal(set.kind, "IDX")
  t.equal(set.channels, 1)
  t.equal(set.classes, { "0", "1" })
  local train, val, test = set:split { val = 0.2, duplicates = "allow" }
  t.equal({ #train, #val, #test }, { 16, 4, 4 })
  t.equal(#data.IDX(root), 20)
  t.equal(#data.IDX(root, { train = false }), 4)
  t.equal(#data.IDX(root, { part = "all" }), 24)
  t.equal(#data.open(root .. "/t10k-images.idx3-ubyte"), 4)
  t.equal(#data.IDX(root .. "/train-images-idx3-ubyte", root .. "/train-labels-idx1-ubyte"), 20)
  t.equal(data.open(root, { channels = 3 }).channels, 3)
end)

t.test("the development photos are what their description says", function()
  local folder = t.photos("sign-digits")
  if not folder then t.skip("no development photos") end
  local set = data.open(folder)
  t.equal(#set, 2062)
  t.equal(#set.classes, 10)
  local large = 0
  for i = 1, #set do
    if set:path(i):find("/7/IMG_5[89]") and tostring(set:image(i)) == "Image(height 3024, width 3024, RGB)" then
      large = large + 1
    end
  end
  t.equal(large, 3, "raw phone photos")
end)

t.test("links out of the folder are followed and said, or passed over", function()
  local root = t.folder()
  os.execute(("mkdir -p '%s/d/cat' '%s/d/dog' '%s/far'"):format(root, root, root))
  for _, name in ipairs { "d/cat/1", "d/dog/1", "far/1" } do
    os.execute(("cp tests/golden/pictures/cases/rgb.png '%s/%s.png'"):format(root, name))
  end
  os.execute(("ln -s ../../far '%s/d/cat/more'"):format(root))
  local set = data.open(root .. "/d")
  t.equal(#set, 3)
  t.ok(tostring(data.inspect(set)):find("1 link leads out of the folder, followed", 1, true))
  set = data.open(root .. "/d", { follow_links = false })
  t.equal(#set, 2)
  t.ok(tostring(data.inspect(set)):find("1 link out of the folder (follow_links = false)", 1, true))
end)

t.done()
