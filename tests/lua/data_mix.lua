-- MixUp and CutMix: values, the distribution of what they draw, and what every mistake says.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local ml = require "mlprun"
local data, nn = ml.data, ml.nn
local golden = dofile("tests/golden/mix/values.lua")

local images, labels = ml.tensor(golden.images), ml.tensor(golden.labels, { dtype = "i64" })

t.test("MixUp has the values of its formula", function()
  for _, case in ipairs(golden.mixup) do
    local mixed, targets = core.data.mixup(images, labels, 3, case.lam)
    t.near(mixed:tolist(), case.images, 1e-6)
    t.near(targets:tolist(), case.targets, 1e-7)
  end
end)

t.test("CutMix has the values of its formula", function()
  for _, case in ipairs(golden.cutmix) do
    local mixed, targets = core.data.cutmix(images, labels, 3, table.unpack(case.box))
    t.equal(mixed:tolist(), case.images)
    t.near(targets:tolist(), case.targets, 1e-7)
  end
end)

t.test("batches are not changed, and views and other types work", function()
  local copy = images:clone()
  data.MixUp { num_classes = 3 }(images, labels)
  data.CutMix { num_classes = 3 }(images, labels)
  t.equal(images:tolist(), copy:tolist())
  local turned = images:transpose(3, 4)
  t.near(core.data.mixup(turned, labels, 3, 0.25):transpose(3, 4):tolist(), golden.mixup[2].images, 1e-6)
  t.equal(core.data.cutmix(turned, labels, 3, 0, 1, 2, 4):transpose(3, 4):tolist(), golden.cutmix[2].images)
  local two = ml.tensor({ 1, 2 }, { dtype = "i64" })
  local bytes, targets = core.data.cutmix(ml.arange(12):reshape(2, 1, 2, 3):byte(), two, 2, 0, 0, 1, 1)
  t.equal({ bytes.dtype, bytes:flatten():tolist(), targets.dtype }, { "u8", { 6, 1, 2, 3, 4, 5, 0, 7, 8, 9, 10, 11 }, "f32" })
  local _, double = core.data.mixup(images:double(), labels, 3, 0.5)
  t.equal(double.dtype, "f64")
end)

t.test("what a call returns fits together", function()
  ml.manual_seed(3)
  for _, name in ipairs { "MixUp", "CutMix" } do
    for _, alpha in ipairs { 0.2, 1.0, 5 } do
      local mixed, targets, lam = data[name] { alpha = alpha, num_classes = 3 }(images, labels)
      t.equal(mixed:size(), images:size())
      t.ok(lam >= 0 and lam <= 1)
      t.near(targets:sum { dim = 2 }:tolist(), { 1, 1, 1, 1 }, 1e-6)
      t.near(targets:tolist()[1], { 0, 0, 1 }, 1e-6, "picture 1 and the one before it have the same label")
      t.near(targets:tolist()[2], { lam, 0, 1 - lam }, 1e-6)
      local soft, again = data[name] { alpha = alpha }(mixed, targets) -- probabilities can be mixed again
      t.equal(soft:size(), images:size())
      t.near(again:sum { dim = 2 }:tolist(), { 1, 1, 1, 1 }, 1e-6)
    end
  end
end)

t.test("lam is of Beta(alpha, alpha)", function()
  ml.manual_seed(11)
  local n = 20000
  for _, alpha in ipairs { 0.1, 0.4, 1, 3, 50 } do
    local sum, square, fourth = 0, 0, 0
    for _ = 1, n do
      local d = core.data.draw_lambda(alpha) - 0.5
      sum, square, fourth = sum + d, square + d * d, fourth + d ^ 4
    end
    local variance = 1 / (4 * (2 * alpha + 1))
    t.near(sum / n, 0, 5 * math.sqrt(variance / n), "mean, alpha " .. alpha)
    t.near(square / n, variance, 5 * math.sqrt((fourth / n - variance ^ 2) / n), "variance, alpha " .. alpha)
    local expected = 3 * variance ^ 2 * (2 * alpha + 1) / (2 * alpha + 3) -- kurtosis of the distribution: 3 - 6 / (2 alpha + 3)
    t.near(fourth / n, expected, 0.1 * expected, "fourth moment, alpha " .. alpha)
  end
end)

