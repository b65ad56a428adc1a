--- mlprun.prompt.phrases - what people who come from Python and PyTorch type, why it is no Lua, and how it is said in Lua.
---
--- A row is { pattern, why, repair }: a pattern of Lua for a part of the line, in which <s> is a string, <name> a name,
--- <path> a.b.c, <args> (...), <any> anything and <body> what follows a head in its line; a sentence; and the text that takes
--- the part's place, or a function that makes it of open and the captures. open(text) gives strings their text back, and
--- open.kind(path) is what a name's value is (mlprun.prompt.kind), where there are values; open.python: the line is Python
--- for sure; open.method: which method was called without its object; open.help() is mlprun.help, or nil. Without a repair
--- the sentence is all there is to say. Further fields say when a row is used:
---
---   name = "len"      it is about a global name that means nothing in Lua; it rests when somebody has given it a meaning
---   begins = "f"      the parser takes the part for a call of something with that name
---   field = true      it is about fields and methods
---   only = "syntax"   it repairs what the parser refuses, and nothing else
---   always = true     it explains an unknown name too, whatever that is
---   once = true       it repairs all places of a line at once
---   word = "sort"     it is about a field of that name which is nothing
---
--- The first row that applies explains the line; then all rows repair it until none does any more, so their order matters:
--- heads of blocks, then statements, literals, operators, tables, names, methods.

local from_zero = require "mlprun.prompt.from_zero"
local set = require "mlprun.base.set"
local split = require "mlprun.prompt.argument_list"

-- ---- what repairs need ----

local function inside(brackets) return brackets:sub(2, -2) end

-- What a block's head goes on with: a body in the same line is closed.
local function block(head, body, close)
  body = body:match("^%s*(.-)%s*$")
  if body == "pass" then body = "do end" end
  return body == "" and head or ("%s %s %s"):format(head, body, close or "end")
end

