--- mlprun.experiment.best_weights - the weights of a run's best epoch so far, and what they gave for the validation pictures: in
--- memory, and the weights from time to time in its folder.
local sys = require("mlprun.core").sys
local class = require "mlprun.base.class"
local settle = require "mlprun.experiment.settle"

local best_weights = class.new("best_weights")

function best_weights:__init() self.state, self.unwritten, self.written = {}, false, -math.huge end

--- Copies the model's state, into the same memory each time.
---@param outputs? table   what it gave, see evaluate.outputs; nil where that is to be measured when the run ends
function best_weights:keep(model, outputs)
  self:settle()
  for name, value in pairs(model:state_dict()) do
    if self.state[name] then self.state[name]:copy_(value) else self.state[name] = value:clone() end
  end
  self.unwritten, self.outputs = true, outputs
end

--- Whether a model has these weights now.
function best_weights:are_in(model)
  for name, value in pairs(model:state_dict()) do
    if not value:equal(self.state[name]) then return false end
  end
  return true
end

best_weights.settle = settle

--- Writes best.safetensors, unless it is written already, with as much about it: training goes on meanwhile. about: name -> text.
---@param anew? boolean   there is more about it
function best_weights:write(run_folder, about, anew)
  if not self.unwritten and not anew then return end
  self:settle()
  self.saving = run_folder:write_weights(self.state, about)
  self.unwritten, self.written = false, sys.clock()
end

return best_weights
