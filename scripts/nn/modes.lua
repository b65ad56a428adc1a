--- mlprun.nn.modes - a model for a while in another mode than it is in.
local defer = require "mlprun.base.defer"

local modes = {}

--- The modes of all modules of a model, as a function that puts them back.
---@param model Module
---@return fun()
function modes.kept(model)
  local before = {}
  for module in model:modules() do before[module] = module.training end
  return function()
    for module, training in pairs(before) do module.training = training end
  end
end

--- Every module in evaluation mode until the returned value is closed: `local _ <close> = modes.evaluating(model)`.
---@param model Module
function modes.evaluating(model)
  local put_back = modes.kept(model)
  model:eval()
  return defer(put_back)
end

return modes
