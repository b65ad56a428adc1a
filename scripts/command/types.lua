--- mlprun.command.types - `mlprun types`: the library for the Lua language server, as a file of annotations. An editor then
--- completes names and options, shows their texts, and underlines an option that is not there. Made from the help.
local class = require "mlprun.base.class"
local help = require "mlprun.help"
local origin = require "mlprun.help.origin"

-- What no call of a name says: what objects are besides their methods.
local ABOUT = {
  Tensor = { "---@field [integer] Tensor", "---@operator add(Tensor|number): Tensor", "---@operator sub(Tensor|number): Tensor",
             "---@operator mul(Tensor|number): Tensor", "---@operator div(Tensor|number): Tensor",
             "---@operator pow(Tensor|number): Tensor", "---@operator unm: Tensor", "---@operator len: integer" },
  Module = { "---@field training boolean", "---@field weight Tensor", "---@field bias Tensor?", "---@field [string|integer] any",
             "---@overload fun(...): Tensor" },
  Optimizer = { "---@field param_groups table[]", "---@field state table" },
  Transform = { "---@overload fun(image: Image|Tensor, o?: table): Image|Tensor" },
  Dataset = { "---@field [integer] Tensor|Image", "---@operator len: integer" },
  DataLoader = { "---@operator len: integer" }, Sampler = { "---@operator len: integer" },
  Inspection = { "---@field [string] any" }, Hook = {},
  LRFound = { "---@field lr number[]", "---@field loss number[]", "---@field raw_loss number[]", "---@field suggestion number?",
              "---@field diverged boolean" },
}

-- The class of what a constructor makes that has none of its own, by the part that it is in.
local MAKES = { nn = "Module", optim = "Optimizer", ["optim.lr_scheduler"] = "LRScheduler",
                ["optim.swa_utils"] = "Module", augment = "Transform" }

-- The class that a class of layers, rules or schedules is below, among those that have a name here.
local function above(name, classes)
  local value = origin.class(name)
  local parent = value and class.parent(value)
  while parent and not (classes[parent.__name] and origin.class(parent.__name) == parent) do parent = class.parent(parent) end
  return parent and " : mlprun." .. parent.__name or ""
end

local HEAD = [==[
---@meta mlprun
-- The library of mlprun for the Lua language server: made by `mlprun types`.
-- luacheck: ignore 211 212 241 631

---@alias mlprun.DType "f32"|"f64"|"f16"|"bf16"|"i64"|"i32"|"u8"|"bool"

]==]

-- ---- types ----

-- Classes have their full name: Tensor[] is mlprun.Tensor[]. What is quoted stays.
local function full(written)
  return (("\"\"" .. written):gsub('(".-")([^"]*)', function(quoted, plain)
    return quoted .. plain:gsub("%f[%w_%.]%u[%w_]*", "mlprun.%0")
  end):sub(3))
end

local function split(name)
  local owner, own = name:match("^(.-)[%.:]?([%w_]+)$")
  return owner, own
end

-- The name of the class of a function's options: mlprun.optim.AdamOptions.
local function options_class(name) return ("mlprun.%sOptions"):format(name:gsub("^ml%.", ""):gsub(":", ".")) end

