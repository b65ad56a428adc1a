-- nn.Module: what layers, containers, losses and whole models are.
--
--   local Net = nn.Module:subclass("Net")
--   function Net:__init(features)
--     self.fc = nn.Linear(features, 2)          -- a module: its parameters are found through it
--     self.scale = nn.Parameter(tensor)         -- a parameter of its own
--   end
--   function Net:forward(x) return self.fc(x) * self.scale end
--   local net = Net(4); local y = net(x)
--
-- One assignment to a line: Lua carries out `self.a, self.b = x, y` from right to left, and the order counts.
--
-- Fields live outside the object's own table, so that every assignment is seen: parameters, buffers and modules are listed
-- in the order of their first assignment, as in PyTorch, and so are the names in state_dict. A field that was never
-- assigned is an error to read; assign nil to declare one.
local core = require "mlprun.core"
local fail = core.sys.fail
local class = require "mlprun.base.class"
local hooks = require "mlprun.nn.hooks"
local public = require "mlprun.base.public"
local repr = require "mlprun.nn.repr"

local STATE = {} -- the key of an object's hidden state
local parameters_known = setmetatable({}, { __mode = "k" })

local function is_tensor(value)
  return type(value) == "userdata" and core.tensor.is_tensor(value)
end

local function is_float(dtype)
  return dtype == "f32" or dtype == "f64"
end

--- Whether a value is an object of nn.Module or of a class below it.
---@param value any
---@return boolean
local function is_module(value)
  return type(value) == "table" and rawget(value, STATE) ~= nil
end

--- Wraps a tensor as a parameter: the same values as a leaf that requires a gradient, which modules register when it is
--- assigned to a field.
---@param t Tensor   f32 or f64
---@param o? { requires_grad = true }
---@return Tensor
local function Parameter(t, o)
  if not is_tensor(t) then fail("nn.Parameter: got " .. type(t) .. ", expected a tensor") end
  local p = t:detach()
  p:requires_grad_(o == nil or o.requires_grad ~= false)
  parameters_known[p] = true
  return p
end

-- ---- ordered maps of names ----

local function ordered()
  return { names = {}, values = {} }
end

