--- mlprun.base.shell - running other programs.
local shell = {}

--- A word as the shell reads it back, whatever is in it.
function shell.quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

--- The same for people: only where it is needed.
function shell.word(word)
  word = tostring(word)
  return word:find("^[%w_./=:,@%%+-]+$") and word or shell.quote(word)
end

--- Runs a program with these words. Returns whether it succeeded, and what it wrote (both streams).
function shell.run(...)
  local words = { ... }
  for i, word in ipairs(words) do words[i] = shell.quote(word) end
  local pipe = assert(io.popen("LC_ALL=C " .. table.concat(words, " ") .. " 2>&1 </dev/null", "r"))
  local output = pipe:read("a")
  return pipe:close() == true, output
end

--- The same in another folder.
function shell.run_in(folder, ...)
  return shell.run("sh", "-c", 'cd "$0" && exec "$@"', folder, ...)
end

--- Whether there is a program of this name.
function shell.has(program)
  return (shell.run("sh", "-c", 'command -v "$0"', program))
end

function shell.remove_tree(path)
  return shell.run("rm", "-rf", "--", path)
end

return shell
