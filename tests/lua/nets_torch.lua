-- PyTorch's own test data for layers, losses and optimizers, and what it refuses (tests/golden/torch/make_modules.py), replayed.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim

-- What comes out differently here, or is taken where PyTorch refuses it, and why: by the beginning of "name: call: what".
local DIFFERS = {
  ["KLDivLoss: nn.KLDivLoss"] = "the gradient of a target of 0 is 0; PyTorch's is NaN",
  ["maximum: a:maximum(2)"] = "a number may stand in place of the other tensor",
  ["minimum: a:minimum(2)"] = "the same",
  ["masked_fill: a:masked_fill(b, c)"] = "a value may be a tensor of any shape that spreads over it",
}

-- What is refused here, by what the message says, and why.
local REFUSED = {
  ["expected more than 1 value per channel when training, got input size 0x"] = "an empty batch has no statistics",
  ["nn.GroupNorm: unknown option 'bias'"] = "weight and bias come together",
}

local function has_reason(list, text)
  for part in pairs(list) do
    if text:find(part, 1, true) then return true end
  end
  return false
end

local function tensor(value)
  return ml.tensor(value[3], { dtype = value[1] }):reshape(value[2])
end

local function tensors(values)
  local list = {}
  for i, value in pairs(values) do list[i] = tensor(value) end
  return list
end

local function same(got, value, what)
  if got.dtype ~= value[1] then error(("%s is %s, expected %s"):format(what, got.dtype, value[1]), 0) end
  t.equal(got.shape, value[2], what .. ": shape")
  local values = got:detach():reshape(got:numel()):tolist()
  for i, expected in ipairs(value[3]) do t.near(values[i], expected, 1e-8 * (1 + math.abs(expected)), what) end
end

local function run(text, scope)
  return assert(load("return " .. text, "=" .. text, "t", setmetatable(scope, { __index = { nn = nn, optim = optim, math = math,
    linalg = ml.linalg, inf = math.huge } })))()
end

-- Goes through cases, prints how many there are of each kind, and fails for those without a reason.
local function replay(what, cases, one)
  local count, surprises = { agrees = 0, differs = 0, refused = 0, cannot = 0 }, {}
  for _, case in ipairs(cases) do
    local kind, why = "cannot", nil
    if case[2] then kind, why = one(case) end
    count[kind] = count[kind] + 1
    local told = ("%s: %s: %s"):format(case[1], tostring(case[2]), tostring(why))
    local reasons = kind == "differs" and DIFFERS or kind == "refused" and REFUSED
    if reasons and not has_reason(reasons, told) then surprises[#surprises + 1] = kind .. " " .. told end
  end
  print(("# of %d %s: %d agree, %d differ, %d are refused, %d cannot be said"):format(#cases, what, count.agrees,
    count.differs, count.refused, count.cannot))
  t.equal(table.concat(surprises, "\n"), "")
  t.ok(count.agrees >= 0.95 * (#cases - count.cannot), "that 95 in a hundred of what can be said agree")
end

local function module_of(case)
  local module = run(case[2], { t = tensors(case[10]) })
  module:to("f64")
  module:load_state_dict(tensors(case[4]))
  module:train(case[3])
  return module
end

t.test("layers and losses give PyTorch's results, gradients and states", function()
  replay("samples of modules", dofile("tests/golden/torch/modules.lua"), function(case)
    local inputs = tensors(case[5])
    for i, gradient in ipairs(case[7] or {}) do
      if gradient then inputs[i]:requires_grad_() end
    end
    local module
    local ran, got = pcall(function()
      module = module_of(case)
      return module(table.unpack(inputs))
    end)
    if not ran then return "refused", got end
    local agrees, why = pcall(function()
      same(got, case[6], "result")
      if case[7] then
        local weight = ml.arange(1, got:numel() + 1, { dtype = "f64" }):reshape(got.shape) / got:numel()
        local sum = (got * weight):sum()
        sum:backward()
        for i, gradient in ipairs(case[7]) do
          if gradient then same(inputs[i].grad, gradient, "gradient " .. i) end
        end
        local own = {}
        for name, p in module:named_parameters() do own[name] = p end
        for name, gradient in pairs(case[8]) do same(own[name].grad, gradient, "gradient of " .. name) end
      end
      local after = module:state_dict()
      for name, value in pairs(case[9]) do same(after[name], value, "afterwards " .. name) end
    end)
    return agrees and "agrees" or "differs", why
  end)
end)

t.test("optimizers go PyTorch's way", function()
  replay("optimizers with options", dofile("tests/golden/torch/optimizers.lua"), function(case)
    local p = nn.Parameter(ml.tensor({ 0.5, -1.25, 2.0 }, { dtype = "f64" }))
    local ran, optimizer = pcall(function() return optim[case[1]]({ p }, run(case[2], {})) end)
    if not ran then return "refused", optimizer end
    local agrees, why = pcall(function()
      for step, expected in ipairs(case[3]) do
        optimizer:zero_grad()
        local loss = (p ^ 2 * ml.tensor({ 1.0, 0.5, -0.25 }, { dtype = "f64" }) + (p * step):sin()):sum()
        loss:backward()
        optimizer:step()
        t.near(p:detach():tolist(), expected, 1e-9, "step " .. step)
      end
    end)
    return agrees and "agrees" or "differs", why
  end)
end)

t.test("what PyTorch refuses is refused", function()
  replay("calls with an error", dofile("tests/golden/torch/errors.lua"), function(case)
    local scope, inputs = {}, tensors(case[3])
    for i, input in ipairs(inputs) do scope[("abcdefgh"):sub(i, i)] = input end
    local ran, why = pcall(run, case[2], scope)
    if ran then return "differs", "is taken" end
    if tostring(why):find("attempt to", 1, true) then return "differs", "Lua's own message: " .. tostring(why) end
    return "agrees"
  end)
end)

t.done()
