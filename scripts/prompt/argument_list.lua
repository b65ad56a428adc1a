--- mlprun.prompt.argument_list - a list of arguments at its commas, brackets not entered.
---@param list string
---@return string[]   without the blanks around each
return function(list)
  local parts, depth, current = {}, 0, ""
  for c in list:gmatch(".") do
    if c:find("[%(%[{]") then depth = depth + 1 elseif c:find("[%)%]}]") then depth = depth - 1 end
    if c == "," and depth == 0 then
      parts[#parts + 1] = current
      current = ""
    else
      current = current .. c
    end
  end
  if current:find("%S") or #parts > 0 then parts[#parts + 1] = current end
  for i, part in ipairs(parts) do parts[i] = part:match("^%s*(.-)%s*$") end
  return parts
end