-- "not a == b" with brackets, which Lua needs: its not takes a alone; nil where there is none.
local function compared_not(text)
  local before, a, sign, rest = text:match("^(.-)%f[%w_]not%s+([^=!~<>]-)%s*([=!~<>]=?)%s*(.*)$")
  if not before or not (sign:find("=.") or sign:find(".=") or sign:find("[<>]")) or a:gsub("%b()", ""):find("[,%(%)]")
    or a:find("%f[%w_]and%f[^%w_]") or a:find("%f[%w_]or%f[^%w_]") then return nil end
  local last = #rest
  for _, stop in ipairs { "()%s+and%f[^%w_]", "()%s+or%f[^%w_]", "()%s+then%f[^%w_]", "()%s+do%f[^%w_]" } do
    last = math.min(last, (rest:match(stop) or last + 1) - 1)
  end
  local b = rest:sub(1, last)
  local open = b:gsub("%b()", function(inner) return ("_"):rep(#inner) end):find("[,%)]")
  if open then b = b:sub(1, open - 1) end
  return ("%snot (%s %s %s)%s"):format(before, a, sign, b, rest:sub(#b + 1)), sign
end

local function in_brackets(text) return compared_not(text) or text end

-- One part of a slice: "" is all of it, a:b has both its ends.
local function slice(part)
  local from, to = part:match("^([^:]*):([^:]*)$")
  if not from then return from_zero(part) end
  from, to = from:match("^%s*(.-)%s*$"), to:match("^%s*(.-)%s*$")
  if from == "" and to == "" then return "{}" end
  local last = to == "" and "-1" or to
  local n = math.tointeger(tonumber(to))
  if n and n < 0 then last = tostring(n - 1) end
  return ("{ %s, %s }"):format(from == "" and "1" or from_zero(from), last)
end

local function range_head(name, args)
  local from, to, step = table.unpack(split(inside(args)))
  if not to then return ("for %s = 1, %s do"):format(name, from or "10") end
  local n, inside_end = math.tointeger(tonumber(to)), step and step:find("^%-") and 1 or -1
  to = n and tostring(n + inside_end) or ("%s %s 1"):format(to, inside_end < 0 and "-" or "+")
  return ("for %s = %s, %s%s do"):format(name, from, to, step and ", " .. step or "")
end

-- The head of a loop over what a list or a loader gives, counted.
local function enumerated(open, i, names, list)
  local kind = open.kind(list)
  if names:find(",") or kind == "loader" or not kind and list:find("loader") then
    return ("local %s = 0 for %s in %s:batches() do %s = %s + 1"):format(i, names, list, i, i)
  end
  return ("for %s, %s in ipairs(%s) do"):format(i, names, list)
end

-- Parameters without types and defaults, which Lua does not have.
local function parameters(list)
  local kept = {}
  for i, part in ipairs(split(list)) do
    kept[i] = part:find("^%*") and "..." or part:match("^[%a_][%w_]*") or part
  end
  return kept
end

-- What gives parameters their defaults: k = k or 3, and where that may be false, or nothing, in full.
local function defaults(list)
  local lines = {}
  for _, part in ipairs(split(list)) do
    local name, value = part:match("^([%a_][%w_]*)[^=]*=%s*(.+)$")
    if value == "True" then lines[#lines + 1] = ("if %s == nil then %s = true end "):format(name, name)
    elseif value == "False" then lines[#lines + 1] = ("%s = %s or false "):format(name, name)
    elseif value and value ~= "None" then lines[#lines + 1] = ("%s = %s or %s "):format(name, name, value) end
  end
  return table.concat(lines)
end

local function definition(name, args, body)
  local list, before = parameters(inside(args)), defaults(inside(args))
  if list[1] == "self" then
    table.remove(list, 1)
    name = "Net:" .. (name == "__init__" and "__init" or name)
  end
  local head = ("function %s(%s) %s"):format(name, table.concat(list, ", "), before):gsub("%s+$", "")
  return block(head, body)
end

-- How {value:how} is written in a format, and the value that it takes; nil where Lua has nothing like it.
local function conversion(value, how)
  local digits = how:match("^%.(%d+)%%%%$") -- the sign is doubled already
  if digits then
    return ("%%.%sf%%%%"):format(digits), "100 * " .. (value:find("[^%w_%.]") and "(" .. value .. ")" or value)
  end
  if value:find("!r$") then return "%q", value:sub(1, -3) end
  local side, width, rest = how:match("^([<>^]?)(%d*)(.*)$")
  if side == "^" or width:find("^0%d") then side, width, rest = "", "", how end
  local sign = side == "<" and "-" or ""
  if rest == "" then return width == "" and "%s" or ("%%%s%ss"):format(sign, width), value end
  if rest:find("^%d*%.?%d*[dfegxs]$") then return ("%%%s%s%s"):format(sign, width, rest), value end
end

-- f"loss {x:.3f}" as a format and its values; a tensor of one number gives it.
local function formatted(open, literal)
  local text, values, fine = open(literal), {}, true
  text = text:gsub("%%", "%%%%"):gsub("{([^{}:]+):?([^{}]*)}", function(value, how)
    local shown
    if value:find("=%s*$") and not how:find("%S") then
      shown, value = value .. "%s", value:match("^(.-)%s*=%s*$")
    else
      shown, value = conversion(value, how)
    end
    if not shown then
      fine = false
      return nil
    end
    if shown:find("[defg]$") and open.kind(value) == "one number" then value = value .. ":item()" end
    values[#values + 1] = value
    return shown
  end)
  if not fine then return nil end
  if #values == 0 then return text end
  return ("(%s):format(%s)"):format(text, table.concat(values, ", "))
end

-- What is required has no name here: what help has no such argument for, under the names that it has elsewhere.
local REQUIRED = set "input target dataset root"

local DEVICES = set "cpu cuda mps xpu"
local DIM_NAMES = set "start_dim end_dim dim0 dim1"

-- The value of dim=: one number, or several in brackets; nil where it cannot be told.
local function dims(value)
  local list = value:match("^%((.*)%)$") or value:match("^%[(.*)%]$")
  if not list then return from_zero(value) end
  local parts = split(list)
  for i, part in ipairs(parts) do parts[i] = from_zero(part) end
  return ("{ %s }"):format(table.concat(parts, ", "))
end

-- The places of a function's required arguments: max_norm -> 2.
local function places_of(open, path)
  local help = open.help()
  local entry = help and (help.entry(path) or help.entry(path:match("[%w_]+$")))
  local places = {}
  for i, argument in ipairs(entry and not entry.name:find(":", 1, true) and entry.call and entry.call.arguments or {}) do
    if not argument.optional then places[argument.name] = i end
  end
  return places
end

-- Arguments with names go into one table at the end; dimensions count from 1. places: of those that have one.
local function named_arguments(_, args, places)
  local plain, named, dropped = {}, {}, false
  for _, part in ipairs(split(inside(args))) do
    local name, value = part:match("^([%a_][%w_]*)%s*=%s*([^=].*)$")
    if name == "keepdims" then name = "keepdim" end
    if name == "dim" or name == "axis" then name, value = "dim", dims(value)
    elseif name and DIM_NAMES[name] then value = from_zero(value) end
    if not value and name then return nil end
    if value and value:find("^%(.*,.*%)$") then value = ("{ %s }"):format(value:sub(2, -2)) end
    if places and places[name] and not DIM_NAMES[name] and name ~= "dim" then
      if plain[places[name]] then return nil end
      plain[places[name]], dropped = value, true
    elseif name and REQUIRED[name] and #named == 0 then
      plain[#plain + 1], dropped = value, true
    elseif name then named[#named + 1] = ("%s = %s"):format(name, value)
    elseif #named > 0 then return nil
    else plain[#plain + 1] = part end
  end
  local count = 0
  for _ in pairs(plain) do count = count + 1 end
  for place in pairs(plain) do
    if place > count then return nil end -- one before it is not given
  end
  if #named == 0 then return dropped and ("(%s)"):format(table.concat(plain, ", ")) or nil end
  plain[#plain + 1] = ("{ %s }"):format(table.concat(named, ", "))
  return ("(%s)"):format(table.concat(plain, ", "))
end

local function named_of_function(open, path, first, args, after)
  if not args:find("%f[%w_][%a_][%w_]*%s*=[^=]") then return nil end
  local changed = named_arguments(open, args, places_of(open, path))
  return changed and path .. changed, first, after - 1
end

-- A dictionary, when all of its parts are pairs.
local function dictionary(open, braces)
  local parts = split(inside(braces))
  if #parts == 0 then return nil end
  for i, part in ipairs(parts) do
    local key, value = part:match("^(\1%d+\2)%s*:%s*(.+)$")
    local name = key and open(key):match("^.([%a_][%w_]*).$")
    if not key then key, value = part:match("^([%w_%.]+)%s*:%s*(.+)$") end
    if not key then return nil end
    parts[i] = name and ("%s = %s"):format(name, value) or ("[%s] = %s"):format(key, value)
  end
  return ("{ %s }"):format(table.concat(parts, ", "))
end

local function list_literal(_, before, brackets, equals)
  local parts = split(inside(brackets))
  if brackets:find(" for ", 1, true) or equals:find("=") then return nil end -- [key] = value is Lua
  return before .. (#parts == 0 and "{}" or ("{ %s }"):format(table.concat(parts, ", "))) .. equals
end

local function comprehension_if(target, value, head, condition)
  return ("%s = {} %s if %s then %s[#%s + 1] = %s end end"):format(target, head, condition, target, target, value)
end

local function comprehension(_, target, value, name, list)
  local all, condition = list:match("^(.-)%s+if%s+(.+)$")
  if all then
    return comprehension_if(target, value, ("for _, %s in ipairs(%s) do"):format(name, all), condition)
  end
  local head = ("for _, %s in ipairs(%s) do"):format(name, list)
  local args = list:match("^range(%b())$")
  if args then head = range_head(name, args) end
  return ("%s = {} %s %s[#%s + 1] = %s end"):format(target, head, target, target, value)
end

local function subscript(open, object, brackets)
  local list = inside(brackets)
  if not list:find("[:,]") or list:find("^%s*{") or list:find("[", 1, true) or list:find(":%a+%(") then
    return nil
  end
  local kind, parts = open.kind(object), split(list)
  if kind == "list" or kind == "text" or kind == "module" then return nil end
  for i, part in ipairs(parts) do parts[i] = slice(part) end
  return ("%s[{ %s }]"):format(object, table.concat(parts, ", "))
end

-- Methods of our objects that people call with a point.
local METHODS = set [[view reshape backward step zero_grad parameters named_parameters item train eval numel size dim sum mean
  max min argmax argmin exp log sqrt abs relu sigmoid softmax log_softmax matmul mm t transpose permute squeeze unsqueeze flatten
  clone detach float double long byte bool tolist contiguous requires_grad_ add_ mul_ sub_ div_ zero_ fill_ clamp topk sort
  split chunk expand gather scatter masked_fill std var norm pow eq ne lt le gt ge state_dict load_state_dict named_modules
  children modules num_parameters register_forward_hook add_scalar add_scalars add_image add_histogram add_hparams close
  to any all flip batches update get_last_lr accuracy
  forward apply buffers named_buffers named_children index_select narrow select median mode roll tile repeat_interleave
  logical_and logical_or logical_not register_buffer summary freeze unfreeze double
  clamp_ exp_ sqrt_ relu_ masked_fill_ copy_ normal_ uniform_ masked_select
  dot bmm outer cumsum prod tril triu floor ceil round sin cos tanh]]

local LIBRARY = { ml = true, nn = true, optim = true, augment = true, data = true, metrics = true, plot = true, writers = true,
                  search = true, explain = true, math = true, string = true, table = true, io = true, os = true, utf8 = true,
                  torch = true, np = true, plt = true, F = true, A = true }

local function with_colon(open, object, method)
  if not METHODS[method] and method ~= open.method or LIBRARY[object:match("^[%a_][%w_]*")] then return nil end
  local kind = open.kind(object)
  if kind == "list" or kind == "table" or kind == "text" and not string[method] then return nil end
  return ("%s:%s("):format(object, method)
end

local IN_LIBRARY = "the library is ml here, and its parts are nn, optim, data, augment, metrics, plot, search, explain and "
  .. "writers"
local COLON = "methods take a colon, fields a point: model:train(), but x.shape"
local TRUTH = "and, or, not, true, false and nil are written small in Lua"
local NOT = "not takes the next value alone: what it denies stands in brackets; unequal is ~= in Lua"
local NO_ASSIGN = "Lua has no += and the like: the name stands on both sides"
local BLOCK = "a block of Lua has no colon and no indentation: its head ends with do or then, the block with end"
local IMPORT = 'nothing is imported: the prompt has all of it, and a script begins with local ml = require "mlprun"'
local OPTIONS = "arguments with a name go into one table at the end: nn.Linear(3, 2, { bias = false }); dimensions count from 1"
local CHOICE = "and and or choose between two values: c and a or b"
local PART = "a part of a tensor is x[{ rows, columns }]: places from 1, { 2, 3 } from the second to the third, {} all"
local LIST = "a list stands in braces, and its places count from 1"
local COMMENT = "a comment begins with --, and # is the length of a list"
local HELP = "?NAME tells about a name: ?nn.Linear"
local WITH_PLACES = "ipairs gives a list's places, from 1, and its values; a loader gives batches, which you count yourself"
local COUNTING = "Lua counts in the head of a loop, both ends included, and lists begin with 1"

-- int(x) and float(x) as fn(x): of a tensor, or one of its elements, the number in it.
local function number_by(fn)
  return function(open, args)
    local what = inside(args)
    local kind = open.kind(what:match("^([%w_%.]+)%[") or what)
    local element = kind == "one number" or kind == "tensor" and what:find("^[%w_%.]+[%[%]{}%d%-,%s]+$")
    return element and ("%s(%s:item())"):format(fn, what) or fn .. args
  end
end

-- Names of types elsewhere, torch.int64 or np.float32, by ours.
local NAMED = { f32 = "float32 float", f64 = "float64 double", f16 = "float16 half", bf16 = "bfloat16", i64 = "int64 long",
                i32 = "int32 int int16 short int8", u8 = "uint8", bool = "bool bool_" }
local TYPES = 'types are "f32", "f64", "f16", "bf16", "i64", "i32", "u8" and "bool"'

local function own_type(_, name)
  for own, names in pairs(NAMED) do
    if set(names)[name] then return ('"%s"'):format(own) end
  end
end

local rows = {
  -- heads of blocks
  { "^#!?%s+(.*)$", COMMENT, "-- %1", always = true },
  { "^#([^%s%(].*)$", COMMENT, "-- %1", only = "syntax" }, -- #({ 1 }) is a length
  { "^(.-%S)%s+#%s+(.*)$", COMMENT, "%1 -- %2", always = true },
  { "^(%s*)for (<name>) in range(<args>):<body>$", COUNTING,
    function(_, indent, name, args, body) return indent .. block(range_head(name, args), body) end },
  { "^for (<name>),%s*(<name>) in enumerate(<args>):<body>$", WITH_PLACES,
    function(open, i, x, args, body) return block(enumerated(open, i, x, inside(args)), body) end },
  { "^for (<name>),%s*%(?([%w_,%s]-)%)?%s+in%s+enumerate(<args>)%s+do%f[^%w_]", WITH_PLACES,
    function(open, i, names, args) return (enumerated(open, i, names, inside(args))) end, name = "enumerate" },
  { "^for (<name>),%s*(<name>) in (<path>)%.items%(%):<body>$", "pairs gives the keys of a table and their values",
    function(_, k, v, t, body) return block(("for %s, %s in pairs(%s) do"):format(k, v, t), body) end },
  { "^for (<name>) in (<path>)%.keys%(%):<body>$", "pairs gives the keys of a table and their values",
    function(_, k, t, body) return block(("for %s in pairs(%s) do"):format(k, t), body) end },
  { "^for (<name>) in (<path>)%.values%(%):<body>$", "pairs gives the keys of a table and their values",
    function(_, v, t, body) return block(("for _, %s in pairs(%s) do"):format(v, t), body) end },
  { "^for (<name>),%s*(<name>) in zip%((<path>),%s*(<path>)%):<body>$", "two lists are walked by one place",
    function(_, a, b, s, t, body)
      return block(("for i = 1, #%s do local %s, %s = %s[i], %s[i]"):format(s, a, b, s, t), body)
    end },
  { "^for (<any>) in (<path>)%.(named_%a+)%(%):<body>$", "iterators stand behind in as they are; " .. COLON,
    function(_, what, model, method, body) return block(("for %s in %s:%s() do"):format(what, model, method), body) end },
  { "^for (<name>) in (<path>)%.(parameters)%(%):<body>$", "parameters() is a list, which ipairs walks; " .. COLON,
    function(_, p, model, method, body) return block(("for _, %s in ipairs(%s:%s()) do"):format(p, model, method), body) end },
  { "^for (<any>) in (<path>):<body>$", "a loader gives batches, ipairs a list's values, pairs a table's keys; " .. BLOCK,
    function(open, what, list, body)
      local kind = open.kind(list)
      if kind == "loader" or not kind and list:find("loader") then
        local first, second = what .. "%[0%]", what .. "%[1%]"
        if what:find("^[%w_]+$") and (body:find(first) or body:find(second)) then
          what, body = "x, y", body:gsub("%f[%w_]" .. first, "x"):gsub("%f[%w_]" .. second, "y")
        end
        return block(("for %s in %s:batches() do"):format(what, list), body)
      elseif kind == "table" then return block(("for %s in pairs(%s) do"):format(what, list), body)
      elseif kind == "text" then return block(('for %s in %s:gmatch(".") do'):format(what, list), body)
      elseif kind == "tensor" then return block(("for i = 1, #%s do local %s = %s[i]"):format(list, what, list), body) end
      return block(("for _, %s in ipairs(%s) do"):format(what, list), body)
    end },
  { "^for (<any>) in (DataLoader<args>):<body>$", "a loader gives batches", function(_, what, loader, body)
      return block(("for %s in %s:batches() do"):format(what, loader), body)
    end },
  { "^for (<name>) in (<path>)%.state_dict%(%):<body>$", "pairs gives the keys of a table and their values",
    function(_, name, model, body) return block(("for %s in pairs(%s:state_dict()) do"):format(name, model), body) end },
  { "^for (<name>) in (<path>)%.(modules)%(%):<body>$", "iterators stand behind in as they are; " .. COLON,
    function(_, m, model, method, body) return block(("for %s in %s:%s() do"):format(m, model, method), body) end },
  { "^for (<name>) in (<path>)%.(children)%(%):<body>$", "iterators stand behind in as they are; " .. COLON,
    function(_, m, model, method, body) return block(("for %s in %s:%s() do"):format(m, model, method), body) end },
  { "^while (.-):<body>$", BLOCK, function(_, c, body) return block(("while %s do"):format(in_brackets(c)), body) end },
  { "^if (.-):<body>$", BLOCK, function(_, c, body) return block(("if %s then"):format(in_brackets(c)), body) end },
  { "^(%s*)elif (.-):?%s*$", "elseif is one word, and then ends its condition",
    function(_, indent, c) return ("%selseif %s then"):format(indent, in_brackets(c)) end },
  { "^(%s*)else%s*:%s*$", BLOCK, "%1else" },
  { "^def (<name>)(<args>)[^:]*:<body>$", "function NAME(...) begins a function, end ends it; a method is function Net:NAME(...)",
    function(_, name, args, body) return definition(name, args, body) end },
  { "^class (<name>)%(nn%.Module%):%s*$", "nn.Module:subclass makes a class, function Net:forward(x) its method",
    '%1 = nn.Module:subclass("%1")' },
  { "^class (<name>).*:%s*$", "a table is Lua's class", "%1 = {}" },
  { "^with torch%.inference_mode%(%):<body>$", "no_grad takes a function",
    function(_, body) return block("ml.no_grad(function()", body, "end)") end },
  { "^with torch%.no_grad%(%):<body>$", "no_grad takes a function",
    function(_, body) return block("ml.no_grad(function()", body, "end)") end },
  { "^with open%((.-)%) as (<name>):%s*$", "io.open opens a file, and <close> closes it at the end of its block",
    "%2 = io.open(%1)" },
  { "^with (.-) as (<name>):%s*$", "a variable with <close> is closed at the end of its block: local f <close> = ..." },
  { "^with ", "Lua has no with: a variable with <close> is closed at the end of its block" },
  { "^try%s*:%s*$", "pcall runs a function and catches its error: ok, why = pcall(function() ... end)",
    "ok, why = pcall(function()" },
  { "^except", "pcall says whether it went well: ok, why = pcall(f), then if not ok then ... end" },
  { "^finally", "pcall says whether it went well; what stands behind it runs in both cases" },

  -- statements
  { "^from%s+torch.-%s+import%s+.*$", IMPORT, 'ml = require "mlprun"' },
  { "^import%s+torch.*$", IMPORT, 'ml = require "mlprun"' },
  { "^import%s+numpy.*$", IMPORT, 'ml = require "mlprun"' },
  { "^import%s+albumentations.*$", IMPORT, 'ml = require "mlprun"' },
  { "^import%s+matplotlib.*$", IMPORT, 'ml = require "mlprun"' },
  { "^from%s+", IMPORT }, { "^import%s+", IMPORT },
  { "^del%s+(.+)$", "what is given nil is gone", "%1 = nil" },
  { "^pass%s*$", "an empty block needs nothing in it", "do end", name = "pass" },
  { "^continue%s*$", "Lua has no continue: goto continue, and ::continue:: before the loop's end", nil, name = "continue" },
  { "^raise%s+<name>%((.*)%)$", "error raises a message", "error(%1)" },
  { "^raise%s+", "error raises a message: error(\"what is wrong\")" },
  { "^assert%s+([^%(].-),%s*(<s>)$", "assert is a function", "assert(%1, %2)" },
  { "^assert%s+([^%(].*)$", "assert is a function", "assert(%1)" },
  { "^print%s+([^%(=%s\1].*)$", "print is a function: its arguments stand in parentheses", "print(%1)" },
  { "^global%s+", "names are global unless local says otherwise" },
  { "^let%s+", "a new variable needs no word at the prompt, and local in a script", "" },
  { "^var%s+", "a new variable needs no word at the prompt, and local in a script", "" },
  { "^const%s+", "a new variable needs no word at the prompt, and local in a script", "" },
  { "^//%s*(.*)$", "a comment begins with --", "-- %1" },
  { "lambda%s*([%w_,%s]*):%s*([^,%)]+)", "one without a name is function(x) return ... end", "function(%1) return %2 end" },

  -- literals
  { "%f[%w_][fF](<s>)", "values get into a text with format: (\"%d of %d\"):format(a, b)", formatted, begins = "f" },
  { "%f[%w_][rRbB](<s>)", "a text is read as it is in [[...]]", "%1", begins = "r" },
  { "^(<name>)%s*=%s*%[(.-)%s+for%s+(<name>)%s+in%s+(.-)%]$", "a list is filled in a loop", comprehension },
  { "^%[(.-)%s+for%s+(<name>)%s+in%s+(.-)%]$", "a list is filled in a loop",
    function(_, value, name, list) return comprehension(nil, "list", value, name, list) end },
  { "([%w_%]%)])%s+is%s+not%s+None", "nil is nothing in Lua, and ~= is unequal", "%1 ~= nil" },
  { "([%w_%]%)])%s+is%s+None", "nil is nothing in Lua, and == compares", "%1 == nil" },
  { "([%w_%]%)])%s+is%s+not%s+", "== and ~= compare in Lua", "%1 ~= " },
  { "([%w_%]%)])%s+is%s+", "== and ~= compare in Lua", "%1 == " },
  { "([%w_\1\2]+)%s+not%s+in%s+(<path>)", "what a table does not have is nil", "%2[%1] == nil" },
  { "%f[%w_]if%s+([%w_\1\2]+)%s+in%s+(<path>)%s+then", "what a table does not have is nil", "if %2[%1] ~= nil then" },
  { "^([%w_\1\2]+)%s+in%s+(<path>)$", "what a table does not have is nil", "%2[%1] ~= nil" },
  { "^return%s+(.-)%s+if%s+(.-)%s+else%s+(.+)$", CHOICE, "return %2 and %1 or %3" },
  { "%f[%w]return%s+(.-)%s+if%s+(.-)%s+else%s+(.-)%s+end$", CHOICE, "return %2 and %1 or %3 end" },
  { "([%(,]%s*)([^,%(%)]-)%s+if%s+([^,]-)%s+else%s+([^,%(%)]+)", CHOICE, "%1%3 and %2 or %4" },
  { "^([%w_%.]+%s*=%s*)([^=].-)%s+if%s+(.-)%s+else%s+(.+)$", CHOICE, "%1%3 and %2 or %4" },
  { "^(.-)%s+if%s+(.-)%s+else%s+(.+)$", CHOICE, "%2 and %1 or %3" },
  { "=%s*(<any>)%s*%?%s*([^:]-)%s*:%s*(.+)$", CHOICE, "= %1 and %2 or %3" },

  -- operators
  { "^(.*)$", NOT, function(open, line)
      local changed, sign = compared_not(line)
      return changed and (sign == "!=" or open.python) and changed or nil
    end },
  { "!=", "unequal is ~= in Lua", "~=" }, { "<>", "unequal is ~= in Lua", "~=" },
  { "%*%*", "^ is the power in Lua", "^" },
  { "^(<path>)%s*([%+%-%*/])=%s*(.+)$", "add_, sub_, mul_ and div_ change a tensor in place", function(open, name, sign, value)
      local kind = open.kind(name)
      if kind ~= "tensor" and kind ~= "one number" then return nil end
      return ("%s:%s_(%s)"):format(name, ({ ["+"] = "add", ["-"] = "sub", ["*"] = "mul", ["/"] = "div" })[sign], value)
    end },
  { "^([%w_%.%[%]]+)%s*([%+%-%*/])=%s*([%w_%.]+)$", NO_ASSIGN, "%1 = %1 %2 %3" },
  { "^([%w_%.%[%]]+)%s*([%+%-%*/])=%s*(.+)$", NO_ASSIGN, "%1 = %1 %2 (%3)" },
  { "^([%w_%.]+%b[]%b[])%s*([%+%-%*/])=%s*([%w_%.]+)$", NO_ASSIGN, "%1 = %1 %2 %3" },
  { "^([%w_%.]+%b[])%s*([%+%-%*/])=%s*([%w_%.]+)$", NO_ASSIGN, "%1 = %1 %2 %3" },
  { "^([%w_%.]+%b[])%s*([%+%-%*/])=%s*(.+)$", NO_ASSIGN, "%1 = %1 %2 (%3)" },
  { "%f[%w](do)%s+([%w_%.]+)%s*([%+%-%*/])=%s*([%w_%.]+)%s+end$", NO_ASSIGN, "%1 %2 = %2 %3 %4 end" },
  { "%f[%w](then)%s+([%w_%.]+)%s*([%+%-%*/])=%s*([%w_%.]+)%s+end$", NO_ASSIGN, "%1 %2 = %2 %3 %4 end" },
  { "^([%w_%.]+)%+%+;?$", NO_ASSIGN, "%1 = %1 + 1" },
  { "%s*&&%s*", TRUTH, " and " }, { "%s*||%s*", TRUTH, " or " },
  { "!%s*([%a_%(])", TRUTH, "not %1" },
  { "([%w_%.]+%b())%s*@%s*([%w_%.:%(%)]+)", "matmul is a method", "%1:matmul(%2)" },
  { "([%w_%.]+)%s*@%s*([%w_%.]+)%.T%f[^%w_]", "matmul is a method", "%1:matmul(%2:t())" },
  { "([%w_%.]+)%s*@%s*([%w_%.:%(%)]+)", "matmul is a method", "%1:matmul(%2)" },
  { ":=", "a statement gives a name its value, and = does it", "=" },
  { "(<s>)%s*%%%s*(<args>)$", "format fills a text", function(_, text, args) return ("(%s):format%s"):format(text, args) end,
    string = true },
  { "(<s>)%s*%%%s*([%w_%.]+%b())$", "format fills a text", "(%1):format(%2)", string = true },
  { "(<s>)%s*%%%s*([%w_%.]+)$", "format fills a text", "(%1):format(%2)", string = true },

  -- tables
  { "%f[%w_%.%)%]]([%w_%.%)%]]*[%w_%)%]])(%b[])", PART,
    subscript, only = "syntax" },
  { "(%b{})", "a table's keys stand before =: { a = 1, [\"two words\"] = 2 }", dictionary },
  { "([%s%(,={%[])(%b[])(%s*=?)", LIST, list_literal, only = "syntax" },
  { "^(%s*)(%b[])(%s*=?)", LIST, list_literal, only = "syntax" },
  { "%((%b())(%s*[%),])", "there are no tuples: a shape or a list stands in braces",
    function(_, args, close) return args:find(",") and ("({ %s }%s"):format(inside(args):gsub(",%s*$", ""), close) or nil end },
  { "([=~]=%s*)%(([%d%s,%-]*,[%d%s,%-]*)%)", "there are no tuples: a shape or a list stands in braces", "%1{ %2 }" },
  { "=%s*(%b())$", "there are no tuples: a list stands in braces",
    function(_, args) return args:find(",") and ("= { %s }"):format(inside(args)) or nil end },
  { "%f[%w_%.:](<path>)()(<args>)()", OPTIONS, named_of_function },
  { "(<args>)", OPTIONS, named_arguments },

  -- names
  { "%f[%w_%.:]True%f[^%w_]", TRUTH, "true", name = "True" },
  { "%f[%w_%.:]False%f[^%w_]", TRUTH, "false", name = "False" },
  { "%f[%w_%.:]None%f[^%w_]", "nil is nothing in Lua", "nil", name = "None" },
  { "%f[%w_%.:]null%f[^%w_]", "nil is nothing in Lua", "nil", name = "null" },
  { "%f[%w_%.:]len(<args>)", "# is the length: #list, #text, #dataset", function(open, args)
      local what = inside(args)
      if open.kind(what) == "table" then return nil end -- of its list alone
      return what:find("^[%w_%.:]+$") and "#" .. what or "#" .. args
    end, name = "len" },
  { "%f[%w_%.:]str(<args>)", "tostring makes a text", "tostring%1", name = "str" },
  { "%f[%w_%.:]int(<args>)", "math.floor makes a whole number", number_by("math.floor"), name = "int" },
  { "%f[%w_%.:]float(<args>)", "tonumber reads a number", number_by("tonumber"), name = "float" },
  { "%f[%w_%.:]abs(<args>)", "the functions of numbers are in math", "math.abs%1", name = "abs" },
  { "%f[%w_%.:]max(<args>)", "the functions of numbers are in math; a tensor has x:max()", "math.max%1", name = "max" },
  { "%f[%w_%.:]min(<args>)", "the functions of numbers are in math; a tensor has x:min()", "math.min%1", name = "min" },
  { "%f[%w_%.:]pow%((.-),%s*(.-)%)", "^ is the power", "%1 ^ %2", name = "pow" },
  { "%f[%w_%.:]sum(<args>)", "a tensor has x:sum(); a list is summed in a loop", "ml.tensor%1:sum()", name = "sum" },
  { "%f[%w_%.:]sorted%((<path>)%)", "table.sort sorts a list in place", "table.sort(%1)", name = "sorted" },
  { "%f[%w_%.:]range(<args>)", COUNTING, function(_, args) return "ml.arange" .. args end, name = "range" },
  { "%f[%w_%.:]list%(%)", "a list is a table: {}", "{}", name = "list" },
  { "%f[%w_%.:]dict%(%)", "a dictionary is a table: {}", "{}", name = "dict" },
  { "%f[%w_%.:]set%(%)", "a set is a table whose keys are true: {}", "{}", name = "set" },
  { "%f[%w_%.:]isinstance%((.-),%s*str%)", "type says what a value is", '(type(%1) == "string")', name = "isinstance" },
  { "%f[%w_%.:]isinstance%((.-),%s*list%)", "type says what a value is", '(type(%1) == "table")', name = "isinstance" },
  { "%f[%w_%.:]isinstance%((.-),%s*dict%)", "type says what a value is", '(type(%1) == "table")', name = "isinstance" },
  { "%f[%w_%.:]isinstance%((.-),%s*int%)", "type says what a value is", '(math.type(%1) == "integer")', name = "isinstance" },
  { "%f[%w_%.:]isinstance%((.-),%s*float%)", "type says what a value is", '(math.type(%1) == "float")', name = "isinstance" },
  { "%f[%w_%.:]isinstance%((.-),%s*torch%.Tensor%)", "is_tensor says what a value is", "ml.is_tensor(%1)",
    name = "isinstance" },
  { "%f[%w_%.:]isinstance%((.-),%s*nn%.(%u%w*)%)", "a layer begins with the name of its class when it is shown",
    '(tostring(%1):find("^%2%(") ~= nil)', name = "isinstance" },
  { "%f[%w_%.:]isinstance%(", "type says what a value is, tostring how a layer is shown", nil, name = "isinstance" },
  { "%f[%w_%.:]enumerate(<args>)", WITH_PLACES, "ipairs%1", name = "enumerate" },
  { "%f[%w_%.:]iter%(", "loader:batches() gives batch after batch: for x, y in loader:batches() do", nil, name = "iter" },
  { "%f[%w_%.:]id%(", "rawequal says whether two values are the same one", nil, name = "id" },
  { "%f[%w_%.:]zip%(", "two lists are walked by one place: for i = 1, #a do local x, y = a[i], b[i] ... end", nil, name = "zip" },
  { "%f[%w_%.:]input(<args>)", "io.read reads a line", "io.read()", name = "input" },
  { "%f[%w_%.:]open(<args>)", "io.open opens a file, data.open a data set", "io.open%1", name = "open" },
  { "%f[%w_%.:]dir%((<path>)%)", "?NAME tells what a name has, and Tab completes it", "%1", name = "dir" },
  { "%f[%w_%.:]self%f[^%w_]", "self is there where a colon is before the name: function Net:forward(x)", nil, name = "self" },
  { "^super%([%w_]+,%s*self%)%.__init__%(.-%)%s*;?$", "a class of nn.Module needs no such call", "do end", name = "super" },
  { "%f[%w_%.:]super%(%)%.__init__%(%)%s*;?", "a class of nn.Module needs no such call", "do end", name = "super" },
  { "%f[%w_%.:]super%(", "a class of nn.Module needs no call of the one above it", nil, name = "super" },
  { "%f[%w_%.:]torch%.nn%.", IN_LIBRARY, "nn.", name = "torch" },
  { "%f[%w_%.:]torch%.optim%.", IN_LIBRARY, "optim.", name = "torch" },
  { "%f[%w_%.:]torch%.utils%.data%.", IN_LIBRARY, "data.", name = "torch" },
  { "%f[%w_%.:]torch%.(%w+)%f[^%w_]", TYPES, own_type, name = "torch" },
  { "%f[%w_%.:]np%.(%w+)%f[^%w_]", TYPES, own_type, name = "np" },
  { "%f[%w_%.:]torch%.cuda%.manual_seed%l*(<args>)", "ml.manual_seed seeds all there is", "ml.manual_seed%1",
      name = "torch" },
  { "%f[%w_%.:]torch%.cuda%.is_available%(%)", "there is no device: it runs on the processor", "false", name = "torch" },
  { "%f[%w_%.:]torch%.cuda%.", "there is no device: it runs on the processor", nil, name = "torch" },
  { "%f[%w_%.:]torch%.backends%.", "there is no device, and nothing to be set: the same seed gives the same bits", nil,
      name = "torch" },
  { "%f[%w_%.:]torch%.no_grad%(%)", "no_grad takes a function: ml.no_grad(function() ... end)", nil, name = "torch" },
  { "%f[%w_%.:]torch%.set_grad_enabled%(", "no_grad takes a function: ml.no_grad(function() ... end)", nil, name = "torch" },
  { "%f[%w_%.:]torch%.device(<args>)", "there is no device: it runs on the processor", '"cpu"', name = "torch" },
  { "%f[%w_%.:]torch%.", IN_LIBRARY, "ml.", name = "torch" },
  { "%f[%w_%.:]torch%.Size%((%b{})%)", LIST, "%1", name = "torch" },
  { "%f[%w_%.:]np%.dot%(", "matmul multiplies matrices and vectors", "ml.matmul(", name = "np" },
  { "%f[%w_%.:]np%.concatenate%(", "cat joins tensors", "ml.cat(", name = "np" },
  { "%f[%w_%.:]np%.save%((.-),%s*([%w_%.]+)%)$", "save_npy writes NumPy's files", "ml.save_npy(%1, %2)", name = "np" },
  { "%f[%w_%.:]np%.load%(", "load_npy reads NumPy's files", "ml.load_npy(", name = "np" },
  { "%f[%w_%.:]np%.array%(", IN_LIBRARY .. "; tensors are its arrays", "ml.tensor(", name = "np" },
  { "%f[%w_%.:]np%.random%.randn%(", IN_LIBRARY .. "; tensors are its arrays", "ml.randn(", name = "np" },
  { "%f[%w_%.:]np%.random%.rand%(", IN_LIBRARY .. "; tensors are its arrays", "ml.rand(", name = "np" },
  { "%f[%w_%.:]np%.random%.", "ml.rand, ml.randn, ml.randint and ml.randperm draw", nil, name = "np" },
  { "%f[%w_%.:]np%.", IN_LIBRARY .. "; tensors are its arrays", "ml.", name = "np" },
  { "%f[%w_%.:]numpy%.", IN_LIBRARY .. "; tensors are its arrays", "ml.", name = "numpy" },
  { "%f[%w_%.:]F%.", "functions without weights are nn.functional, and methods of tensors", "nn.functional.", name = "F" },
  { "%f[%w_%.:]A%.", "transforms are in augment", "augment.", name = "A" },
  { "%f[%w_%.:]transforms%.Random(%u%l+Flip)%(", "transforms are in augment, with Albumentations' names", "augment.%1(",
      name = "transforms" },
  { "%f[%w_%.:]transforms%.RandomRotation%((%d+)%)", "transforms are in augment, with Albumentations' names",
    "augment.Rotate { limit = %1 }", name = "transforms" },
  { "%f[%w_%.:]transforms%.", "transforms are in augment", "augment.", name = "transforms" },
  { "%f[%w_%.:]plt%.imshow%(", "show shows pictures, plot draws curves", "show(", name = "plt" },
  { "%f[%w_%.:]plt%.scatter%(", "plot.scatter draws points: ?plot.scatter", nil, name = "plt" },
  { "%f[%w_%.:]plt%.plot(<args>)", "show shows pictures, plot draws curves", "plot%1", name = "plt" },
  { "%f[%w_%.:]plt%.", "show shows pictures, plot draws curves", nil, name = "plt" },
  { "%f[%w_%.:]Image%.open%(", "data.read_image reads a picture", "data.read_image(", name = "Image" },
  { "%f[%w_%.:]cv2%.imread%(", "data.read_image reads a picture", "data.read_image(", name = "cv2" },
  { "%f[%w_%.:]DataLoader%(", "it is in data", "data.DataLoader(", name = "DataLoader" },
  { "%f[%w_%.:]SummaryWriter%(", "it is in writers", "writers.SummaryWriter(", name = "SummaryWriter" },
  { "%f[%w_%.:]time%.time%(%)", "os.time gives seconds, os.clock those of the processor", "os.time()", name = "time" },
  { "%f[%w_%.:]random%.random%(%)", "math.random is Lua's, and follows ml.manual_seed", "math.random()", name = "random" },
  { "%f[%w_%.:]random%.seed(<args>)", "ml.manual_seed seeds all there is", "ml.manual_seed%1", name = "random" },
  { "%f[%w_%.:]exit%(%)", "Ctrl-D leaves, and so does :quit", "os.exit()", name = "exit" },
  { "%f[%w_%.:]exit%f[^%w_]", "Ctrl-D leaves, and so does :quit", "os.exit()", name = "exit" },
  { "%f[%w_%.:]quit%(%)", "Ctrl-D leaves, and so does :quit", "os.exit()", name = "quit" },
  { "%f[%w_%.:]quit%f[^%w_]", "Ctrl-D leaves, and so does :quit", "os.exit()", name = "quit" },
  { "^help%s*%((<path>)%)$", HELP, "?%1", name = "help" },
  { "^help%s+(<path>)$", HELP, "?%1" },
  { "%f[%w_%.:]help%(", HELP, nil, name = "help" },
  { "^(<path>)(%?+)$", "the question mark stands before the name: ?nn.Linear", "%2%1" },

  -- fields and methods
  { "[%.:]cuda%(%)", "there is no device: it runs on the processor", "", field = true },
  { "[%.:]cpu%(%)", "there is no device: it runs on the processor", "", field = true },
  { "[%.:]to%(device%)", "there is no device: it runs on the processor", "", field = true, name = "device" },
  { "[%.:]to%((<s>)%)", "there is no device: it runs on the processor", function(open, name)
      return DEVICES[open(name):match("^.(%l+)")] and "" or nil
    end, field = true },
  { "[%.:]numpy%(%)", "a tensor is the array, and x:tolist() a table", "", field = true },
  { "%.T%f[^%w_]", "t() transposes", ":t()", field = true },
  { "^(<path>)[%.:]append%((.*)%)$", "table.insert puts a value at the end of a list", function(open, list, value)
      return open.method ~= "append" and ("table.insert(%s, %s)"):format(list, value) or nil
    end, field = true },
  { "%f[%w_%.](<path>)%.(<name>)%(", COLON, with_colon, field = true },
  { "([%)%]])%.(<name>)%(", COLON, with_colon, field = true },
}

local all = {}
for _, list in ipairs { require "mlprun.prompt.phrases_values", require "mlprun.prompt.phrases_tensors",
                        require "mlprun.prompt.phrases_others", rows } do
  table.move(list, 1, #list, #all + 1, all)
end
return all
