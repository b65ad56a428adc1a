--- mlprun.prompt.from_zero - an index or a dimension of Python's as one of ours: whole numbers move by one, from the end they
--- stay. A variable stays too: who knows what it counts from.
---@param index string
---@return string
return function(index)
  local n = math.tointeger(tonumber(index))
  return n and tostring(n >= 0 and n + 1 or n) or index
end