t.test("alpha = 1 is uniform", function()
  ml.manual_seed(12)
  local n, below = 20000, { 0, 0, 0 }
  for _ = 1, n do
    local lam = core.data.draw_lambda(1)
    for k = 1, 3 do
      if lam < k / 4 then below[k] = below[k] + 1 end
    end
  end
  for k = 1, 3 do t.near(below[k] / n, k / 4, 5 * math.sqrt(0.25 / n), "quartile " .. k) end
end)

t.test("boxes are inside and cover what was asked for, less what lies outside", function()
  ml.manual_seed(5)
  local largest = 0
  for i = 1, 2000 do
    local lam = i / 2000
    local x1, y1, x2, y2 = core.data.draw_box(lam, 40, 20)
    t.ok(0 <= x1 and x1 <= x2 and x2 <= 40 and 0 <= y1 and y1 <= y2 and y2 <= 20, "inside")
    local area = (x2 - x1) * (y2 - y1) / 800
    t.ok(area <= 1 - lam + 1e-9, "not larger")
    largest = math.max(largest, area / (1 - lam + 1e-9))
  end
  t.ok(largest > 0.9, "a box in the middle has its whole area")
  local x1, _, x2 = core.data.draw_box(1, 40, 20)
  t.equal(x2 - x1, 0, "lam = 1 cuts nothing")
end)

t.test("draws follow from the manual seed", function()
  local mixup = data.MixUp { num_classes = 3 }
  ml.manual_seed(1)
  local first, second = mixup(images, labels):tolist(), mixup(images, labels):tolist()
  ml.manual_seed(1)
  t.equal(mixup(images, labels):tolist(), first)
  t.equal(mixup(images, labels):tolist(), second)
  t.ok(select(3, mixup(images, labels)) ~= select(3, mixup(images, labels)), "calls differ")
end)

t.test("the loss takes the targets", function()
  local output = ml.tensor({ { 1.0, 2, 3 }, { 0, 0, 1 }, { 1, 0, 0 }, { 2, 1, 0 } })
  local _, targets, lam = data.MixUp { num_classes = 3 }(images, labels)
  local criterion = nn.CrossEntropyLoss()
  local rolled = ml.tensor({ 3, 3, 1, 2 }, { dtype = "i64" })
  t.near(criterion(output, targets):item(),
         lam * criterion(output, labels):item() + (1 - lam) * criterion(output, rolled):item(), 1e-5)
end)

t.test("mistakes are named", function()
  local mixup, cutmix = data.MixUp { num_classes = 3 }, data.CutMix { num_classes = 3 }
  t.raises("MixUp: the images are u8 of 4 dimensions, expected a batch of f32 or f64: end the transform with augment.Normalize()",
           mixup, images:byte(), labels)
  t.raises("CutMix: the images have 2 dimensions, expected n x channels", cutmix, ml.zeros(4, 3), labels)
  t.raises("MixUp: num_classes is missing", data.MixUp(), images, labels)
  t.raises("the label of image 1 is outside of the 2 classes", data.MixUp { num_classes = 2 }, images, labels)
  t.raises("the labels are i64 of 2, expected i64 of 4", mixup, images, ml.tensor({ 1, 2 }, { dtype = "i64" }))
  t.raises("MixUp: got userdata and nil, expected the images and the labels", mixup, images)
  t.raises("data.MixUp: alpha is 0, expected a number above 0", data.MixUp, { alpha = 0 })
  t.raises("data.CutMix: num_classes is 'x'", data.CutMix, { num_classes = "x" })
  t.raises("unknown option 'classes'", data.CutMix, { classes = 3 })
  t.raises("the box is not inside", core.data.cutmix, images, labels, 3, 0, 0, 6, 1)
  t.equal(tostring(data.MixUp { alpha = 0.2, num_classes = 3 }), "MixUp(alpha=0.2, num_classes=3)")
end)

t.done()
