-- augment.Lambda: steps of a pipeline that are functions of the script.
local t = dofile("tests/lua/harness.lua")
local make_pictures = dofile("tests/e2e/pictures.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local augment, data, nn, optim = ml.augment, ml.data, ml.nn, ml.optim

local photo = core.image.load("tests/golden/pictures/cases/rgb.png")
local root = t.folder()
make_pictures(root .. "/pictures", 6)

local function darker(image, rng) return image:tensor():to("f32") / 255 * rng:uniform(0.2, 1) end
local function same(image) return image end
local function bytes(image) return tostring(image:tensor():to("i64"):sum():item()) end

local function pipeline(step)
  return augment.Compose { augment.Resize(8, 8), step, augment.HorizontalFlip(), augment.Normalize(), augment.ToTensorV2() }
end

t.test("a function's result is the picture, and its numbers belong to the draw", function()
  local step = augment.Lambda(darker)
  t.equal(bytes(step(photo, { seed = 3 })), bytes(step(photo, { seed = 3 })))
  t.ok(bytes(step(photo, { seed = 3 })) ~= bytes(step(photo, { seed = 4 })), "another seed draws another factor")
  t.equal(bytes(augment.Lambda(same)(photo)), bytes(photo))
  t.equal(bytes(augment.Lambda(same, { p = 0 })(photo)), bytes(photo))
  local seen = 0
  local sometimes = augment.Lambda(function(image) seen = seen + 1 return image end, { p = 0.3 })
  for i = 1, 200 do sometimes(photo, { seed = i }) end
  t.ok(seen > 30 and seen < 90, seen .. " of 200 at p = 0.3")
end)

t.test("the numbers are within what was asked for", function()
  local sums = { uniform = 0, normal = 0, integer = 0 }
  augment.Lambda(function(image, rng)
    for _ = 1, 4000 do
      local u, i = rng:uniform(2, 3), rng:integer(-1, 1)
      t.ok(u >= 2 and u < 3 and i >= -1 and i <= 1 and math.type(i) == "integer", "within its limits")
      sums.uniform, sums.normal, sums.integer = sums.uniform + u, sums.normal + rng:normal(5, 2), sums.integer + i
    end
    t.ok(rng:uniform() < 1)
    t.raises("integer: low is 3, expected at most high, 1", rng.integer, rng, 3, 1)
    t.raises("expected a whole number", rng.integer, rng, 0.5, 1)
    t.raises("uniform: low is 1.0, expected at most high, 0.0", rng.uniform, rng, 1, 0)
    t.raises("expected a number", rng.normal, rng, "x")
    return image
  end)(photo)
  t.near(sums.uniform / 4000, 2.5, 0.03)
  t.near(sums.normal / 4000, 5, 0.15)
  t.near(sums.integer / 4000, 0, 0.06)
end)

t.test("a loader with a Lambda gives the same bits whatever workers it was given, and has none", function()
  local set, told = data.ImageFolder(root .. "/pictures"), {}
  for _, make in ipairs { pipeline, function(step) return pipeline(augment.OneOf({ step, augment.NoOp() }, { p = 1 })) end } do
    for i, workers in ipairs { 0, 1, 4 } do
      local loader = data.DataLoader(set:with(make(augment.Lambda(darker))), { batch_size = 4, workers = workers, seed = 5 })
      t.equal(loader.workers, 0)
      told[i] = {}
      for images, _, indices in loader:batches() do
        told[i][#told[i] + 1] = images:sum():item()
        local alone = set:with(make(augment.Lambda(darker))):get(indices[1]:item(), { seed = 5 })
        t.equal(images:select(1, 1):sum():item(), alone:sum():item())
      end
      t.equal(told[i], told[1])
    end
  end
  t.equal(data.DataLoader(set:with(pipeline(augment.NoOp())), { workers = 3 }).workers, 3)
end)

t.test("an error in the function is told with its place, and is not a bad picture", function()
  local set = data.ImageFolder(root .. "/pictures", { on_bad = "skip" })
  local failing = pipeline(augment.Lambda(function() error("no way") end))
  local next_batch, batches = data.DataLoader(set:with(failing)):batches()
  local ok, message = pcall(next_batch, batches)
  t.ok(not ok and message:find("augment.Lambda: .*pictures_lambda.lua:%d+: no way"), message)
  t.raises("augment.Lambda: ", augment.Lambda(function() error {} end), photo)
  t.raises("the function returned nil, expected an Image or a Tensor", augment.Lambda(function() end), photo)
  t.raises("expected a function(image, rng) that returns a picture", augment.Lambda, 3)
  t.raises("unknown option 'q'", augment.Lambda, same, { q = 1 })
  t.raises("Lambda: p is 2, expected 0 <= p <= 1", augment.Lambda, same, { p = 2 })
  t.raises("Lambda works on levels from 0 to 255, but Normalize before it", augment.Compose,
    { augment.Normalize(), augment.Lambda(same) })
end)

t.test("rng is for the call alone, and a function may apply a pipeline that it is in", function()
  local kept, step
  augment.Lambda(function(image, rng) kept = rng return image end)(photo)
  t.raises("was for one call of the function", kept.uniform, kept)
  local depth = 0
  step = augment.Lambda(function(image, rng)
    depth = depth + 1
    local before = rng:uniform()
    local out = depth < 5 and step(image) or image
    t.ok(rng:uniform() ~= before)
    return out
  end)
  t.equal(bytes(step(photo)), bytes(photo))
  t.equal(depth, 5)
end)

t.test("the text says where the function stands", function()
  t.ok(tostring(augment.Lambda(same, { p = 0.5 })):match(
    "^augment%.Lambda%(function %-%-%[%[ tests/lua/pictures_lambda%.lua:%d+ %]%], { p = 0%.5 }%)$"))
end)

t.test("a function that nothing holds any more is collected", function()
  local weak = setmetatable({}, { __mode = "k" })
  do
    local f = function(image) return image, weak end
    weak[f] = true
    pipeline(augment.Lambda(f))
  end
  collectgarbage()
  collectgarbage()
  t.equal(next(weak), nil)
end)

t.test("an experiment trains through a Lambda, to the same bits with any workers", function()
  local losses = {}
  for _, workers in ipairs { 0, 2 } do
    local said = t.quietly(function()
      local activity = ml.experiment { name = "lambda" .. workers, arguments = { "--data=" .. root .. "/pictures",
        "--out=" .. root .. "/runs", "--image_size=8", "--epochs=2", "--seeds=1", "--batch_size=8", "--workers=" .. workers } }
      activity:trial("own", function(run)
        run.train_transform = pipeline(augment.Lambda(darker))
        run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, run.num_classes) }
        run.optimizer = optim.SGD(run.model:parameters(), { lr = 0.01 })
        run:fit()
        losses[#losses + 1] = run.history[2].train_loss
      end)
    end)
    local told = said:find("own: training pictures are made one after the other, without the 2 threads of --workers", 1, true)
    t.equal(told ~= nil, workers > 0, said)
  end
  t.equal(#losses, 2)
  t.equal(losses[1], losses[2])
end)

t.done()
