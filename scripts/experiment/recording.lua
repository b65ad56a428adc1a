--- mlprun.experiment.recording - the names under which a script may record numbers in the epochs to come, as far as its functions
--- say so: a name that none of them can leave is a mistake that need not wait for the first epoch.
--
-- The texts in a function are in what string.dump gives of it, and texts elsewhere are values that it can reach.
local recording = {}

local MOST = 20000 -- functions and tables that are looked at; where there are more anything may be recorded

--- Whether a function is the library's, or C, and none of a script.
function recording.is_library(fn)
  local source = debug.getinfo(fn, "S").source
  return source:find("^[=@]mlprun/") ~= nil or source == "=[C]"
end

-- The texts in a function's code: a byte for their kind, one for their length and 1, with the highest bit set, the text.
local function take_constants(found, fn)
  local ok, code = pcall(string.dump, fn, true)
  if not ok then found.anything = true end
  for length, from in (ok and code or ""):gmatch("[\4\20]([\130-\255])()") do
    local text = code:sub(from, from + length:byte() - 130)
    if not text:find("%c") then found.texts[text] = true end
  end
end

local visit

local function visit_function(found, fn)
  if recording.is_library(fn) then return end
  take_constants(found, fn)
  local place = 1
  while true do
    local name, value = debug.getupvalue(fn, place)
    if not name then return end
    visit(found, value)
    place = place + 1
  end
end

-- Texts in objects of the library are none of the script's.
local function visit_table(found, t)
  local meta = debug.getmetatable(t)
  for key, value in next, t do
    if t ~= _G or type(value) == "function" then
      if meta == nil or type(value) ~= "string" then visit(found, value) end
      if meta == nil then visit(found, key) end
    end
  end
  visit(found, meta and meta.__index)
end

function visit(found, value)
  local kind = type(value)
  if kind == "string" then found.texts[value] = true end
  if kind ~= "function" and kind ~= "table" or found.seen[value] then return end
  found.seen[value], found.count = true, found.count + 1
  if found.count > MOST then
    found.anything = true
  elseif kind == "function" then
    visit_function(found, value)
  else
    visit_table(found, value)
  end
end

--- What functions may record.
---@param functions function[]
---@param recorded string[]   what is there already, or will be without them
---@param known table[]       what they can reach and need not be looked into: the run
function recording.of(functions, recorded, known)
  local found = { texts = {}, seen = {}, count = 0, recorded = {} }
  for _, object in ipairs(known) do found.seen[object] = true end
  for _, fn in ipairs(functions) do visit(found, fn) end
  found.records = found.texts.record or found.texts.require or found.anything or false
  for _, name in ipairs(recorded) do found.recorded[name] = true end
  return found
end

--- Whether a name may be among them: it stands there, or is put together of what stands there.
function recording.may_leave(found, name)
  if found.recorded[name] then return true end
  if not found.records then return false end
  if found.anything or found.texts.require then return true end
  for text in pairs(found.texts) do
    if text:find("%", 1, true) or #text > 1 and name:find(text, 1, true) then return true end
  end
  return false
end

--- All names that are near at hand, for a message.
---@return string[]
function recording.near(found)
  local list = {}
  for name in pairs(found.recorded) do list[#list + 1] = name end
  if found.records then
    for text in pairs(found.texts) do list[#list + 1] = text end
  end
  table.sort(list)
  return list
end

return recording
