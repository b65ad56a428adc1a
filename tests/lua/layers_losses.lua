-- Losses: PyTorch's values with every reduction (tests/golden/layers), gradcheck, messages.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local nn, F = ml.nn, ml.nn.functional
local golden = dofile("tests/golden/layers/values.lua")
local make, _, check = dofile("tests/golden/layers/compare.lua")(t)

local FUNCTIONS = {
  MSELoss = "mse_loss", L1Loss = "l1_loss", SmoothL1Loss = "smooth_l1_loss", HuberLoss = "huber_loss",
  BCELoss = "binary_cross_entropy", BCEWithLogitsLoss = "binary_cross_entropy_with_logits", KLDivLoss = "kl_div",
}

local function with_tensors(options)
  local o = {}
  for name, value in pairs(options) do o[name] = type(value) == "table" and make(value) or value end
  return o
end

t.test("losses of elements and both gradients are PyTorch's with every reduction", function()
  local seen = {}
  for i, c in ipairs(golden.pointwise_losses) do
    local what = ("case %d: %s, %s"):format(i, c.name, c.options.reduction)
    local options = with_tensors(c.options)
    check(what, c.case, nn[c.name](options))
    check(what, c.case, function(x, target) return F[FUNCTIONS[c.name]](x, target, options) end)
    seen[c.name .. c.options.reduction] = true
  end
  for name in pairs(FUNCTIONS) do
    for _, reduction in ipairs { "mean", "sum", "none" } do t.ok(seen[name .. reduction], name .. " " .. reduction) end
  end
  t.ok(seen.KLDivLossbatchmean)
end)

t.test("losses at the ends of their range are PyTorch's", function()
  for _, c in ipairs(golden.loss_edges) do
    check(c.name, c.case, function(x) return nn[c.name](c.options or { reduction = "none" })(x, make(c.case.target)) end)
  end
end)

t.test("the negative log-likelihood and its gradient are PyTorch's", function()
  for i, c in ipairs(golden.nll_losses) do
    local options = with_tensors(c.options)
    if options.ignore_index then options.ignore_index = options.ignore_index + 1 end
    check("case " .. i, c.case, function(x) return nn.NLLLoss(options)(x, make(c.target) + 1) end)
    check("case " .. i, c.case, function(x) return F.nll_loss(x, make(c.target) + 1, options) end)
  end
end)

t.test("log_softmax and nll_loss together are cross entropy", function()
  ml.manual_seed(1)
  local x, labels = ml.randn({ 6, 4 }, { dtype = "f64" }), ml.tensor { 1, 4, 2, 3, 3, 1 }
  for _, o in ipairs { {}, { weight = ml.tensor { 1.0, 2.0, 0.5, 3.0 } }, { ignore_index = 3 }, { reduction = "none" } } do
    local a, b = F.cross_entropy(x, labels, o), F.nll_loss(F.log_softmax(x, 2), labels, o)
    t.near(b:tolist(), a:tolist(), 1e-14)
  end
end)

t.test("every loss passes gradcheck, by the input and by the target", function()
  ml.manual_seed(3)
  local function values(low, high)
    return ml.empty({ 3, 4 }, { dtype = "f64" }):uniform_(low, high)
  end
  for name in pairs(FUNCTIONS) do
    local unit = name == "BCELoss"
    for _, reduction in ipairs { "mean", "sum", "none" } do
      local x = values(unit and 0.1 or -3, unit and 0.9 or 3):requires_grad_()
      local target = values(0.1, 0.9):requires_grad_()
      local criterion = nn[name] { reduction = reduction }
      t.ok(ml.autograd.gradcheck(function(a, b) return criterion(a, b) end, { x, target }), name)
      t.ok(ml.autograd.gradcheck(function(a, b) return criterion(a:t(), b:t()) end, { x, target }), name)
    end
  end
  local x, target = values(-3, 3):requires_grad_(), values(0, 1):requires_grad_()
  local weighted = nn.BCEWithLogitsLoss { weight = { 1, 2, 3, 4 }, pos_weight = { 3, 1, 0.5, 2 } }
  t.ok(ml.autograd.gradcheck(function(a, b) return weighted(a, b) end, { x, target }))
  local divergence = nn.KLDivLoss { log_target = true, reduction = "batchmean" }
  t.ok(ml.autograd.gradcheck(function(a, b) return divergence(a, b) end, { x, target }))
  local sides = ml.tensor({ { 1, -1, 1, -1 }, { 0, -1, 1, 1 }, { -1, -1, -1, 1 } }, { dtype = "f64" })
  for _, reduction in ipairs { "mean", "sum", "none" } do
    local hinge = nn.HingeEmbeddingLoss { reduction = reduction, margin = 0.8 }
    t.ok(ml.autograd.gradcheck(function(v) return hinge(v, sides) end, { x }), "HingeEmbeddingLoss")
  end
  local labels = ml.tensor { 1, 3, 4 }
  t.ok(ml.autograd.gradcheck(function(v) return nn.NLLLoss { weight = { 1, 2, 3, 4 } } (v, labels) end, { x }))
end)

