--- mlprun.help.described - signatures of what the runtime describes by rows (transforms, optimizers, layers): arguments,
--- defaults, limits and a line for each parameter come from the description.
local core = require "mlprun.core"
local origin = require "mlprun.help.origin"
local signature = require "mlprun.help.signature"

local described = {}

-- A row of nn has two names: nn.GELU and nn.functional.gelu.
local function of_function(name)
  for _, class in ipairs(core.nn.names()) do
    if core.nn.describe(class).function_name == name then return core.nn.describe(name) end
  end
end

-- The rows of a name: core.PART.describe(NAME), for the parts that have one.
local function rows_of(name)
  local fn = name:match("^nn%.functional%.([%w_]+)$")
  if fn then return of_function(fn) end
  local part, own = name:match("^(%l+)%.(%u%w*)$")
  local describe = part and core[part] and core[part].describe
  if not describe then return nil end
  for _, known in ipairs(core[part].names()) do
    if known == own then return describe(own) end
  end
end

-- The classes whose fields stand in lists of experiment/fields.lua.
local LISTS = { { "Run", "run", "run_settable" }, { "Trial", "trial" }, { "Found", "found" } }

-- Calls f(name, field) for each of them: Run.model, Found:says.
local function each_field(f)
  local fields = require "mlprun.experiment.fields"
  for _, class in ipairs(LISTS) do
    for i = 2, #class do
      for _, field in ipairs(fields[class[i]]) do
        f(("%s%s%s"):format(class[1], field.type == "method" and ":" or ".", field.name), field)
      end
    end
  end
end

-- What a method's line begins with is how it is called: (b, a [, as]) -> ...
local function of_field(name)
  local s, sentence
  each_field(function(own, field)
    if own ~= name then return end
    local call, gives = field.doc:match("^(%b()) %-> (.*)$")
    s = { name = name, arguments = {}, returns = {}, lax = false, type = call and "function" or field.type,
          shown = call and name .. call }
    sentence = gives and "Gives " .. gives or field.doc
  end)
  return s, sentence
end

-- What a report and a search take stands in such lists too.
local TAKES = { ["Experiment:report"] = "report", ["Experiment:search"] = "search" }

local function of_table(name)
  local s = { name = name, arguments = {}, options = {}, lax = true, returns = {} }
  for i, field in ipairs(require("mlprun.experiment.fields")[TAKES[name]]) do
    s.options[i] = { name = field.name, type = field.type, optional = true, doc = field.doc }
  end
  return s
end

