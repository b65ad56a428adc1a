-- Initial values: bounds and moments over 1e5 draws, orthogonality, what is fixed (tests/golden/layers).
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local init = ml.nn.init
local golden = dofile("tests/golden/layers/values.lua").initial_values
local make = dofile("tests/golden/layers/compare.lua")(t)

local N = 100000

local function moments(x)
  x = x:double()
  local mean = x:mean():item()
  return mean, (x - mean):square():mean():sqrt():item()
end

-- Four standard errors of a mean of N values: a fixed seed, so this passes always or never.
local function close(x, mean, std, what)
  local got_mean, got_std = moments(x)
  t.near(got_mean, mean, 4 * std / math.sqrt(N), what .. ": mean")
  t.near(got_std, std, 8 * std / math.sqrt(N), what .. ": standard deviation")
end

for _, dtype in ipairs { "f32", "f64" } do
  t.test("truncated normal values have the bounds, moments and quantiles of theirs, " .. dtype, function()
    ml.manual_seed(1)
    local x = ml.empty({ N }, { dtype = dtype })
    for i, c in ipairs(golden.truncated) do
      local o, what = c.options, "case " .. i
      t.ok(rawequal(init.trunc_normal_(x, o), x))
      t.ok(x:min():item() >= o.a - 1e-6 and x:max():item() <= o.b + 1e-6, what .. ": bounds")
      close(x, c.mean, c.std, what)
      for q, value in ipairs(c.quantiles) do
        t.near(x:le(value):double():mean():item(), q / 10, 4 * 0.5 / math.sqrt(N), what .. ": quantile " .. q)
      end
    end
    init.trunc_normal_(x)
    t.ok(x:min():item() >= -2 and x:max():item() <= 2 and x:max():item() > 1.99)
  end)

  t.test("the random initialisers have the bounds and moments of theirs, " .. dtype, function()
    ml.manual_seed(2)
    local x = ml.empty({ 250, 100, 2, 2 }, { dtype = dtype }) -- fan_in 400, fan_out 1000
    local function uniform(bound, what)
      close(x, 0, bound / math.sqrt(3), what)
      local largest = x:abs():max():item()
      t.ok(largest <= bound * (1 + 1e-6) and largest > bound * 0.999, what .. ": bound")
    end
    init.uniform_(x)
    close(x, 0.5, 1 / math.sqrt(12), "uniform_")
    init.normal_(x, { mean = -3, std = 0.2 })
    close(x, -3, 0.2, "normal_")
    init.xavier_uniform_(x, { gain = 5 / 3 })
    uniform(5 / 3 * math.sqrt(6 / 1400), "xavier_uniform_")
    init.xavier_normal_(x)
    close(x, 0, math.sqrt(2 / 1400), "xavier_normal_")
    init.kaiming_uniform_(x, { a = math.sqrt(5) })
    uniform(1 / math.sqrt(400), "kaiming_uniform_")
    init.kaiming_uniform_(x, { mode = "FAN_OUT", nonlinearity = "relu" })
    uniform(math.sqrt(6 / 1000), "kaiming_uniform_ of fan_out")
    init.kaiming_normal_(x, { nonlinearity = "tanh" })
    close(x, 0, 5 / 3 / math.sqrt(400), "kaiming_normal_")
  end)

  t.test("orthogonal values are, " .. dtype, function()
    ml.manual_seed(3)
    for _, shape in ipairs { { 5, 5 }, { 3, 8 }, { 8, 3 }, { 4, 3, 2, 2 }, { 30, 3, 2, 2 }, { 1, 7 }, { 7, 1 }, { 200, 120 } } do
      for _, gain in ipairs { 1, 0.5 } do
        local x = init.orthogonal_(ml.empty(shape, { dtype = dtype }), gain ~= 1 and { gain = gain } or nil)
        local m = x:double():reshape(shape[1], -1)
        if shape[1] > m.shape[2] then m = m:t() end
        local product = m:matmul(m:t())
        local difference = (product - ml.eye(m.shape[1], { dtype = "f64" }) * gain ^ 2):abs():max():item()
        t.ok(difference < (dtype == "f64" and 1e-13 or 1e-6), table.concat(shape, "x") .. ": off by " .. difference)
      end
    end
  end)
end

