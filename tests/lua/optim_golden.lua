-- Optimizers, schedules and averages against PyTorch (tests/golden/optim/make.py).
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local nn, optim = require "mlprun.nn", require "mlprun.optim"
local tensor = core.tensor
local golden = dofile("tests/golden/optim/values.lua")

local function largest(list)
  local most = 0
  for _, x in ipairs(list) do most = math.max(most, math.abs(x)) end
  return most
end

for _, dtype in ipairs { "f64", "f32" } do
  t.test("20 steps of every rule follow PyTorch's in " .. dtype, function()
    local given = golden.optimizers
    for i, case in ipairs(given.cases) do
      local p = nn.Parameter(tensor.tensor(given.start, { dtype = dtype }))
      local optimizer = optim[case.name]({ p }, case.options)
      for step, g in ipairs(given.gradients) do
        p.grad = tensor.tensor(g, { dtype = dtype })
        optimizer:step()
        local expected = case.path[(step - 1) // given.every + 1]
        if (step - 1) % given.every == 0 then
          local tolerance = dtype == "f64" and 1e-12 or 1e-6 * largest(expected)
          t.near(p:detach():tolist(), expected, tolerance, ("case %d, %s, step %d"):format(i, case.name, step))
        end
      end
    end
  end)
end

t.done()
