-- nn.CrossEntropyLoss and nn.NLLLoss: losses of class labels.
local core = require "mlprun.core"
local base = require "mlprun.nn.module"
local options = require "mlprun.nn.options"

local KNOWN = { "weight", "ignore_index", "reduction", "label_smoothing" }
local WHO = "nn.CrossEntropyLoss"

--- The options that both have become fields.
local function read_options(self, o, who)
  local weight = o.weight
  if type(weight) == "table" then weight = core.tensor.tensor(weight, { dtype = "f32" }) end
  self:register_buffer("weight", options.value(weight, nil, "userdata", who, "weight"))
  self.ignore_index = options.value(o.ignore_index, -100, "number", who, "ignore_index")
  self.reduction = options.value(o.reduction, "mean", "string", who, "reduction")
  if self.reduction ~= "mean" and self.reduction ~= "sum" and self.reduction ~= "none" then
    core.sys.fail(("%s: '%s' is not a valid value for reduction: expected 'mean', 'sum' or 'none'"):format(who,
      self.reduction))
  end
end

local CrossEntropyLoss = base.Module:subclass("CrossEntropyLoss")
CrossEntropyLoss.built_in = true

--- nn.CrossEntropyLoss([{ weight, ignore_index = -100, reduction = "mean", label_smoothing = 0 }]), then
--- criterion(output, labels): output is (n, classes), not normalised; labels count from 1, or are class probabilities in
--- the shape of the output.
---@param o? { weight: Tensor, ignore_index: integer, reduction = "mean", label_smoothing = 0 }
function CrossEntropyLoss:__init(o, ...)
  o = options.check(o, KNOWN, WHO, ...)
  read_options(self, o, WHO)
  self.label_smoothing = options.value(o.label_smoothing, 0, "number", WHO, "label_smoothing")
  if not (self.label_smoothing >= 0 and self.label_smoothing <= 1) then
    core.sys.fail(("%s: label_smoothing must be between 0 and 1, got %s"):format(WHO, self.label_smoothing))
  end
end

function CrossEntropyLoss:forward(output, labels)
  return core.nn.cross_entropy(output, labels, {
    weight = self.weight, ignore_index = self.ignore_index, reduction = self.reduction,
    label_smoothing = self.label_smoothing,
  })
end

local NLLLoss = base.Module:subclass("NLLLoss")
NLLLoss.built_in = true

--- nn.NLLLoss([{ weight, ignore_index = -100, reduction = "mean" }]), then criterion(log_probabilities, labels): what
--- nn.LogSoftmax(2) gives, (n, classes) or (n, classes, ...); labels count from 1.
---@param o? { weight: Tensor, ignore_index: integer, reduction = "mean" }
function NLLLoss:__init(o, ...)
  read_options(self, options.check(o, { "weight", "ignore_index", "reduction" }, "nn.NLLLoss", ...), "nn.NLLLoss")
end

function NLLLoss:forward(output, labels)
  return core.nn.nll_loss(output, labels, {
    weight = self.weight, ignore_index = self.ignore_index, reduction = self.reduction,
  })
end

return { CrossEntropyLoss = CrossEntropyLoss, NLLLoss = NLLLoss }