t.test("orthogonal matrices are drawn evenly: no sign or place is preferred", function()
  ml.manual_seed(4)
  local count, sum, squares = 4000, ml.zeros({ 2, 3 }, { dtype = "f64" }), ml.zeros({ 2, 3 }, { dtype = "f64" })
  local x = ml.empty({ 2, 3 }, { dtype = "f64" })
  for _ = 1, count do
    init.orthogonal_(x)
    sum:add_(x)
    squares:add_(x:square())
  end
  t.ok((sum / count):abs():max():item() < 4 * math.sqrt(1 / 3 / count), "means are 0")
  t.ok((squares / count - 1 / 3):abs():max():item() < 0.02, "all entries have variance 1/3")
end)

t.test("sparse values have the share of zeros in every column", function()
  ml.manual_seed(5)
  local x = init.sparse_(ml.empty { 250, 400 }, 0.1)
  local zeros = x:eq(0):double():sum { dim = 1 }
  t.ok(zeros:min():item() == 25 and zeros:max():item() == 25)
  close(x:reshape(-1), 0, 0.01 * math.sqrt(0.9), "sparse_")
  t.ok(x:eq(0):double():sum { dim = 2 }:max():item() < 80, "zeros stand in all rows")
  t.equal(init.sparse_(ml.empty { 3, 2 }, 0.34):eq(0):double():sum():item(), 4)
  t.equal(init.sparse_(ml.empty { 3, 2 }, 1, { std = 9 }):abs():max():item(), 0)
end)

t.test("what is fixed is PyTorch's: dirac_, eye_, gains", function()
  for i, c in ipairs(golden.diracs) do
    local expected = make(c.value)
    t.ok(init.dirac_(ml.randn(expected.shape), { groups = c.groups }):equal(expected), "case " .. i)
  end
  t.equal(init.eye_(ml.randn { 2, 3 }):tolist(), { { 1, 0, 0 }, { 0, 1, 0 } })
  for _, c in ipairs(golden.gains) do t.near(init.calculate_gain(c.name, c.param), c.gain, 1e-15, c.name) end
end)

t.test("the seed and not the threads decide, and parameters stay leaves", function()
  local core = require "mlprun.core"
  for _, name in ipairs { "trunc_normal_", "orthogonal_" } do
    local made = {}
    for i, threads in ipairs { 1, 4 } do
      core.sys.threads(threads)
      ml.manual_seed(6)
      made[i] = init[name](ml.nn.Linear(170, 130).weight)
    end
    core.sys.threads(1)
    t.ok(made[1]:detach():equal(made[2]:detach()), name)
    t.ok(made[1].is_leaf and made[1].requires_grad)
  end
  local x = ml.randn { 4, 6 }
  init.trunc_normal_(x:t())
  t.ok(x:abs():max():item() <= 2, "strided tensors are filled")
  init.orthogonal_(x:t(), { gain = 2 })
  t.near(x:matmul(x:t()):tolist(), (ml.eye(4) * 4):tolist(), 1e-5)
  init.orthogonal_(ml.empty { 0, 3 })
end)

t.test("mistakes are said in words", function()
  local x = ml.ones { 4, 4 }
  t.raises("trunc_normal_: from 2 to 1 is empty: a must be below b", init.trunc_normal_, x, { a = 2, b = 1 })
  t.raises("practically never in 5 to 6: a and b are values, not multiples of std", init.trunc_normal_, x,
    { std = 0.02, a = 5, b = 6 })
  t.raises("trunc_normal_: mean is 0 and std -1", init.trunc_normal_, x, { std = -1 })
  t.raises("nn.init.trunc_normal_: std is 'x', expected a number", init.trunc_normal_, x, { std = "x" })
  t.raises("orthogonal_: only tensors with 2 or more dimensions are supported, this one is 3", init.orthogonal_, ml.ones { 3 })
  t.raises("orthogonal_: the tensor is i64", init.orthogonal_, ml.zeros({ 2, 2 }, { dtype = "i64" }))
  t.raises("sparse_: only tensors with 2 dimensions", init.sparse_, ml.ones { 3 }, 0.5)
  t.raises("sparse_: sparsity is 1.5, expected 0 to 1", init.sparse_, x, 1.5)
  t.raises("nn.init.sparse_: sparsity is nil, expected a number", init.sparse_, x)
  t.raises("eye_: only tensors with 2 dimensions", init.eye_, ml.ones { 3 })
  t.raises("dirac_: only tensors with 3, 4 or 5 dimensions", init.dirac_, x)
  t.raises("must be divisible by groups", init.dirac_, ml.ones { 3, 2, 3 }, { groups = 2 })
  t.ok(x:eq(1):all():item(), "nothing was written")
end)

t.done()
