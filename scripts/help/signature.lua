--- mlprun.help.signature - how a function is called: read from one line of text, from the lines of a `---` block, or made
--- from the rows of a description; shown to people by `text`, to editors by mlprun.command.types.
---
---   Tensor:sort({ dim = -1, descending = false }?) -> values: Tensor, places: Tensor
---   ml.arange(start?: number, stop: number, step?: number, { dtype = "f32" }?) -> Tensor
---   Tensor:sum(dim?: integer|integer[], keepdim = false, {}) -> Tensor
---   Tensor.shape: integer[]
---
--- A `?` behind a name or behind the braces: may be left out. `name: type` says the type, `= value` the default; without a type
--- it follows from the default, or from the name (WORDS). An option without a default is nil unless given. `{}` at the
--- end: what may be left out may also be named in a table in its place (in a block: `---@named`).
---
---@class Signature
---@field name string
---@field type string?      of a field; nil: it is called
---@field shown string?     the line, where it is written elsewhere
---@field arguments Place[] by position
---@field options Place[]?  those of the table at the end
---@field lax boolean       the table may be left out
---@field either boolean?   the table stands in place of the arguments that may be left out
---@field returns Place[]
---
---@class Place
---@field name string
---@field type string       as the Lua language server writes it, without `mlprun.` before classes
---@field optional boolean
---@field default string?   Lua text
---@field doc string?       one line
local signature = {}

-- What arguments and options of a name are, wherever they have no type of their own.
local WORDS = {
  channels = "integer", background = "string|integer|integer[]", max_pixels = "integer", on_bad = "string", train = "boolean",
  part = "string", zero_division = "number", pos_label = "integer", names = "string[]", normalize = "string",
  reduction = "string", ignore_index = "integer", pos_weight = "Tensor", stride = "integer|integer[]",
  kernel_size = "integer|integer[]", divisor_override = "integer", padding_idx = "integer", log_probabilities = "Tensor",
  gamma = "number", step_size = "integer", milestones = "integer[]", max_lr = "number|number[]", total_steps = "integer",
  steps_per_epoch = "integer", T_max = "integer", T_0 = "integer", schedulers = "LRScheduler[]",
  lr_lambda = "fun(epoch: integer): number",
  t = "Tensor", x = "Tensor", other = "Tensor|number", target = "Tensor", weight = "Tensor", images = "Tensor",
  labels = "Tensor|integer[]", output = "Tensor", bias = "Tensor", tensors = "Tensor[]", indices = "Tensor|integer[]",
  dim = "integer", sizes = "integer|integer[]", size = "integer", value = "number", n = "integer", k = "integer", i = "integer",
  seed = "integer", epoch = "integer", epochs = "integer", step = "integer", walltime = "number", dtype = "DType",
  name = "string", path = "string", tag = "string", title = "string", file = "string", f = "function", model = "Module",
  module = "Module", optimizer = "Optimizer", set = "Dataset", classes = "string[]", rows = "integer[]",
  last_epoch = "integer", weights = "string", mode = "string",
}

local OPEN, CLOSE = { ["("] = true, ["{"] = true, ["<"] = true }, { [")"] = true, ["}"] = true, [">"] = true }

-- The place of the first of `characters` outside brackets and quotes, from `at` on; nil when there is none.
local function outside(text, characters, at)
  local depth, i = 0, at or 1
  while i <= #text do
    local c = text:sub(i, i)
    if depth == 0 and characters:find(c, 1, true) then return i end
    if c == '"' then i = text:find('"', i + 1, true) or #text
    elseif OPEN[c] then depth = depth + 1
    elseif CLOSE[c] and text:sub(i - 1, i) ~= "->" then depth = depth - 1 end
    i = i + 1
  end
end

local function trim(text) return text:match("^%s*(.-)%s*$") end

