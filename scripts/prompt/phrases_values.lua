--- mlprun.prompt.phrases_values - more rows of mlprun.prompt.phrases, which has what they are made of: comparisons of tensors,
--- and lists, texts and numbers where the value of a name is known. They are looked at first.

local argument_list = require "mlprun.prompt.argument_list"
local set = require "mlprun.base.set"

local COMPARED = "a:lt(b), a:le(b), a:gt(b), a:ge(b), a:eq(b) and a:ne(b) compare tensors element by element"
local BOTH = "tensors of truths are joined by logical_and, logical_or and logical_not"
local NUMBER = "item gives the number of a tensor that has one"
local LISTS = "a part of a list is { table.unpack(list, first, last) }, and its places count from 1"
local LETTERS = "a part of a text is text:sub(first, last), and its letters count from 1"
local SAMPLES = "a data set gives a sample and its label by get, and both count from 1: x, y = dataset:get(1)"
local FILLED = "a list is filled in a loop"
local OVER_LIST = "a list becomes a tensor for it: ml.tensor(list)"
local POSITIONS = "what is optional has its name, in one table at the end"

local OPERATORS = { ["<"] = "lt", ["<="] = "le", [">"] = "gt", [">="] = "ge", ["=="] = "eq", ["~="] = "ne", ["!="] = "ne" }
local ONE_NUMBER = set "sum mean max min std var norm median prod"

-- ---- comparisons ----

local function compared(_, a, sign, b)
  return OPERATORS[sign] and ("%s:%s(%s)"):format(a, OPERATORS[sign], b) or nil
end

-- Of a tensor with one number Lua compares that number.
local function number_compared(open, a, sign, b)
  return open.kind(a) == "one number" and ("%s:item() %s %s"):format(a, sign, b) or nil
end

local function of_head(_, word, a, sign, b, after)
  if word ~= "if" and word ~= "elseif" and word ~= "while" then return nil end
  return ("%s %s:item() %s %s %s"):format(word, a, sign, b, after)
end

local function reduced(_, object, method, sign, b)
  return ONE_NUMBER[method] and ("%s.%s().item() %s %s"):format(object, method, sign, b) or nil
end

-- ---- slices ----

-- The ends of from:to, counted from 1, where the text `length` is how many there are.
local function ends(from, to, length)
  local function place(text, shift)
    local n = math.tointeger(tonumber(text))
    if not n then return shift > 0 and ("%s + 1"):format(text) or text end
    if n >= 0 then return ("%d"):format(n + shift) end
    return n == -1 and shift > 0 and length or ("%s - %d"):format(length, -n - shift)
  end
  return from == "" and "1" or place(from, 1), to ~= "" and place(to, 0) or nil
end

local function of_list(open, object, from, to)
  if open.kind(object) ~= "list" then return nil end
  local first, last = ends(from, to, "#" .. object)
  return ("{ table.unpack(%s, %s%s) }"):format(object, first, last and ", " .. last or "")
end

local function of_text(open, object, from, to)
  if open.kind(object) ~= "text" then return nil end
  local function place(text, shift)
    local n = math.tointeger(tonumber(text))
    if not n then return shift > 0 and text .. " + 1" or text end
    return ("%d"):format(n >= 0 and n + shift or n - (1 - shift))
  end
  return ("%s:sub(%s%s)"):format(object, from == "" and "1" or place(from, 1), to ~= "" and ", " .. place(to, 0) or "")
end

local function letter(open, object, at)
  local n = math.tointeger(tonumber(at))
  if open.kind(object) ~= "text" or not n then return nil end
  n = n >= 0 and n + 1 or n
  return ("%s:sub(%d, %d)"):format(object, n, n)
end

-- ---- functions of lists ----

local function over_list(open, name, object)
  return open.kind(object) == "list" and ("ml.tensor(%s):%s():item()"):format(object, name) or nil
end

