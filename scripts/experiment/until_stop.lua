--- mlprun.experiment.until_stop - the batches of a loader, which end where somebody asks to stop while storage hangs.
--
-- A loader's loop raises an error then. A fit has to tell it from others, and saves what it has.
local sys = require("mlprun.core").sys

--- for images, labels, indices, number in until_stop(loader, options): as loader:batches(options). Behind the loop
--- sys.gave_up() tells whether it ended early.
return function(loader, o)
  local following, epoch, first, closing = loader:batches(o)
  return function(state, last)
    local ok, images, labels, indices, number = pcall(following, state, last)
    if ok then return images, labels, indices, number end
    if not sys.gave_up() then error(images, 0) end
    return nil
  end, epoch, first, closing
end
