-- f16 and bf16 are computed with in f32, and a result is rounded once: so is that of a word that is made of several steps.
local core = require "mlprun.core"

local is_tensor, result_type = core.tensor.is_tensor, core.tensor.result_type

local function is_kept(dtype) return dtype == "f16" or dtype == "bf16" end

-- fn(a, b, ...): where a (and b, a tensor or a number) work in f16 or bf16, in f32, and the result as they work.
return function(fn, a, b, ...)
  local dtype = result_type(a, (is_tensor(b) or not is_tensor(a)) and b or a)
  if not is_kept(dtype) then return fn(a, b, ...) end
  if is_tensor(a) and is_kept(a.dtype) then a = a:float() end
  if is_tensor(b) and is_kept(b.dtype) then b = b:float() end
  return fn(a, b, ...):to(dtype)
end
