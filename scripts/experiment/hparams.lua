--- mlprun.experiment.hparams - what TensorBoard's table of runs shows of one: what its trial sets, the options that change what
--- it computes, its optimizer and its size. TensorBoard makes the columns from all runs.
local class = require "mlprun.base.class"
local core = require "mlprun.core"
local likeness = require "mlprun.experiment.likeness"
local names = require "mlprun.base.names"

local hparams = {}

local SCALAR = { number = true, string = true, boolean = true }

local function class_of(object)
  local c = class.of(object)
  return c and c.__name:gsub("^mlprun%.", "") or nil
end

--- Names and values, by name.
---@param fields table    of the run, when its function has set model and optimizer
---@param values? table   what its trial sets
---@return table<string, number|string|boolean>
function hparams.of(fields, values)
  local found = {}
  for key, value in pairs(fields.options) do
    if likeness.counts(key) and SCALAR[type(value)] and value ~= "" then found[key] = value end
  end
  found.trial, found.seed, found.parameters = fields.trial, fields.seed, fields.model:num_parameters()
  local optimizer, group = fields.optimizer, nil
  local ok, groups = pcall(function() return optimizer.param_groups end)
  if ok and type(groups) == "table" then group = groups[1] end
  found.optimizer, found.criterion = class_of(optimizer), class_of(fields.criterion)
  for _, key in ipairs { "lr", "weight_decay", "momentum" } do
    if group and type(group[key]) == "number" then found[key] = group[key] end
  end
  for key, value in pairs(values or {}) do found[key] = value end
  return found
end

--- Writes them: once, before the first epoch.
function hparams.write(writer, fields, values)
  local list, found = {}, hparams.of(fields, values)
  for i, name in ipairs(names.sorted(found)) do list[i] = { name, found[name] } end
  writer:hparams(list)
end

--- What a trial says it sets, or an error.
---@param values table
---@param name string   of the trial
function hparams.check(values, name)
  for key, value in pairs(values) do
    if type(key) ~= "string" or not SCALAR[type(value)] then
      core.sys.fail(("trial '%s': what it sets is expected as names with numbers, texts or booleans: { p = 0.5 }; '%s' is a %s")
        :format(name, tostring(key), type(value)))
    end
  end
end

return hparams
