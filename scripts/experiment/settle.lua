--- mlprun.experiment.settle - waits for the file that a thread writes.

--- Until the file of owner.saving is there, if there is one; an error when it could not be written.
return function(owner)
  local saving = owner.saving
  owner.saving = nil
  if saving then saving:wait() end
end