local function put(map, name, value)
  if map.values[name] == nil then map.names[#map.names + 1] = name end
  map.values[name] = value
end

local function take_out(map, name)
  if map.values[name] == nil then return end
  map.values[name] = nil
  for i, known in ipairs(map.names) do
    if known == name then table.remove(map.names, i) break end
  end
end

local function each(map)
  local i = 0
  return function()
    i = i + 1
    local name = map.names[i]
    if name ~= nil then return name, map.values[name] end
  end
end

-- ---- classes ----

local function class_name(object)
  return class.of(object).__name
end

local function unknown_field(object, key)
  local state = rawget(object, STATE)
  class.refuse(object, key, state.fields, state.parameters.values, state.buffers.values, state.modules.values)
end

local function read(object, key)
  local state = rawget(object, STATE)
  local value = state.fields[key]
  if value == nil then value = state.parameters.values[key] end
  if value == nil then value = state.modules.values[key] end
  if value == nil then value = state.buffers.values[key] end
  if value == nil then
    local c = getmetatable(object).class
    if c.__item and math.type(key) == "integer" then return c.__item(object, key) end
    value = c[key]
  end
  if value == nil and not state.declared[key] then return unknown_field(object, key) end
  return value
end

local function holds_modules(value)
  if type(value) ~= "table" or is_module(value) or getmetatable(value) ~= nil then return false end
  for _, item in pairs(value) do
    if is_module(item) or (is_tensor(item) and parameters_known[item]) then return true end
  end
  return false
end

local function contains(outer, inner, seen)
  if rawequal(outer, inner) then return true end
  seen = seen or {}
  if seen[outer] then return false end
  seen[outer] = true
  for _, child in each(rawget(outer, STATE).modules) do
    if contains(child, inner, seen) then return true end
  end
  return false
end

local function write(object, key, value)
  local state = rawget(object, STATE)
  local c = getmetatable(object).class
  if c.__set_item and math.type(key) == "integer" then return c.__set_item(object, key, value) end
  local home = state.fields
  if is_module(value) then
    home = state.modules
  elseif is_tensor(value) then
    if parameters_known[value] then
      home = state.parameters
    elseif state.buffers.values[key] ~= nil then
      home = state.buffers
    elseif value.requires_grad and value.is_leaf then
      fail(("%s.%s: a tensor that requires a gradient becomes a parameter when it is wrapped: nn.Parameter(tensor)")
        :format(class_name(object), tostring(key)))
    end
  elseif holds_modules(value) then
    fail(("%s.%s: modules in a plain table are not found by parameters(): use nn.ModuleList { ... } or nn.Sequential { ... }")
      :format(class_name(object), tostring(key)))
  end
  if home == state.modules and type(key) == "string" and (key == "" or key:find(".", 1, true)) then
    fail(("%s: a module's name cannot be empty or contain a point, got '%s'"):format(class_name(object), key))
  end
  if home == state.modules then
    -- one that is part of no other cannot be part of value
    if rawequal(value, object) or state.is_part and contains(value, object) then
      fail(("%s.%s: a module cannot contain itself"):format(class_name(object), tostring(key)))
    end
    rawget(value, STATE).is_part = true
  end
  for _, map in ipairs { state.parameters, state.buffers, state.modules } do
    if map ~= home then take_out(map, key) end
  end
  state.declared[key] = true
  if home == state.fields then
    home[key] = value
  else
    state.fields[key] = nil
    put(home, key, value)
  end
end

-- ---- calling, and where an error happened ----

-- The error that is on its way up: each module on the way puts its child's name before the path.
local failing = setmetatable({}, { __mode = "v" })

local function name_of(parent, module)
  for name, found in parent:named_modules() do
    if rawequal(found, module) and name ~= "" then return name end
  end
end

local function located(self, message)
  if type(message) ~= "string" or message:find("interrupted$") then return message end
  if failing.message == message and failing.module then
    local name = name_of(self, failing.module)
    if name then failing.path = failing.path and name .. "." .. failing.path or name end
    failing.module = self
    if failing.path then
      failing.message = ("%slayer '%s' (%s): %s"):format(failing.where, failing.path, failing.class, failing.text)
    end
  else
    local where, text = message:match("^([^\n]-:%d+: )(.*)$")
    failing.message, failing.where, failing.text = message, where or "", text or message
    failing.module, failing.class, failing.path = self, class_name(self), nil
  end
  return failing.message
end

local function finish(self, ok, ...)
  if not ok then error(located(self, (...)), 0) end
  local state = rawget(self, STATE)
  if not state.output and is_tensor((...)) then state.output = repr.shape_of((...)) end
  return ...
end

local function call(self, ...)
  local hooked = rawget(self, STATE).hooked
  if hooked then return finish(self, pcall(hooks.call, self, hooked, ...)) end
  return finish(self, pcall(self.forward, self, ...))
end

-- Whether a call of the module is this function of it, as it was written, and nothing else: no hook, no other forward.
local function is_plain(self, forward)
  return not rawget(self, STATE).hooked and rawequal(public.inner(self.forward), forward)
end

-- What compute(first, x) gives, which is second(first(x)); an error is one of the first.
local function call_both(first, second, compute, x)
  return finish(second, true, finish(first, pcall(compute, first, x)))
end

-- ---- making classes and objects ----

local Module = class.new("Module", {
  __what = "a %s",
  __index = read,
  __newindex = write,
  __call = call,
  __tostring = function(self) return repr.text(self) end,
  __len = function(self) return self:__length() end,
})

--- A new class below this one: `local Net = nn.Module:subclass("Net")`. Give it `__init` (called by `Net(...)`) and
--- `forward` (called by `net(...)`).
---@param name string
---@return table
function Module:subclass(name)
  if is_module(self) then fail("subclass is called on a class: " .. class_name(self) .. ":subclass(name)") end
  if type(name) ~= "string" then fail("subclass: got " .. type(name) .. ", expected the name of the class") end
  return class.new(name, {}, self)
end

-- An object of a class before its __init.
local function bare(c)
  return setmetatable({
    [STATE] = {
      fields = { training = true },
      parameters = ordered(), buffers = ordered(), modules = ordered(),
      transient = {}, -- names of buffers that state_dict leaves out
      declared = { training = true },
    },
  }, c.__meta)
end

function Module.__new(c, ...)
  local self = bare(c)
  if c.__init then c.__init(self, ...) end
  return self
end

function Module:forward(...) -- luacheck: no unused args
  fail(("%s has no forward: write function %s:forward(x) ... end"):format(class_name(self), class_name(self)))
end

-- For print: whether the class is one of this folder, and how many features or channels its input must have (nil:
-- any).
Module.built_in = false
function Module.input_features() end
function Module.input_channels() end

function Module:__length()
  fail(("a %s has no length: # works on Sequential and ModuleList"):format(class_name(self)))
end

--- The name of the class: "Linear".
---@return string
function Module:class_name()
  return class_name(self)
end

--- What the class says about itself between the brackets of print(module).
---@return string
function Module.extra_repr()
  return ""
end

-- ---- registering ----

--- Same as assigning a parameter to a field; nil declares a parameter that is absent (a Linear without bias).
---@param name string
---@param p Tensor?
function Module:register_parameter(name, p)
  if p ~= nil and not (is_tensor(p) and parameters_known[p]) then
    fail(("register_parameter '%s': got %s, expected nn.Parameter(tensor) or nil"):format(name, type(p)))
  end
  write(self, name, p)
end

--- A tensor that belongs to the module's state but is not trained (running statistics).
---@param name string
---@param t Tensor?
---@param o? { persistent = true }
function Module:register_buffer(name, t, o)
  local state = rawget(self, STATE)
  if t ~= nil and not is_tensor(t) then
    fail(("register_buffer '%s': got %s, expected a tensor or nil"):format(name, type(t)))
  end
  write(self, name, nil)
  state.transient[name] = o ~= nil and o.persistent == false or nil
  if t ~= nil then put(state.buffers, name, t) end
end

--- Adds a child under a name that is not a Lua identifier; otherwise assign it to a field.
---@param name string
---@param module Module
function Module:add_module(name, module)
  if not is_module(module) then
    fail(("add_module '%s': got %s, expected a module"):format(tostring(name), type(module)))
  end
  write(self, name, module)
end
Module.register_module = Module.add_module

-- ---- walking ----

--- Iterates over (name, module): this one under "", then its descendants, each once, in state_dict's order.
---@return fun(): string, Module
function Module:named_modules()
  local found, seen = {}, {}
  local function visit(module, name)
    if seen[module] then return end
    seen[module] = true
    found[#found + 1] = { name, module }
    for child_name, child in each(rawget(module, STATE).modules) do
      visit(child, name == "" and child_name or name .. "." .. child_name)
    end
  end
  visit(self, "")
  local i = 0
  return function()
    i = i + 1
    if found[i] then return found[i][1], found[i][2] end
  end
end

local function second_of(iterator)
  return function() return (select(2, iterator())) end
end

local function list_of(iterator)
  local list = {}
  for _, value in iterator do list[#list + 1] = value end
  return list
end

--- Iterates over all modules, this one first.
---@return fun(): Module
function Module:modules()
  return second_of(self:named_modules())
end

--- Iterates over (name, child).
---@return fun(): string, Module
function Module:named_children()
  return each(rawget(self, STATE).modules)
end

--- Iterates over the direct children.
---@return fun(): Module
function Module:children()
  return second_of(self:named_children())
end

local function named_tensors(self, kind)
  local found, seen = {}, {}
  for prefix, module in self:named_modules() do
    for name, value in each(rawget(module, STATE)[kind]) do
      if not seen[value] then
        seen[value] = true
        found[#found + 1] = { prefix == "" and name or prefix .. "." .. name, value }
      end
    end
  end
  local i = 0
  return function()
    i = i + 1
    if found[i] then return found[i][1], found[i][2] end
  end
end

--- Iterates over (name, parameter), each once: "0.weight", "0.bias", ... Names are PyTorch's, so layers of a Sequential
--- count from 0 in them: files of weights go both ways.
---@return fun(): string, Tensor
function Module:named_parameters()
  return named_tensors(self, "parameters")
end

--- Iterates over (name, buffer).
---@return fun(): string, Tensor
function Module:named_buffers()
  return named_tensors(self, "buffers")
end

--- The list of all parameters, each once; what optimizers take.
---@return Tensor[]
function Module:parameters()
  return list_of(self:named_parameters())
end

--- The list of all buffers.
---@return Tensor[]
function Module:buffers()
  return list_of(self:named_buffers())
end

--- How many numbers the parameters hold.
---@param o? { trainable = false }
---@return integer
function Module:num_parameters(o)
  local count = 0
  for _, p in self:named_parameters() do
    if not (o and o.trainable) or p.requires_grad then count = count + p:numel() end
  end
  return count
end

--- Calls fn(module) on every descendant, then on this one. Returns the module.
---@param fn fun(...): any
---@return self
function Module:apply(fn)
  for child in self:children() do child:apply(fn) end
  fn(self)
  return self
end

-- ---- modes ----

--- Sets training mode here and below (dropout drops, batch norm uses the batch). Returns the module.
---@param mode? boolean   default true
---@return self
function Module:train(mode)
  if mode == nil then mode = true end
  if type(mode) ~= "boolean" then fail("train: training mode is expected to be boolean, got " .. type(mode)) end
  for module in self:modules() do rawget(module, STATE).fields.training = mode end
  return self
end

--- Sets evaluation mode: train(false). Gradients are still recorded; see ml.no_grad.
---@return self
function Module:eval()
  return self:train(false)
end

--- Whether parameters ask for gradients. Returns the module.
---@param on? boolean
---@return self
function Module:requires_grad_(on)
  for _, p in self:named_parameters() do p:requires_grad_(on == nil or on) end
  return self
end

--- Forgets the gradients of all parameters.
---@param o? { set_to_none = true }
function Module:zero_grad(o)
  local forget = o == nil or o.set_to_none ~= false
  for _, p in self:named_parameters() do core.autograd.zero_grad(p, forget) end
end

-- ---- types ----

--- Converts floating parameters and buffers, and gradients that are there. Parameters stay the same tensors, so that an
--- optimizer that holds them goes on; not one that has made steps, whose own state is of the old type. Returns the module.
---@param dtype string   "f32" or "f64"
---@return self
function Module:to(dtype)
  dtype = core.tensor.empty({ 0 }, { dtype = dtype }).dtype -- "float64" is "f64", and unknown ones are errors
  if not is_float(dtype) then fail(("to: parameters are f32 or f64, got '%s'; files keep them in half of the room: "
    .. "ml.save_safetensors(path, model:state_dict(), { dtype = 'f16' })"):format(dtype)) end
  for module in self:modules() do
    local state = rawget(module, STATE)
    for _, t in each(state.parameters) do
      if is_float(t.dtype) then core.autograd.set_data(t, t:detach():to(dtype)) end
    end
    for name, t in each(state.buffers) do -- which may be views, such as the weights of classes that a loss was given
      if is_float(t.dtype) then put(state.buffers, name, t:to(dtype)) end
    end
  end
  return self
end

---@return self
function Module:double() return self:to("f64") end
---@return self
function Module:float() return self:to("f32") end

-- ---- state ----

--- Parameters and persistent buffers by name, sharing memory with the module: an ordered map (pairs() goes in PyTorch's
--- order, `getmetatable(map).names` is the list of names). A Sequential counts its layers from 0 in these names, as PyTorch
--- does.
---@return table<string, Tensor>
function Module:state_dict()
  local names, map, inside = {}, {}, {}
  local function visit(prefix, module) -- a module that is used twice has a name for each place
    if inside[module] then return end -- it holds itself
    inside[module] = true
    local state = rawget(module, STATE)
    local function add(name, value)
      names[#names + 1] = prefix .. name
      map[prefix .. name] = value:detach()
    end
    for name, value in each(state.parameters) do add(name, value) end
    for name, value in each(state.buffers) do
      if not state.transient[name] then add(name, value) end
    end
    for name, child in each(state.modules) do visit(prefix .. name .. ".", child) end
    inside[module] = nil
  end
  visit("", self)
  return setmetatable(map, {
    names = names,
    __pairs = function(self_map)
      local i = 0
      return function()
        repeat i = i + 1 until names[i] == nil or rawget(self_map, names[i]) ~= nil
        if names[i] ~= nil then return names[i], self_map[names[i]] end
      end
    end,
  })
end

local function quoted(names)
  local list = {}
  for i, name in ipairs(names) do list[i] = '"' .. name .. '"' end
  return table.concat(list, ", ")
end

-- What old files of PyTorch leave out: it keeps its value.
local function may_lack(name) return name:match("[^.]*$") == "num_batches_tracked" end

--- Copies values into parameters and buffers, converting their type.
---@param values table   name -> tensor, as from state_dict or a file
---@param o? { strict = true }
---@return table report   { missing_keys = {...}, unexpected_keys = {...} }
function Module:load_state_dict(values, o)
  if type(values) ~= "table" or is_module(values) then
    fail("load_state_dict: got " .. (is_module(values) and "a module" or type(values)) .. ", expected a table of tensors")
  end
  local missing, unexpected, mismatched, wrong = {}, {}, {}, {}
  local own = self:state_dict()
  for name, t in pairs(own) do
    local value = values[name]
    if value == nil then
      if not may_lack(name) then missing[#missing + 1] = name end
    elseif not is_tensor(value) then
      wrong[#wrong + 1] = ("%s is a %s, expected a tensor."):format(name, type(value))
    elseif repr.shape_of(value) ~= repr.shape_of(t) then
      mismatched[#mismatched + 1] = ("size mismatch for %s: copying a param with shape %s from checkpoint, the shape in "
        .. "current model is %s."):format(name, repr.shape_of(value), repr.shape_of(t))
    end
  end
  for name in next, values do
    if own[name] == nil then unexpected[#unexpected + 1] = tostring(name) end
  end
  table.sort(unexpected)
  local strict = o == nil or o.strict ~= false
  local errors = {}
  if strict and #missing > 0 then errors[1] = "Missing key(s) in state_dict: " .. quoted(missing) .. ". " end
  if strict and #unexpected > 0 then
    errors[#errors + 1] = "Unexpected key(s) in state_dict: " .. quoted(unexpected) .. ". "
  end
  table.move(mismatched, 1, #mismatched, #errors + 1, errors)
  table.move(wrong, 1, #wrong, #errors + 1, errors)
  if #errors > 0 then
    fail(("Error(s) in loading state_dict for %s:\n\t%s"):format(class_name(self), table.concat(errors, "\n\t")))
  end
  for name, t in pairs(own) do
    if values[name] ~= nil then t:copy_(values[name]) end
  end
  return { missing_keys = missing, unexpected_keys = unexpected }
end

--- The lines of print(module) for an input of the given size (without the batch): every layer's output is computed once
--- on zeros, in evaluation mode.
---@param size integer[]   such as { 3, 64, 64 }
---@return string
function Module:summary(size)
  return repr.summary(self, size)
end

-- ---- for the files of this folder ----

hooks.extend(Module, function(module)
  local state = rawget(module, STATE)
  state.hooked = state.hooked or { pre = {}, forward = {}, backward = {} }
  return state.hooked
end)

repr.connect {
  is_module = is_module,
  class_name = class_name,
  children = function(module) return each(rawget(module, STATE).modules) end,
  own_parameters = function(module) return each(rawget(module, STATE).parameters) end,
  output = function(module) return rawget(module, STATE).output end,
  forget_output = function(module) rawget(module, STATE).output = nil end,
}

return {
  Module = Module, Parameter = Parameter, is_module = is_module, is_tensor = is_tensor, bare = bare,
  state = function(module) return rawget(module, STATE) end, each = each, is_plain = is_plain, call_both = call_both,
}
