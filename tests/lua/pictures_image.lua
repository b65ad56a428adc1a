-- mlprun.Image: loading, decoding, resizing, saving, tensors, messages.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local image = core.image

local ZOO = "tests/golden/pictures/zoo/"

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

t.test("load gives width, height and channels", function()
  local picture = image.load(ZOO .. "progressive.jpg")
  t.equal({ picture.width, picture.height, picture.channels }, { 19, 13, 3 })
  t.equal(tostring(picture), "Image(height 13, width 19, RGB)")
  local grey = image.load(ZOO .. "progressive.jpg", { channels = 1 })
  t.equal(grey.channels, 1)
  t.equal(tostring(grey), "Image(height 13, width 19, grey)")
end)

t.test("an upright photo comes out of every EXIF orientation", function()
  for orientation = 1, 8 do
    local picture = image.load(ZOO .. "exif_" .. orientation .. ".jpg")
    local turned = orientation >= 5
    t.equal({ picture.width, picture.height }, turned and { 13, 19 } or { 19, 13 })
  end
end)

t.test("decode takes the bytes of a file", function()
  local bytes = read(ZOO .. "rgb_8.png")
  t.equal(image.decode(bytes):png(), image.load(ZOO .. "rgb_8.png"):png())
end)

t.test("background shows through transparent pixels", function()
  local white = image.load(ZOO .. "rgba_8.png")
  local red = image.load(ZOO .. "rgba_8.png", { background = { 255, 0, 0 } })
  t.ok(white:png() ~= red:png())
end)

t.test("resize takes height, then width, and a named interpolation", function()
  local picture = image.load(ZOO .. "rgb_8.png")
  local small = picture:resize(5, 7)
  t.equal({ small.height, small.width }, { 5, 7 })
  t.equal(picture:resize(5, 7, { interpolation = "linear" }):png(), small:png())
  t.ok(picture:resize(5, 7, { interpolation = "area" }):png() ~= small:png())
end)

t.test("save writes a PNG that loads again", function()
  local path = os.tmpname() .. ".png"
  local picture = image.load(ZOO .. "baseline_444.jpg")
  t.ok(rawequal(picture:save(path), picture), "save returns the image")
  t.equal(image.load(path):png(), picture:png())
  os.remove(path)
end)

t.test("tensors of both layouts go out and come back", function()
  local picture = image.load(ZOO .. "rgb_8.png")
  local hwc, chw = picture:tensor(), picture:tensor { layout = "CHW" }
  t.equal(hwc:size(), { 13, 19, 3 })
  t.equal(chw:size(), { 3, 13, 19 })
  t.equal(image.from_tensor(hwc):png(), picture:png())
  t.equal(image.from_tensor(chw):png(), picture:png())
  t.equal(hwc[{ 2, 5, 3 }]:item(), chw[{ 3, 2, 5 }]:item())
end)

t.test("floats from 0 to 1 become levels, clipped", function()
  local values = core.tensor.tensor { { 0, 0.5 }, { 1, 7 } }
  local picture = image.from_tensor(values)
  t.equal(picture.channels, 1)
  local levels = picture:tensor()
  t.equal({ levels[{ 1, 1, 1 }]:item(), levels[{ 1, 2, 1 }]:item(), levels[{ 2, 1, 1 }]:item(), levels[{ 2, 2, 1 }]:item() },
    { 0, 127, 255, 255 })
end)

t.test("what cannot be read is named, with the reason", function()
  t.raises("cannot open 'no/such.jpg'", function() image.load("no/such.jpg") end)
  t.raises("harness.lua: not a picture", function() image.load("tests/lua/harness.lua") end)
  t.raises("image.decode: damaged JPEG", function() image.decode(read(ZOO .. "progressive.jpg"):sub(1, 300)) end)
  t.raises("more than the limit of 100 (max_pixels raises it)", function()
    image.load(ZOO .. "rgb_8.png", { max_pixels = 100 })
  end)
  t.raises("channels is 2, expected 1 (grey) or 3 (RGB)", function() image.load(ZOO .. "rgb_8.png", { channels = 2 }) end)
end)

