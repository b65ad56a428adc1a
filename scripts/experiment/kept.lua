--- mlprun.experiment.kept - what a script hangs on a run takes part in stop and resume.
--
-- run:keep(name, object) keeps whatever has state_dict and load_state_dict, and plain tables. A schedule, an average or another
-- optimizer that a function of the script uses (at an event, for an epoch, as the loss) is kept without being named, and so is
-- the epoch that a DataLoader of its own is in: it would begin anew otherwise, and nobody would notice. Variables of such
-- functions, and of functions that these call, that change, and other models, cannot be kept so: that is said at the first save
-- behind the change.
local core = require "mlprun.core"
local sys = core.sys
local class = require "mlprun.base.class"
local hooks = require "mlprun.experiment.hooks"
local is_module = require("mlprun.nn.module").is_module
local recording = require "mlprun.experiment.recording"
local reshape = require "mlprun.experiment.reshape"

local kept = {}

local function is_plain(object) return type(object) == "table" and getmetatable(object) == nil end

-- Of a DataLoader: which pass is the next one decides on the order of its samples.
local loader_state = class.new("loader_state")

function loader_state:__init(loader) self.loader = loader end

function loader_state:state_dict() return { epoch = self.loader.epoch } end

function loader_state:load_state_dict(state) self.loader:set_epoch(state.epoch) end

local function has_state(object)
  if type(object) ~= "table" then return false end
  local ok, both = pcall(function() return object.state_dict ~= nil and object.load_state_dict ~= nil end)
  return ok and both
end

local function find(state, object)
  for _, entry in ipairs(state.kept) do
    if rawequal(entry.object, object) then return entry end
  end
end

