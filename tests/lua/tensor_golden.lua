-- Promotion, broadcasting, functions, reductions, indexing and statistics against PyTorch (tests/golden/tensor/make.py).
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"

local golden = dofile("tests/golden/tensor/values.lua")

local function tensor(value)
  return ml.tensor(value.data, { dtype = value.dtype }):reshape(value.shape)
end

local scope = { ml = ml }
for name, value in pairs(golden.inputs) do scope[name] = tensor(value) end

for _, case in ipairs(golden.cases) do
  local expression, expected = case[1], case[2]
  t.test(expression .. " is PyTorch's", function()
    local got = assert(load("return " .. expression, "=" .. expression, "t", scope))()
    t.equal(got.dtype, expected.dtype, "dtype")
    t.equal(got.shape, expected.shape, "shape")
    local values = got:reshape(got:numel()):tolist()
    for i, value in ipairs(expected.data) do
      if math.type(value) == "float" then t.near(values[i], value, 2e-6 * (1 + math.abs(value)), "element " .. i)
      else t.equal(values[i], value, "element " .. i) end
    end
  end)
end

t.done()
