-- t[i], t[{1, {2, 5}}], assignment, views that share memory, picking by index tensors.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"

local function grid() return ml.arange(1, 13):reshape(3, 4) end

t.test("a number picks along the first dimension, negative ones from the end", function()
  local x = grid()
  t.equal(x[1]:tolist(), { 1, 2, 3, 4 })
  t.equal(x[-1]:tolist(), { 9, 10, 11, 12 })
  t.equal(x[2][3]:item(), 7)
  t.equal(x[2.0]:tolist(), { 5, 6, 7, 8 })
  t.equal(x[{ 2, 3 }]:item(), 7)
  t.equal(x[{ -1, -1 }]:item(), 12)
  t.equal(x[{ 2, 3 }].shape, {})
end)

t.test("a range includes both ends, an empty one is everything", function()
  local x = grid()
  t.equal(x[{ 1, { 2, 4 } }]:tolist(), { 2, 3, 4 })
  t.equal(x[{ { 2, 3 } }]:tolist(), { { 5, 6, 7, 8 }, { 9, 10, 11, 12 } })
  t.equal(x[{ {}, 2 }]:tolist(), { 2, 6, 10 })
  t.equal(x[{ { -2, -1 }, { 1, 1 } }]:tolist(), { { 5 }, { 9 } })
  t.equal(x[{ { 2, 1 } }].shape, { 0, 4 })
  t.equal(x[{}]:tolist(), x:tolist())
end)

t.test("places that are not there are named", function()
  local x = grid()
  t.raises("tensor_index.lua:", function() return x[4] end)
  t.raises("index: 4 is outside of dimension 1, which has 1 to 3", function() return x[4] end)
  t.raises("index: 0 is outside of dimension 1, which has 1 to 3", function() return x[0] end)
  t.raises("index: -4 is outside of dimension 1, which has 1 to 3", function() return x[-4] end)
  t.raises("index: 5 is outside of dimension 2, which has 1 to 4", function() return x[{ 1, 5 }] end)
  t.raises("index: 5 is outside of dimension 2, which has 1 to 4", function() return x[{ {}, 5 }] end)
  t.raises("index: {2, 5} is outside of dimension 2, which has 1 to 4", function() return x[{ 1, { 2, 5 } }] end)
  t.raises("index: {3, 1} is outside of dimension 1, which has 1 to 3", function() return x[{ { 3, 1 } }] end)
  t.raises("index: 3 entries are too many for a tensor of 2 dimensions", function() return x[{ 1, 1, 1 }] end)
  t.raises("index: 1 entry is too many for a tensor of 0 dimensions", function() return ml.tensor(1)[1] end)
  t.raises("index: a range is {first, last} or {} for all, got 3 numbers", function() return x[{ { 1, 2, 3 } }] end)
  t.raises("index: a range is {first, last}, two whole numbers", function() return x[{ { 1, "b" } }] end)
  t.raises("index: got a number, expected a whole number or a range {first, last}", function() return x[1.5] end)
  t.raises("index: got a number, expected a whole number", function() return x[1e300] end)
  t.raises("index: got a boolean, expected a whole number or a range {first, last}", function() return x[true] end)
  t.raises("index: got a nil", function() return x[nil] end)
end)

t.test("parts are views: what is written to one is seen in the other", function()
  local x = grid()
  local row, part = x[2], x[{ {}, { 2, 3 } }]
  row:fill_(0)
  part[{ 1, 1 }] = 100
  t.equal(x:tolist(), { { 1, 100, 3, 4 }, { 0, 0, 0, 0 }, { 9, 10, 11, 12 } })
  x:add_(1)
  t.equal(row:tolist(), { 1, 1, 1, 1 })
  local turned = x:t()
  turned[1] = -1
  t.equal(x[{ {}, 1 }]:tolist(), { -1, -1, -1 })
  local copy = x:clone()
  copy:zero_()
  t.equal(x[{ 1, 1 }]:item(), -1)
end)

