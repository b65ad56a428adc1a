-- nn.CrossEntropyLoss.
local core = require "mlprun.core"
local base = require "mlprun.nn.module"
local options = require "mlprun.nn.options"

local KNOWN = { "weight", "ignore_index", "reduction", "label_smoothing" }
local WHO = "nn.CrossEntropyLoss"

local CrossEntropyLoss = base.Module:subclass("CrossEntropyLoss")
CrossEntropyLoss.built_in = true

--- nn.CrossEntropyLoss([{ weight, ignore_index = -100, reduction = "mean", label_smoothing = 0 }]), then
--- criterion(output, labels): output is (n, classes), not normalised; labels count from 1, or are class probabilities in
--- the shape of the output.
function CrossEntropyLoss:__init(o, ...)
  o = options.check(o, KNOWN, WHO, ...)
  local weight = o.weight
  if type(weight) == "table" then weight = core.tensor.tensor(weight, { dtype = "f32" }) end
  self:register_buffer("weight", options.value(weight, nil, "userdata", WHO, "weight"))
  self.ignore_index = options.value(o.ignore_index, -100, "number", WHO, "ignore_index")
  self.reduction = options.value(o.reduction, "mean", "string", WHO, "reduction")
  self.label_smoothing = options.value(o.label_smoothing, 0, "number", WHO, "label_smoothing")
  if self.reduction ~= "mean" and self.reduction ~= "sum" and self.reduction ~= "none" then
    core.sys.fail(("%s: '%s' is not a valid value for reduction: expected 'mean', 'sum' or 'none'"):format(WHO,
      self.reduction))
  end
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

return { CrossEntropyLoss = CrossEntropyLoss }
