-- ml.explain against PyTorch's autograd, and what it refuses.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local nn, explain = ml.nn, ml.explain

local golden = ml.load_npz("tests/golden/explain/maps.npz")

local function golden_net()
  local net = nn.Sequential { nn.Conv2d(3, 4, 3, { padding = 1 }), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(4, 5, 3), nn.ReLU(), nn.Dropout(0.5), nn.Flatten(), nn.Linear(5 * 3 * 4, 3) }
  local state = {}
  for name, value in pairs(golden) do
    if name:find "^net%." then state[name:sub(5)] = value end
  end
  net:load_state_dict(state)
  return net
end

local function compare(map, expected)
  t.equal(map.shape, expected.shape)
  t.near((map - expected):abs():max():item() / expected:abs():max():item(), 0, 1e-5)
end

local target = golden.target + 1

t.test("saliency is PyTorch's gradient", function()
  local map, classes = explain.saliency(golden_net(), golden.x, { target = target })
  compare(map, golden.saliency)
  t.equal(classes:tolist(), target:tolist())
end)

t.test("Grad-CAM weighs the last convolution's features, at the size of the picture", function()
  local net = golden_net()
  compare(explain.grad_cam(net, golden.x, { target = target }), golden.cam)
  compare(explain.grad_cam(net, golden.x, { target = target, layer = "4" }), golden.cam)
  compare(explain.grad_cam(net, golden.x, { target = target, layer = net[5] }), golden.cam)
end)

t.test("occlusion is the mean loss of the windows over a pixel", function()
  compare(explain.occlusion(golden_net(), golden.x, { target = target, window = 4, stride = 3, value = 0.25 }), golden.occlusion)
end)

t.test("without a target it is the class that the model answers", function()
  local net = golden_net()
  local _, classes = explain.saliency(net, golden.x)
  net:eval()
  t.equal(classes:tolist(), net(golden.x):argmax({ dim = 2 }):tolist())
end)

t.test("the model is left as it was", function()
  local net = golden_net()
  net[1].weight:requires_grad_(false)
  for _, method in ipairs { "saliency", "occlusion", "grad_cam" } do explain[method](net, golden.x) end
  t.equal(net.training, true)
  t.equal(net[7].training, true)
  t.equal(net[1].weight.requires_grad, false)
  t.equal(net[5].weight.requires_grad, true)
  t.equal(net[5].weight.grad, nil)
  local forward = net[5](ml.rand { 1, 4, 5, 6 }) -- the hook is gone
  t.equal(forward.shape, { 1, 5, 3, 4 })
end)

t.test("gradients are there inside no_grad too", function()
  local map = ml.no_grad(function() return (explain.saliency(golden_net(), golden.x, { target = target })) end)
  compare(map, golden.saliency)
end)

t.test("maps are pictures: dark where they are 0, light at their largest", function()
  local levels = explain.picture(ml.tensor { { 0, 1.0 }, { 0.5, -1 } }):tensor():tolist()
  t.equal(levels[1][1], { 0, 0, 4 })
  t.equal(levels[1][2], { 252, 255, 164 })
  t.equal(levels[2][1], { 188, 55, 84 })
  t.equal(levels[2][2], { 0, 0, 4 })
  levels = explain.picture(ml.tensor { { 1.0, 0.2 } }):tensor():tolist()
  t.equal(levels[1][2], { 70, 13, 89 }) -- four fifths of the way to the second colour
  t.equal(explain.picture(ml.tensor { { 0 / 0, 1.0 } }):tensor():tolist()[1], { { 0, 0, 4 }, { 0, 0, 4 } })
end)

t.test("an area that a map does not cover is its picture in grey", function()
  local over = require("mlprun.core").image.from_tensor(ml.full({ 1, 2, 3 }, 100, { dtype = "u8" }))
  local levels = explain.picture(ml.tensor { { 0, 1.0 } }, { over = over }):tensor():tolist()[1]
  t.equal(levels, { { 51, 51, 52 }, { 252, 255, 164 } })
end)

t.test("weights of a first layer are pictures around grey", function()
  local net = nn.Sequential { nn.Flatten(), nn.Linear(3 * 4 * 4, 2) }
  net[2].weight:detach():zero_()
  net[2].weight:detach()[1][1] = 2 -- the first pixel's red
  net[2].weight:detach()[1][2] = -1
  local images = require("mlprun.explain.pictures").of_weights(net, 2)
  local levels = images[1]:tensor():tolist()
  t.equal(levels[1][1], { 255, 128, 128 })
  t.equal(levels[1][2], { 64, 128, 128 })
  t.equal(explain.weights(net):image(1).width > 100, true)
  t.equal(#require("mlprun.explain.pictures").of_weights(golden_net(), 64), 4)
  t.raises("are no square picture", explain.weights, nn.Linear(7, 2))
  t.equal(explain.weights(nn.Linear(6, 2), { shape = { 1, 2, 3 } }):image(1).width > 0, true)
end)

t.test("show has each picture with its maps", function()
  local text = tostring(explain.show(golden_net(), golden.x, { classes = { "a", "b", "c" } }))
  t.ok(text:find("8 pictures") or text:find("a grid"), text)
  t.raises("did you mean 'saliency'", explain.show, golden_net(), golden.x, { methods = { "salience" } })
end)

t.test("mistakes are one sentence", function()
  local plain = nn.Sequential { nn.Flatten(), nn.Linear(12, 2) }
  t.raises("the model has no Conv2d: Grad-CAM is for convolutional nets", explain.grad_cam, plain, ml.ones { 1, 3, 2, 2 })
  t.raises("one picture: x:unsqueeze(1)", explain.saliency, plain, ml.ones { 3, 2, 2 })
  t.raises("expected 1 to 2", explain.saliency, plain, ml.ones { 1, 3, 2, 2 }, { target = 3 })
  t.raises("no layer 'conv9'", explain.grad_cam, golden_net(), golden.x, { layer = "conv9" })
  t.raises("stride is 9", explain.occlusion, golden_net(), golden.x, { window = 4, stride = 9 })
  t.raises("got a table, expected a model", explain.saliency, {}, golden.x)
end)

t.done()
