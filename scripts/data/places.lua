--- mlprun.data.places - where fetched data sets are.
local sys = require("mlprun.core").sys

local places = { names = { "emoji", "fashion-mnist" } }

--- Where `mlprun data fetch NAME` puts a data set: $XDG_DATA_HOME/mlprun/NAME, else ~/.local/share/mlprun/NAME.
function places.home(name)
  local base = sys.env("XDG_DATA_HOME")
  if not base or base:sub(1, 1) ~= "/" then -- the specification says that relative ones are to be ignored
    local home = sys.env("HOME")
    base = home and home ~= "" and home .. "/.local/share" or nil
  end
  return (base and base .. "/mlprun/" or "data/") .. name
end

--- Where it is: at home, or in data/NAME of the current folder; its place at home when it is in neither.
function places.find(name)
  local home, here = places.home(name), "data/" .. name
  local ok, kind = pcall(sys.exists, home) -- who opens it says why it cannot be looked at
  return ok and kind ~= "folder" and sys.exists(here) == "folder" and here or home
end

--- The name of the data set whose place this path is, or nil.
function places.name_of(path)
  for _, name in ipairs(places.names) do
    if path == places.home(name) or path == "data/" .. name then return name end
  end
end

return places
