--- mlprun.experiment.spread - how a model's parameters are distributed: a few quantiles of each, for a chart over the epochs.
local core = require "mlprun.core"
local quantile = require "mlprun.base.quantile"

local spread = {}

local SHARES = { 0, 0.05, 0.25, 0.5, 0.75, 0.95, 1 }
local MOST = 20000 -- of a larger parameter's values so many are sorted, evenly apart; the least and the most are exact

-- So many of a vector's values, in order.
local function sorted(w)
  local apart = math.ceil(w:numel() / MOST)
  local some = apart > 1 and w:index_select(1, core.tensor.arange(1, w:numel() + 1, apart)) or w
  return some:sort():tolist()
end

--- Of each parameter by name: its least value, the quantiles 5, 25, 50, 75 and 95 %, and its greatest. One with values that
--- are not finite is left out.
---@return table<string, number[]>
function spread.of(model)
  local all = {}
  for name, p in model:named_parameters() do
    local w = p:detach():flatten(1)
    local low, high = w:min():item(), w:max():item()
    if low - low == 0 and high - high == 0 then
      local list, values = sorted(w), { low }
      for i = 2, #SHARES - 1 do values[i] = quantile(list, SHARES[i]) end
      values[#SHARES] = high
      all[name] = values
    end
  end
  return all
end

return spread
