-- mlprun.Transform: constructors, old names, draws, text, messages.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local augment, image = core.augment, core.image

local photo = image.load("tests/golden/pictures/cases/rgb.png")

local function text(transform) return tostring(transform) end

t.test("required parameters are positional, the others named", function()
  t.equal(text(augment.Resize(64, 48)), "augment.Resize(64, 48)")
  t.equal(text(augment.Resize(64, 48, { interpolation = "area" })), 'augment.Resize(64, 48, { interpolation = "area" })')
  t.equal(text(augment.Resize { height = 64, width = 48 }), "augment.Resize(64, 48)")
  t.equal(text(augment.Resize(64, 48, { interpolation = 3 })), 'augment.Resize(64, 48, { interpolation = "area" })')
end)

t.test("a single number becomes the range that Albumentations makes of it", function()
  t.equal(text(augment.Rotate { limit = 30 }), "augment.Rotate { limit = { -30, 30 } }")
  t.equal(text(augment.Blur { blur_limit = 5 }), "augment.Blur { blur_limit = { 3, 5 } }")
  t.equal(text(augment.Affine { rotate = 10 }), "augment.Affine { rotate = { 10, 10 } }")
  t.equal(text(augment.Affine { scale = { x = 0.5 } }), "augment.Affine { scale = { x = { 0.5, 0.5 }, y = { 1, 1 } } }")
  t.equal(text(augment.Affine { shear = { -5, 5 } }), "augment.Affine { shear = { x = { -5, 5 }, y = { -5, 5 } } }")
  t.equal(text(augment.RandomBrightnessContrast { brightness_limit = 0.1 }),
    "augment.RandomBrightnessContrast { brightness_limit = { -0.1, 0.1 } }")
  t.equal(text(augment.ColorJitter { brightness = 0.5, contrast = 3, hue = 0.1 }),
    "augment.ColorJitter { brightness = { 0.5, 1.5 }, contrast = { 0, 4 }, hue = { -0.1, 0.1 } }")
  t.equal(text(augment.RandomResizedCrop { size = { 64, 48 } }), "augment.RandomResizedCrop(64, 48)")
end)

t.test("ISONoise adds as much light as Albumentations' does, and at intensity 0 nothing", function()
  local function mean(picture) return picture:tensor():to("f32"):mean():item() end
  local nothing = augment.ISONoise { intensity = { 0, 0 }, p = 1 }(photo)
  t.equal((nothing:tensor():to("i64") - photo:tensor():to("i64")):abs():sum():item(), 0)
  local strong, sum = augment.ISONoise { color_shift = { 0.05, 0.05 }, intensity = { 0.5, 0.5 }, p = 1 }, 0
  for seed = 1, 50 do sum = sum + mean(strong(photo, { seed = seed })) end
  t.near(sum / 50 - mean(photo), 3.25, 0.3) -- the mean of 400 of its pictures
end)

t.test("names of Albumentations 1.x are understood", function()
  t.equal(text(augment.ShiftScaleRotate { value = 9, border_mode = 4 }),
    'augment.ShiftScaleRotate { border_mode = "reflect_101", fill = 9 }')
  t.equal(text(augment.RandomFog { fog_coef_lower = 0.1 }), "augment.RandomFog { fog_coef_range = { 0.1, 1 } }")
  t.equal(text(augment.RandomFog { fog_coef_lower = 0.1, fog_coef_upper = 0.2 }),
    "augment.RandomFog { fog_coef_range = { 0.1, 0.2 } }")
  t.equal(text(augment.Blur { always_apply = true }), "augment.Blur { p = 1 }")
end)

t.test("the text of a pipeline is a script that makes the same pipeline", function()
  local pipeline = augment.Compose {
    augment.Resize(32, 32),
    augment.HorizontalFlip { p = 0.3 },
    augment.OneOf({ augment.MotionBlur { blur_limit = { 3, 5 } }, augment.RandomFog() }, { p = 0.7 }),
    augment.ShiftScaleRotate { fill = { 1, 2, 3 }, p = 1 },
    augment.Affine { scale = { x = { 0.9, 1.1 } } },
  }
  local again = load("local augment = ... return " .. text(pipeline))(augment)
  t.equal(text(again), text(pipeline))
  t.equal(again(photo, { seed = 3 }):png(), pipeline(photo, { seed = 3 }):png())
end)

t.test("Compose and OneOf take p beside their list or in it", function()
  t.equal(text(augment.OneOf { augment.Blur(), p = 0.2 }), text(augment.OneOf({ augment.Blur() }, { p = 0.2 })))
  t.equal(text(augment.Compose { augment.Blur(), p = 0.5 }), "augment.Compose({ augment.Blur() }, { p = 0.5 })")
  t.equal(text(augment.Compose {}), "augment.Compose { }")
end)

