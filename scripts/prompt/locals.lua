--- mlprun.prompt.locals - what one chunk makes local is gone in the next: at the prompt such names become global ones, and
--- what a function has local can be taken out of it while it runs.
local set = require "mlprun.base.set"
local tokens = require "mlprun.base.tokens"

local locals = {}

-- Lua's own names, which a variable of the session must not replace: the library needs them.
local LUAS = set [[assert collectgarbage coroutine debug dofile error getmetatable io ipairs load loadfile math next
  os package pairs pcall print rawequal rawget rawlen rawset require select setmetatable string table tonumber
  tostring type utf8 warn xpcall _G _VERSION]]

local OPENS = tokens.DEPTH

-- What `local` at list[at] declares: the names, their last token, and whether they are given a value; nil for what has to stay
-- local.
local function declared(list, at)
  local found, i = {}, at + 1
  if list[i] and list[i].text == "function" then return { list[i + 1].text }, i, true end
  while list[i] and list[i].kind == "name" do
    found[#found + 1] = list[i].text
    if LUAS[list[i].text] then return nil end
    if list[i + 1] and list[i + 1].text == "<" then
      if list[i + 2].text == "close" then return nil end
      i = i + 3
    end
    if not (list[i + 1] and list[i + 1].text == ",") then break end
    i = i + 2
  end
  return found, i, list[i + 1] ~= nil and list[i + 1].text == "="
end

-- A text with other pieces: { first, last, text }, in order.
local function replaced(text, pieces)
  local out, at = {}, 1
  for _, piece in ipairs(pieces) do
    out[#out + 1] = text:sub(at, piece[1] - 1) .. piece[3]
    at = piece[2] + 1
  end
  return table.concat(out) .. text:sub(at)
end

--- A chunk that parses, without the word `local` at its outermost level.
---@param code string
---@return string changed, string[] names   the names that it makes; none where nothing is changed
function locals.made_global(code)
  if not code:find("local", 1, true) then return code, {} end
  local list, depth, pieces, names = tokens.of(code), 0, {}, {}
  for at, token in ipairs(list) do
    depth = depth + (token.kind == "name" and OPENS[token.text] or 0)
    local found, last, given
    if depth == 0 and token.kind == "name" and token.text == "local" then found, last, given = declared(list, at) end
    if found then
      pieces[#pieces + 1] = { token.first, token.last, (" "):rep(#"local") }
      for i = at + 1, last do
        if list[i].text == "<" then pieces[#pieces + 1] = { list[i].first, list[i + 2].last, "" } end
      end
      if not given then pieces[#pieces + 1] = { list[last].last + 1, list[last].last, " = nil" } end
      table.move(found, 1, #found, #names + 1, names)
    end
  end
  return replaced(code, pieces), names
end

--- Whether a chunk has locals at its outermost level, and whether it can return from there.
---@param code string   a chunk that parses
---@return boolean has_local, boolean has_return
function locals.leaves(code)
  local has_local, has_return, open, functions = false, false, {}, 0
  for _, token in ipairs(tokens.of(code)) do
    local opens = token.kind == "name" and OPENS[token.text]
    if opens == 1 then
      open[#open + 1] = token.text
      if token.text == "function" then functions = functions + 1 end
    elseif opens and table.remove(open) == "function" then functions = functions - 1 end
    if token.kind == "name" and token.text == "local" and #open == 0 then has_local = true end
    if token.kind == "name" and token.text == "return" and functions == 0 then has_return = true end
  end
  return has_local, has_return
end

--- Takes the locals of a function that runs into an environment.
---@param level integer   as debug.getlocal counts: 1 is the caller
function locals.keep(level, environment)
  for i = 1, math.huge do
    local name, value = debug.getlocal(level + 1, i)
    if not name then break end
    if not name:find("^%(") and not LUAS[name] then rawset(environment, name, value) end
  end
end

return locals
