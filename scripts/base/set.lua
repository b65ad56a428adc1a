--- mlprun.base.set - a set of words: set "one two" is { one = true, two = true }.
---@param words string   between blanks
---@return table<string, boolean>
return function(words)
  local found = {}
  for word in words:gmatch("%S+") do found[word] = true end
  return found
end