t.test("wrong arguments are named", function()
  local picture = image.load(ZOO .. "rgb_8.png")
  t.raises("argument 1 is 3, expected the path of a picture file", function() image.load(3) end)
  t.raises("unknown option 'chanels': did you mean 'channels'", function() image.load(ZOO .. "rgb_8.png", { chanels = 1 }) end)
  t.raises("background is a list of three levels", function() image.load(ZOO .. "rgb_8.png", { background = { 1, 2 } }) end)
  t.raises("background is a list of three levels", function() image.load(ZOO .. "rgb_8.png", { background = { 1, 2, 256 } }) end)
  t.raises("each must be 1 to 32768", function() picture:resize(0, 5) end)
  t.raises("argument 2 is nothing, expected the width in pixels", function() picture:resize(5) end)
  t.raises("interpolation is 'lineer'", function() picture:resize(5, 5, { interpolation = "lineer" }) end)
  t.raises("the name has to end in .png", function() picture:save("x.jpg") end)
  t.raises("layout is 'NHWC', expected 'HWC' or 'CHW'", function() picture:tensor { layout = "NHWC" } end)
  t.raises("an Image has no 'widht': did you mean 'width'", function() return picture.widht end)
  t.raises("has no 'rezize': did you mean 'resize'", function() return picture.rezize end)
  t.raises("channels is 2", function() picture:convert(2) end)
  t.raises("image from a tensor of 2x2x2", function() image.from_tensor(core.tensor.zeros(2, 2, 2)) end)
end)

t.test("a closed image says so", function()
  local picture = image.load(ZOO .. "rgb_8.png")
  picture:close()
  picture:close()
  t.equal(tostring(picture), "Image (closed)")
  t.raises("closed", function() return picture.width end)
end)

t.test("ten thousand loaded images do not pile up", function()
  local bytes = read(ZOO .. "rgb_8.png")
  for _ = 1, 10000 do image.decode(bytes):resize(64, 64) end
  t.ok(true)
end)

t.test("draft decodes JPEG at a part of its size, as averages, and nothing else", function()
  local zoo = "tests/golden/pictures/zoo/"
  for _, name in ipairs { "baseline_420", "baseline_444", "progressive", "grey", "exif_6", "cmyk_adobe" } do
    local whole = image.load(zoo .. name .. ".jpg")
    local shorter = math.min(whole.width, whole.height)
    local half = image.load(zoo .. name .. ".jpg", { draft = shorter // 2 })
    t.equal({ half.width, half.height }, { (whole.width + 1) // 2, (whole.height + 1) // 2 }, name)
    local average = whole:resize(half.height, half.width, { interpolation = "area" })
    local difference = (half:tensor():float() - average:tensor():float()):abs():mean():item()
    t.ok(difference < 8, ("%s: mean difference %g"):format(name, difference))
    t.ok(image.load(zoo .. name .. ".jpg", { draft = shorter }):tensor():equal(whole:tensor()), name)
    t.equal(image.load(zoo .. name .. ".jpg", { draft = 1 }).width, (whole.width + 7) // 8, name)
  end
  t.ok(image.load(zoo .. "rgb_8.png", { draft = 1 }):tensor():equal(image.load(zoo .. "rgb_8.png"):tensor()))
  t.raises("draft is -1", image.load, zoo .. "grey.jpg", { draft = -1 })
end)

t.test("draft on real photos changes levels by a little", function()
  local path = t.photos("trashnet-original")
  if not path then t.skip("the development photos are not there") end
  local data, resize = require("mlprun").data, require("mlprun").augment.Resize(64, 64)
  local whole, draft = data.open(path), data.open(path, { draft = 128 })
  local sum, count = 0, 0
  for i = 1, #whole, 6 do
    t.equal(math.min(draft:image(i).width, draft:image(i).height), 192)
    local a, b = resize(whole:image(i)):tensor():float(), resize(draft:image(i)):tensor():float()
    sum, count = sum + (a - b):abs():mean():item(), count + 1
  end
  t.ok(count == 20 and sum / count < 2, ("mean difference %g levels"):format(sum / count))
end)

t.done()
