--- mlprun.prompt.debugger - what :debug opens after an error: one of the functions that ran, in which names are looked up.
--- The functions are over, so nothing runs on: it is read, computed and shown.
local class = require "mlprun.base.class"
local layout = require "mlprun.base.layout"
local errors = require "mlprun.errors"
local printer = require "mlprun.prompt.printer"

local debugger = class.new("debugger")

---@param list table[]   frames of an error, innermost first
---@param e table        the evaluator
function debugger:__init(list, e) self.list, self.e, self.at = list, e, 1 end

function debugger:frame() return self.list[self.at] end

--- What code in the frame sees.
function debugger:environment() return self:frame():environment(self.e.environment) end

--- Its names and values over the session's, for completion.
function debugger:names()
  local frame, found = self:frame(), {}
  for _, from in ipairs { frame.outer, frame.values } do
    for name in pairs(from) do found[name] = select(2, frame:read(name)) end
  end
  return setmetatable(found, { __index = self.e.environment })
end

--- The frame: where it is, its line, its variables.
function debugger:show()
  local e, frame = self.e, self:frame()
  e:say(("%d of %d: %s"):format(self.at, #self.list, frame:title()))
  local line = errors.line(frame.source, frame.line, { sources = e.sources })
  if line then e:say(("%5d | %s"):format(frame.line, line)) end
  self:locals()
end

--- Its variables, one a line.
function debugger:locals()
  local e, frame, widest = self.e, self:frame(), 0
  local names = table.move(frame.names, 1, #frame.names, 1, {})
  local outer = {}
  for name in pairs(frame.outer) do outer[#outer + 1] = name end
  table.sort(outer)
  table.move(outer, 1, #outer, #names + 1, names)
  if #names == 0 then return e:say("  it has no variables of its own") end
  for _, name in ipairs(names) do widest = math.max(widest, layout.width(name)) end
  for _, name in ipairs(names) do
    local _, value = frame:read(name)
    e:say(("  %s = %s"):format(layout.left(name, widest), printer.line(value, e.columns() - widest - 5)))
  end
end

--- All frames, with a mark at this one.
function debugger:frames()
  for i, frame in ipairs(self.list) do self.e:say(("%s %d  %s"):format(i == self.at and ">" or " ", i, frame:title())) end
end

--- Goes to the caller (1), or back (-1).
function debugger:move(by)
  local to = self.at + by
  if not self.list[to] then
    return self.e:say(by > 0 and "this is the outermost one" or "this is the innermost one")
  end
  self.at = to
  self:show()
end

return debugger
