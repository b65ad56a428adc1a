--- mlprun.plot.clip - the part of lines and bands that lies inside of a frame: { left, top, right, bottom }.
local clip = {}

-- Which part of the way from `from` to `to` lies between low and high, as two shares of it; the first one is the greater
-- when none does.
local function inside(from, to, low, high)
  if from == to then
    if from < low or from > high then return 1, 0 end
    return 0, 1
  end
  local a, b = (low - from) / (to - from), (high - from) / (to - from)
  return math.min(a, b), math.max(a, b)
end

--- The part of a segment inside of the frame: shares of its way, or nil.
---@return number? from, number? to
function clip.segment(x0, y0, x1, y1, frame)
  local a, b = inside(x0, x1, frame.left, frame.right)
  local c, d = inside(y0, y1, frame.top, frame.bottom)
  local from, to = math.max(0, a, c), math.min(1, b, d)
  if from <= to then return from, to end
end

local function is_inside(x, y, frame)
  return x >= frame.left and x <= frame.right and y >= frame.top and y <= frame.bottom
end

--- Runs of points inside of the frame, each { x1, y1, x2, y2, ... }; what is not finite is a gap, and a point without a
--- neighbour a run of its own.
---@param points number[]   x and y of each
function clip.line(points, frame)
  local runs, run, before = {}, nil, nil
  local function begin(x, y)
    run = { x, y }
    runs[#runs + 1] = run
  end
  for i = 1, #points, 2 do
    local x, y = points[i], points[i + 1]
    local finite = x - x == 0 and y - y == 0
    if finite and before then
      local x0, y0 = points[i - 2], points[i - 1]
      local from, to = clip.segment(x0, y0, x, y, frame)
      if from then
        if not run then begin(x0 + (x - x0) * from, y0 + (y - y0) * from) end
        run[#run + 1], run[#run + 2] = x0 + (x - x0) * to, y0 + (y - y0) * to
      end
      if to ~= 1 then run = nil end
    elseif finite and is_inside(x, y, frame) then
      begin(x, y)
    end
    if not finite then run = nil end
    before = finite
  end
  return runs
end

-- Where between two values the edges of the frame are crossed, as shares of the way.
local function crossings(shares, from, to, frame)
  for _, edge in ipairs { frame.top, frame.bottom } do
    local share = (edge - from) / (to - from)
    if share > 0 and share < 1 then shares[#shares + 1] = share end
  end
end

--- A band, { x, low, high } for each point, that stays between the top and the bottom of the frame.
function clip.band(points, frame)
  local band = {}
  local function level(y) return y ~= y and y or math.max(frame.top, math.min(frame.bottom, y)) end
  local function add(x, low, high)
    band[#band + 1], band[#band + 2], band[#band + 3] = x, level(low), level(high)
  end
  for i = 1, #points, 3 do
    local x, low, high = points[i], points[i + 1], points[i + 2]
    if i > 1 then
      local x0, low0, high0 = points[i - 3], points[i - 2], points[i - 1]
      local shares = {}
      crossings(shares, low0, low, frame)
      crossings(shares, high0, high, frame)
      table.sort(shares)
      for _, share in ipairs(shares) do
        add(x0 + (x - x0) * share, low0 + (low - low0) * share, high0 + (high - high0) * share)
      end
    end
    add(x, low, high)
  end
  return band
end

return clip
