--- mlprun.command.parts_used - names of the library that a script's text uses and that there are none of, in places that no run
--- came to, too: `nn.Linaer` behind `local nn = ml.nn`.
local ml = require "mlprun"
local tokens = require "mlprun.base.tokens"
local is = tokens.is

local function is_name(token) return token ~= nil and token.kind == "name" end

-- The names in a list that begins at `at`, and the place behind it.
local function names_at(list, at)
  local names = {}
  while is_name(list[at]) do
    names[#names + 1], at = list[at].text, at + 1
    while is(list[at], "<") do at = at + 3 end -- <const>
    if not is(list[at], ",") then break end
    at = at + 1
  end
  return names, at
end

-- What the expression at `at` is, as far as it is the library or a part of it, and the place behind it.
local function part_at(list, at, parts)
  local value
  if is(list[at], "require") then
    local name = is(list[at + 1], "(") and at + 2 or at + 1
    local fits = list[name] and list[name].text:match("^[\"']mlprun[\"']$")
    value, at = fits and ml or nil, name + (name == at + 2 and 2 or 1)
  else
    value, at = is_name(list[at]) and parts[list[at].text] or nil, at + 1
  end
  while value ~= nil and is(list[at], ".") and is_name(list[at + 1]) do
    local fine, inner = pcall(function() return value[list[at + 1].text] end)
    value, at = fine and inner or nil, at + 2
  end
  return type(value) == "table" and value or nil, at
end

-- The names that stand for parts of the library wherever they are: of one `local`, and declared nowhere else.
local function parts_of(list)
  local parts, declared, named_till = {}, {}, 0 -- named_till: where the names of the last `local` end
  local function declare(names)
    for _, name in ipairs(names) do declared[name] = (declared[name] or 0) + 1 end
  end
  for at, token in ipairs(list) do
    if is(token, "local") and is_name(list[at + 1]) and not is(list[at + 1], "function") then
      local names, behind = names_at(list, at + 1)
      declare(names)
      named_till = behind
      if is(list[behind], "=") then
        behind = behind + 1
        for _, name in ipairs(names) do
          parts[name], behind = part_at(list, behind, parts)
          if not is(list[behind], ",") then break end
          behind = behind + 1
        end
      end
    elseif is(token, "for") or is(token, "function") then
      local first = at + 1
      while is(token, "function") and list[first] and not is(list[first], "(") do first = first + 1 end
      declare((names_at(list, is(token, "for") and first or first + 1)))
    elseif at >= named_till and is_name(token) and is(list[at + 1], "=") and not is(list[at - 1], ".") then
      declare { token.text } -- it becomes something else, or is a field of a table
    end
  end
  for name in pairs(parts) do
    if declared[name] ~= 1 then parts[name] = nil end
  end
  return parts
end

--- The first use of a name that a part of the library does not have: what is wrong, and its line; nil where there is none.
---@param text string   of a script
---@return string? problem, integer? line
return function(text)
  local list = tokens.code(text)
  local parts = parts_of(list)
  for at, token in ipairs(list) do
    local value = is_name(token) and not is(list[at - 1], ".") and not is(list[at - 1], ":") and parts[token.text] or nil
    local next_ = at + 1
    while type(value) == "table" and is(list[next_], ".") and is_name(list[next_ + 1]) and not is(list[next_ + 2], "=") do
      local key, meta = list[next_ + 1], getmetatable(value)
      if not (meta and type(meta.__index) == "function") then break end -- a table of values
      local fine, inner = pcall(function() return value[key.text] end)
      if not fine then
        local problem = tostring(inner):match("has no '.*$")
        if problem then
          local _, before = text:sub(1, key.first):gsub("\n", "")
          return tostring(inner):match("(ml[%w_%.]* has no '.*)$") or problem, before + 1
        end
      end
      value, next_ = fine and inner or nil, next_ + 2
    end
  end
end
