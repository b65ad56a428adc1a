--- mlprun.base.dice - where the generators of random numbers are, the library's own and Lua's math.random, to go on from there.
local core = require "mlprun.core"

local dice = {}

--- Their state.
---@return table
function dice.state() return { library = core.tensor.get_rng_state(), lua = core.random.lua_state() } end

--- Takes them back to a state.
function dice.restore(state)
  core.tensor.set_rng_state(state.library)
  core.random.set_lua_state(state.lua)
end

return dice