local function comment(lines, entry)
  for _, line in ipairs(entry.text) do lines[#lines + 1] = "---" .. line end
  if #entry.example == 0 then return end
  lines[#lines + 1] = "---```lua"
  for _, line in ipairs(entry.example) do lines[#lines + 1] = "---" .. line end
  lines[#lines + 1] = "---```"
end

local function about_option(option)
  local parts = {}
  if option.default then parts[1] = "default " .. option.default end
  if option.doc then parts[#parts + 1] = option.doc end
  return #parts > 0 and "  " .. table.concat(parts, "; ") or ""
end

-- The server does not look for further fields in a table that is an argument: what any other name holds has a type that no
-- value has, and what it then says of a misspelt one is "Cannot assign `number` to `"no such option"`".
local OTHERS = '---@field [string] "no such option"'

local function add_options(lines, entry)
  lines[#lines + 1] = ("---@class (exact) %s\n%s"):format(options_class(entry.name), OTHERS)
  for _, option in ipairs(entry.call.options) do
    lines[#lines + 1] = ("---@field %s? %s%s"):format(option.name, full(option.type), about_option(option))
  end
  lines[#lines + 1] = ""
end

-- ---- calls ----

local function returns_of(entry, classes)
  local part, own = split(entry.name)
  if not entry.name:find(":") and own:find("^%u") and #entry.call.returns == 0 then
    return { { type = classes[own] and own or MAKES[part] } }
  end
  return entry.call.returns
end

-- fun(self: mlprun.Tensor, o: ...): mlprun.Tensor - the call with a table in place of what may be left out.
local function add_overload(lines, entry, returns)
  local list, given = {}, {}
  local owner = entry.name:match("^(.*):")
  if owner then list[1] = "self: mlprun." .. owner end
  for _, argument in ipairs(entry.call.arguments) do
    if not argument.optional then list[#list + 1] = ("%s: %s"):format(argument.name, full(argument.type)) end
  end
  list[#list + 1] = "o: " .. options_class(entry.name)
  for i, each in ipairs(returns) do given[i] = full(each.type) end
  lines[#lines + 1] = ("---@overload fun(%s)%s"):format(table.concat(list, ", "),
    #given > 0 and ": " .. table.concat(given, ", ") or "")
end

local function add_call(lines, entry, target, classes)
  local call, names = entry.call, {}
  if call.options then add_options(lines, entry) end
  comment(lines, entry)
  for i, argument in ipairs(call.arguments) do
    local mark = argument.optional and argument.name ~= "..." and "?" or ""
    names[i] = argument.name
    lines[#lines + 1] = ("---@param %s%s %s%s"):format(argument.name, mark, full(argument.type), about_option(argument))
  end
  local returns = returns_of(entry, classes)
  if call.options and not call.either then
    names[#names + 1] = "o"
    lines[#lines + 1] = ("---@param o%s %s"):format(call.lax and "?" or "", options_class(entry.name))
  end
  for _, each in ipairs(returns) do
    lines[#lines + 1] = ("---@return %s%s"):format(full(each.type), each.name and " " .. each.name or "")
  end
  if call.either then add_overload(lines, entry, returns) end
  lines[#lines + 1] = ("function %s(%s) end"):format(target, table.concat(names, ", "))
  lines[#lines + 1] = ""
end

-- ---- the file ----

-- Classes by name, and the tables that functions are in, in the order of the help.
local function gather()
  local classes, order, tables, seen = {}, {}, {}, { [""] = true, ml = true }
  local function add_class(name)
    if not classes[name] then
      classes[name] = {}
      order[#order + 1] = name
    end
    return classes[name]
  end
  for _, name in ipairs(help.names()) do
    local owner = split(name)
    if owner:find("^%u") then table.insert(add_class(owner), name)
    elseif not seen[owner] then
      seen[owner] = true
      tables[#tables + 1] = owner
    end
  end
  for name in pairs(ABOUT) do add_class(name) end
  table.sort(order)
  return classes, order, tables
end

local function add_class(lines, name, members, classes)
  lines[#lines + 1] = ("---@class mlprun.%s%s"):format(name, above(name, classes))
  for _, member in ipairs(members) do
    local entry = help.entry(member)
    if entry.call and entry.call.type then
      lines[#lines + 1] = ("---@field %s %s  %s"):format(select(2, split(member)), full(entry.call.type), entry.summary)
    end
  end
  for _, line in ipairs(ABOUT[name] or {}) do lines[#lines + 1] = full(line) end
  lines[#lines + 1] = ("local %s = {}\n"):format(name)
  for _, member in ipairs(members) do
    local entry = help.entry(member)
    if entry.call and not entry.call.type then add_call(lines, entry, member, classes) end
  end
end

local function add_name(lines, name, classes)
  local entry = help.entry(name)
  local target = name:find("^ml%.") and name or "ml." .. name
  local own = select(2, split(name))
  if entry.call and not entry.call.type then return add_call(lines, entry, target, classes) end
  comment(lines, entry)
  local kind = entry.call and entry.call.type or classes[own] and own
  lines[#lines + 1] = ("---@type %s\n%s = nil\n"):format(kind and full(kind) or "table", target)
end

--- The whole file.
local function text()
  local classes, order, tables = gather()
  local lines = { HEAD .. "---@class mlprun\nlocal ml = {}\n" }
  for _, name in ipairs(tables) do
    name = name:gsub("^ml%.", "")
    lines[#lines + 1] = ("---@class mlprun.%s\nml.%s = {}\n"):format(name, name)
  end
  for _, name in ipairs(order) do add_class(lines, name, classes[name], classes) end
  for _, name in ipairs(help.names()) do
    if not split(name):find("^%u") then add_name(lines, name, classes) end
  end
  lines[#lines + 1] = "return ml\n"
  return table.concat(lines, "\n")
end

return { text = text }