-- The parts of a text between commas that are outside brackets.
local function split(text)
  local parts, at = {}, 1
  while trim(text:sub(at)) ~= "" do
    local comma = outside(text, ",", at)
    parts[#parts + 1] = trim(text:sub(at, (comma or 0) - 1))
    if not comma then break end
    at = comma + 1
  end
  return parts
end

local function type_of_default(text)
  if text == nil then return nil end
  if text:find("^{") then return "number[]" end
  if text:find('^"') then return "string" end
  return (text == "true" or text == "false") and "boolean" or "number"
end

-- The type of a place whose type is not written: that of its name, where the default is one of those, else the default's.
local function likely_type(name, default)
  local word, kind = WORDS[name], type_of_default(default)
  local also = kind == "number" and "integer" or kind == "string" and "DType" or kind
  if word and (not kind or word:find(kind, 1, true) or word:find(also, 1, true)) then return word end
  return kind or "any"
end

--- Reads one argument: `name`, `name?`, `name: type`, `name = value`, `name: type = value`.
---@return Place
function signature.place(text)
  local equals = outside(text, "=")
  local default = equals and trim(text:sub(equals + 1))
  local head = equals and trim(text:sub(1, equals - 1)) or text
  local name, mark, written = head:match("^([%a_][%w_]*)(%??):?%s*(.*)$")
  if not name then name, mark, written = "...", "?", head:match("^%.%.%.:?%s*(.*)$") end
  if written == nil then error(("help: '%s' is no argument"):format(text), 0) end
  if written == "" then written = likely_type(name, default) end
  return { name = name, type = written, optional = mark == "?" or default ~= nil, default = default }
end

local function options_of(text)
  local list = {}
  for i, part in ipairs(split(text:match("^{(.*)}%??$") or error(("help: '%s' are no options"):format(text), 0))) do
    list[i] = signature.place(part)
    list[i].optional = true
  end
  return list
end

-- What a call gives: `Tensor`, `values: Tensor`; separated by commas.
local function returns_of(text)
  local list = {}
  for i, part in ipairs(split(text)) do
    local name, written = part:match("^([%a_][%w_]*):%s+(.*)$")
    list[i] = { name = name, type = written or part }
  end
  return list
end

-- What may be left out by place may be named in a table instead.
local function name_optional(s)
  s.options, s.lax, s.either = {}, true, true
  for _, argument in ipairs(s.arguments) do
    if argument.optional then s.options[#s.options + 1] = argument end
  end
end

-- Puts the arguments that are written between brackets into a signature.
local function read_arguments(s, text)
  for _, part in ipairs(split(text)) do
    if part == "{}" then name_optional(s)
    elseif part:find("^{") then s.options, s.lax = options_of(part), part:find("%?$") ~= nil
    else s.arguments[#s.arguments + 1] = signature.place(part) end
  end
end

--- The name that a line begins with.
function signature.name(line) return line:match("^[%a_][%w_%.]*:[%a_][%w_]*") or line:match("^[%a_][%w_%.]*") end

--- Reads one line; nil when it is a name alone, whose signature is elsewhere.
---@return Signature?
function signature.read(line)
  local name = signature.name(line)
  local rest = line:sub(#name + 1)
  local s = { name = name, arguments = {}, lax = false, returns = {} }
  if rest == "" then return nil end
  if rest:find("^: ") then
    s.type = rest:sub(3)
    return s
  end
  local close = outside(rest:sub(2), ")")
  read_arguments(s, rest:sub(2, close))
  local given = rest:match("^%s*%->%s*(.*)$", close + 2)
  if given then s.returns = returns_of(given) end
  return s
end

-- ---- blocks ----

-- The type at the beginning of a text and what is behind it: { a: b } and fun(x): y have blanks of their own.
local function type_and_rest(text)
  local at = 1
  repeat
    at = outside(text, " ", at)
    local before = at and text:sub(at - 1, at - 1)
    at = at and at + 1
  until not at or before ~= ":" and before ~= "|" and before ~= ","
  if not at then return text, "" end
  return text:sub(1, at - 2), trim(text:sub(at))
end

-- Lines that go on: a `---@param` whose braces are not closed yet.
local function joined(lines)
  local whole = {}
  for _, line in ipairs(lines) do
    local last = whole[#whole]
    if last and last:find("^@") and select(2, last:gsub("{", "")) > select(2, last:gsub("}", "")) then
      whole[#whole] = last .. " " .. trim(line)
    else
      whole[#whole + 1] = trim(line)
    end
  end
  return whole
end

--- Reads a `---` block, given as its lines without the dashes; nil when none of them tells an argument or a result.
---@return Signature?
function signature.of_block(name, lines)
  local s, told = { name = name, arguments = {}, lax = false, returns = {} }, false
  for _, line in ipairs(joined(lines)) do
    local argument, rest = line:match("^@param%s+([%a_][%w_]*%??)%s+(.*)$")
    if not argument then argument, rest = line:match("^@param%s+(%.%.%.)%s+(.*)$") end
    local written, behind
    if argument then written, behind = type_and_rest((rest:gsub("mlprun%.", ""))) end
    if written and written:find("^{.*}$") then
      s.options, s.lax = options_of(written), argument:find("%?$") ~= nil
    elseif written then
      local default = behind:match("^= (%S+)")
      s.arguments[#s.arguments + 1] = signature.place(("%s: %s%s"):format(argument, written, default and " = " .. default or ""))
    elseif line:find("^@named") then
      name_optional(s)
    elseif line:find("^@return") then
      for _, part in ipairs(split(line:match("^@return%s+(.-)%s%s%s") or line:match("^@return%s+(.*)$"))) do
        local kind, called = type_and_rest((part:gsub("mlprun%.", "")))
        s.returns[#s.returns + 1] = { type = kind, name = called:match("^([%a_][%w_]*)$") }
      end
    end
    told = told or argument ~= nil or line:find("^@return") ~= nil
  end
  return told and s or nil
end

-- ---- for people ----

local function braces(options)
  local parts = {}
  for i, o in ipairs(options) do parts[i] = ("%s = %s"):format(o.name, o.default or "nil") end
  return #parts > 0 and ("{ %s }"):format(table.concat(parts, ", ")) or "{}"
end

-- With its default, unless that stands among the options too.
local function shown_argument(s, a)
  for _, option in ipairs(s.options or {}) do
    if option.name == a.name then return a.name end
  end
  return a.default and ("%s = %s"):format(a.name, a.default) or a.name
end

-- Arguments that may be left out stand in brackets, each with its comma and its default: [start,] stop [, step = 1]
local function call_text(s)
  local text, before = "", false -- before: whether one that is needed came already
  for i, a in ipairs(s.arguments) do
    local shown = shown_argument(s, a)
    if not a.optional then
      text, before = text .. (before and ", " or "") .. a.name, true
    elseif before then text = ("%s [, %s]"):format(text, shown)
    elseif s.arguments[i + 1] and not s.arguments[i + 1].optional then text = ("%s[%s,] "):format(text, shown)
    else text = ("%s%s[%s%s]"):format(text, text ~= "" and " " or "", text ~= "" and ", " or "", shown) end
  end
  if not s.options then return ("(%s)"):format(text) end
  if text == "" and not s.lax then return " " .. braces(s.options) end
  if text == "" then return ("([%s])"):format(braces(s.options)) end
  return ("(%s%s)"):format(text, (s.lax and " [, %s]" or ", %s"):format(braces(s.options)))
end

-- What is made is clear from a constructor's name.
local function returns_text(s)
  if s.name:find("%f[%w_]%u[%w_]*$") then return "" end
  local parts = {}
  for i, each in ipairs(s.returns) do parts[i] = each.name or each.type end
  return #parts > 0 and " -> " .. table.concat(parts, ", ") or ""
end

--- One line: Tensor:sort([{ dim = -1, descending = false }]) -> values, places
function signature.text(s)
  if s.shown then return s.shown end
  if s.type then return ("%s: %s"):format(s.name, s.type) end
  return s.name .. call_text(s) .. returns_text(s)
end

return signature
