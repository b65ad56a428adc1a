--- mlprun.base.quantile - the quantile q of a sorted list, linear between two of its values.
---@param sorted number[]   at least one
---@param q number          0 to 1
---@return number
return function(sorted, q)
  local at = q * (#sorted - 1) + 1
  local below = math.floor(at)
  return sorted[below] + (sorted[math.min(below + 1, #sorted)] - sorted[below]) * (at - below)
end
