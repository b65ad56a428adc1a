--- mlprun.plot.terminal - what a terminal can show, and pictures in it: kitty's or sixel graphics where the terminal says that
--- it has them, else two pixels for each character cell in colours.
local core = require "mlprun.core"
local sys = core.sys

local terminal = {}

local ESC = "\27"

--- How wide text may be.
function terminal.columns() return sys.columns("stdout") end

--- How many lines it shows.
function terminal.rows() return sys.rows("stdout") end

--- colours: 0, 256 or 2^24; graphics: "kitty", "sixel" or nil; shades: whether pictures are drawn with letters, as with
--- NO_COLOR. Nothing of these when output is no terminal, and with TERM=dumb.
---@param stream? string   "stderr" where that is what is written to
function terminal.style(stream)
  local function env(name) return sys.env(name) or "" end
  if not sys.is_terminal(stream or "stdout") then return { colours = 0 } end
  local term, program = env("TERM"), env("TERM_PROGRAM")
  local style = { colours = 256 }
  if env("NO_COLOR") ~= "" then style.colours, style.shades = 0, true
  elseif env("COLORTERM"):find("truecolor") or env("COLORTERM"):find("24bit") then style.colours = 1 << 24 end
  if env("TMUX") == "" and not term:find("^screen") then
    if env("KITTY_WINDOW_ID") ~= "" or term:find("kitty") or term:find("ghostty") or program == "WezTerm" then
      style.graphics = "kitty"
    elseif term:find("sixel") or term:find("^mlterm") or term:find("^foot") or term:find("^contour") then
      style.graphics = "sixel"
    end
  end
  return style
end

--- Whether pictures can be shown, in whatever way.
function terminal.shows_pictures(style) return style.colours > 0 or style.graphics ~= nil or style.shades == true end

-- ---- colours ----

-- The nearest of the 216 colours of the 6 x 6 x 6 cube, as its number.
local function cube(r, g, b)
  local function level(v) return v < 48 and 0 or v < 115 and 1 or (v - 35) // 40 end
  return 16 + 36 * level(r) + 6 * level(g) + level(b)
end

--- The sequence that switches to a colour ("#rrggbb"); kind 38: of letters, 48: of the ground.
function terminal.colour(style, hex, kind)
  if style.colours == 0 then return "" end
  local r, g, b = tonumber(hex:sub(2, 3), 16), tonumber(hex:sub(4, 5), 16), tonumber(hex:sub(6, 7), 16)
  if style.colours > 256 then return ("%s[%d;2;%d;%d;%dm"):format(ESC, kind or 38, r, g, b) end
  return ("%s[%d;5;%dm"):format(ESC, kind or 38, cube(r, g, b))
end

function terminal.reset(style) return style.colours == 0 and "" or ESC .. "[0m" end

-- ---- pictures ----