t.test("numbers and tensors can be assigned to parts", function()
  local x = ml.zeros(3, 3)
  x[1] = 5
  x[{ {}, 2 }] = ml.tensor { 7, 8, 9 }
  x[{ { 2, 3 }, { 3, 3 } }] = 1.5
  x[3][1] = -1
  t.equal(x:tolist(), { { 5, 7, 5 }, { 0, 8, 1.5 }, { -1, 9, 1.5 } })
  x[{}] = ml.tensor { 1, 2, 3 }
  t.equal(x[3]:tolist(), { 1, 2, 3 })
  x[1] = x[{ {}, 1 }] -- overlapping views
  t.equal(x[1]:tolist(), { 1, 1, 1 })
  local whole = ml.zeros(1, { dtype = "i64" })
  whole[1] = (1 << 53) + 1
  t.equal(whole[1]:item(), (1 << 53) + 1)
  whole[1] = 2.9
  t.equal(whole[1]:item(), 2)
end)

t.test("assignments that cannot be are refused", function()
  local x = grid()
  t.raises("copy_: shapes 4 and 3 do not broadcast", function() x[1] = ml.zeros(3) end)
  t.raises("assignment: got a string, expected a number or a Tensor", function() x[1] = "a" end)
  t.raises("assignment: got a nil, expected a number or a Tensor", function() x[1] = nil end)
  t.raises("index: 9 is outside of dimension 1, which has 1 to 3", function() x[9] = 1 end)
  t.raises("a Tensor has no field 'name' that can be set (grad and requires_grad can)", function() x.name = 1 end)
  t.raises("assignment: an index tensor picks a copy; assign row by row, or use a bool mask",
    function() x[ml.tensor { 1 }] = 0 end)
  t.raises("several elements of an expanded tensor are one place in memory: write to a clone",
    function() ml.zeros(1):expand(3)[{ { 1, 2 } }] = ml.ones(2) end)
end)

t.test("unknown methods and fields have a did-you-mean", function()
  local x = grid()
  t.raises("a Tensor has no 'reshap': did you mean 'reshape'?", function() return x:reshap(2) end)
  t.raises("a Tensor has no 'transposed': did you mean 'transpose'?", function() return x:transposed() end)
  t.raises("a Tensor has no 'repeat': the nearest is called 'tile' here", function() return x["repeat"](x, 2) end)
  t.raises("a Tensor has no 'not_equal': the nearest is called 'ne' here", function() return x:not_equal(1) end)
  t.raises("a Tensor has no 'qqqqqqqqqq'", function() return x.qqqqqqqqqq end)
end)

t.test("an index tensor picks a copy of the first dimension's parts", function()
  local x = grid()
  local rows = x[ml.tensor { 3, 1, 3 }]
  t.equal(rows:tolist(), { { 9, 10, 11, 12 }, { 1, 2, 3, 4 }, { 9, 10, 11, 12 } })
  rows:zero_()
  t.equal(x[1]:tolist(), { 1, 2, 3, 4 })
  t.raises("index: index 4 is outside of dimension 1, which has 1 to 3", function() return x[ml.tensor { 1, 4 }] end)
  t.raises("index: index 0 is outside of dimension 1, which has 1 to 3", function() return x[ml.tensor { 0 }] end)
  t.raises("index: index -1 is outside of dimension 1, which has 1 to 3", function() return x[ml.tensor { -1 }] end)
  t.raises("indices and labels are whole numbers, got a tensor of type f32 (convert with :long())",
    function() return x[ml.tensor { 1.5 }] end)
  t.raises("index: a scalar tensor has no elements to pick", function() return ml.tensor(1)[ml.tensor { 1 }] end)
end)