local function most_of(open, name, object)
  if open.kind(object) == "tensor" then return ("%s:%s()"):format(object, name) end
  return open.kind(object) == "list" and ("math.%s(table.unpack(%s))"):format(name, object) or nil
end

-- ---- options by their place ----

-- nn.Conv2d(3, 8, 3, 1, 1): what is optional has PyTorch's order, which help knows.
local function by_place(open, part, name, args, always)
  local help = open.help()
  local entry = help and help.entry(("%s.%s"):format(part, name))
  local call = entry and entry.call
  if not call or not call.options or not always and #call.arguments == 0 then return nil end
  local plain, named = {}, {}
  for _, value in ipairs(argument_list(args:sub(2, -2))) do
    local option = call.options[#plain - #call.arguments + #named + 1]
    local has_name = value:find("^{.*=") or value:find("^[%a_][%w_]*%s*=[^=]")
    if #plain < #call.arguments then plain[#plain + 1] = value
    elseif not option or value == "" or has_name then return nil
    else named[#named + 1] = ("%s = %s"):format(option.name, value) end
  end
  if #named == 0 then return nil end
  plain[#plain + 1] = ("{ %s }"):format(table.concat(named, ", "))
  return ("%s.%s(%s)"):format(part, name, table.concat(plain, ", "))
end

-- ("%.4f"):format(loss): tensors of one number are asked for it.
local function items(open, before, args)
  local changed = false
  local list = args:sub(2, -2):gsub("[^,]+", function(part)
    local space, path = part:match("^(%s*)([%a_][%w_%.]*)%s*$")
    if not path or open.kind(path) ~= "one number" then return nil end
    changed = true
    return ("%s%s:item()"):format(space, path)
  end)
  return changed and ("%s(%s)"):format(before, list) or nil
end

local WITH_OPTIONS = set "nn optim augment data"

local rows = {
  -- comparisons
  { "%f[%w_](%l+)%s+(<path>)%s*([<>]=?)%s*(%-?[%w_%.]+)%s+(%l+)", NUMBER, of_head, field = true, word = "compared" },
  { "%f[%w_%.](<path>)%s*([<>]=?)%s*(%-?[%w_%.]+)", NUMBER, number_compared, field = true },
  { "%f[%w_%.](<path>)[%.:](<name>)%(%)%s*([<>]=?)%s*(%-?[%d%.]+)", NUMBER, reduced, field = true },
  { "%(%f[%w_%.](<path>)%s*([<>]=?)%s*(%-?[%w_%.]+)%)", COMPARED, compared, field = true, word = "compared" },
  { "%f[%w_%.](<path>)%s*([<>]=?)%s*(%-?[%w_%.]+)", COMPARED, compared, field = true, word = "compared" },
  { "%f[%w_%.:](torch)%.(<name>)%((<path>)%s*([<>=!~]=?)%s*(%-?[%w_%.]+)", COMPARED,
    function(_, library, name, a, sign, b)
      return OPERATORS[sign] and ("%s.%s(%s:%s(%s)"):format(library, name, a, OPERATORS[sign], b) or nil
    end, name = "torch" },
  { "%f[%w_%.](<path>)%[(<path>)%s*([<>=!~]=?)%s*(%-?[%w_%.]+)%]", COMPARED, function(_, object, a, sign, b)
      return OPERATORS[sign] and ("%s[%s]"):format(object, compared(nil, a, sign, b)) or nil
    end, field = true },
  { "([%w_%.:]+:[gleni][teq]%b())%s+and%s+([%w_%.:]+:[gleni][teq]%b())", BOTH, "%1:logical_and(%2)", field = true },
  { "([%w_%.:]+:[gleni][teq]%b())%s*&%s*([%w_%.:]+:[gleni][teq]%b())", BOTH, "%1:logical_and(%2)", field = true },
  { "([%w_%.:]+:[gleni][teq]%b())%s*|%s*([%w_%.:]+:[gleni][teq]%b())", BOTH, "%1:logical_or(%2)", field = true },
  { "~%s*([%w_%.:]+:[gleni][teq]%b())", BOTH, "%1:logical_not()", field = true },
  { "%f[%w_%.](<path>)%s*&%s*(<path>)", BOTH, "%1:logical_and(%2)", field = true, word = "bitwise" },
  { "%f[%w_%.](<path>)%s*|%s*(<path>)", BOTH, "%1:logical_or(%2)", field = true, word = "bitwise" },
  { "~%s*(<path>)", BOTH, "%1:logical_not()", field = true, word = "bitwise" },
  { "(:format)(<args>)", NUMBER, items, field = true, word = "number" },

  -- lists and texts
  { "%f[%w_%.](<path>)%[([%w_%-]*)%s*:%s*([%w_%-]*)%]", LISTS, of_list },
  { "%f[%w_%.](<path>)%[([%w_%-]*)%s*:%s*([%w_%-]*)%]", LETTERS, of_text },
  { "%f[%w_%.](<path>)%[(%-?%d+)%]", LETTERS, letter, field = true },
  { "%f[%w_%.](<path>)%[::%-1%]", "reverse turns a text round", function(open, object)
      return open.kind(object) == "text" and object .. ":reverse()" or nil
    end },
  { "%f[%w_%.](<path>)%[0%]%[0%]", SAMPLES, function(open, object)
      return open.kind(object) == "data set" and object .. "[1]" or nil
    end, field = true },
  { "%f[%w_%.](<path>)%[(%d+)%]%[1%]", SAMPLES, function(open, object, at)
      return open.kind(object) == "data set" and ("select(2, %s:get(%d))"):format(object, tonumber(at) + 1) or nil
    end, field = true },
  { "^(<name>,%s*<name>%s*=%s*)(<path>)%[(%d+)%]$", SAMPLES, function(open, names, object, at)
      return open.kind(object) == "data set" and ("%s%s:get(%d)"):format(names, object, tonumber(at) + 1) or nil
    end, field = true },
  { "^len%((<path>)%)$", "# counts a list; the keys of a table are counted in a loop", function(open, object)
      return open.kind(object) == "table" and ("count = 0 for _ in pairs(%s) do count = count + 1 end"):format(object) or nil
    end, name = "len" },
  { "^(<path>)[%.:]update%((.*)%)$", "a loop over pairs puts values into a table", function(open, object, values)
      return open.kind(object) == "table" and ("for k, v in pairs(%s) do %s[k] = v end"):format(values, object) or nil
    end },
  { "^(<path>)[%.:]update%((.*)%)$", "a loop over pairs puts values into a table", function(open, object, values)
      return open.kind(object) == "table" and ("for k, v in pairs(%s) do %s[k] = v end"):format(values, object) or nil
    end, field = true, word = "update" },
  { "%f[%w_%.](<path>)[%.:]reverse%(%)", "a list is turned round in a loop: for i = #list, 1, -1 do", nil, field = true,
    word = "reverse" },
  { "%f[%w_%.:]np%.(<name>)%((%-?[%w_%.]+)%)", "the functions of numbers are in math", function(open, name, number)
      local is_number = tonumber(number) or open.kind(number) == "number"
      return is_number and math[name] and ("math.%s(%s)"):format(name, number) or nil
    end, name = "np" },
  { "%f[%w_%.:]np%.(mean)%((<path>)%)", OVER_LIST, over_list, name = "np" },
  { "%f[%w_%.:]np%.(sum)%((<path>)%)", OVER_LIST, over_list, name = "np" },
  { "%f[%w_%.:]np%.(std)%((<path>)%)", OVER_LIST, over_list, name = "np" },
  { "%f[%w_%.:]np%.(median)%((<path>)%)", OVER_LIST, over_list, name = "np" },
  { "%f[%w_%.:]np%.(max)%((<path>)%)", OVER_LIST, most_of, name = "np" },
  { "%f[%w_%.:]np%.(min)%((<path>)%)", OVER_LIST, most_of, name = "np" },
  { "%f[%w_%.:](max)%((<path>)%)", "math.max takes numbers, table.unpack gives those of a list; a tensor has x:max()", most_of,
      name = "max" },
  { "%f[%w_%.:](min)%((<path>)%)", "math.min takes numbers, table.unpack gives those of a list; a tensor has x:min()", most_of,
      name = "min" },
  { "%f[%w_%.:]float%((<path>)%)", NUMBER, function(open, object)
      return open.kind(object) == "one number" and object .. ":item()" or nil
    end, name = "float" },
  { "%f[%w_%.:](sum)%((<path>)%)", "a tensor has x:sum(), and a list becomes one for it", function(open, name, object)
      return open.kind(object) == "tensor" and object .. ":sum()" or over_list(open, name, object)
    end, name = "sum" },

  { "^(<path>)%.lr%s*=%s*(.+)$", "groups of parameters have a rate, each its own", "%1.param_groups[1].lr = %2", field = true,
    word = "lr" },

  { "^if ml%.isnan(<args>) then", NUMBER, "if ml.isnan%1:any():item() then" },
  { "^(<name>)%s*=%s*%[([^%[%],]+)%]%s*%*%s*([%w_%.]+)$", FILLED, "%1 = {} for i = 1, %3 do %1[i] = %2 end" },
  { "^%[([^%[%],]+)%]%s*%*%s*([%w_%.]+)$", FILLED, "list = {} for i = 1, %2 do list[i] = %1 end" },
  { "%[[^%[%]]*%]%s*%*%s*[%w_%.]+", FILLED, nil },
  { "%f[%w_%.](<path>)%s*%*%s*(%d+)", "rep repeats a text", function(open, object, times)
      return open.kind(object) == "text" and ("%s:rep(%s)"):format(object, times) or nil
    end, field = true },
  { "(<s>)%[(%d*)%s*:%s*(%d*)%]", LETTERS, function(_, text, from, to)
      return ("(%s):sub(%d%s)"):format(text, (tonumber(from) or 0) + 1, to ~= "" and ", " .. to or "")
    end },
  { "^(<path>) in (<s>)$", "find looks for a text in another one", "(%2):find(%1, 1, true) ~= nil" },

  -- options by their place
  { "%f[%w_%.:](%l+)%.(<name>)(<args>)", POSITIONS, function(open, part, name, args)
      return WITH_OPTIONS[part] and by_place(open, part, name, args, true) or nil
    end, field = true, word = "positions" },
  { "%f[%w_%.:](%l+)%.(<name>)(<args>)", POSITIONS, function(open, part, name, args)
      return WITH_OPTIONS[part] and by_place(open, part, name, args, part == "augment") or nil
    end, field = true },
}

-- (a == b).sum() and the like: what is compared may be a call, what follows is done with the truths.
for _, a in ipairs { "%f[%w_%.](<path>)", "([%w_%.]+%b())", "([%w_%.]+%b()%.[%w_]+%b())" } do
  for _, b in ipairs { "([%w_%.]+)", "([%w_%.]+%b())" } do
    rows[#rows + 1] = { "%(" .. a .. "%s*([<>=!~]=?)%s*" .. b .. "%)[%.:](<name>)%(", COMPARED,
      function(_, left, sign, right, method)
        return OPERATORS[sign] and ("%s.%s(%s).%s("):format(left, OPERATORS[sign], right, method) or nil
      end, field = true }
  end
end
for _, method in ipairs { "argmax", "argmin", "round", "long", "float" } do
  for _, b in ipairs { "([%%w_%%.]+)%%f[^%%w_%%.%%(]", "([%%w_%%.]+%%b())" } do
    rows[#rows + 1] = { ("([%%w_%%.]+%%.%s%%b())%%s*([=!~]=)%%s*" .. b):format(method), COMPARED,
      function(_, left, sign, right) return ("%s.%s(%s)"):format(left, OPERATORS[sign], right) end, field = true }
  end
end

return rows
