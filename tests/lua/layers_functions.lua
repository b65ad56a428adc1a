-- Padding, resizing, transposed convolution, group norm, margin losses: PyTorch's values and gradients
-- (tests/golden/layers/make_functions.py), then their classes and messages.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local nn, F = ml.nn, ml.nn.functional
local golden = dofile("tests/golden/layers/functions.lua")
local make, _, check = dofile("tests/golden/layers/compare.lua")(t)

local NAMES = { "a", "b", "c", "d" }

local function run(c, inputs)
  local scope = { F = F }
  for i, x in ipairs(inputs) do scope[NAMES[i]] = x end
  for i, v in ipairs(c.given) do
    local x = make(v)
    if c.labels and i == 1 then x = x + 1 end
    scope[NAMES[#inputs + i]] = x
  end
  return assert(load("return " .. c.call, "=" .. c.call, "t", scope))()
end

for part, cases in pairs(golden) do
  t.test(part .. " and their gradients are PyTorch's", function()
    for i, c in ipairs(cases) do
      check(("case %d: %s"):format(i, c.call), c.case, function(...) return run(c, { ... }) end,
        c.case.output.dtype == "f32" and 4e-6 or 1e-11)
    end
    t.ok(#cases >= 10, part .. " has cases")
  end)
end

t.test("the classes compute what their functions do", function()
  local x = ml.randn { 2, 4, 5, 6 }
  local function same(layer, y) t.ok(layer(x):eq(y):all():item(), tostring(layer)) end
  same(nn.ZeroPad2d { 1, 2, 0, 1 }, F.pad(x, { 1, 2, 0, 1 }))
  same(nn.ConstantPad2d(1, 0.5), F.pad(x, { 1, 1, 1, 1 }, { value = 0.5 }))
  same(nn.ReflectionPad2d(2), F.pad(x, { 2, 2, 2, 2 }, { mode = "reflect" }))
  same(nn.ReplicationPad2d(2), F.pad(x, { 2, 2, 2, 2 }, { mode = "replicate" }))
  same(nn.CircularPad2d(2), F.pad(x, { 2, 2, 2, 2 }, { mode = "circular" }))
  same(nn.Upsample { scale_factor = 2, mode = "bilinear" }, F.interpolate(x, { scale_factor = 2, mode = "bilinear" }))
  same(nn.AdaptiveMaxPool2d { false, 2 }, F.adaptive_max_pool2d(x, { 5, 2 }))
  local group = nn.GroupNorm(2, 4)
  same(group, F.group_norm(x, 2, { weight = group.weight, bias = group.bias }))
  local deconvolution = nn.ConvTranspose2d(4, 3, 3, { stride = 2 })
  same(deconvolution, F.conv_transpose2d(x, deconvolution.weight, { bias = deconvolution.bias, stride = 2 }))
  t.equal(deconvolution(x).shape, { 2, 3, 11, 13 })
  local circular = nn.Conv2d(4, 2, 3, { padding = "same", padding_mode = "circular" })
  same(circular, F.conv2d(F.pad(x, { 1, 1, 1, 1 }, { mode = "circular" }), circular.weight, { bias = circular.bias }))
  t.equal(tostring(circular), "Conv2d(4, 2, kernel_size=3, stride=1, padding='same', padding_mode='circular')")
end)

t.test("instance norm keeps statistics when it is told to, as PyTorch does", function()
  local x = ml.arange(1, 25):to("f64"):reshape(2, 3, 2, 2)
  local plain = nn.InstanceNorm2d(3, { dtype = "f64" })
  t.near(plain(x):mean():item(), 0, 1e-12)
  t.equal(#plain:parameters(), 0)
  local layer = nn.InstanceNorm2d(3, { track_running_stats = true, affine = true, dtype = "f64" })
  layer(x)
  -- the means over the pictures of means 2.5, 6.5, ... and of unbiased variances 5/3, mixed by a tenth
  t.near(layer.running_mean:tolist(), { 0.85, 1.25, 1.65 }, 1e-12)
  t.near(layer.running_var:tolist(), { 0.9 + 0.5 / 3, 0.9 + 0.5 / 3, 0.9 + 0.5 / 3 }, 1e-12)
  t.equal(layer.num_batches_tracked:item(), 0) -- PyTorch does not count them
  layer:eval()
  t.near(layer(x)[{ 1, 1, 1, 1 }]:item(), 0.15 / math.sqrt(0.9 + 0.5 / 3 + 1e-5), 1e-12)
  t.equal(layer(x[1]).shape, { 3, 2, 2 })
end)

t.test("resizing and padding agree with differences", function()
  local x = ml.randn({ 1, 2, 4, 4 }, { dtype = "f64", requires_grad = true })
  t.ok(ml.autograd.gradcheck(function(v) return F.interpolate(v, { size = { 5, 7 }, mode = "bicubic" }) end, { x }))
  t.ok(ml.autograd.gradcheck(function(v) return F.pad(v, { 2, 1, 1, 3 }, { mode = "reflect" }) end, { x }))
end)

t.test("messages say what was expected", function()
  local x = ml.zeros { 1, 2, 4, 4 }
  t.raises("pad: 4 in mode 'reflect' around dimension 4 of the input 1x2x4x4, expected at most 3", F.pad, x, { 4, 0 },
    { mode = "reflect" })
  t.raises("pad: got 3 numbers, expected two for each dimension", F.pad, x, { 1, 2, 3 })
  t.raises("interpolate: got neither size nor scale_factor", F.interpolate, x)
  t.raises("align_corners is for bilinear and bicubic", F.interpolate, x, { size = 3, align_corners = true })
  t.raises("conv_transpose2d expects 3 channels and got 2", nn.ConvTranspose2d(3, 1, 2), x)
  t.raises("output_padding is 2, expected less than the stride, 2", nn.ConvTranspose2d(2, 1, 2, { stride = 2,
    output_padding = 2 }), x)
  t.raises("num_channels is 5, expected a multiple of num_groups, 2", nn.GroupNorm, 2, 5)
  t.raises("2 groups do not share the 3 channels", F.group_norm, ml.zeros { 1, 3 }, 2)
  t.raises("the negative is missing", nn.TripletMarginLoss(), x, x)
  t.raises("multi_margin_loss: label 4 at row 1, expected 1 to 3", F.multi_margin_loss, ml.zeros { 1, 3 }, ml.tensor { 4 })
  t.raises("padding has 3 numbers", nn.ReflectionPad2d, { 1, 2, 3 })
end)

t.done()
