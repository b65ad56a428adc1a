--- mlprun.experiment.progress - what a long run says on standard error while it works.
--
-- On a terminal: one line, redrawn at most ten times a second, cut to the terminal's width, and above it, from the second
-- epoch on, the curve of the losses, where there is room for it. What is drawn is taken away before anything else is printed
-- there, whether by us or by the script. Elsewhere: a line when a run ends, and one every ten seconds.
local core = require "mlprun.core"
local class = require "mlprun.base.class"
local sys = core.sys
local layout = require "mlprun.base.layout"
local live_curve = require "mlprun.experiment.live_curve"
local style_of = require("mlprun.plot.terminal").style
local words = require "mlprun.base.words"

local REDRAW, PLAIN = 0.1, 10 -- seconds
local NONE = {} -- no lines above

local progress = class.new("progress")

---@param o? { curve: boolean, terminal: boolean, columns: function, rows: function, clock: function, write: function }
---  curve: whether the losses are drawn; the others are for tests
function progress:__init(o)
  o = o or {}
  self.title, self.drawn, self.last = "", nil, -math.huge -- drawn: the lines on the screen, the last of which is the line
  self.with_curve, self.rows = o.curve or false, o.rows or function() return sys.rows("stderr") end
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

-- The columns of a line: the terminal adds ^C to it, which must not begin another one.
local function room_of(columns) return columns > 12 and columns - 3 or columns - 1 end

local function bar(share, width)
  local full = math.floor(share * width + 0.5)
  return "[" .. ("#"):rep(full) .. ("."):rep(width - full) .. "]"
end

--- A run begins. `title` names it; epochs is the most it will have.
function progress:begin(title, epochs)
  self.title, self.epochs, self.accuracy = title, epochs, nil
  self.started, self.last = self.clock(), self.terminal and -math.huge or self.clock()
  self.epoch, self.pace = 0, nil
  self.curve = self.with_curve and self.terminal and live_curve() or nil
  if self.terminal then self:_watch_output() end
end

--- An epoch ended.
---@param row table   of the history
function progress:ended(row)
  if self.curve then self.curve:add(row) end
end

-- ---- what is on the screen ----

local function visible(line) return (line:gsub("\27%[[%d;]*m", "")) end

-- The sequence that goes to where drawing began. Terminals break lines anew when they become narrower.
local function back(lines, columns)
  local up = -1
  for _, line in ipairs(lines) do up = up + math.max(1, math.ceil(layout.width(visible(line)) / columns)) end
  return up > 0 and ("\r\27[%dA"):format(up) or "\r"
end

-- Draws the curve and, in the last line, what a step says.
function progress:_draw(line)
  local columns = self.columns()
  local above = self.curve and self.curve:lines(columns, self.rows(), style_of("stderr")) or NONE
  local before = self.drawn
  if before and #before == #above + 1 and self.above == above then
    self.write("\r" .. line .. "\27[K") -- the curve stays as it is
    before[#before] = line
    return
  end
  local lines = table.move(above, 1, #above, 1, {})
  lines[#lines + 1] = line
  self.write((before and back(before, columns) or "\r") .. table.concat(lines, "\27[K\r\n") .. "\27[K"
    .. (before and "\27[J" or ""))
  self.drawn, self.above = lines, above
end

-- What a script prints while something is drawn begins where the drawing did.
function progress:_watch_output()
  if self.watching then return end
  self.watching = true
  local plain_print, plain_write = print, io.write
  rawset(_G, "print", function(...)
    self:clear()
    return plain_print(...)
  end)
  rawset(io, "write", function(...)
    self:clear()
    return plain_write(...)
  end)
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
  local columns = self.terminal and room_of(self.columns()) or math.huge
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
  self:_draw(cut(line, columns))
end

--- Says in one line how several runs are doing: as often as step() would.
function progress:note(line)
  local now = self.clock()
  if now - self.last < (self.terminal and REDRAW or PLAIN) then return end
  self.last = now
  if self.terminal then
    self:_draw(cut(line, room_of(self.columns())))
  else
    self.write(line .. "\n")
  end
end

--- Removes what is drawn, so that other output can follow.
function progress:clear()
  local lines = self.drawn
  if lines then self.write(back(lines, self.columns()) .. (#lines > 1 and "\27[J" or "\27[K")) end
  self.drawn = nil
end

--- A line that stays.
function progress:say(line)
  self:clear()
  self.write(line .. "\n")
end

return progress