t.test("index_select and gather count from 1, in values and in messages", function()
  local x = grid()
  t.equal(x:index_select(2, ml.tensor { 4, 1 }):tolist(), { { 4, 1 }, { 8, 5 }, { 12, 9 } })
  t.equal(x:index_select(-1, ml.tensor({ 2 }, { dtype = "u8" })):tolist(), { { 2 }, { 6 }, { 10 } })
  t.equal(x:gather(2, ml.tensor { { 1 }, { 2 }, { 4 } }):tolist(), { { 1 }, { 6 }, { 12 } })
  t.equal(x:gather(1, ml.tensor { { 3, 2, 1, 1 } }):tolist(), { { 9, 6, 3, 4 } })
  t.raises("index_select: index 5 is outside of dimension 2, which has 1 to 4",
    function() x:index_select(2, ml.tensor { 5 }) end)
  t.raises("index_select: the index is 1x1, expected one dimension", function() x:index_select(1, ml.tensor { { 1 } }) end)
  t.raises("gather: index 4 is outside of dimension 1, which has 1 to 3", function() x:gather(1, ml.tensor { { 4 } }) end)
  t.raises("it must fit in all dimensions but the one it picks along", function() x:gather(1, ml.tensor { 1 }) end)
  t.raises("there is no dimension 3 in a tensor of 2 dimensions", function() x:index_select(3, ml.tensor { 1 }) end)
  t.raises("dimensions count from 1, got 0", function() x:gather(0, ml.tensor { { 1 } }) end)
end)

t.test("select and narrow count from 1 and are views", function()
  local x = grid()
  t.equal(x:select(1, 2):tolist(), { 5, 6, 7, 8 })
  t.equal(x:select(2, -1):tolist(), { 4, 8, 12 })
  t.equal(x:narrow(2, 2, 2):tolist(), { { 2, 3 }, { 6, 7 }, { 10, 11 } })
  t.equal(x:narrow(1, -2, 2)[1]:tolist(), { 5, 6, 7, 8 })
  t.equal(x:narrow(1, 3, 0).shape, { 0, 4 })
  x:narrow(1, 1, 1):zero_()
  t.equal(x[1]:tolist(), { 0, 0, 0, 0 })
  t.raises("select: index 4 is outside of dimension 1, which has 1 to 3", function() x:select(1, 4) end)
  t.raises("select: index 0 is outside of dimension 2, which has 1 to 4", function() x:select(2, 0) end)
  t.raises("narrow: 3 elements from 2 do not fit into dimension 1, which has 1 to 3", function() x:narrow(1, 2, 3) end)
  t.raises("narrow: 1 elements from 0 do not fit into dimension 1, which has 1 to 3", function() x:narrow(1, 0, 1) end)
end)

t.test("iter gives the parts along the first dimension, which are views", function()
  local x, seen = grid(), {}
  for i, row in x:iter() do
    seen[i] = row:sum():item()
    row:zero_()
  end
  t.equal(seen, { 10, 26, 42 })
  t.equal(x:sum():item(), 0)
  t.raises("#: a scalar tensor has no length", function() ml.tensor(1):iter() end)
end)

t.test("where takes tensors and numbers", function()
  local c = ml.tensor { true, false, true }
  local function is(x, dtype, values)
    t.equal({ x.dtype, x:tolist() }, { dtype, values })
  end
  is(ml.where(c, ml.tensor { 1, 2, 3 }, ml.tensor { -1, -2, -3 }), "i64", { 1, -2, 3 })
  is(ml.where(c, ml.tensor { 1, 2, 3 }, 0), "i64", { 1, 0, 3 })
  is(ml.where(c, ml.tensor { 1, 2, 3 }, 0.5), "f32", { 1, 0.5, 3 })
  is(ml.where(c, 1, 0), "i64", { 1, 0, 1 })
  is(ml.where(c, 1, 0.5), "f32", { 1, 0.5, 1 })
  is(ml.where(c, c, 300), "i64", { 1, 300, 1 })
  t.raises("where: shapes", function() ml.where(c, ml.zeros(2), 0) end)
  t.raises("expected a Tensor", function() ml.where(true, c, c) end)
  t.raises("argument 2 is the string 'x', expected a Tensor", function() ml.where(c, "x", 1) end)
end)

t.done()
