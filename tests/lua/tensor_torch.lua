-- PyTorch's own test data (tests/golden/torch/make.py): results and gradients in f64, replayed.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"

local cases = dofile("tests/golden/torch/cases.lua")

-- Samples that come out differently here, and why.
local DIFFERS = {
  ["a:norm(0)"] = "how many are not 0 has no gradient here; PyTorch's is 0",
  ["a:norm(0, 2)"] = "the same",
}

-- What is refused here, by what the message says, and why.
local REFUSED = {
  ["in a tensor of 0 dimensions"] = "a tensor without dimensions has none to go along",
  ["do not fit into dimension 1, which has 1 to 0"] = "the same, said by narrow",
  ["the index is 2x0 but the tensor is 5"] = "an empty index of more dimensions",
  [":narrow: argument 2 is a Tensor"] = "a start is a number",
  ["repeat_interleave: repeats is"] = "one number for all, not a tensor of them",
}

local function has_reason(kind, case, why)
  if kind == "differs" then return DIFFERS[case[2]] ~= nil end
  if kind ~= "refused" then return true end
  for text in pairs(REFUSED) do
    if tostring(why):find(text, 1, true) then return true end
  end
  return false
end

local function tensor(value)
  return ml.tensor(value[3], { dtype = value[1] }):reshape(value[2])
end

local function same(got, value, what)
  if got.dtype ~= value[1] then error(("%s is %s, expected %s"):format(what, got.dtype, value[1]), 0) end
  t.equal(got.shape, value[2], what .. ": shape")
  local values = got:detach():reshape(got:numel()):tolist()
  for i, expected in ipairs(value[3]) do
    if type(expected) == "boolean" then t.equal(values[i], expected, what)
    else t.near(values[i], expected, 1e-8 * (1 + math.abs(expected)), what) end
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
    same(got, result, "result")
    if not gradients then return end
    got:sum():backward()
    for i, value in ipairs(gradients) do
      if value then same(inputs[i].grad or ml.zeros_like(inputs[i]), value, "gradient " .. i) end
    end
  end)
  return agrees and "agrees" or "differs", why
end

t.test("PyTorch's samples give its results and gradients, or a reason", function()
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
end)

t.done()
