--- mlprun.base.luas - Lua's own tables of functions, by their names, for messages that name the nearest of them.
return { string = string, table = table, math = math, io = io, os = os, utf8 = utf8, coroutine = coroutine }
