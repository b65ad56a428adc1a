--- mlprun.metrics.calibration - one number that makes a net's probabilities say how often it is right: the temperature that its
--- scores are divided by (Guo et al., 2017). It changes no answer.
local core = require "mlprun.core"
local fail = core.sys.fail
local probability = require "mlprun.metrics.probability"

local calibration = {}

local LEAST, MOST, STEPS = 0.05, 20, 40

-- The slope of the mean log loss by the inverse temperature, which never falls as that grows.
local function slope(logits, at_labels, inverse)
  local p = core.nn.softmax(logits * inverse, 2)
  return ((p * logits):sum { dim = 2 } - at_labels):mean():item()
end

local function fitted(labels, logits)
  local at_labels = logits:gather(2, labels:reshape(-1, 1)):reshape(-1)
  local low, high = math.log(1 / MOST), math.log(1 / LEAST)
  for _ = 1, STEPS do
    local middle = (low + high) / 2
    if slope(logits, at_labels, math.exp(middle)) < 0 then low = middle else high = middle end
  end
  return 1 / math.exp((low + high) / 2)
end

local function check(labels, logits, who)
  if not core.tensor.is_tensor(logits) or #logits.shape ~= 2 then
    fail(("%s: logits are expected to be a tensor of n x classes: what the net gives, before softmax"):format(who))
  end
  if not core.tensor.is_tensor(labels) then labels = core.tensor.tensor(labels, { dtype = "i64" }) end
  if #labels.shape ~= 1 or labels.shape[1] ~= logits.shape[1] then
    fail(("%s: labels are %s, expected one for each of %d rows"):format(who, table.concat(labels.shape, "x"), logits.shape[1]))
  end
  return labels, logits:detach():double()
end

--- The temperature with which the mean log loss of softmax(logits / temperature) is least, from 0.05 to 20. Above 1: the net is
--- surer than it is right.
---@param labels Tensor|integer[]   the true classes, from 1
---@param logits Tensor             n x classes: what the net gives, before softmax
---@return number
---@example scores = (net(images) / metrics.temperature(labels, net(images))):softmax(2)
function calibration.temperature(labels, logits)
  return fitted(check(labels, logits, "temperature"))
end

-- The calibration error with a temperature that was fitted to the other half: every second row.
local function held_out_error(labels, logits)
  local n, sum = labels.shape[1], 0
  local halves = { core.tensor.arange(1, n + 1, 2), core.tensor.arange(2, n + 1, 2) }
  for i, own in ipairs(halves) do
    local other = halves[3 - i]
    local temperature = fitted(labels:index_select(1, other), logits:index_select(1, other))
    local scores = core.nn.softmax(logits:index_select(1, own) / temperature, 2)
    sum = sum + probability.calibration_error(labels:index_select(1, own), scores) * #own
  end
  return sum / n
end

--- What a run keeps: temperature, and the calibration error without it and with it. That with it is honest: each half of the
--- pictures is measured with a temperature from the other half. nil where there are too few pictures, or the net's answers
--- are not finite.
---@return { temperature: number, error: number, calibrated_error: number }?
function calibration.of(labels, logits)
  if labels.shape[1] < 4 or not logits:isfinite():all():item() then return nil end
  labels, logits = check(labels, logits, "calibration")
  return { temperature = fitted(labels, logits), error = probability.calibration_error(labels, core.nn.softmax(logits, 2)),
           calibrated_error = held_out_error(labels, logits) }
end

return calibration
