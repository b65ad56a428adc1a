-- boundaries.lua - counts the places at which a run can be stopped: each look at the signals (behind a step, in validation, in
-- the last measurements) and each file that is written. At number AT it sends SIGNAL (TERM, KILL) to this process, or to the
-- one that started it with TARGET=parent; without AT it says how many there were in this process, on standard error.
local core = require "mlprun.core"
local sys = core.sys
local at, signal, count = tonumber(os.getenv("AT")), os.getenv("SIGNAL") or "TERM", 0

if os.getenv("EVERY") then require("mlprun.experiment.checkpoint").EVERY = tonumber(os.getenv("EVERY")) end

local first, side_by_side = sys.pid(), os.getenv("TARGET") == "parent"

local function boundary()
  if side_by_side and sys.pid() == first then return end -- those of the runs count, not those of the process beside them
  count = count + 1
  if count ~= at then return end
  io.stderr:write("boundaries: here\n")
  os.execute(("kill -%s %d"):format(signal, side_by_side and first or sys.pid()))
end

for _, place in ipairs { { sys, "stop_requested" }, { sys, "write_file" }, { core.io, "safetensors_save" },
                         { core.io, "safetensors_begin" }, { core.io, "npz_save" } } do
  local library, name = table.unpack(place)
  local real = library[name]
  library[name] = function(...)
    boundary()
    return real(...)
  end
end

return function()
  if not at then io.stderr:write(("boundaries: %d\n"):format(count)) end
end
