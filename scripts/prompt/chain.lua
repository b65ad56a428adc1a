--- mlprun.prompt.chain - what stands before the cursor: net[1].weight:sum(), followed without running anything of the user's.
--- Fields of our own objects are read; what a call gives is known by the library's help.
local tensor = require("mlprun.core").tensor
local tokens = require "mlprun.base.tokens"

local chain = {}

local OPENING = { [")"] = "(", ["]"] = "[", ["}"] = "{" }

-- The place of the bracket in the list that opens the one at `at`.
local function opening(list, at)
  local depth = 0
  for i = at, 1, -1 do
    local text = list[i].kind == "sign" and list[i].text
    if OPENING[text] then depth = depth + 1 end
    if text == "(" or text == "[" or text == "{" then
      depth = depth - 1
      if depth == 0 then return i end
    end
  end
end

-- One step back from list[at]: the step, and the token before it.
local function step_back(list, at, text)
  local token = list[at]
  if token.kind == "name" then return { field = token.text }, at - 1 end
  if token.kind == "string" then return { call = true }, at - 1 end
  local from = OPENING[token.text] and opening(list, at)
  if not from then return nil end
  if token.text ~= "]" then return { call = true }, from - 1 end
  return { index = text:sub(list[from].last + 1, token.first - 1) }, from - 1
end

--- The steps of the chain before a last point or colon, and that sign; nil when the word is no part of a chain, false when it
--- begins with something that cannot be followed.
---@param text string   what is before the cursor
function chain.steps(text)
  local start = text:match("[%w_]*$")
  local before = text:sub(1, #text - #start)
  local list = tokens.of(before)
  local last = list[#list]
  if not last or last.last ~= #before or (last.text ~= "." and last.text ~= ":") then return nil, nil, start end
  local steps, at = {}, #list - 1
  while at > 0 do
    local step
    step, at = step_back(list, at, text)
    if not step then return false, last.text, start end
    table.insert(steps, 1, step)
    local sign = list[at] and list[at].text
    local joined = list[at] and (list[at].kind == "name" or list[at].kind == "string" or sign == ")" or sign == "]")
    if step.field and sign ~= "." and sign ~= ":" then return steps, last.text, start end
    if step.field then at = at - 1
    elseif not joined then return false, last.text, start end
  end
  return steps, last.text, start
end

-- ---- following ----

local function class_of(value)
  local meta = debug.getmetatable(value)
  local name = type(meta) == "table" and rawget(meta, "__name")
  return type(name) == "string" and name:gsub("^mlprun%.", ""):match("^%u%w*$") or nil
end

-- What a call of a name of the help gives: the name of a class, or nil and the class of a list's values, or nil.
local function result_of(name)
  local entry = require("mlprun.help").entry(name)
  local first = entry and entry.call and entry.call.returns[1]
  return first and first.type:match("^%u%w*$"), first and first.type:match("^(%u%w*)%[%]$")
end

local function index(here, inner)
  local value = here.value
  if here.list then return { class = here.list } end
  if tensor.is_tensor(value) or here.class == "Tensor" then return { class = "Tensor" } end
  local key = math.tointeger(tonumber(inner)) or inner:match("^[\"'](.*)[\"']$")
  if key == nil or type(value) ~= "table" then return nil end
  if rawget(value, key) ~= nil then return { value = rawget(value, key) } end
  local module = package.loaded["mlprun.nn.module"]
  if module and module.is_module(value) then
    local children = module.state(value).modules -- in the order of a container's places
    return { value = children.values[children.names[key] or false] }
  end
end

local function call(here)
  local value = here.value
  if here.name then
    local class, of_list = result_of(here.name)
    if class then return { class = class } end
    if of_list then return { list = of_list } end
  end
  local nn = package.loaded["mlprun.nn"]
  if nn and value ~= nil and nn.is_module(value) then return { class = "Tensor" } end
  if type(value) == "table" and type(rawget(value, "__name")) == "string" then return { made = value } end
end

-- One step forward. field(value, name) reads a field without metamethods.
local function follow(here, step, field)
  if step.call then return call(here) end
  if step.index then return index(here, step.index) end
  local value = here.value
  local owner = here.class or value ~= nil and class_of(value)
  local nn = package.loaded["mlprun.nn"]
  if nn and value ~= nil and nn.is_module(value) then owner = "Module" end -- its methods are said there
  local name = owner and ("%s:%s"):format(owner, step.field) or here.path and ("%s.%s"):format(here.path, step.field)
  if tensor.is_tensor(value) and step.field == "grad" then return { class = "Tensor" } end
  local found
  if value ~= nil then found = field(value, step.field) end
  return { value = found, name = name, path = here.path and ("%s.%s"):format(here.path, step.field) }
end

--- Where a chain leads: { value = v }, { class = "Tensor" }, { made = class } (an object of it), or nil.
function chain.follow(steps, environment, field)
  local first = steps[1].field
  if not first then return nil end
  local here = { value = field(environment, first), path = first, name = first }
  for i = 2, #steps do
    here = follow(here, steps[i], field)
    if not here or here.value == nil and not here.class and not here.list and not here.made
      and not here.name then return nil end
  end
  return here
end

return chain
