--- mlprun.experiment.live_curve - the losses of a run so far, as the lines that are drawn above the progress line.
local class = require "mlprun.base.class"
local chart_lines = require "mlprun.plot.lines"

local ROWS = 8
local LEAST_COLUMNS, LEAST_ROWS = 40, 20 -- of a terminal in which there is room for it
local NONE = {}
local NAMES = { "train_loss", "val_loss" }

local live_curve = class.new("live_curve")

function live_curve:__init()
  self.series = {}
  for i, name in ipairs(NAMES) do self.series[i] = { name = name, x = {}, y = {} } end
end

--- Adds an epoch.
---@param row table   of the history
function live_curve:add(row)
  for _, s in ipairs(self.series) do
    s.x[#s.x + 1], s.y[#s.y + 1] = row.epoch, row[s.name]
  end
  self.lines_at = nil
end

--- The lines for a terminal of that size; none while there is nothing to connect, or no room.
---@param style table   what it shows, as plot.terminal says
---@return string[]
function live_curve:lines(columns, rows, style)
  if #self.series[1].x < 2 or columns < LEAST_COLUMNS or rows < LEAST_ROWS then return NONE end
  if self.lines_at ~= columns then
    self.lines_at, self.drawn = columns, {}
    for line in (chart_lines(self.series, { rows = ROWS }, columns - 1, style) .. "\n"):gmatch("(.-)\n") do
      table.insert(self.drawn, line)
    end
  end
  return self.drawn
end

return live_curve
