--- mlprun.base.passing - failures that pass: memory, descriptors or a disk that answered with an error once. What could not be
--- read because of one is neither damaged nor absent.
local WORDS = { "not enough memory", "out of memory", "Cannot allocate memory", "Too many open files", "Input/output error",
                "Resource temporarily unavailable", "Interrupted system call", "No space left on device", "Stale file handle",
                "Connection timed out" }

local passing = {}

--- Whether the text of an error tells of one.
---@param why any
---@return boolean
function passing.is(why)
  for _, words in ipairs(WORDS) do
    if type(why) == "string" and why:find(words, 1, true) then return true end
  end
  return false
end

--- pcall, but raises such a failure.
function passing.pcall(fn, ...)
  local results = table.pack(pcall(fn, ...))
  if not results[1] and passing.is(results[2]) then error(results[2], 0) end
  return table.unpack(results, 1, results.n)
end

return passing