t.test("seed, epoch and index name a draw", function()
  local shift = augment.ShiftScaleRotate { p = 1 }
  local first = shift(photo, { seed = 1, epoch = 2, index = 3 }):png()
  t.equal(shift(photo, { seed = 1, epoch = 2, index = 3 }):png(), first)
  t.ok(shift(photo, { seed = 2, epoch = 2, index = 3 }):png() ~= first, "the seed matters")
  t.ok(shift(photo, { seed = 1, epoch = 3, index = 3 }):png() ~= first, "the epoch matters")
  t.ok(shift(photo, { seed = 1, epoch = 2, index = 4 }):png() ~= first, "the index matters")
end)

t.test("without a draw the generator goes on", function()
  local shift = augment.ShiftScaleRotate { p = 1 }
  t.ok(shift(photo):png() ~= shift(photo):png())
end)

t.test("pictures stay pictures until Normalize or ToTensorV2", function()
  t.equal(tostring(augment.Resize(8, 9)(photo)), "Image(height 8, width 9, RGB)")
  t.equal(tostring(augment.ToGray { num_output_channels = 1, p = 1 }(photo)), "Image(height 37, width 40, grey)")
  local levels = augment.Compose { augment.Resize(8, 9), augment.ToTensorV2() }(photo)
  t.equal(levels:size(), { 3, 8, 9 })
  t.equal(levels.dtype, "u8")
  local floats = augment.Compose { augment.Resize(8, 9), augment.Normalize() }(photo)
  t.equal(floats:size(), { 8, 9, 3 })
  t.equal(floats.dtype, "f32")
end)

t.test("a tensor is a picture too", function()
  local flipped = augment.HorizontalFlip { p = 1 }(photo:tensor())
  t.equal(flipped:png(), augment.HorizontalFlip { p = 1 }(photo):png())
end)

