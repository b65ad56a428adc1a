--- mlprun.prompt.globals - what the prompt and one-liners have without `require`: ml, its parts, and short names for charts
--- and pictures. Parts are loaded when they are first used, so that both start at once.
local ml = require "mlprun"

local globals = {}

local LATER = { -- name -> what it is
  show = function() return ml.plot.show end,
  hist = function() return ml.plot.hist end,
}
for _, name in ipairs { "nn", "optim", "augment", "data", "metrics", "writers", "plot", "search", "explain" } do
  LATER[name] = function() return ml[name] end
end

local opened = setmetatable({}, { __mode = "k" }) -- environment -> names that are not loaded yet

local function load_one(environment, name)
  local value = LATER[name]()
  rawset(environment, name, value)
  opened[environment][name] = nil
  return value
end

--- Loads what is not there yet, for whoever lists names or reads them without metamethods; what somebody has put in its place
--- stays.
function globals.all(environment)
  for name in pairs(opened[environment] or {}) do
    if rawget(environment, name) == nil then load_one(environment, name) end
  end
end

--- Gives an environment these names (_G).
function globals.open(environment)
  environment = environment or _G
  rawset(environment, "ml", ml)
  opened[environment] = {}
  for name in pairs(LATER) do opened[environment][name] = true end
  local meta = debug.getmetatable(environment) or {}
  local otherwise = meta.__index
  meta.__index = function(t, key)
    if opened[environment][key] then return load_one(environment, key) end
    globals.all(environment) -- an unknown name: the message names the nearest
    if type(otherwise) == "function" then return otherwise(t, key) end
    return otherwise and otherwise[key]
  end
  debug.setmetatable(environment, meta)
end

--- The names that it gives.
function globals.names()
  local list = { "ml" }
  for name in pairs(LATER) do list[#list + 1] = name end
  return list
end

return globals
