--- mlprun.command.globals_of - which globals a script's text reads and sets, and where: from what Lua compiled it to, so that
--- places count that no run came to.
local globals_of

-- ---- the form of a compiled function: Lua 5.4's lundump.c ----

local HEADER = "\27Lua\x54\0\x19\x93\r\n\x1a\n" .. string.pack("BBB", 4, 8, 8) .. string.pack("<i8n", 0x5678, 370.5)
local READS, SETS = 11, 15 -- the operations GETTABUP and SETTABUP
local NUMBERS, TEXTS = { [0x03] = true, [0x13] = true }, { [0x04] = true, [0x14] = true } -- kinds of constants
local ELSEWHERE = -128 -- a step between lines that does not fit into a byte

local function reader(bytes)
  local at, r = 1, {}
  function r.byte()
    at = at + 1
    return bytes:byte(at - 1)
  end
  function r.number()
    local n = 0
    while true do
      local b = r.byte()
      n = n << 7 | b & 0x7f
      if b & 0x80 ~= 0 then return n end
    end
  end
  function r.take(n)
    at = at + n
    return bytes:sub(at - n, at - 1)
  end
  function r.text()
    local size = r.number()
    return size > 0 and r.take(size - 1) or nil
  end
  function r.list(item)
    local all = {}
    for i = 1, r.number() do all[i] = item() or false end
    return all
  end
  return r
end

local function constant(r)
  return function()
    local kind = r.byte()
    if NUMBERS[kind] then r.take(8) end
    return TEXTS[kind] and r.text()
  end
end

-- Calls found(name, line, sets, depth) for each use of a global in a function and those in it.
local function walk(r, depth, found)
  r.text()
  local line = r.number()
  r.number()
  r.take(3)
  local code = r.list(function() return (string.unpack("<I4", r.take(4))) end)
  local constants = r.list(constant(r))
  r.list(function() r.take(3) end)
  local uses = {}
  for _ = 1, r.number() do walk(r, depth + 1, function(...) uses[#uses + 1] = { ... } end) end
  local steps = r.list(function() return (string.unpack("b", r.take(1))) end)
  local marks = {}
  r.list(function() marks[r.number() + 1] = r.number() end)
  r.list(function() r.text() r.number() r.number() end)
  local upvalues = r.list(r.text)
  for pc, instruction in ipairs(code) do
    local a, b, c = instruction >> 7 & 0xff, instruction >> 16 & 0xff, instruction >> 24
    local op = instruction & 0x7f
    line = steps[pc] == ELSEWHERE and marks[pc] or line + (steps[pc] or 0)
    if op == READS and upvalues[b + 1] == "_ENV" then found(constants[c + 1], line, false, depth)
    elseif op == SETS and upvalues[a + 1] == "_ENV" then found(constants[b + 1], line, true, depth) end
  end
  for _, use in ipairs(uses) do found(table.unpack(use)) end
end

--- The uses of globals in a function, without those that have no constant name.
---@param f function   of a chunk
---@return table[]     of { name, line, sets: boolean, depth: 0 outside of functions }; empty where Lua compiles otherwise
function globals_of(f)
  local bytes, uses = string.dump(f), {}
  if bytes:sub(1, #HEADER) ~= HEADER then return uses end
  local r = reader(bytes)
  r.take(#HEADER + 1)
  walk(r, 0, function(name, line, sets, depth)
    if name then uses[#uses + 1] = { name = name, line = line, sets = sets, depth = depth } end
  end)
  return uses
end

return globals_of
