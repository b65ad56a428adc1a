--- mlprun.experiment.progress - what a long run says on standard error while it works.
--
-- On a terminal: one line, redrawn at most ten times a second, cut to the terminal's width. Elsewhere: a line when a run
-- ends, and one every ten seconds. No colours, so there is nothing for NO_COLOR to switch off.
local core = require "mlprun.core"
local class = require "mlprun.base.class"
local sys = core.sys
local layout = require "mlprun.base.layout"
local words = require "mlprun.base.words"

local REDRAW, PLAIN = 0.1, 10 -- seconds

local progress = class.new("progress")

---@param o? { terminal: boolean, columns: function, clock: function, write: function }   for tests
function progress:__init(o)
  o = o or {}
  self.title, self.drawn, self.last = "", false, -math.huge
  self.clock = o.clock or sys.clock
  self.write = o.write or function(s) io.stderr:write(s) end
  self.columns = o.columns or function() return sys.columns("stderr") end
  self.terminal = o.terminal
  if self.terminal == nil then self.terminal = sys.is_terminal("stderr") end
  if not self.terminal then self.last = self.clock() end
end

-- The first `width` characters; a cut in the middle of one would show as a broken sign.
local function cut(s, width)
  if layout.width(s) <= width then return s end
  return s:sub(1, (utf8.offset(s, width + 1) or width + 1) - 1)
end

local function bar(share, width)
  local full = math.floor(share * width + 0.5)
  return "[" .. ("#"):rep(full) .. ("."):rep(width - full) .. "]"
end

--- A run begins. `title` names it; epochs is the most it will have.
function progress:begin(title, epochs)
  self.title, self.epochs, self.accuracy = title, epochs, nil
  self.started, self.last = self.clock(), self.terminal and -math.huge or self.clock()
  self.epoch, self.pace = 0, nil
end

-- The seconds that the remaining epochs take at most, when one has passed.
local function left(self, done)
  if done <= 0 then return nil end
  return (self.clock() - self.started) / done * (self.epochs - done)
end

--- A step ended.
---@param state { epoch: integer, step: integer, steps: integer, loss: number, accuracy: number|nil }
function progress:step(state)
  local now = self.clock()
  if now - self.last < (self.terminal and REDRAW or PLAIN) then return end
  self.last = now
  local done = state.epoch - 1 + state.step / state.steps
  local remaining = done >= 0.25 and left(self, done)
  local parts = {
    ("epoch %d/%d"):format(state.epoch, self.epochs),
    ("loss %.3f"):format(state.loss),
    state.accuracy and "best validation " .. words.percent(state.accuracy) or "",
    remaining and "at most " .. words.duration(remaining) .. " left" or "",
  }
  local columns = self.terminal and self.columns() - 1 or math.huge
  local line = self.title
  for _, word in ipairs(parts) do
    if word ~= "" and layout.width(line) + 2 + layout.width(word) <= columns then line = line .. "  " .. word end
  end
  if not self.terminal then
    self.write(line .. "\n")
    return
  end
  local room = columns - layout.width(line) - 3
  if room >= 8 then line = bar(done / self.epochs, math.min(room, 24)) .. " " .. line end
  if line == self.title then line = ("%d/%d %s"):format(state.epoch, self.epochs, self.title) end
  self.write("\r" .. cut(line, columns) .. "\27[K")
  self.drawn = true
end

--- Says in one line how several runs are doing: as often as step() would.
function progress:note(line)
  local now = self.clock()
  if now - self.last < (self.terminal and REDRAW or PLAIN) then return end
  self.last = now
  if self.terminal then
    self.write("\r" .. cut(line, self.columns() - 1) .. "\27[K")
    self.drawn = true
  else
    self.write(line .. "\n")
  end
end

--- Removes the line, so that other output can follow.
function progress:clear()
  if self.drawn then self.write("\r\27[K") end
  self.drawn = false
end

--- A line that stays.
function progress:say(line)
  self:clear()
  self.write(line .. "\n")
end

return progress
