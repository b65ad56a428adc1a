--- mlprun.plot.gaps - lines are drawn as far as their places are numbers.

--- The runs of points of which all numbers are finite, each a list as `points` is.
---@param points number[]
---@param size integer      numbers for each point
---@return number[][]
return function(points, size)
  local list, run = {}, nil
  for i = 1, #points, size do
    local ok = true
    for k = i, i + size - 1 do ok = ok and points[k] - points[k] == 0 end
    if not ok then
      run = nil
    else
      if not run then
        run = {}
        list[#list + 1] = run
      end
      table.move(points, i, i + size - 1, #run + 1, run)
    end
  end
  return list
end
