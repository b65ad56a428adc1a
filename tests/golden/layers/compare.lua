-- compare.lua - tensors of values.lua against ours: local make, near, check = dofile(...)(t)
local tensor = require("mlprun.core").tensor

return function(t)
  local function make(v)
    return tensor.tensor(v.data, { dtype = v.dtype }):reshape(v.shape)
  end

  -- The tolerance is relative to the largest value.
  local function near(got, expected, tolerance, what)
    t.equal(got.shape, expected.shape, what .. ": shape")
    t.equal(got.dtype, expected.dtype, what .. ": dtype")
    local scale = 1
    for _, value in ipairs(expected.data) do
      if value == value and math.abs(value) < math.huge then scale = math.max(scale, math.abs(value)) end
    end
    t.near(got:reshape(got:numel()):tolist(), expected.data, tolerance * scale, what)
  end

  -- Runs fn on the inputs of a case and compares the result and the gradients. coarse: a tolerance in place of the usual one.
  local function check(what, case, fn, coarse)
    local inputs = {}
    for i, v in ipairs(case.inputs) do inputs[i] = make(v):requires_grad_() end
    local y = fn(table.unpack(inputs))
    local tolerance = coarse or case.output.dtype == "f64" and 1e-12 or 2e-6
    near(y, case.output, tolerance, what)
    if not case.dy then return end
    y:backward(make(case.dy))
    for i, grad in ipairs(case.grads) do near(inputs[i].grad, grad, tolerance, what .. ": gradient " .. i) end
  end

  return make, near, check
end
