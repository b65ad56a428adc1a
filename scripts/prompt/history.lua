--- mlprun.prompt.history - what was typed, in a file that running prompts share: each adds its entries at the end in one
--- piece, and reads what the others have added before it asks for the next line.
---
--- One entry is one line of the file, with \n for a new line and \\ for a backslash. Entries that begin with a space are not
--- written.
local core = require "mlprun.core"
local editor, sys = core.editor, core.sys

local history = {}
history.__index = history

local LARGEST, KEPT = 1 << 20, 1000 -- bytes of the file from which on only the newest entries stay
local LONGEST = 1 << 14 -- bytes of an entry that is written: a pasted file would slow every start

local function encoded(text) return (text:gsub("[\\\n]", { ["\\"] = "\\\\", ["\n"] = "\\n" })) end
local function decoded(line) return (line:gsub("\\(.)", { n = "\n", ["\\"] = "\\" })) end

local function folder()
  local state = sys.env("XDG_STATE_HOME")
  if state and state:find("^/") then return state .. "/mlprun" end
  local home = sys.env("HOME")
  return home and home ~= "" and home .. "/.local/state/mlprun" or nil
end

-- What the file has behind `from`; whole lines only.
local function read_from(path, from)
  local file = io.open(path, "rb")
  if not file then return "", 0 end
  local size = file:seek("end")
  if size < from then from = 0 end -- somebody shortened it
  file:seek("set", from)
  local text = (file:read("a") or ""):match("^(.*\n)") or ""
  file:close()
  return text, from + #text
end

-- The newest entries alone, in a new file that takes the place of the old one.
local function shorten(path)
  local text = read_from(path, 0)
  local lines, first, bytes = {}, nil, 0
  for line in text:gmatch("[^\n]+") do lines[#lines + 1] = line end
  for i = #lines, math.max(1, #lines - KEPT + 1), -1 do
    bytes = bytes + #lines[i] + 1
    if bytes > LARGEST // 2 then break end -- room until the next time
    first = i
  end
  local new = ("%s.%d"):format(path, sys.pid())
  sys.append(new, first and table.concat(lines, "\n", first) .. "\n" or "")
  sys.rename(new, path)
end

--- Opens it; one without a file (no home, a folder that cannot be written) remembers this session alone.
function history.open()
  local self = setmetatable({ seen = 0 }, history)
  local where = folder()
  if where and pcall(sys.make_folder, where) then
    self.path = where .. "/history"
    local ok, text, size = pcall(read_from, self.path, 0)
    if ok and size > LARGEST then pcall(shorten, self.path) end
    if ok then self:_take(text, size == 0 and 0 or size > LARGEST and select(2, read_from(self.path, 0)) or size) end
  end
  return self
end

function history:_take(text, size)
  for line in text:gmatch("[^\n]+") do
    if #line <= LONGEST and not (self.own and self.own[line]) then editor.remember(decoded(line)) end
  end
  self.own, self.seen = nil, size
end

--- Takes over what other prompts have added.
function history:refresh()
  if not self.path then return end
  local ok, text, size = pcall(read_from, self.path, self.seen)
  if ok and size ~= self.seen then self:_take(text, size) end
end

--- Adds an entry.
function history:add(text)
  if text:find("^%s*$") or text == self.last then return end
  self.last = text
  editor.remember(text)
  if not self.path or text:find("^%s") or #text > LONGEST then return end
  local line = encoded(text)
  if pcall(sys.append, self.path, line .. "\n") then
    self.own = self.own or {}
    self.own[line] = true -- it is in the file, and remembered
  else
    self.path = nil
  end
end

return history
