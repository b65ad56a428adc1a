--- mlprun.prompt.blocks - several lines of Python as Lua: each line by the phrasebook, and the ends of blocks, which Python
--- says by indentation.
local phrasebook = require "mlprun.prompt.phrasebook"

local function parses(text)
  return load("return " .. text, "=x", "t") ~= nil or load(text, "=x", "t") ~= nil
    or load(("while true do %s end"):format(text), "=x", "t") ~= nil -- break
end

-- How deep a text is in brackets at its end; strings in quotes are passed over.
local function depth(text)
  local level = 0
  for c in text:gsub("\\.", ""):gsub('"[^"\n]*"', ""):gsub("'[^'\n]*'", ""):gsub("#[^\n]*", ""):gmatch("[%(%[{%)%]}]") do
    level = level + (c:find("[%(%[{]") and 1 or -1)
  end
  return level
end

-- The lines of a text, those within brackets joined, texts in three quotes as comments: { indent, text } or { indent,
-- comment }.
local function logical_lines(text)
  local lines, open, quoted = {}, nil, nil
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    local indent, rest = line:gsub("\t", "    "):match("^( *)(.-)%s*$")
    local quote = not open and rest:match('^"""') or not open and rest:match("^'''")
    if quoted then
      lines[#lines + 1] = { indent = #indent, comment = (rest:gsub(quoted, "")) }
      if rest:find(quoted, 1, true) then quoted = nil end
    elseif quote then
      local said, closed = rest:sub(4):gsub(quote, "")
      lines[#lines + 1] = { indent = #indent, comment = said }
      if closed == 0 then quoted = quote end
    elseif open then
      local plain, note = rest:match("^([^\"'#]-)%s*#%s*(.*)$")
      if note then
        table.insert(lines, #lines, { indent = open.indent, comment = note })
        rest = plain
      end
      open.text = open.text .. (open.text:find("[%(%[{]$") and "" or " ") .. rest
    elseif rest ~= "" then
      lines[#lines + 1] = { indent = #indent, text = rest }
    end
    local last = open or lines[#lines]
    open = last and last.text and depth(last.text) > 0 and last or nil
  end
  return lines
end

-- One line as Lua, whether it changed, and what its block ends with where it begins one; nil where it cannot be told.
local function translated(line, o)
  local head = line:find(":%s*$") or line:find(":%s+#.*$")
  local found = phrasebook.explain(line, { problem = "any", known = o.known, kind = o.kind, help = o.help,
                                           parses = parses(line) })
  local text = found and found.repaired or line
  if not head then
    if not parses(text) then return nil end
    return text, text ~= line
  end
  if text == line or line:find("^class%s") then return text ~= line and text or nil, true, "" end
  return text, true, text:find("%(function%(%)$") and "end)" or "end"
end

-- What a name's value is after a line that gives it one: "list", "table" or "text", or false where it can no longer be told.
local function given(line)
  local name, value = line:match("^([%a_][%w_]*)%s*=%s*([^=].*)$")
  if not name then return nil end
  local kind = value:find("^%[") and "list" or value:find("^{") and "table" or value:find("^[\"']") and "text" or false
  return name, kind
end

-- else and elif go on with a block that is open.
local function goes_on(line, o)
  if line:find("^else%s*:$") then return "else" end
  local condition = line:match("^elif%s+(.-)%s*:$")
  local text = condition and translated(("if %s:"):format(condition), o)
  return text and "else" .. text
end

local function is_loop(line) return line:find("^for%s") ~= nil or line:find("^while%s") ~= nil end

-- Marks the innermost loop of open blocks: continue leads to its end; nil where there is none.
local function loop(stack)
  for i = #stack, 1, -1 do
    if stack[i].loop then
      stack[i].goes_on = true
      return stack[i]
    end
  end
end

--- Lines of Python as Lua.
---@param text string
---@param o table   known, kind and help, as the phrasebook takes them
---@return string?   nil where a line has no one way to be said, or nothing in it is Python
return function(text, o)
  local out, stack, changed, class = {}, {}, false, nil
  local kinds = {} -- of names that a line before has given a value
  local function kind(path)
    if kinds[path] ~= nil then return kinds[path] or nil end
    return o.kind(path)
  end
  local how = { kind = kind, help = o.help, known = function(name) return o.known(name) or name == "self" and class ~= nil end }
  local function close(indent, keep)
    while #stack > 0 and (stack[#stack].indent > indent or stack[#stack].indent == indent and not keep) do
      local block = table.remove(stack)
      if block.goes_on then out[#out + 1] = (" "):rep(block.indent) .. "::continue::" end
      if block.close ~= "" then out[#out + 1] = (" "):rep(block.indent) .. block.close end
    end
  end
  for _, line in ipairs(logical_lines(text)) do
    local margin = (" "):rep(line.indent)
    local on = line.text and goes_on(line.text, how)
    close(line.indent, on or line.comment)
    if line.comment then
      if line.comment ~= "" then out[#out + 1] = margin .. "-- " .. line.comment end
      changed = true
    elseif on then
      if #stack == 0 then return nil end
      out[#out + 1] = margin .. on
    else
      if line.indent == 0 then class = line.text:match("^class%s+([%a_][%w_]*)") end
      local lua, new, closing = translated(line.text, how)
      if line.text == "continue" then lua, new = "goto continue", true end
      if not lua then return nil end
      if line.text == "continue" and not loop(stack) then return nil end
      local name, is = given(line.text)
      if name then kinds[name] = is end
      if class then lua = lua:gsub("^function Net:", function() return ("function %s:"):format(class) end) end
      changed = changed or new
      local needed = lua ~= "do end" and not line.text:find("^import%s") and not line.text:find("^from%s")
      if needed then out[#out + 1] = margin .. lua end
      if closing then
        stack[#stack + 1] = { indent = line.indent, close = closing, loop = is_loop(line.text) }
      end
    end
  end
  close(0)
  local lua = table.concat(out, "\n")
  return changed and load(lua, "=x", "t") and lua or nil
end