--- Keeps an object under a name.
function kept.add(state, name, object)
  if type(name) ~= "string" or name == "" then sys.fail("run:keep: expected a name first, such as run:keep(\"ema\", ema)") end
  if state.stop then sys.fail(("run:keep: '%s' comes too late: keep it before run:fit()"):format(name)) end
  if not has_state(object) and not is_plain(object) then
    sys.fail(("run:keep: '%s' is a %s, expected an object with state_dict and load_state_dict, or a plain table"):format(name,
      type(object)))
  end
  for _, entry in ipairs(state.kept) do
    if entry.name == name then sys.fail(("run:keep: there is a '%s' already"):format(name)) end
  end
  state.kept[#state.kept + 1] = { name = name, object = object }
end

-- Calls fn(function, place of the variable, its name, its value) for each variable of a function, and of those that it calls.
local function each_upvalue(f, fn, seen)
  if seen[f] or recording.is_library(f) then return end
  seen[f] = true
  local place = 1
  while true do
    local name, value = debug.getupvalue(f, place)
    if not name then return end
    if type(value) == "function" then each_upvalue(value, fn, seen) else fn(f, place, name, value) end
    place = place + 1
  end
end

-- The functions of the script that run while a run trains: name (for what is kept), where (in words), fn.
local function functions_of(state, loop)
  local list = {}
  local function add(name, where, fn)
    if type(fn) == "function" then list[#list + 1] = { name = name, where = where, fn = fn } end
  end
  for _, event in ipairs(hooks.EVENTS) do
    for number, hook in ipairs(state.hooks[event]) do
      add(("%s %d"):format(event, number), ("a function at \"%s\""):format(event), hook)
    end
  end
  add("epoch function", "the function for an epoch", loop)
  for _, field in ipairs { "criterion", "batch_transform", "model" } do add(field, "run." .. field, state.fields[field]) end
  return list
end

-- Calls fn(one of functions_of, function, place of the variable, its name, its value) for each variable, once.
local function each_variable(state, loop, fn)
  local seen, known = {}, {}
  for _, one in ipairs(functions_of(state, loop)) do
    each_upvalue(one.fn, function(f, place, name, value)
      local id = debug.upvalueid(f, place) -- the same variable, in several functions
      if not known[id] then fn(one, f, place, name, value) end
      known[id] = true
    end, seen)
  end
end

local MOST = 1000 -- entries of a table that are compared

-- What a plain table holds, as a text that is another one when it changes.
local function content(t, parts, depth)
  for key, value in next, t do
    if #parts >= MOST then break end
    parts[#parts + 1] = ("%s=%s"):format(tostring(key), is_plain(value) and "{" or tostring(value))
    if is_plain(value) and depth > 0 then content(value, parts, depth - 1) end
  end
  return parts
end

local function text_of(value)
  if not is_plain(value) then return value end
  local count = 0
  for _ in next, value do count = count + 1 end
  return table.concat(content(value, { tostring(count) }, 2), "\n")
end

-- Whether an object is a part of what is kept anyway, or has nothing that could change.
local function needs_no_keeping(fields, object)
  if rawequal(object, fields.optimizer) or rawequal(object, fields.scheduler) then return true end
  if not is_module(object) then return false end
  for _, own in ipairs { fields.model, fields.criterion } do
    for part in is_module(own) and own:modules() or function() end do -- itself is one
      if rawequal(object, part) then return true end
    end
  end
  return next(object:state_dict()) == nil
end

local SCALARS = { number = true, boolean = true, string = true, ["nil"] = true }

-- The layers of a net and their settings, in a text; of another object which one it is.
local function layers_of(object)
  if not is_module(object) then return tostring(object) end
  local parts = {}
  for name, m in object:named_modules() do parts[#parts + 1] = ("%s: %s(%s)"):format(name, m:class_name(), m:extra_repr()) end
  return table.concat(parts, "\n")
end

-- What a net and a loss are made of: the script makes that, it is not kept.
local function made_of(fields) return { model = layers_of(fields.model), criterion = layers_of(fields.criterion) } end

-- Keeps what a function uses, under a name of its own.
local function keep_unasked(state, one, variable, object)
  local name, count = ("%s: %s"):format(one.name, variable), 1
  local function is_taken()
    for _, entry in ipairs(state.kept) do
      if entry.name == name then return true end
    end
  end
  while is_taken() do
    count = count + 1
    name = ("%s: %s %d"):format(one.name, variable, count)
  end
  kept.add(state, name, object)
end

--- Training begins: finds what the script's functions use.
---@param loop? function   that goes through an epoch
function kept.begin(state, loop)
  state.variables, state.made_of = {}, made_of(state.fields)
  each_variable(state, loop, function(one, f, place, name, value)
    local is_table = is_plain(value) and value ~= _G and not find(state, value)
    local variable = { where = one.where, fn = f, place = place, name = name }
    if SCALARS[type(value)] or is_table then
      variable.value, variable.is_table = text_of(value), is_table
      state.variables[#state.variables + 1] = variable
    elseif core.data.is_loader(value) then
      keep_unasked(state, one, name, loader_state(value))
    elseif has_state(value) and not needs_no_keeping(state.fields, value) and not find(state, value) then
      variable.model = is_module(value)
      if variable.model then state.variables[#state.variables + 1] = variable
      else keep_unasked(state, one, name, value) end
    end
  end)
end

--- The states of all that is kept.
function kept.states(state)
  local states = {}
  for _, entry in ipairs(state.kept) do
    states[entry.name] = has_state(entry.object) and entry.object:state_dict() or entry.object
  end
  return states
end

--- The schedules among them, as they are when they were just made.
function kept.made(state)
  local made = {}
  for _, entry in ipairs(state.kept) do made[entry.name] = reshape.made(entry.object) end
  return made
end

--- Puts them back.
---@param place? fun(name: string, schedule: LRScheduler, saved: table): boolean   does it for schedules, where it returns true
function kept.restore(state, states, place)
  for _, entry in ipairs(state.kept) do
    local from, to = states[entry.name], entry.object
    if from == nil then
      sys.fail(("run:keep: the run that goes on kept nothing as '%s'"):format(entry.name))
    elseif has_state(to) then
      if not (place and place(entry.name, to, from)) then to:load_state_dict(from) end
    else
      for key in pairs(to) do to[key] = nil end
      for key, value in pairs(from) do to[key] = value end
    end
  end
end

--- What cannot be kept, as a sentence for each; nothing the next time, unless something else has changed.
---@return string[]
function kept.lost(state)
  local lines, rest = {}, {}
  for _, v in ipairs(state.variables or {}) do
    if v.model then
      lines[#lines + 1] = ("the model '%s' of %s is not kept: run:keep(\"%s\", %s) does, if it changes"):format(v.name, v.where,
        v.name, v.name)
    elseif text_of(select(2, debug.getupvalue(v.fn, v.place))) == v.value then
      rest[#rest + 1] = v
    elseif v.is_table then
      lines[#lines + 1] = ("the table '%s' of %s changes and is not kept: --resume begins it anew; run:keep(\"%s\", %s) before "
        .. "run:fit() keeps it"):format(v.name, v.where, v.name, v.name)
    else
      lines[#lines + 1] = ("the variable '%s' of %s changes and is not kept: --resume begins it anew; a table can be kept: "
        .. "local %s = run:keep(\"%s\", {})"):format(v.name, v.where, v.name, v.name)
    end
  end
  local now = made_of(state.fields)
  for _, name in ipairs { "model", "criterion" } do
    if state.made_of and now[name] ~= state.made_of[name] then
      lines[#lines + 1] = ("run.%s was changed while it trained, beside its weights, and that is not kept: --resume begins with "
        .. "what the script makes; set it by the number of the epoch"):format(name)
    end
  end
  state.made_of = now
  state.variables, state.lost = rest, table.move(lines, 1, #lines, #(state.lost or {}) + 1, state.lost or {})
  return lines
end

return kept
