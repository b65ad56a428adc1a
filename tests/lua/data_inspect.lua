-- data.inspect: what it finds in folders made for it, what it says, and its command.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local ml = require "mlprun"
local data = require "mlprun.data"
local augment = ml.augment
local sys = core.sys

-- A picture of smooth blobs that follows from a number; h x w x 3.
local function picture(number, h, w)
  ml.manual_seed(number)
  local small = (ml.rand(4, 4, 3) * 255):byte()
  return core.image.from_tensor(small):resize(h, w, { interpolation = "cubic" })
end

local function save(image, path)
  sys.make_folder(path:match("^(.*)/"))
  image:save(path)
end

local function copy(from, to)
  sys.make_folder(to:match("^(.*)/"))
  sys.write_file(to, sys.read_file(from))
end

-- Two classes with everything that can be wrong with them.
local function messy()
  local root = t.folder()
  for i = 1, 12 do save(picture(i, 40, 40), ("%s/cat/%02d.png"):format(root, i)) end
  for i = 13, 16 do save(picture(i, 30, 50), ("%s/dog/%02d.png"):format(root, i)) end
  copy(root .. "/cat/01.png", root .. "/cat/copy of 1.png")
  copy(root .. "/cat/02.png", root .. "/dog/02.png")
  save(picture(3, 40, 40):resize(20, 20, { interpolation = "area" }), root .. "/cat/03 small.png")
  save(picture(13, 30, 50):convert(1), root .. "/dog/grey.png")
  copy("tests/golden/pictures/zoo/baseline_420.jpg", root .. "/dog/photo.png")
  local png = sys.read_file(root .. "/cat/04.png")
  sys.write_file(root .. "/cat/cut.png", png:sub(1, #png // 2))
  sys.write_file(root .. "/dog/text.jpg", "no picture")
  sys.write_file(root .. "/dog/empty.jpg", "")
  sys.write_file(root .. "/dog/notes.txt", "")
  copy(root .. "/cat/05.png", root .. "/loose.png")
  return root
end

local function names(paths)
  local list = {}
  for i, path in ipairs(paths) do list[i] = path:match("([^/]+/[^/]+)$") end
  return list
end

t.test("a messy folder is described as it is", function()
  local root = messy()
  local r = data.inspect(root)
  t.equal({ r.count, r.good, r.classes, r.class_counts }, { 24, 21, { "cat", "dog" }, { 15, 9 } })
  local bad = {}
  for i, f in ipairs(r.corrupt) do bad[i] = names({ f.path })[1] end
  t.equal(bad, { "cat/cut.png", "dog/empty.jpg", "dog/text.jpg" })
  for _, f in ipairs(r.corrupt) do t.ok(not f.reason:find(root, 1, true) and #f.reason > 5, f.reason) end
  t.equal(r.duplicates, { { root .. "/cat/01.png", root .. "/cat/copy of 1.png" },
                          { root .. "/cat/02.png", root .. "/dog/02.png" } })
  t.equal({ r.copies, #r.two_classes, #r.across }, { 2, 1, 0 })
  t.equal(names(r.two_classes[1]), { "cat/02.png", "dog/02.png" })
  t.equal(#r.near, 1)
  t.equal(names(r.near[1]), { "cat/03 small.png", "cat/03.png" })
  t.equal({ r.formats.PNG, r.formats.JPEG, r.grey, r.colour }, { 20, 1, 1, 20 })
  t.equal({ #r.misnamed, r.misnamed[1].path, r.misnamed[1].format }, { 1, root .. "/dog/photo.png", "JPEG" })
  t.equal(r.sizes[1], { name = "40x40", count = 14 })
  t.equal(r.sizes[2], { name = "50x30", count = 5 })
  t.equal({ r.width.min, r.width.median, r.height.min }, { 19, 40, 13 })
  t.near(r.imbalance, 15 / 9, 1e-12)
  t.equal({ r.passed_over.other, r.passed_over.loose }, { 1, 1 })
end)

t.test("the report says it all", function()
  local text = tostring(data.inspect(messy()))
  for _, line in ipairs {
    "24 pictures in 2 classes", "cat       15  62.5 %", "3 files: cannot be read", "dog/text.jpg: not a picture",
    "1 picture: in two classes (same bytes)", "cat/02.png = dog/02.png", "2 pictures: there more than once",
    "1 pair: look the same", 'group = "similar" keeps them on one side',
    "cat/03 small.png = cat/03.png", "dog/photo.png: a JPEG file",
    "1 picture outside of the class folders",
    "1 file not named as a picture (1 .txt)", "20 PNG, 1 JPEG, 20 in colour, 1 grey",
    "class 'dog' has 9 pictures: too few",
  } do
    t.ok(text:find(line, 1, true), ("%q in:\n%s\nwhich"):format(line, text))
  end
end)

t.test("files that are odd and read all the same are named", function()
  local root = messy()
  local jpeg = sys.read_file("tests/golden/pictures/zoo/baseline_420.jpg")
  sys.write_file(root .. "/cat/stray.jpg", jpeg:sub(1, -3) .. ("\17"):rep(300) .. "\xFF\xD9")
  sys.write_file(root .. "/dog/end.jpg", jpeg:sub(1, -3))
  copy("tests/golden/formats/lossy.webp", root .. "/dog/picture.gif")
  local r = data.inspect(root, { near = false })
  t.equal({ #r.odd, r.odd[2].path, r.odd[2].remark }, { 2, root .. "/dog/end.jpg", "no end marker" })
  t.equal({ #r.corrupt, #r.misnamed, r.misnamed[2].format }, { 3, 2, "WebP" })
  local text = tostring(r)
  t.ok(text:find("2 files: read, though something is odd\n    cat/stray.jpg: ", 1, true), text)
  t.ok(text:find("dog/end.jpg: no end marker", 1, true), text)
end)

t.test("a clean folder has nothing suspicious", function()
  local root = t.folder()
  for i = 1, 20 do save(picture(i, 24, 24), ("%s/%s/%d.png"):format(root, i % 2 == 0 and "a" or "b", i)) end
  local r = data.inspect(root)
  t.equal({ #r.corrupt, #r.duplicates, #r.near, r.imbalance }, { 0, 0, 0, 1 })
  t.ok(tostring(r):find("nothing suspicious: every picture can be read, none is there twice$"), tostring(r))
  t.ok(tostring(data.inspect(root, { near = false })):find("near duplicates were not looked for", 1, true))
end)

t.test("copies across the folder's own parts are found", function()
  local root = t.folder()
  for i = 1, 8 do save(picture(i, 24, 24), ("%s/train/%s/%d.png"):format(root, i % 2 == 0 and "a" or "b", i)) end
  save(picture(20, 24, 24), root .. "/test/a/20.png")
  save(picture(3, 24, 24):resize(48, 48), root .. "/test/b/3.png")
  copy(root .. "/train/a/2.png", root .. "/test/a/2.png")
  local r = data.inspect(root)
  t.equal({ #r.across, #r.near_across, r.parts }, { 1, 1, { train = 8, test = 3 } })
  t.equal(r.across[1], { root .. "/test/a/2.png", root .. "/train/a/2.png" })
  t.ok(tostring(r):find("parts      train 8, test 3", 1, true))
end)

t.test("flat pictures and tiny ones are nobody's near duplicates", function()
  local root = t.folder()
  for i = 1, 6 do
    save(core.image.from_tensor(ml.full({ 30, 30, 3 }, 40 * i, { dtype = "u8" })), ("%s/a/%d.png"):format(root, i))
    save(core.image.from_tensor(ml.full({ 1, i, 3 }, 40 * i, { dtype = "u8" })), ("%s/b/%d.png"):format(root, i))
  end
  local r = data.inspect(root)
  t.equal({ #r.near, #r.corrupt, r.height.min }, { 0, 0, 1 })
end)

t.test("mean and std count every picture alike", function()
  local root = t.folder()
  save(core.image.from_tensor(ml.full({ 2, 2, 3 }, 0, { dtype = "u8" })), root .. "/a/1.png")
  save(core.image.from_tensor(ml.full({ 90, 70, 3 }, 255, { dtype = "u8" })), root .. "/b/1.png")
  local r = data.inspect(root)
  t.near(r.mean, { 0.5, 0.5, 0.5 }, 1e-12)
  t.near(r.std, { 0.5, 0.5, 0.5 }, 1e-12)
end)

t.test("any number of threads finds the same", function()
  local root, before = messy(), sys.threads()
  local expected
  for _, threads in ipairs { 1, 2, 5 } do
    sys.threads(threads)
    local text = tostring(data.inspect(root))
    expected = expected or text
    t.equal(text, expected)
  end
  sys.threads(before)
end)

-- Two large white pictures and two small black ones: half of the pictures are white, whatever their sizes are.
t.test("levels for Normalize have one answer, in which every picture counts alike", function()
  local root = t.folder()
  for class, look in pairs { white = { 255, 100 }, black = { 0, 10 } } do
    sys.make_folder(root .. "/" .. class)
    for i = 1, 2 do
      local level, side = look[1], look[2]
      local plain = ml.full({ side, side + i, 3 }, level):byte()
      core.image.from_tensor(plain):save(("%s/%s/%d.png"):format(root, class, i))
    end
  end
  local set = data.open(root)
  for _, seen in ipairs { set, set:with(augment.Compose { augment.Resize(8, 8), augment.HorizontalFlip() }) } do
    local levels, report = seen:statistics(), data.inspect(seen, { near = false })
    t.equal(levels.mean, { 0.5, 0.5, 0.5 })
    t.equal(levels.std, { 0.5, 0.5, 0.5 })
    t.equal({ report.mean, report.std }, { levels.mean, levels.std })
  end
  local small = set:with(augment.Resize(8, 8)):statistics()
  t.equal({ small.min_width, small.max_width, small.min_height, small.max_height }, { 8, 8, 8, 8 })
end)

t.test("sets in memory are inspected too", function()
  local pictures = ml.zeros(6, 3, 8, 8, { dtype = "u8" })
  for i = 1, 6 do pictures[i]:copy_(picture(i, 8, 8):tensor { layout = "CHW" }) end
  pictures[5]:copy_(pictures[2])
  local r = data.inspect(data.TensorDataset(pictures, { 1, 1, 1, 2, 2, 2 }))
  t.equal({ r.good, r.duplicates, #r.two_classes, r.file_bytes, next(r.formats) },
          { 6, { { "TensorDataset[2]", "TensorDataset[5]" } }, 1, nil, nil })
  t.raises("need pictures", data.inspect, data.TensorDataset(ml.randn(3, 4), { 1, 2, 1 }))
end)

t.test("mistakes are named", function()
  t.raises("data.inspect: got nothing, expected a path or a data set", data.inspect)
  t.raises("data.inspect: unknown option 'nera': did you mean 'near'?", data.inspect, ".", { nera = true })
  t.raises("there is no file or folder '/surely/not/there'", data.inspect, "/surely/not/there")
end)

-- What the command prints, and its status.
local function command(arguments)
  local pipe = io.popen("'" .. os.getenv("MLPRUN") .. "' data inspect " .. arguments .. " 2>&1; echo $?")
  local text = pipe:read("a")
  pipe:close()
  return text:match("^(.*)%f[%d](%d+)\n$")
end

t.test("mlprun data inspect prints the report", function()
  if not os.getenv("MLPRUN") then t.skip("MLPRUN is not set") end
  local root = messy()
  local text, status = command(root)
  t.equal(status, "0")
  t.equal(text, tostring(data.inspect(root)) .. "\n")
  text, status = command("--no-near /surely/not/there")
  t.equal(status, "1")
  t.ok(text:find("mlprun: .*there is no file or folder '/surely/not/there'"), text)
  for _, wrong in ipairs { "", "a b", "--naer a" } do
    text, status = command(wrong)
    t.equal(status, "2")
    t.ok(text:find("mlprun data inspect FOLDER", 1, true), text)
  end
  t.equal(select(2, command("--help")), "0")
end)

t.test("the development photos are what their description says", function()
  local folder = t.photos("sign-digits")
  if not folder then t.skip("no development photos") end
  local r = data.inspect(folder, { near = false })
  t.equal({ r.good, r.sizes }, { 2062, { { name = "100x100", count = 2059 }, { name = "3024x3024", count = 3 } } })
  t.equal({ #r.corrupt, r.copies, r.formats }, { 0, 0, { JPEG = 2062 } })
end)

t.done()
