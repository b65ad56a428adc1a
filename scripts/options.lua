--- mlprun.options - the options of Lua functions (check) and of scripts on the command line (options).
local core = require "mlprun.core"
local layout = require "mlprun.base.layout"
local names = require "mlprun.base.names"
local sys = core.sys

local options = {}

--- Checks the options table of a function: an unknown key is an error at the user's line, with a did-you-mean.
---@param given? table     what the user passed; nil is an empty table
---@param known table      the list of names, or a table of defaults by name
---@param who string       the function, as the message names it: "run:fit"
---@return table           `given`, with the defaults where it has nothing
function options.check(given, known, who)
  if given == nil then given = {} end
  if type(given) ~= "table" then
    sys.fail(("%s: got a %s, expected a table of options"):format(who, type(given)))
  end
  local all = #known > 0 and known or names.sorted(known)
  local is_known = {}
  for _, name in ipairs(all) do is_known[name] = true end
  local result = {}
  for key, value in pairs(given) do
    if not is_known[key] then
      sys.fail(("%s: unknown option '%s'%s"):format(who, tostring(key),
        names.hint(key, all, { otherwise = ": known are " .. table.concat(all, ", ") })))
    end
    result[key] = value
  end
  if #known == 0 then
    for key, value in pairs(known) do
      if result[key] == nil then result[key] = value end
    end
  end
  return result
end

--- Options as PyTorch takes them: by place, in the order of `known`, or by name in one table, which a list is not.
---@param who string       the method, as the message names it: "topk"
---@param known string[]
---@return table           the options by name
function options.named(who, known, first, ...)
  local by_name = type(first) == "table" and #first == 0
  local o = by_name and options.check(first, known, who) or { [known[1]] = first }
  for i = 2, #known do
    local value = select(i - 1, ...)
    if by_name and value ~= nil then
      sys.fail((":%s: got %s behind the table of options, which is the last argument"):format(who, tostring(value)))
    end
    if not by_name then o[known[i]] = value end
  end
  return o
end

-- ---- the command line of a script ----

-- Reads one value of each type; returns nil and what was expected when the text is none.
local readers = {}
function readers.integer(text)
  local n = text:match("^%s*[+-]?%d+%s*$") and math.tointeger(tonumber(text))
  if n then return n end
  return nil, "a whole number"
end
function readers.number(text)
  local n = tonumber(text)
  if n and n == n and n ~= math.huge and n ~= -math.huge then return n end
  return nil, "a number"
end
function readers.boolean(text)
  local value = ({ ["true"] = true, on = true, yes = true, ["1"] = true,
                   ["false"] = false, off = false, no = false, ["0"] = false })[text:lower()]
  if value ~= nil then return value end
  return nil, "true or false"
end
function readers.string(text) return text end

local function type_of(value)
  return math.type(value) == "float" and "number" or math.type(value) or type(value)
end

-- { kind =, list = } of an option, from its default.
local function kind_of(name, default)
  local kind = type_of(default)
  if kind ~= "table" then
    if not readers[kind] then
      sys.fail(("ml.options: the default of '%s' is a %s, expected a number, a text, a boolean or a list of them")
        :format(name, kind))
    end
    return { kind = kind }
  end
  local element
  for _, value in ipairs(default) do
    local this = type_of(value)
    if not readers[this] then
      sys.fail(("ml.options: the list '%s' holds a %s, expected numbers, texts or booleans"):format(name, this))
    end
    if element == nil or element == this then element = this
    elseif (element == "integer" or element == "number") and (this == "integer" or this == "number") then element = "number"
    else sys.fail(("ml.options: the list '%s' mixes a %s and a %s"):format(name, element, this)) end
  end
  return { kind = element or "string", list = true }
end