-- Kitty's protocol: the PNG file in base64, in pieces of at most 4096 letters.
local function kitty(image)
  local data, parts = core.io.base64(image:png()), {}
  for i = 1, #data, 4096 do
    local more = i + 4096 <= #data and 1 or 0
    parts[#parts + 1] = ("%s_G%sm=%d;%s%s\\"):format(ESC, i == 1 and "f=100,a=T," or "", more, data:sub(i, i + 4095), ESC)
  end
  return table.concat(parts)
end

-- Sixels: bands of six rows; in each band, for each of its colours, a letter for each column that says which rows have it.
local function sixel(image)
  local pixels, width, height = image:convert(3):tensor():tolist(), image.width, image.height
  local parts, defined = { ("%sPq\"1;1;%d;%d"):format(ESC, width, height) }, {}
  for top = 1, height, 6 do
    local bits = {}
    for row = top, math.min(top + 5, height) do
      for x = 1, width do
        local p = pixels[row][x]
        local c = cube(p[1], p[2], p[3]) - 16
        local line = bits[c]
        if not line then
          line = {}
          bits[c] = line
        end
        line[x] = (line[x] or 0) | 1 << (row - top)
      end
    end
    local used = {}
    for c in pairs(bits) do used[#used + 1] = c end
    table.sort(used)
    for i, c in ipairs(used) do
      if not defined[c] then
        defined[c] = true
        parts[#parts + 1] = ("#%d;2;%d;%d;%d"):format(c, c // 36 * 20, c // 6 % 6 * 20, c % 6 * 20)
      end
      local line = {}
      for x = 1, width do line[x] = string.char(63 + (bits[c][x] or 0)) end
      parts[#parts + 1] = ("#%d%s%s"):format(c, table.concat(line), i < #used and "$" or "")
    end
    parts[#parts + 1] = "-"
  end
  parts[#parts + 1] = ESC .. "\\"
  return table.concat(parts)
end

local RAMP = " .:-=+*#%@" -- from dark to bright

-- The same with letters, one for two pixels.
local function shaded(image, width, height)
  local pixels = image:convert(1):resize(height // 2, width, { interpolation = "area" }):tensor():tolist()
  local lines = {}
  for row, values in ipairs(pixels) do
    local line = {}
    for x, value in ipairs(values) do
      local at = 1 + (type(value) == "table" and value[1] or value) * (#RAMP - 1) // 255
      line[x] = RAMP:sub(at, at)
    end
    lines[row] = table.concat(line)
  end
  return lines
end

--- A picture of so many columns and pixel rows (an even number), as half blocks: the upper pixel is the letter's colour, the
--- lower one the ground's; with letters where there are no colours. A list of lines.
function terminal.blocks(image, style, width, height)
  if style.colours == 0 then return shaded(image, width, height) end
  local pixels = image:convert(3):resize(height, width, { interpolation = "area" }):tensor():tolist()
  local lines = {}
  for row = 1, height, 2 do
    local line, before = {}, nil
    for x = 1, width do
      local a, b = pixels[row][x], pixels[row + 1][x]
      local sequence = terminal.colour(style, ("#%02x%02x%02x"):format(a[1], a[2], a[3]), 38)
        .. terminal.colour(style, ("#%02x%02x%02x"):format(b[1], b[2], b[3]), 48)
      line[#line + 1] = sequence ~= before and sequence or ""
      line[#line + 1] = "▀"
      before = sequence
    end
    lines[#lines + 1] = table.concat(line) .. terminal.reset(style)
  end
  return lines
end

local CELL_WIDTH, CELL_HEIGHT = 10, 20 -- pixels of a character, about

-- A picture that the terminal draws by itself, no larger than it.
local function fitting(image, columns)
  local rows = math.max(4, terminal.rows() - 3)
  local scale = math.min(1, columns * CELL_WIDTH / image.width, rows * CELL_HEIGHT / image.height)
  if scale == 1 then return image end
  return image:resize(math.max(1, math.floor(image.height * scale)), math.max(1, math.floor(image.width * scale)),
    { interpolation = "area" })
end

-- As large as columns and rows allow: a portrait is bounded by its height.
local function one(image, style, columns)
  local rows = math.max(4, terminal.rows() - 3) -- the input and the next prompt stay in sight
  local scale = math.min(1, columns / image.width, 2 * rows / image.height)
  local width, height = math.max(1, math.floor(image.width * scale)), math.floor(image.height * scale + 0.5)
  return table.concat(terminal.blocks(image, style, width, math.max(2, height // 2 * 2)), "\n")
end

--- A picture as text for the terminal; nil when it cannot show one.
function terminal.picture(image, style, columns)
  if style.graphics == "kitty" then return kitty(fitting(image, columns)) end
  if style.graphics == "sixel" then return sixel(fitting(image, columns)) end
  if not terminal.shows_pictures(style) then return nil end
  return one(image, style, columns)
end

return terminal
