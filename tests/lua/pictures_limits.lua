-- Every transform at the limits of its parameters, one and two of them at a time, on pictures of odd sizes: generated from
-- their descriptions. What lies inside the limits works or is refused in words; what lies outside is refused.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local augment = ml.augment

local NAN <const> = 0 / 0
local LARGEST_SIDE <const> = 300 -- of a result: the limit itself would take gigabytes
local LARGEST_PADDED <const> = 40 -- likewise, and there are many ways to pad

local function cap(parameter)
  local padded = parameter.name:find("^min_") or parameter.name:find("_divisor$")
  local most = padded and LARGEST_PADDED or parameter.required and LARGEST_SIDE or parameter.high
  return math.min(parameter.high, most)
end

local function numbers(parameter)
  local low, high = parameter.low, cap(parameter)
  local middle = (low + high) / 2
  return { low, parameter.kind:find("^whole") and middle // 1 or middle, high }
end

local function outside(parameter)
  local function beyond(x, way)
    if parameter.kind:find("^whole") then return x + way end
    return x + way * (x == 0 and 1e-9 or math.abs(x) * 1e-6)
  end
  return { beyond(parameter.low, -1), beyond(parameter.high, 1), NAN, math.huge, -math.huge }
end

local function ranges(parameter)
  local n, list = numbers(parameter), {}
  for i = 1, 3 do
    for k = i, 3 do list[#list + 1] = { n[i], n[k] } end
  end
  return list
end

local function axes(parameter)
  local n, list = numbers(parameter), ranges(parameter)
  list[#list + 1] = { x = { n[1], n[1] }, y = { n[3], n[3] } }
  list[#list + 1] = { x = { n[3], n[3] } }
  return list
end

local function colours(parameter)
  local n = numbers(parameter)
  return { n[1], n[3], n }
end

local legal = {
  number = numbers, ["whole number"] = numbers, range = ranges, ["whole range"] = ranges, axes = axes, colour = colours,
  boolean = function() return { false, true } end,
  choice = function(parameter) return parameter.choices end,
  ["whole pair"] = function(parameter)
    local n = numbers(parameter)
    return { { n[1], n[1] }, { n[1], n[3] }, { n[3], n[1] }, { n[2], n[3] } }
  end,
}

-- what a parameter of the kind becomes when one of its numbers is x
local with = {
  number = function(x) return { x } end,
  range = function(x, parameter) return { { x, parameter.high }, { parameter.low, x } } end,
  axes = function(x, parameter) return { { x, parameter.high }, { y = { parameter.low, x } } } end,
  colour = function(x, parameter) return { x, { parameter.low, x, parameter.high } } end,
}
with["whole number"], with["whole range"], with["whole pair"] = with.number, with.range, with.range

local pictures = {}
for _, size in ipairs { { 1, 1 }, { 1, 9 }, { 9, 1 }, { 2, 2 }, { 11, 14 } } do
  for channels = 1, 3, 2 do
    pictures[#pictures + 1] = ml.randint(0, 255, { size[1], size[2], channels }, { dtype = "u8" })
  end
end

local function options_of(description)
  local options = { p = 1 }
  for _, parameter in ipairs(description.parameters) do
    if parameter.required then options[parameter.name] = 1 end
  end
  return options
end

local function shown(options)
  local list = {}
  for key, value in pairs(options) do
    if type(value) == "table" then value = "{" .. table.concat(value, ", ") .. "}" end
    list[#list + 1] = key .. " = " .. tostring(value)
  end
  return table.concat(list, ", ")
end

-- Whether the transform could be made. When it was, every picture goes through it, or is refused in words.
local function try(name, options)
  local made, transform = pcall(augment[name], options)
  if not made then
    t.ok(tostring(transform):find(name .. ": ", 1, true), ("%s { %s }: %s"):format(name, shown(options), transform))
    return false
  end
  for seed, picture in ipairs(pictures) do
    local worked, result = pcall(transform, picture, { seed = seed })
    t.ok(worked or tostring(result):find(name .. ": ", 1, true), ("%s { %s }: %s"):format(name, shown(options), result))
  end
  return true
end

for _, name in ipairs(augment.names()) do
  local description = augment.describe(name)

  t.test(name .. " works at each limit and refuses what is beyond", function()
    for _, parameter in ipairs(description.parameters) do
      local works = 0
      for _, value in ipairs(legal[parameter.kind](parameter)) do
        local options = options_of(description)
        options[parameter.name] = value
        if try(name, options) then works = works + 1 end
      end
      t.ok(works > 0, name .. "." .. parameter.name .. " has a legal value")
      for _, x in ipairs(parameter.low and outside(parameter) or {}) do
        for _, value in ipairs(with[parameter.kind](x, parameter)) do
          local options = options_of(description)
          options[parameter.name] = value
          t.raises(parameter.name, augment[name], options)
        end
      end
    end
  end)

  t.test(name .. " works with two parameters at their limits", function()
    for i, first in ipairs(description.parameters) do
      for k = i + 1, #description.parameters do
        local second = description.parameters[k]
        for _, a in ipairs(legal[first.kind](first)) do
          for _, b in ipairs(legal[second.kind](second)) do
            local options = options_of(description)
            options[first.name], options[second.name] = a, b
            try(name, options)
          end
        end
      end
    end
  end)
end

local function covered(options)
  options.p, options.num_holes_range, options.fill = 1, { 1, 1 }, 255
  local out = augment.CoarseDropout(options)(ml.zeros({ 64, 32, 3 }, { dtype = "u8" }), { seed = 4 }):tensor()
  local white = out:select(3, 1):gt(0):to("i64")
  return white:sum(2):gt(0):sum():item(), white:sum(1):gt(0):sum():item()
end

t.test("CoarseDropout reads each range in its own unit", function()
  t.equal({ covered { hole_height_range = { 0.5, 0.5 }, hole_width_range = { 10, 10 } } }, { 32, 10 })
  t.equal({ covered { hole_height_range = { 10, 10 }, hole_width_range = { 0.5, 0.5 } } }, { 10, 16 })
  t.equal(covered { hole_height_range = { 100, 100 }, hole_width_range = { 0.25, 0.25 } }, 64)
  t.raises("hole_height_range is {0.5, 1}, expected shares of the picture (both below 1) or whole numbers of pixels",
    augment.CoarseDropout, { hole_height_range = { 0.5, 1 } })
  t.raises("hole_width_range is {1.5, 3}, expected shares", augment.CoarseDropout, { hole_width_range = { 1.5, 3 } })
end)
