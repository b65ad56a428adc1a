--- mlprun.command - the commands of the program: `mlprun data fetch NAME`, `mlprun data inspect FOLDER`, `mlprun runs`,
--- `mlprun report`. Returns a function that takes the words of the command line and returns the exit status.
local commands = {
  data = function(what, ...)
    if what == "inspect" then return require("mlprun.data.inspect").command(...) end
    return require("mlprun.data.fetch").command(what, ...)
  end,
  runs = function(...) return require("mlprun.report.runs").command(...) end,
  report = function(...) return require("mlprun.report").command(...) end,
}

return function(name, ...) return commands[name](...) end