t.test("sums of many elements do not depend on threads, and nothing has the mean NaN", function()
  local core = require "mlprun.core"
  ml.manual_seed(2)
  local x, target = ml.randn { 70000 }, ml.randn { 70000 }
  core.sys.threads(1)
  local one = F.mse_loss(x, target):item()
  core.sys.threads(4)
  t.equal(F.mse_loss(x, target):item(), one)
  core.sys.threads(1)
  t.near(one, (x - target):square():mean():item(), 1e-5)
  local nothing = ml.ones { 0 }
  t.ok(F.l1_loss(nothing, nothing):isnan():item())
  t.equal(F.l1_loss(nothing, nothing, { reduction = "sum" }):item(), 0)
end)

t.test("weights are buffers: they follow the module's type and are in its state", function()
  local criterion = nn.BCEWithLogitsLoss { pos_weight = { 2, 3 } }:double()
  t.equal(criterion.pos_weight.dtype, "f64")
  t.equal(getmetatable(criterion:state_dict()).names, { "pos_weight" })
  t.ok(criterion.weight == nil)
end)

t.test("mistakes are said in words", function()
  local a, b = ml.ones { 4, 1 }, ml.ones { 4 }
  for name, fn in pairs(FUNCTIONS) do
    t.raises(fn .. ": the target is 4 but the input is 4x1, and losses do not broadcast", nn[name](), a, b)
  end
  t.raises("mse_loss: the input is f32 but the target is i64: convert it with to('f32')", nn.MSELoss(), b,
    ml.tensor { 1, 2, 3, 4 })
  t.raises("mse_loss: the input is i64, expected f32 or f64", F.mse_loss, ml.tensor { 1 }, ml.tensor { 1 })
  t.raises("nn.MSELoss: reduction is 'avg', expected one of 'mean', 'sum', 'none'", nn.MSELoss,
    { reduction = "avg" })
  t.raises("nn.L1Loss: reduction is 'batchmean', expected one of 'mean', 'sum', 'none' (", nn.L1Loss, { reduction = "batchmean" })
  t.raises("expected one of 'mean', 'sum', 'none', 'batchmean'", nn.KLDivLoss, { reduction = "avg" })
  t.raises("nn.SmoothL1Loss: beta is -1, expected a number of at least 0", nn.SmoothL1Loss, { beta = -1 })
  t.raises("nn.HuberLoss: delta is 0, expected a number above 0", nn.HuberLoss, { delta = 0 })
  t.raises("nn.HuberLoss: unknown option 'detla': did you mean 'delta'?", nn.HuberLoss, { detla = 1 })
  t.raises("all elements of the input should be between 0 and 1, got 2", nn.BCELoss(), ml.ones { 2 } * 2, ml.ones { 2 })
  t.raises("all elements of the target should be between 0 and 1, got -1", nn.BCELoss(), ml.ones { 2 }, -ml.ones { 2 })
  t.raises("pos_weight is 3, which does not broadcast to the input, 2x2", nn.BCEWithLogitsLoss { pos_weight = { 1, 2, 3 } },
    ml.ones { 2, 2 }, ml.ones { 2, 2 })
  t.raises("weight requires a gradient", F.binary_cross_entropy, ml.ones { 2 }, ml.ones { 2 },
    { weight = ml.ones({ 2 }, { requires_grad = true }) })
  t.raises("nn.BCELoss: weight is true, expected a tensor or a list of numbers", nn.BCELoss, { weight = true })
  t.raises("nll_loss: label 4 at row 1, expected 1 to 3", nn.NLLLoss(), ml.ones { 2, 3 }, ml.tensor { 4, 1 })
  t.raises("nll_loss: expected input batch size (2) to match target batch size (3)", nn.NLLLoss(), ml.ones { 2, 3 },
    ml.tensor { 1, 1, 1 })
  t.raises("nll_loss: the target is f32, expected labels", nn.NLLLoss(), ml.ones { 2, 3 }, ml.ones { 2, 3 })
  t.raises("unknown option 'label_smoothing'", nn.NLLLoss, { label_smoothing = 0.1 })
end)

t.done()
