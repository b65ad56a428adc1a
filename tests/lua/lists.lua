-- Lists that the library hands out, and loops over a loader: what people from PyTorch write first.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"

t.test("shapes are compared by their numbers, and printed", function()
  local x, y = ml.zeros { 2, 3 }, ml.ones { 2, 3 }
  t.equal(x.shape == y.shape, true)
  t.equal(x.shape == ml.zeros { 3, 2 }.shape, false)
  t.equal(x.shape == ml.zeros { 2, 3, 1 }.shape, false)
  t.equal(x.shape == { 2, 3 }, true)
  t.equal(x.shape == "2x3", false)
  t.equal(tostring(x.shape), "{ 2, 3 }")
  t.equal(tostring(ml.zeros({}).shape), "{}")
  t.equal(#x.shape, 2)
  t.equal(table.concat(x.shape, "x"), "2x3")
  t.equal({ table.unpack(x.shape) }, { 2, 3 })
  t.equal(ml.zeros(x.shape) == ml.zeros { 2, 3 }, true)
end)

t.test("places that a list does not have are errors", function()
  local x = ml.zeros { 2, 3 }
  t.raises("a list has no place 0: places count from 1", function() return x.shape[0] end)
  t.raises("a list has no place -1", function() return x.shape[-1] end)
  t.raises("a list has no field 'width'", function() return x.shape.width end)
  t.equal(x.shape[3], nil) -- where ipairs ends
  local count = 0
  for _ in ipairs(x.shape) do count = count + 1 end
  t.equal(count, 2)
end)

local function loader()
  return ml.data.DataLoader(ml.data.TensorDataset(ml.arange(10):reshape(10, 1), ml.ones { 10 }:long()),
    { batch_size = 4, shuffle = true, seed = 3 })
end

t.test("a loader is walked as it is, with the batches of batches()", function()
  local a, b = loader(), loader()
  for _ = 1, 2 do
    local seen, expected = {}, {}
    for images, labels, places in a do seen[#seen + 1] = { images:tolist(), labels:tolist(), places:tolist() } end
    for images, labels, places in b:batches() do
      expected[#expected + 1] = { images:tolist(), labels:tolist(), places:tolist() }
    end
    t.equal(seen, expected)
    t.equal(#seen, 3)
  end
  t.equal(a.epoch, b.epoch)
end)

t.test("a loop over a loader can be left, and not be nested", function()
  local a = loader()
  for _, labels in a do
    if #labels == 4 then break end
  end
  local count = 0
  for _ in a do count = count + 1 end
  t.equal(count, 3)
  t.raises("another loop walks this DataLoader too", function()
    for _ in a do for _ in a do end end
  end)
end)

t.test("an optimizer's options are written in its groups", function()
  local optimizer = ml.optim.Adam(ml.nn.Linear(2, 2):parameters())
  t.raises("an optimizer Adam has no field 'lr': its groups have it: optimizer.param_groups[1].lr = 3",
    function() optimizer.lr = 3 end)
  optimizer.param_groups[1].lr = 3
  t.equal(optimizer.param_groups[1].lr, 3)
end)

t.done()