local function read_value(kind, text)
  if not kind.list then return readers[kind.kind](text) end
  local list = {}
  for part in (text .. ","):gmatch("([^,]*),") do
    local trimmed = part:match("^%s*(.-)%s*$")
    if not (trimmed == "" and text:match("^%s*$")) then
      local value, expected = readers[kind.kind](trimmed)
      if value == nil then return nil, expected:gsub("^a ", "") .. "s with commas between them, such as 1,2,3" end
      list[#list + 1] = value
    end
  end
  return list
end

local function shown(value)
  if type(value) == "table" then
    local parts = {}
    for i, item in ipairs(value) do parts[i] = shown(item) end
    return table.concat(parts, ",")
  end
  if math.type(value) == "float" then return (("%.6g"):format(value)) end
  return tostring(value)
end
options.shown = shown

--- The comment at the beginning of a script, without dashes; nil when there is none.
local function leading_comment(path)
  local ok, text = pcall(sys.read_file, path)
  if not ok then return nil end
  local lines = {}
  for line in text:gsub("^#[^\n]*\n", ""):gmatch("([^\n]*)\n?") do
    local comment = line:match("^%-%-+ ?(.*)$")
    if not comment or line:find("^%-%-%[=*%[") then break end
    lines[#lines + 1] = comment
  end
  return #lines > 0 and table.concat(lines, "\n") or nil
end

local WIDEST = 24 -- columns of options in --help

--- The text of --help: how to call the script, what it is about, its options with their defaults.
function options.help(defaults, spec)
  local script = spec.script or "SCRIPT"
  local lines = { ("usage: mlprun %s [--option=value ...]"):format(script), "" }
  if spec.about then
    lines[#lines + 1] = spec.about
    lines[#lines + 1] = ""
  end
  local order, seen = {}, {}
  for _, name in ipairs(spec.order or {}) do
    if defaults[name] ~= nil and not seen[name] then order[#order + 1], seen[name] = name, true end
  end
  for _, name in ipairs(names.sorted(defaults)) do
    if not seen[name] then order[#order + 1] = name end
  end
  local left, width = {}, 0
  for i, name in ipairs(order) do
    local value = defaults[name]
    left[i] = type(value) == "boolean" and ("--%s%s"):format(value and "no-" or "", name)
      or ("--%s=%s"):format(name, shown(value))
    if #left[i] <= WIDEST then width = math.max(width, #left[i]) end
  end
  lines[#lines + 1] = "options, with their defaults:"
  for i, name in ipairs(order) do
    local about = spec.help and spec.help[name] or (type(defaults[name]) == "table" and "a list" or "")
    if #left[i] > width and about ~= "" then -- a long default has a line of its own
      lines[#lines + 1] = "  " .. left[i]
      left[i] = ""
    end
    lines[#lines + 1] = ("  " .. layout.left(left[i], width) .. "  " .. about):gsub("%s+$", "")
  end
  return table.concat(lines, "\n") .. "\n"
end

--- Ends the program as a wrong command line does: one line that says what is wrong, and status 2.
function options.wrong(spec, problem)
  io.stdout:flush()
  local script = spec.script or (rawget(_G, "arg") or {})[0] or "SCRIPT"
  io.stderr:write(("mlprun: %s: %s\nTry 'mlprun %s --help'.\n"):format(script, problem, script))
  return (spec.exit or sys.exit)(2)
end
local wrong = options.wrong

local function unknown(spec, known, given)
  return wrong(spec, ("unknown option '--%s'%s"):format(given, names.hint(given, known, { mark = "--" })))
end

-- Reading a name that is no option is an error in the script.
local function strict(values)
  return setmetatable(values, {
    __index = function(self, key)
      sys.fail(("there is no option '%s'%s"):format(tostring(key), names.hint(key, names.sorted(self))))
    end,
  })
end

--- Reads the command line of a script.
---@param defaults table   name -> default; the default's type is the option's type
---@param spec? table      about: text for --help; help: name -> text; order: names, as --help lists them; arguments: the
---                        words to read in place of the script's own; script: its path; exit: in place of sys.exit
---@return table           name -> value; reading another name is an error
function options.parse(defaults, spec)
  local arguments = rawget(_G, "arg") or {}
  spec = setmetatable({}, { __index = spec })
  spec.exit = spec.exit or sys.exit
  spec.script = spec.script or arguments[0]
  arguments = spec.arguments or arguments
  local kinds, values, known = {}, {}, names.sorted(defaults)
  for name, default in pairs(defaults) do
    if type(name) ~= "string" or not name:find("^[%a_][%w_]*$") then
      sys.fail(("ml.options: '%s' is no name for an option, expected letters, digits and _"):format(tostring(name)))
    end
    kinds[name], values[name] = kind_of(name, default), default
  end
  local i = 1
  while arguments[i] do
    local word = arguments[i]
    i = i + 1
    if (word == "--help" or word == "-h") and not kinds.help then
      spec.about = spec.about or (spec.script and leading_comment(spec.script))
      io.stdout:write(options.help(defaults, spec))
      return spec.exit(0)
    end
    local name, text = word:match("^%-%-([^=]+)=?(.*)$")
    if not name then return wrong(spec, ("unexpected argument '%s': options look like --epochs=5"):format(word)) end
    local has_value = word:find("=", 1, true) ~= nil
    local key = name:gsub("-", "_")
    local negated = not kinds[key] and key:match("^no_(.+)$")
    if negated and kinds[negated] and kinds[negated].kind == "boolean" and not kinds[negated].list then
      if has_value then return wrong(spec, ("--%s takes no value"):format(name)) end
      values[negated] = false
    elseif not kinds[key] then
      return unknown(spec, known, key)
    elseif kinds[key].kind == "boolean" and not kinds[key].list and not has_value then
      values[key] = true
    else
      if not has_value then
        text = arguments[i]
        i = i + 1
        if text == nil then
          return wrong(spec, ("--%s needs a value, such as --%s=%s"):format(name, name, shown(defaults[key])))
        end
      end
      local value, expected = read_value(kinds[key], text)
      if value == nil then
        return wrong(spec, ("--%s is '%s', expected %s"):format(name, text, expected))
      end
      values[key] = value
    end
  end
  return strict(values)
end

--- ml.options { data = data.default(), epochs = 30, lr = 1e-3 }: the script's options, read from the command line.
--- `--epochs=5` or `--epochs 5`; a list takes `--p=0,0.2`; a boolean takes `--augment` or `--no-augment`. --help prints
--- the comment at the script's beginning and the options; a mistake ends the program with status 2.
---@param defaults table
---@return table
function options.options(defaults)
  if type(defaults) ~= "table" then
    sys.fail(("ml.options: got %s, expected a table of names and defaults"):format(type(defaults)))
  end
  return options.parse(defaults)
end

return options
