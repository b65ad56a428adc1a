--- mlprun.command - the commands of the program: `mlprun data fetch NAME`, `mlprun data inspect FOLDER`. Returns a
--- function that takes the words of the command line and returns the exit status.
local commands = {
  data = function(what, ...)
    if what == "inspect" then return require("mlprun.data.inspect").command(...) end
    return require("mlprun.data.fetch").command(what, ...)
  end,
}

return function(name, ...) return commands[name](...) end
