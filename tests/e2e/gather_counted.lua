-- gather_counted.lua FOLDER TRIALS SEEDS - gathers what tests/bench/gather.lua made, and prints how many thousands of Lua's
-- instructions that took and how many bytes of the runs were in memory when the page was begun.
local report = require "mlprun.report"

local steps, bytes, write = 0, 0, report.write
report.write = function(...)
  collectgarbage()
  bytes = collectgarbage "count" * 1024
  return write(...)
end

arg = { [0] = "tests/bench/gather.lua", arg[1], arg[2], arg[3], "--no-train" } -- luacheck: ignore 121
debug.sethook(function() steps = steps + 1 end, "", 1000)
dofile(arg[0])
debug.sethook()
io.stderr:write(("counted %d %d\n"):format(steps, bytes))
