--- mlprun.experiment.settings - mistakes in what a trial's function sets, which are seen before anything is computed.
local core = require "mlprun.core"
local class = require "mlprun.base.class"
local doubts = require "mlprun.experiment.doubts"
local nn_module = require "mlprun.nn.module"
local is_module = nn_module.is_module
local structure = require "mlprun.experiment.structure"
local words = require "mlprun.base.words"

local settings = {}

local ADAPTIVE = { Adam = true, AdamW = true, Adamax = true, NAdam = true, RAdam = true }

-- The optimizer's parameters that are the model's, how many others it has, and what of the model it has not.
local function parameters_of(fields)
  local held, others, missing, own, learn = {}, 0, {}, {}, 0
  for name, p in fields.model:named_parameters() do own[p] = name end
  for _, group in ipairs(fields.optimizer.param_groups) do
    for _, p in ipairs(group.params) do
      if own[p] then held[p] = true else others = others + 1 end
    end
  end
  for name, p in fields.model:named_parameters() do
    if p.requires_grad then learn = learn + 1 end
    if p.requires_grad and not held[p] then missing[#missing + 1] = name end
  end
  return held, others, missing, learn
end

local function check_optimizer(state)
  local fields = state.fields
  local groups = type(fields.optimizer) == "table" and fields.optimizer.param_groups
  if not groups or not is_module(fields.model) then return end
  local held, others, missing, learn = parameters_of(fields)
  if not next(held) then
    doubts.refuse("run.optimizer holds %s, none of which is run.model's: make it with run.model:parameters()",
      words.count(others, "parameter"))
  elseif learn == 0 then
    doubts.refuse("no parameter of run.model requires a gradient, so nothing can be learnt: p:requires_grad_(true) for those "
      .. "that should")
  end
  if #missing > 0 then
    doubts.say(state, "run.optimizer has not all parameters of run.model: '%s'%s as at the beginning (requires_grad_(false) "
      .. "says that this is meant)", missing[1], #missing > 1 and (" and %d more stay"):format(#missing - 1) or " stays")
  end
  local group, kind = groups[1], class.of(fields.optimizer).__name
  local lr, momentum, decay = group.lr, group.momentum, group.weight_decay
  if lr == 0 and not fields.scheduler then doubts.say(state, "the learning rate is 0: nothing is learnt") end
  if lr and lr >= 1 and ADAPTIVE[kind] then
    doubts.say(state, "the learning rate is %g: with %s every step moves each weight by about so much, 1e-3 is usual", lr, kind)
  elseif lr and lr >= 10 then
    doubts.say(state, "the learning rate is %g: 0.1 and less are usual with %s", lr, kind)
  end
  if type(momentum) == "number" and momentum >= 1 then
    doubts.say(state, "momentum is %g: from 1 on no gradient is ever forgotten, and steps grow without end; 0.9 is usual",
      momentum)
  end
  if type(decay) == "number" and decay >= 1 and (kind == "SGD" or ADAPTIVE[kind]) then
    doubts.say(state, "weight_decay is %g: the weights go to 0, whatever the gradients say; 1e-5 to 0.1 are usual", decay)
  end
end

local trained = setmetatable({}, { __mode = "k" }) -- models that a run of this process has trained -> which

-- A model that is made outside of the trial's function goes on from run to run.
local function check_model_is_new(state)
  local f = state.fields
  local before = trained[f.model]
  trained[f.model] = ("trial '%s', seed %d"):format(f.trial, f.seed)
  if not before then return end
  doubts.say_always(state, "run.model was trained already, in %s: runs are no independent repetitions then; make it in the "
    .. "trial's function", before)
end

local function check_seed(state)
  local seed, own = core.tensor.initial_seed(), state.fields.seed
  if seed == own then return end
  doubts.say(state, "ml.manual_seed(%d) in the trial's function makes runs of all its seeds begin with the same weights: leave "
    .. "it out, run.seed is set", seed)
end

-- The text of a transform's Normalize; nil without one.
local function normalize_of(transform)
  local text = tostring(transform)
  local at = text:find("augment.Normalize", 1, true)
  return at and "augment.Normalize" .. (text:match("^augment%.Normalize%s*(%b{})", at) or "()") or nil
end

--- Whether both kinds of pictures become the same numbers.
function settings.check_transforms(state)
  local f = state.fields
  local train, val = normalize_of(f.train_transform), normalize_of(f.val_transform)
  if train == val then return end
  doubts.say(state, "training pictures are normalised with %s, validation pictures with %s: the net is measured on other numbers "
    .. "than it learns from", train or "nothing", val or "nothing")
end

local function check_parts(state)
  local f = state.fields
  local a, b = f.train.classes, f.val.classes
  if table.concat(a, "\0") ~= table.concat(b, "\0") then
    doubts.refuse("run.train has %s (%s), run.val %s (%s): they have to be the same", words.count(#a, "class"), words.list(a),
      words.count(#b, "class"), words.list(b))
  end
  if f.train.root ~= f.val.root or f.train.kind ~= f.val.kind then return end
  local seen, both = {}, 0
  for _, sample in ipairs(f.train:samples():tolist()) do seen[sample] = true end
  for _, sample in ipairs(f.val:samples():tolist()) do both = both + (seen[sample] and 1 or 0) end
  if both > 0 then
    doubts.say(state, "%s in run.val %s in run.train too: the accuracy of pictures that were learnt says nothing about new ones",
      words.count(both, "picture"), both == 1 and "is" or "are")
  end
end

local ONE_CLASS = { CrossEntropyLoss = true, NLLLoss = true, MultiMarginLoss = true }

-- Weights of classes in place of weights of pictures: the first few pictures would be all that is drawn.
local function check_sampler(state)
  local f = state.fields
  if type(f.sampler) ~= "userdata" or #f.train <= f.num_classes then return end
  local highest = 0
  for _, sample in ipairs(f.sampler:indices(1):tolist()) do highest = math.max(highest, sample) end
  if highest <= f.num_classes then
    doubts.say(state, "run.sampler draws none but the first %s of %d: are its weights those of classes? "
      .. "run.train:sample_weights() has one for each picture", words.count(highest, "picture"), #f.train)
  end
end

local function check_criterion(state)
  local criterion = state.fields.criterion
  local kind = is_module(criterion) and criterion:class_name()
  if state.fields.train.multilabel and ONE_CLASS[kind] then
    doubts.refuse("run.criterion is %s, for one class of each picture, but these have several labels: leave it as it is, "
      .. "nn.BCEWithLogitsLoss(), or set nn.MultiLabelSoftMarginLoss()", kind)
  end
  local reduction -- a module refuses names that it does not have
  if is_module(criterion) then reduction = nn_module.state(criterion).fields.reduction
  elseif type(criterion) == "table" then reduction = criterion.reduction end
  if reduction == "none" then
    doubts.refuse("run.criterion has reduction = \"none\" and gives a loss for each picture: expected one number")
  elseif reduction == "sum" then
    doubts.say(state, "run.criterion adds losses up (reduction = \"sum\"): steps and the losses that are told grow with the "
      .. "batch; leave it at the mean")
  end
end

--- Looks at a run's settings.
---@param state table
function settings.look(state)
  local f = state.fields
  check_optimizer(state)
  check_model_is_new(state)
  check_seed(state)
  check_parts(state)
  check_criterion(state)
  check_sampler(state)
  if is_module(f.model) then
    structure.look(function(text) doubts.say(state, "%s", text) end, f.model, f.criterion)
  end
end

return settings
