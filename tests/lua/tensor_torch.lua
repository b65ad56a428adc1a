-- PyTorch's own test data (tests/golden/torch/make.py): results and gradients in f64, results in f16, bf16 and i32, replayed.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"

-- Samples that come out differently here, and why.
local DIFFERS = {
  ["a:norm(0)"] = "how many are not 0 has no gradient here; PyTorch's is 0",
  ["a:norm(0, 2)"] = "the same",
  ["f16 a:log_softmax(2)"] = "PyTorch subtracts a sum that it has rounded to f16",
  ["f16 a:log_softmax(-1)"] = "the same",
  ["bf16 a:log_softmax(2)"] = "the same",
  ["bf16 a:log_softmax(-1)"] = "the same",
}

-- What is refused here, by what the message says, and why.
local REFUSED = {
  ["in a tensor of 0 dimensions"] = "a tensor without dimensions has none to go along",
  ["the index is 2x0 but the tensor is 5"] = "an empty index of more dimensions",
  [":narrow: argument 2 is a Tensor"] = "a start is a number",
  ["repeat_interleave: repeats is"] = "one number for all, not a tensor of them",
}

local function has_reason(kind, case, why)
  if kind == "differs" then return (DIFFERS[case[2]] or DIFFERS[case[3][1][1] .. " " .. case[2]]) ~= nil end
  if kind ~= "refused" then return true end
  for text in pairs(REFUSED) do
    if tostring(why):find(text, 1, true) then return true end
  end
  return false
end

local function tensor(value)
  return ml.tensor(value[3], { dtype = value[1] }):reshape(value[2])
end

-- Words whose results PyTorch rounds on the way to f16 and bf16: the next of their numbers will do. All others agree to the bit.
local NEXT = { rsqrt = true, softmax = true, log_softmax = true }

-- The step between the numbers of f16 and bf16 about a value.
local function step(dtype, value)
  local bits, least = dtype == "f16" and 10 or 7, dtype == "f16" and -14 or -126
  local exponent = value ~= 0 and math.floor(math.log(math.abs(value), 2)) or least
  return 2.0 ^ (math.max(exponent, least) - bits)
end

local function tolerance(dtype, expected, op)
  if expected ~= expected or math.abs(expected) == math.huge then return 0 end
  if dtype == "f16" or dtype == "bf16" then return NEXT[op] and step(dtype, expected) or 0 end
  return (dtype == "f32" and 2.0 ^ -22 or 1e-8) * (1 + math.abs(expected))
end

local function same(got, value, what, op)
  if got.dtype ~= value[1] then error(("%s is %s, expected %s"):format(what, got.dtype, value[1]), 0) end
  t.equal(got.shape, value[2], what .. ": shape")
  local values = got:detach():reshape(got:numel()):tolist()
  for i, expected in ipairs(value[3]) do
    if type(expected) == "boolean" then t.equal(values[i], expected, what)
    else t.near(values[i], expected, tolerance(value[1], expected, op), what) end
  end
end

local function replay(case)
  local expression, inputs, result, gradients = case[2], {}, case[4], case[5]
  for i, value in ipairs(case[3]) do
    inputs[i] = tensor(value)
    if gradients and gradients[i] then inputs[i]:requires_grad_() end
  end
  local scope = { math = math, linalg = ml.linalg }
  for i, input in ipairs(inputs) do scope[("abcdefgh"):sub(i, i)] = input end
  local run = assert(load("return " .. expression, "=" .. expression, "t", scope))
  local ran, got = pcall(run)
  if not ran then return "refused", got end
  local agrees, why = pcall(function()
    same(got, result, "result", case[1])
    if not gradients then return end
    got:sum():backward()
    for i, value in ipairs(gradients) do
      if value then same(inputs[i].grad or ml.zeros_like(inputs[i]), value, "gradient " .. i) end
    end
  end)
  return agrees and "agrees" or "differs", why
end

local function replay_all(cases)
  local count, surprises = { agrees = 0, differs = 0, refused = 0, cannot = 0 }, {}
  for _, case in ipairs(cases) do
    local kind, why = "cannot", nil
    if case[2] then kind, why = replay(case) end
    count[kind] = count[kind] + 1
    if not has_reason(kind, case, why) then
      surprises[#surprises + 1] = ("%s %s: %s"):format(kind, case[2], tostring(why))
    end
  end
  print(("# of %d samples: %d agree, %d differ, %d are refused, %d cannot be said"):format(#cases, count.agrees, count.differs,
    count.refused, count.cannot))
  t.equal(table.concat(surprises, "\n"), "")
  t.ok(count.agrees >= 0.95 * (#cases - count.cannot), "that 95 in a hundred of what can be said agree")
end

t.test("PyTorch's samples give its results and gradients, or a reason", function()
  replay_all(dofile("tests/golden/torch/cases.lua"))
end)

t.test("so do its samples in f16, bf16 and i32", function() replay_all(dofile("tests/golden/torch/kept.lua")) end)

t.done()
