--- mlprun.command - the commands of the program: `mlprun data fetch NAME`. Returns a function that takes the words of the
--- command line and returns the exit status.
local commands = {
  data = function(...) return require("mlprun.data.fetch").command(...) end,
}

return function(name, ...) return commands[name](...) end
