--- mlprun.prompt.settings - what :set knows: about, get(e), set(text, e), which gives the new value or nil and what was
--- expected, and script, the line of a saved session that says the same.
local core = require "mlprun.core"
local sys, tensor = core.sys, core.tensor
local set_seed = require "mlprun.base.seed"

local function whole(text, least, most)
  local n = math.tointeger(tonumber(text))
  if not n or n < least or n > most then return nil, ("a whole number from %d to %d"):format(least, most) end
  return n
end

local function print_option(key, least, most)
  return {
    script = ("ml.set_printoptions { %s = %%d }"):format(key),
    get = function()
      local now = tensor.set_printoptions {}
      return now[key]
    end,
    set = function(text)
      local n, expected = whole(text, least, most)
      if not n then return nil, expected end
      tensor.set_printoptions { [key] = n }
      return n
    end,
  }
end

local settings = {
  threads = {
    about = "threads that kernels use", get = function() return sys.threads() end,
    set = function(text)
      local n, expected = whole(text, 1, 256)
      if not n then return nil, expected end
      sys.threads(n)
      return n
    end,
  },
  seed = {
    about = "seed of all that is random", script = "ml.manual_seed(%d)",
    get = function(e) return e.settings.seed or "not set" end,
    set = function(text, e)
      local n, expected = whole(text, 0, math.maxinteger)
      if not n then return nil, expected end
      set_seed(n)
      e.settings.seed = n
      return n
    end,
  },
  time = {
    about = "seconds from which on an input is followed by its time",
    get = function(e) return e.slow end,
    set = function(text, e)
      local n = tonumber(text)
      if not n or n < 0 then return nil, "seconds, at least 0" end
      e.slow = n
      return n
    end,
  },
  ["print.precision"] = print_option("precision", 0, 17),
  ["print.threshold"] = print_option("threshold", 0, 1000000),
  ["print.edgeitems"] = print_option("edgeitems", 1, 1000),
}
settings["print.precision"].about = "digits after the point"
settings["print.threshold"].about = "elements above which a tensor is shortened"
settings["print.edgeitems"].about = "rows that a shortened tensor shows at each end"

return settings