t.test("every transform describes itself", function()
  local names = augment.names()
  t.ok(#names >= 14)
  for _, name in ipairs(names) do
    local d = augment.describe(name)
    t.equal(d.name, name)
    t.ok(d.doc:match("%.$"), name .. " has a sentence")
    for _, parameter in ipairs(d.parameters) do t.ok(#parameter.doc > 3, name .. "." .. parameter.name) end
  end
  t.equal(augment.describe("Resize").parameters[1].required, true)
  t.equal(augment.describe("Blur").parameters[1].default, { 3, 7 })
  t.raises("there is no transform 'Nope'", function() augment.describe("Nope") end)
end)

t.test("mistakes are named with the likely fix", function()
  t.raises("Resize: width is missing", function() augment.Resize(64) end)
  t.raises("Resize: height is 0, expected 1 to 32768", function() augment.Resize(0, 4) end)
  t.raises("height is '64', expected a whole number", function() augment.Resize("64", 4) end)
  t.raises("got 4 arguments, expected at most 3", function() augment.Resize(4, 4, {}, {}) end)
  t.raises("optional arguments are named: augment.Resize(..., { interpolation = 1 })", function() augment.Resize(4, 4, 1) end)
  t.raises("augment.HorizontalFlip: got 0.5 as a positional argument: optional arguments are named: ",
    function() augment.HorizontalFlip(0.5) end)
  t.raises("unknown option 'blur_limt': did you mean 'blur_limit'", function() augment.Blur { blur_limt = 3 } end)
  t.raises("interpolation is 'liner', expected one of 'nearest', 'linear', 'cubic', 'area'; did you mean 'linear'", function()
    augment.Resize(4, 4, { interpolation = "liner" })
  end)
  t.raises("blur_limit is {1, 2, 3}, expected a number or a range {low, high}", function()
    augment.Blur { blur_limit = { 1, 2, 3 } }
  end)
  t.raises("mean is {0.5, 0.5}, expected a number or a list with one number per channel", function()
    augment.Normalize { mean = { 0.5, 0.5 } }
  end)
  t.raises("brightness_by_max is 1, expected true or false", function()
    augment.RandomBrightnessContrast { brightness_by_max = 1 }
  end)
  t.raises("scale is a table without list items, expected a number, a range", function()
    augment.Affine { scale = { z = 1 } }
  end)
  t.raises("translate_percent and translate_px were both given", function()
    augment.Affine { translate_px = 1, translate_percent = 0.1 }
  end)
  t.raises("keep_ratio = true needs one scale for both axes", function()
    augment.Affine { scale = { x = 2 }, keep_ratio = true }
  end)
  t.raises("size is {64}, expected {height, width}", augment.RandomResizedCrop, { size = { 64 } })
  t.raises("'height' and its other name 'size' were both given", augment.RandomResizedCrop, { height = 1, size = { 1, 1 } })
  t.raises("'fill' and its other name 'value' were both given", function() augment.Rotate { fill = 0, value = 0 } end)
  t.raises("fog_coef_range is {0.9, 0.2}: the low end comes first", function()
    augment.RandomFog { fog_coef_lower = 0.9, fog_coef_upper = 0.2 }
  end)
end)

t.test("names of other tools are answered with the nearest here", function()
  local augment_ = require("mlprun").augment
  local elsewhere = require("mlprun.base.elsewhere").augment
  for name, own in pairs(elsewhere) do
    t.ok(rawget(augment_, own), own)
    t.ok(not rawget(augment_, name), name .. " is there")
  end
  t.raises("ml.augment has no 'Cutout': the nearest is called 'CoarseDropout' here", function() return augment_.Cutout end)
  t.raises("ml.augment has no 'RandAugmnt': did you mean 'RandAugment'?", function() return augment_.RandAugmnt end)
end)

t.test("RandAugment draws how many operations it was asked for, and nothing at magnitude 0", function()
  t.equal(augment.RandAugment { num_ops = 0 }(photo, { seed = 1 }):png(), photo:png())
  local many, before = augment.RandAugment { num_ops = 3, magnitude = 12, interpolation = "linear", fill = { 9, 8, 7 } }, {}
  for seed = 1, 20 do before[many(photo, { seed = seed }):png()] = true end
  local count = 0
  for _ in pairs(before) do count = count + 1 end
  t.ok(count >= 18, "each draw is another one")
  t.equal(text(many), 'augment.RandAugment { num_ops = 3, magnitude = 12, interpolation = "linear", fill = { 9, 8, 7 } }')
  t.raises("magnitude is 31, expected less than num_magnitude_bins, which is 31", augment.RandAugment, { magnitude = 31 })
end)

t.test("Erasing covers a rectangle of the asked area and shape", function()
  local height, width = photo.height, photo.width
  for seed = 1, 50 do
    local out = augment.Erasing { scale = { 0.1, 0.3 }, ratio = { 0.5, 2 }, fill = { 1, 2, 3 }, p = 1 }(photo, { seed = seed })
    local pixels, rows, columns, count = out:tensor():to("i64"):tolist(), {}, {}, 0
    for y, row in ipairs(pixels) do
      for x, p in ipairs(row) do
        if p[1] == 1 and p[2] == 2 and p[3] == 3 then rows[y], columns[x], count = true, true, count + 1 end
      end
    end
    local h, w = 0, 0
    for _ in pairs(rows) do h = h + 1 end
    for _ in pairs(columns) do w = w + 1 end
    t.equal(count, h * w, "it is a rectangle")
    t.ok(count >= 0.09 * height * width and count <= 0.32 * height * width, "area " .. count)
    t.ok(w / h >= 0.45 and w / h <= 2.2, "shape")
  end
end)

t.test("PixelDropout, ChannelDropout and ChannelShuffle leave the rest alone", function()
  local all = photo.height * photo.width
  local function changed(transform, seed)
    local difference = transform(photo, { seed = seed }):tensor():to("i64") - photo:tensor():to("i64")
    return difference:ne(0):sum({ dim = 3 }):tolist(), difference
  end
  local dropped = 0
  for _, row in ipairs(changed(augment.PixelDropout { dropout_prob = 0.25, p = 1 }, 1)) do
    for _, n in ipairs(row) do dropped = dropped + (n > 0 and 1 or 0) end
  end
  t.ok(math.abs(dropped / all - 0.25) < 0.05, "a quarter of the pixels: " .. dropped / all)
  local _, difference = changed(augment.ChannelDropout { fill = 7, p = 1 }, 2)
  local touched = 0
  for c = 1, 3 do touched = touched + (difference:select(3, c):abs():sum():item() > 0 and 1 or 0) end
  t.equal(touched, 1, "one channel")
  local before = photo:tensor():to("i64"):sum({ dim = 3 })
  local after = augment.ChannelShuffle { p = 1 }(photo, { seed = 3 }):tensor():to("i64"):sum({ dim = 3 })
  t.equal((after - before):abs():sum():item(), 0, "the same levels in another order")
end)

t.test("pipelines that cannot work are refused when they are made", function()
  t.raises("expected a transform: call it, as in augment.HorizontalFlip()", function()
    augment.Compose { augment.Blur(), augment.HorizontalFlip }
  end)
  t.raises("item 1 is 3, expected a transform", function() augment.OneOf { 3 } end)
  t.raises("expected a list of transforms", function() augment.Compose(augment.Blur()) end)
  t.raises("unknown option 'q' in the list", function() augment.Compose { augment.Blur(), q = 1 } end)
  t.raises("put Blur before Normalize", function() augment.Compose { augment.Normalize(), augment.Blur() } end)
  t.raises("HorizontalFlip comes after ToTensorV2", function()
    augment.Compose { augment.ToTensorV2(), augment.HorizontalFlip() }
  end)
  t.raises("give it p = 1", function() augment.Normalize { p = 0.5 } end)
end)

t.test("calls on the wrong things are refused", function()
  local flip = augment.HorizontalFlip()
  t.raises("expected an Image, or a Tensor", function() flip("photo.jpg") end)
  t.raises("unknown option 'sed': did you mean 'seed'", function() flip(photo, { sed = 1 }) end)
  t.raises("Normalize { mean = 0.5, std = 0.5 }", function() augment.Normalize()(photo:convert(1)) end)
  t.raises("has no 'aply'", function() return flip.aply end)
  flip:close()
  t.equal(tostring(flip), "Transform (closed)")
  t.raises("closed", function() flip(photo) end)
end)

t.done()
