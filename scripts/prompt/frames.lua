--- mlprun.prompt.frames - the functions that ran when an error was raised, with what was in them: for :debug. They are taken
--- down by the message handler, while they are still there.
local core = require "mlprun.core"
local class = require "mlprun.base.class"

local MOST = 50 -- frames of an error, innermost first

local Frame = class.new("Frame")

--- Raises nothing: whether a name is one of the frame, and its value.
function Frame:read(name)
  local box = self.values[name]
  if box then return true, box.value end
  local place = self.outer[name]
  if place then return true, select(2, debug.getupvalue(self.func, place)) end
  return false
end

--- A line begins to run in the frame: what it reads or writes of it is noticed (touched), and what it gives to the session
--- (written).
function Frame:begin() self.touched, self.written = false, {} end

--- Gives a name of the frame another value: of a local only what is kept here, since the function is over, of a variable
--- around the function the variable itself. False for another name.
function Frame:write(name, value)
  if self.values[name] then
    self.values[name].value = value
  elseif self.outer[name] then
    debug.setupvalue(self.func, self.outer[name], value)
  else
    return false
  end
  return true
end

--- Names that code in the frame sees: its own, else those of the session.
---@param session table   the session's environment
function Frame:environment(session)
  return setmetatable({}, {
    __index = function(_, name)
      local found, value = self:read(name)
      if found then
        self.touched = true
        return value
      end
      return session[name]
    end,
    __newindex = function(_, name, value)
      if self:write(name, value) then
        self.touched = true
      else
        session[name], self.written[name] = value, value
      end
    end,
  })
end

--- "function 'f' (script.lua:3)"
function Frame:title()
  local what = self.what == "main" and "the chunk" or self.name and ("function '%s'"):format(self.name)
    or ("a function that begins in line %d"):format(self.begins)
  return ("%s, %s:%d"):format(what, self.source, self.line)
end

local function taken(level, info)
  local frame = Frame()
  frame.source, frame.line, frame.name = info.short_src, info.currentline, info.name
  frame.what, frame.begins, frame.func = info.what, info.linedefined, info.func
  frame.names, frame.values, frame.outer = {}, {}, {}
  frame:begin()
  for i = 1, math.huge do
    local name, value = debug.getlocal(level + 1, i)
    if not name then break end
    if not name:find("^%(") then
      if not frame.values[name] then frame.names[#frame.names + 1] = name end
      frame.values[name] = { value = value }
    end
  end
  for i = 1, math.huge do
    local name = debug.getupvalue(info.func, i)
    if not name then break end
    if name ~= "_ENV" and name ~= "" then frame.outer[name] = i end
  end
  return frame
end

local frames = {}

-- What stands between the input and the prompt, and what is the library's own.
local function is_prompts(info) return info.source:find("^=mlprun/prompt/evaluator") ~= nil end
local function is_users(info) return info.what ~= "C" and not info.source:find("^=mlprun/") end

--- The user's frames above the caller's caller, innermost first.
---@return table[]   Frames
function frames.taken()
  local list = {}
  if core.sys.signal() then return list end -- nobody looks into what was interrupted, and it would be kept alive
  for level = 3, math.huge do
    local info = debug.getinfo(level, "nSlf")
    if not info or is_prompts(info) or #list == MOST then break end
    if is_users(info) then list[#list + 1] = taken(level, info) end
  end
  return list
end

return frames
