--- mlprun.experiment.structure - what the layers of a net say about mistakes in it, before anything is computed.
--
-- Known of layers that follow each other: a Sequential and those within it. A net with a forward of its own is not looked into.
local is_module = require("mlprun.nn.module").is_module

local structure = {}

local ACTIVATIONS = { ReLU = true, ReLU6 = true, LeakyReLU = true, PReLU = true, ELU = true, SELU = true, CELU = true,
                      GELU = true, SiLU = true, Mish = true, Tanh = true, Sigmoid = true, Hardtanh = true,
                      Softplus = true, Softsign = true,
                      Hardswish = true, Hardsigmoid = true, Tanhshrink = true, Softshrink = true, Hardshrink = true }
local LINEAR = { Dropout = true, Identity = true, Flatten = true } -- a line stays one through these
local MOST_DROPPED = 0.9

-- The layers of a Sequential in their order, those of inner ones in their place: { name, module, class }.
local function chain(model, prefix, list)
  for name, child in model:named_children() do
    local path = prefix .. name
    if child:class_name() == "Sequential" then chain(child, path .. ".", list)
    else list[#list + 1] = { name = path, module = child, class = child:class_name() } end
  end
  return list
end

local function check_end(say, layers, criterion)
  local at = #layers
  while at > 1 and (layers[at].class == "Identity" or layers[at].class == "Flatten") do at = at - 1 end
  local last = layers[at]
  if not last or not is_module(criterion) or criterion:class_name() ~= "CrossEntropyLoss" then return end
  if ACTIVATIONS[last.class] then
    say(("run.model ends with %s, which bounds the scores of the classes: CrossEntropyLoss takes them as the last Linear gives "
      .. "them"):format(last.class))
  elseif last.class:find("^Dropout") then
    say("run.model ends with Dropout, which sets scores of classes to 0: it belongs before the last Linear")
  end
end

local function check_activations(say, layers)
  local before
  for _, layer in ipairs(layers) do
    if layer.class == "Linear" then
      if before then
        say(("the layers '%s' and '%s' (Linear) follow each other without an activation: together they can do no more than one; "
          .. "put nn.ReLU() between them"):format(before.name, layer.name))
      end
      before = layer
    elseif not LINEAR[layer.class] then
      before = nil
    end
  end
end

--- Says what most likely is a mistake.
---@param say fun(text: string)
---@param model Module
---@param criterion any
function structure.look(say, model, criterion)
  if model:class_name() == "Sequential" then
    local layers = chain(model, "", {})
    check_end(say, layers, criterion)
    check_activations(say, layers)
  end
  for name, module in model:named_modules() do
    if module:class_name():find("^Dropout") and module.p > MOST_DROPPED then
      say(("the layer '%s' (Dropout) drops %.0f %% of what comes in: p is the share that is dropped, not the one that is kept")
        :format(name, 100 * module.p))
    end
  end
end

return structure
