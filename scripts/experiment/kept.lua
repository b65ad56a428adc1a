--- mlprun.experiment.kept - what a script hangs on a run takes part in stop and resume.
--
-- run:keep(name, object) keeps whatever has state_dict and load_state_dict, and plain tables. A schedule or an average that a
-- function at an event uses is kept without being named: it would begin anew otherwise, and nobody would notice. Variables of
-- such functions, and of functions that these call, that change, and other models, cannot be kept so: that is said at the first
-- save behind the change.
local sys = require("mlprun.core").sys
local hooks = require "mlprun.experiment.hooks"
local is_module = require("mlprun.nn.module").is_module
local recording = require "mlprun.experiment.recording"
local reshape = require "mlprun.experiment.reshape"

local kept = {}

local function is_plain(object) return type(object) == "table" and getmetatable(object) == nil end

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

-- Calls fn(event, number of the hook, function, place of the variable, its name, its value) for each variable, once.
local function each_variable(state, fn)
  local seen, known = {}, {}
  for _, event in ipairs(hooks.EVENTS) do
    for number, hook in ipairs(state.hooks[event]) do
      each_upvalue(hook, function(f, place, name, value)
        local id = debug.upvalueid(f, place) -- the same variable, in several functions
        if not known[id] then fn(event, number, f, place, name, value) end
        known[id] = true
      end, seen)
    end
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

local function is_the_runs_own(fields, object)
  return rawequal(object, fields.model) or rawequal(object, fields.optimizer) or rawequal(object, fields.scheduler)
    or rawequal(object, fields.criterion)
end

local SCALARS = { number = true, boolean = true, string = true, ["nil"] = true }

--- Training begins: finds what the functions at events use.
function kept.begin(state)
  state.variables = {}
  each_variable(state, function(event, number, hook, place, name, value)
    local is_table = is_plain(value) and value ~= _G and not find(state, value)
    if SCALARS[type(value)] or is_table then
      state.variables[#state.variables + 1] = { event = event, hook = hook, place = place, name = name, value = text_of(value),
                                                is_table = is_table }
    elseif has_state(value) and not is_the_runs_own(state.fields, value) and not find(state, value) then
      if is_module(value) then state.variables[#state.variables + 1] = { event = event, name = name, model = true }
      else kept.add(state, ("%s %d: %s"):format(event, number, name), value) end
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
  for _, variable in ipairs(state.variables or {}) do
    if variable.model then
      lines[#lines + 1] = ("the model '%s' of a function at \"%s\" is not kept: run:keep(\"%s\", %s) does, if it changes"):format(
        variable.name, variable.event, variable.name, variable.name)
    elseif text_of(select(2, debug.getupvalue(variable.hook, variable.place))) == variable.value then
      rest[#rest + 1] = variable
    elseif variable.is_table then
      lines[#lines + 1] = ("the table '%s' of a function at \"%s\" changes and is not kept: --resume begins it anew; "
        .. "run:keep(\"%s\", %s) before run:fit() keeps it"):format(variable.name, variable.event, variable.name, variable.name)
    else
      lines[#lines + 1] = ("the variable '%s' of a function at \"%s\" changes and is not kept: --resume begins it anew; a table "
        .. "can be kept: local %s = run:keep(\"%s\", {})"):format(variable.name, variable.event, variable.name, variable.name)
    end
  end
  state.variables, state.lost = rest, table.move(lines, 1, #lines, #(state.lost or {}) + 1, state.lost or {})
  return lines
end

return kept