--- The names in a part that descriptions are about, sorted: "augment.Affine", ...
function described.names(part)
  local list = {}
  if part == "experiment" then each_field(function(name) list[#list + 1] = name end) end
  for _, own in ipairs(core[part] and core[part].describe and core[part].names() or {}) do
    local fn = core[part].describe(own).function_name
    list[#list + 1] = part .. "." .. own
    if fn then list[#list + 1] = ("%s.functional.%s"):format(part, fn) end
  end
  return list
end

local TYPES = {
  number = "number", ["whole number"] = "integer", boolean = "boolean", colour = "number|number[]",
  range = "number|number[]", ["whole range"] = "integer|integer[]", pair = "number|number[]",
  ["whole pair"] = "integer|integer[]", index = "integer", dimension = "integer", row = "integer",
  sizes = "integer|integer[]", tensor = "Tensor|number[]",
  axes = "number|number[]|{ x: number|number[], y: number|number[] }",
}

local function type_of(row)
  if not row.choices then return TYPES[row.kind] end
  local words = { TYPES[row.kind] } -- a choice is a word alone
  for _, choice in ipairs(row.choices) do words[#words + 1] = ("%q"):format(choice) end
  return table.concat(words, "|")
end

-- As people write it: 1e-5, 1 / 3.
local function number(value)
  if math.type(value) == "integer" then return ("%d"):format(value) end
  local text = ("%.12g"):format(value)
  for below = 2, tonumber(text) == value and 0 or 12 do
    local above = value * below
    if above // 1 / below == value then return ("%d / %d"):format(above // 1, below) end
  end
  return (text:gsub("e([+-])0*", function(sign) return sign == "-" and "e-" or "e" end))
end

-- A default as Lua text.
local function literal(value)
  if type(value) == "number" then return number(value) end
  if type(value) == "string" then return ("%q"):format(value) end
  if type(value) ~= "table" then return tostring(value) end
  local parts = {}
  for i, each in ipairs(value) do parts[i] = literal(each) end
  for _, axis in ipairs { "x", "y" } do
    if value[axis] then parts[#parts + 1] = ("%s = %s"):format(axis, literal(value[axis])) end
  end
  return ("{ %s }"):format(table.concat(parts, ", "))
end

-- A pair of equal numbers is written as one of them, where that means the same.
local function default_of(row)
  local value = row.default
  if row.scalar == "same" and value ~= nil and value[1] == value[2] then value = value[1] end
  return value ~= nil and literal(value) or nil
end

local function place_of(row)
  local doc = row.limits and ("%s; %s"):format(row.doc, row.limits) or row.doc
  return { name = row.name, type = type_of(row), optional = not row.required or row.or_nil or row.default ~= nil, doc = doc,
           default = default_of(row) }
end

-- What a part's constructors take and give besides what the rows say.
local FRAMES = {
  augment = function(s, about)
    s.options[#s.options + 1] = { name = "p", type = "number", optional = true, default = number(about.p),
                                  doc = "how often it is applied; 0 to 1" }
    s.returns = { { type = "Transform" } }
  end,
  optim = function(s)
    table.insert(s.arguments, 1, { name = "params", type = "Tensor[]|table[]", optional = false })
    s.returns = { { type = "Optimizer" } }
  end,
  nn = function(s)
    s.returns = { { type = "Module" } }
  end,
  ["nn.functional"] = function(s, about)
    local names = about.input_names or { "x", "target" }
    for i, input in ipairs { table.unpack(names, 1, about.inputs) } do
      table.insert(s.arguments, i, { name = input, type = "Tensor", optional = false })
    end
    if about.by_mode then
      s.options[#s.options + 1] = { name = "training", type = "boolean", optional = true, default = "true",
                                    doc = "whether anything happens" }
    end
    s.lax, s.returns = true, { { type = "Tensor" } }
  end,
}

-- A schedule's class says its arguments and options itself.
local function of_schedule(name)
  local class = name:find("^optim%.lr_scheduler%.") and origin.value(name)
  if type(class) ~= "table" or not getmetatable(class).__index then return nil end -- what all of them are: nobody calls it
  local s = { name = name, arguments = { signature.place("optimizer") }, options = {}, lax = true,
              returns = { { type = "LRScheduler" } } }
  for _, argument in ipairs(class.arguments) do s.arguments[#s.arguments + 1] = signature.place(argument) end
  for i, option in ipairs(class.options) do
    local default, absent = class.defaults[option], signature.place(option)
    local none = default == nil or default == false and absent.type ~= "any" -- false: a number that is not given
    s.options[i] = none and absent or signature.place(("%s = %s"):format(option, literal(default)))
  end
  if not class.needs_metric then s.options[#s.options + 1] = signature.place("last_epoch") end
  return s
end

--- The signature of a name that a description is about, and its sentence; nil for other names.
---@return Signature?, string?
function described.signature(name)
  if TAKES[name] then return of_table(name) end
  if name:find("^%u%l+[.:]%l") then return of_field(name) end
  local about = rows_of(name)
  if not about then return of_schedule(name) end
  local s = { name = name, arguments = {}, options = {}, lax = true, returns = {} }
  for _, row in ipairs(about.parameters) do
    local list = row.required and s.arguments or s.options
    list[#list + 1] = place_of(row)
  end
  FRAMES[name:match("^(.*)%.")](s, about)
  if #s.options == 0 then s.options = nil end
  return s, about.doc
end

return described
