--- mlprun.prompt.command_names - the commands of the prompt, in the order in which :help lists them, with what it says.
return {
  { "help", "this list; ?NAME tells about a name of the library" },
  { "time", "EXPRESSION - how long it takes, and what it does to memory" },
  { "look", "MODEL, INPUT [, LABELS] - what each layer makes of it; of one layer the activations as pictures" },
  { "who", "the variables: what they are, their shape and size" },
  { "mem", "memory: tensors and images, Lua's own, the whole process" },
  { "gc", "gives back what nothing refers to any more, also what :debug would show" },
  { "save", "FILE.lua - the lines that worked, as a script" },
  { "load", "FILE.lua - runs a script here: its globals stay" },
  { "set", "[NAME VALUE] - the settings, or one changed" },
  { "bt", "the last error with all its frames" },
  { "debug", "goes into the function that failed: its variables, :up and :down, :frames, :locals; Ctrl-D ends it" },
  { "up", "in :debug: to the function that called this one" },
  { "down", "in :debug: back to the function that was called" },
  { "frames", "in :debug: all functions that ran" },
  { "locals", "in :debug: the variables again" },
  { "quit", "leaves; so do Ctrl-D, and Ctrl-C three times at an empty line" },
}
