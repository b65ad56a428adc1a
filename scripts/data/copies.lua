--- mlprun.data.copies - pictures that two data sets have in common.
local core = require "mlprun.core"

local copies = {}

--- A list of { a =, b = } of the paths of pictures with the same bytes.
function copies.shared(a, b)
  local shared, n = {}, #a
  for i, first in ipairs(core.data.duplicates(a, b):tolist()) do
    if i > n and first <= n then shared[#shared + 1] = { a = a:path(first), b = b:path(i - n) } end
  end
  return shared
end

return copies
