-- Averages of a model's weights: optim.EMA, and optim.swa_utils as in PyTorch.
local core = require "mlprun.core"
local class = require "mlprun.base.class"
local mode = require "mlprun.autograd"
local options = require "mlprun.nn.options"
local module = require "mlprun.nn.module"
local copies = require "mlprun.optim.copies"
local whole = require "mlprun.base.whole"
local modes = require "mlprun.nn.modes"
local repr = require "mlprun.nn.repr"
local words = require "mlprun.base.words"
local fail = core.sys.fail
local Module, is_module = module.Module, module.is_module

local function same_shape(a, b)
  return repr.shape_of(a) == repr.shape_of(b)
end

local function is_float(t)
  return t.dtype == "f32" or t.dtype == "f64"
end

local function check_decay(decay, who)
  if type(decay) ~= "number" or not (decay >= 0 and decay <= 1) then
    fail(("%s: decay is %s, expected 0 to 1"):format(who, words.value(decay)))
  end
  return decay
end

local function check_model(model, who)
  if not is_module(model) then fail(("%s: got a %s, expected a model"):format(who, type(model))) end
end

-- averages[i] += weight * (values[i] - averages[i]) for floating tensors, in one call; others are copied.
local function average(averages, values, weight)
  local a, b = {}, {}
  for i, t in ipairs(averages) do
    if is_float(t) then a[#a + 1], b[#b + 1] = t, values[i] else t:copy_(values[i]) end
  end
  core.optim.average_(a, b, weight)
end

-- ---- EMA ----

local EMA = class.new("EMA", {
  __what = "an EMA",
  __tostring = function(self)
    return ("EMA(decay=%s) of %d parameters after %d updates"):format(self.decay, self.parameters, self.num_updates)
  end,
})

-- Names and values of the parameters, then of the buffers; how many of them are parameters.
local function named(model)
  local names, values = {}, {}
  for name, p in model:named_parameters() do names[#names + 1], values[#values + 1] = name, p:detach() end
  local parameters = #names
  for name, b in model:named_buffers() do names[#names + 1], values[#values + 1] = name, b end
  return names, values, parameters
end

local function kind_of(self, i) return i <= self.parameters and "parameter" or "buffer" end

-- The weights of `model`, which must be those that the averages are of.
local function weights_of(self, model, who)
  model = model or self.model
  check_model(model, who)
  local names, values, parameters = named(model)
  for i, name in ipairs(self.names) do
    local t = values[i]
    if names[i] ~= name or t.dtype ~= self.averages[i].dtype or not same_shape(t, self.averages[i]) then
      fail(("%s: the model has no %s like '%s' of the model that the averages are of"):format(who, kind_of(self, i), name))
    end
  end
  if #names ~= #self.names then
    fail(("%s: the model has %d parameters and %d buffers, expected %d and %d"):format(who, parameters, #names - parameters,
      self.parameters, #self.names - self.parameters))
  end
  return values
end

--- Moves the averages towards the model's weights and running statistics: call it after optimizer:step().
function EMA:update()
  self.num_updates = self.num_updates + 1
  local decay = self.decay
  if self.warmup then decay = math.min(decay, (1 + self.num_updates) / (10 + self.num_updates)) end
  average(self.averages, weights_of(self, nil, "EMA:update"), 1 - decay)
end

--- Copies the averages into a model, by default the one that they are of (whose own weights are lost then).
---@param model? Module
function EMA:copy_to(model)
  for i, t in ipairs(weights_of(self, model, "EMA:copy_to")) do t:copy_(self.averages[i]) end
end

--- Calls fn(...) with the averages in the model in place of its weights and running statistics, which come back afterwards, also
--- after an error. Returns fn's results. fn cannot yield.
---@param fn fun(...): any
---@param ... any
---@return any
function EMA:apply(fn, ...)
  if type(fn) ~= "function" then
    fail(("EMA:apply: got a %s, expected a function: ema:apply(function() ... end)"):format(type(fn)))
  end
  local values = weights_of(self, nil, "EMA:apply")
  local kept = copies.of(values)
  for i, t in ipairs(values) do t:copy_(self.averages[i]) end
  return whole(function()
    for i, t in ipairs(values) do t:copy_(kept[i]) end
  end, fn, ...)
end

--- { decay =, num_updates =, averages = { [name of the parameter] = tensor }, buffers = { [name] = tensor } }. Tensors are
--- shared.
---@return table
function EMA:state_dict()
  local averages, buffers = {}, {}
  for i, name in ipairs(self.names) do (i <= self.parameters and averages or buffers)[name] = self.averages[i] end
  return { decay = self.decay, num_updates = self.num_updates, averages = averages, buffers = buffers }
end

--- Takes over what state_dict gave, in copies. A state without buffers has them from the model, as it is now.
---@param state table
function EMA:load_state_dict(state)
  if type(state) ~= "table" or type(state.averages) ~= "table" or math.type(state.num_updates) ~= "integer" then
    fail("EMA:load_state_dict expects a table with 'averages' and 'num_updates', as state_dict gives")
  end
  local values = weights_of(self, nil, "EMA:load_state_dict")
  for i, name in ipairs(self.names) do
    local from = i <= self.parameters and state.averages or state.buffers
    if from then values[i] = from[name] end
    if not (core.tensor.is_tensor(values[i]) and same_shape(values[i], self.averages[i])) then
      fail(("EMA:load_state_dict: there is no average of the right size for %s '%s'"):format(kind_of(self, i), name))
    end
  end
  for i, t in ipairs(self.averages) do t:copy_(values[i]) end
  self.num_updates = state.num_updates
  if state.decay ~= nil then self.decay = check_decay(state.decay, "EMA:load_state_dict") end
end

--- optim.EMA(model [, { decay = 0.999, warmup = false }]): an exponential moving average of the model's parameters, and of its
--- buffers, the running statistics of BatchNorm, which belong to the weights that they were made with (integers are copied). It
--- begins as a copy of them; every update() moves it by (1 - decay) of the difference. warmup: less decay in the first updates,
--- (1 + n) / (10 + n), so that the beginning is forgotten sooner.
---   local ema = optim.EMA(model, { decay = 0.999 })
---   optimizer:step() ema:update()                          -- for every batch
---   ema:apply(function() return evaluate(model) end)       -- with the averages in place of the weights
---@param model Module
---@param o? { decay = 0.999, warmup = false }
---@return EMA
local function new_ema(model, o, ...)
  local who = "optim.EMA"
  check_model(model, who)
  o = options.check(o, { "decay", "warmup" }, who, ...)
  local names, values, parameters = named(model)
  return setmetatable({
    model = model, names = names, parameters = parameters, averages = copies.of(values), num_updates = 0,
    decay = check_decay(o.decay == nil and 0.999 or o.decay, who),
    warmup = options.value(o.warmup, false, "boolean", who, "warmup"),
  }, EMA.__meta)
end

-- ---- swa_utils ----

local swa = {}

--- A multi_avg_fn for AveragedModel: decay of the average, the rest of the model.
---@param decay? number
---@return function
function swa.get_ema_multi_avg_fn(decay)
  decay = check_decay(decay == nil and 0.999 or decay, "get_ema_multi_avg_fn")
  return function(averages, values) average(averages, values, 1 - decay) end
end

--- A multi_avg_fn for AveragedModel: the mean of all models so far, its default.
---@return function
function swa.get_swa_multi_avg_fn()
  return function(averages, values, count) average(averages, values, 1 / (count + 1)) end
end

local AveragedModel = Module:subclass("AveragedModel")
swa.AveragedModel = AveragedModel

--- swa_utils.AveragedModel(model [, { avg_fn =, multi_avg_fn =, use_buffers = false }]): a copy of the model whose parameters
--- become the mean of those that update_parameters saw, or what the functions make of them: avg_fn(average, value, count)
--- returns the new average of one tensor, multi_avg_fn(averages, values, count) writes lists of them; count: models averaged
--- before. use_buffers: running statistics are averaged too, otherwise copied. Integers are always copied.
---@param model Module
---@param o? { avg_fn: function, multi_avg_fn: function, use_buffers = false }
function AveragedModel:__init(model, o, ...)
  local who = "swa_utils.AveragedModel"
  check_model(model, who)
  o = options.check(o, { "avg_fn", "multi_avg_fn", "use_buffers" }, who, ...)
  if o.avg_fn and o.multi_avg_fn then fail(who .. ": only one of avg_fn and multi_avg_fn should be provided") end
  self.avg_fn = options.value(o.avg_fn, nil, "function", who, "avg_fn")
  self.multi_avg_fn = options.value(o.multi_avg_fn, nil, "function", who, "multi_avg_fn")
  self.use_buffers = options.value(o.use_buffers, false, "boolean", who, "use_buffers")
  self.module = copies.model(model)
  self:register_buffer("n_averaged", core.tensor.zeros({}, { dtype = "i64" }))
end

function AveragedModel:forward(...)
  return self.module(...)
end

local function pairs_of(own, others, who)
  for i, t in ipairs(own) do
    if not others[i] or not same_shape(t, others[i]) or t.dtype ~= others[i].dtype then
      fail(who .. ": the model is not like the one that is averaged")
    end
    own[i], others[i] = t:detach(), others[i]:detach()
  end
  return own, others
end

--- Takes the model's present parameters into the averages; the first time they are copied.
---@param model Module
function AveragedModel:update_parameters(model)
  local who = "update_parameters"
  check_model(model, who)
  local averages, values = pairs_of(self.module:parameters(), model:parameters(), who)
  local buffers, sources = pairs_of(self.module:buffers(), model:buffers(), who)
  local count = self.n_averaged:item()
  if self.use_buffers then
    table.move(buffers, 1, #buffers, #averages + 1, averages)
    table.move(sources, 1, #sources, #values + 1, values)
    buffers = {}
  end
  mode.no_grad(function()
    if count == 0 then
      for i, t in ipairs(averages) do t:copy_(values[i]) end
    elseif self.avg_fn then
      for i, t in ipairs(averages) do t:copy_(is_float(t) and self.avg_fn(t, values[i], count) or values[i]) end
    else
      (self.multi_avg_fn or swa.get_swa_multi_avg_fn())(averages, values, count)
    end
    for i, t in ipairs(buffers) do t:copy_(sources[i]) end
  end)
  self.n_averaged:add_(1)
end

--- Computes the running statistics of batch norms anew, as means over one pass of the loader.
---@param loader any   gives batches: a DataLoader, or a list of batches (tensors, or tables whose first item is one)
---@param model Module
function swa.update_bn(loader, model)
  check_model(model, "update_bn")
  local norms = {}
  for m in model:modules() do
    if m:class_name():find("^BatchNorm") and m.track_running_stats then norms[m] = m.momentum end
  end
  if next(norms) == nil then return end
  local put_back = modes.kept(model)
  local function undo()
    for m, momentum in pairs(norms) do m.momentum = momentum end
    put_back()
  end
  model:train()
  for m in pairs(norms) do
    m:reset_running_stats()
    m.momentum = false -- the mean of all batches
  end
  whole(undo, mode.no_grad, function()
    for images in copies.batches(loader, "update_bn") do model(images) end
  end)
end

return { EMA = new_ema, swa_utils = swa }
