--- mlprun.base.whole - whole(undo, fn, ...): fn(...) between a change and undo(), whichever way fn ends. Returns its results.
--
-- A variable that is to be closed is not enough where fn is a script's: in a coroutine that ends with an error, or that nobody
-- goes on with after a yield, it is never closed. So fn cannot yield, and errors are caught here.
local core = require "mlprun.core"

local function undone(undo, ok, ...)
  undo()
  if not ok then error((...), 0) end
  return ...
end

return function(undo, fn, ...)
  local mode = core.autograd
  return undone(undo, pcall(mode.in_mode, mode.is_grad_enabled(), fn, ...))
end
