--- mlprun.base.defer - `local _ <close> = defer(fn)`: fn(failure) runs when the block is left, whichever way; failure is the
--- error that leaves it, or nil.
local Deferred = { __close = function(self, failure) self.fn(failure) end }

return function(fn) return setmetatable({ fn = fn }, Deferred) end
