--- mlprun.prompt.globals - what the prompt and one-liners have without `require`: ml, its parts, and short names for charts
--- and pictures. Returns a function that puts them into an environment.
local ml = require "mlprun"

local PARTS = { "nn", "optim", "augment", "data", "metrics", "writers", "plot", "search", "explain" }

return function(environment)
  environment = environment or _G
  environment.ml = ml
  for _, name in ipairs(PARTS) do environment[name] = ml[name] end
  environment.show, environment.hist = ml.plot.show, ml.plot.hist
end
